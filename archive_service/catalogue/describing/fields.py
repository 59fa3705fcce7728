"""The fields of TT 05/2025 as they stand in the rows of a case file, and back into them."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from archive_service import law
from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import (
    Document,
    PictureDescription,
    RecordingDescription,
)
from archive_service.errors import InputError
from archive_service.law import FieldRule

CASE_FILE = "case-file"
SCHEDULE = "schedule"  # basis of a rule that a schedule has
# Identifiers are never rewritten; counts come from the content; the rest tells of files and of
# how documents stand to each other, which other acts change.
NOT_EDITED = frozenset({
    "fileCode", "docId", "docCode", "totalDoc", "numberOfPage", "riskRecoveryStatus", "files",
    "sha256", "relatesTo", "relation",
})  # fmt: skip
# Withheld from accounts that may not read what is open on conditions: see ``case_files.documents``.
# Of what is open on conditions an account that has not met them is not told these.
WITHHELD = frozenset({"keyword", "description", "autograph", "dossierResult"})
_TABLES: dict[str, tuple[type[Base], ...]] = {
    CASE_FILE: (CaseFile,),
    "document": (Document,),
    "picture": (PictureDescription, Document),
    "media": (RecordingDescription, Document),
}
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
_OWN_COLUMNS = {"term": "term_years", "fileCode": "code"}


class DocumentNotInCaseFileError(InputError):
    """The case file has no document of this ordinal."""


def kind_of(row: CaseFile | Document) -> str:
    """The table of ``law.fields`` that describes this row."""
    return CASE_FILE if isinstance(row, CaseFile) else row.kind


def editable(kind: str) -> list[FieldRule]:
    """The fields that an archivist describes, in the order of the circular.

    What tells of the sending alone has no column here.
    """
    known = {column for table in _TABLES[kind] for column in _columns(table)}
    return [
        rule
        for rule in law.fields(kind)
        if rule.name not in NOT_EDITED and column_of(rule.name) in known
    ]


def values_of(row: CaseFile | Document) -> dict[str, str]:
    """Every field that has a value, by its name in the circular; dates ISO, codes as codes.

    Those of the agency's own stand last, with ``OWN`` before their names.
    """
    found = {}
    for rule in law.fields(kind_of(row)):
        holder = _holder(row, rule.name)
        value = None if holder is None else getattr(holder, column_of(rule.name))
        if value is None or value == "" or _named_by_none(row, rule.name):
            continue
        found[rule.name] = str(int(value)) if isinstance(value, bool) else str(value)
    return found | {f"{OWN}{name}": text for name, text in (row.own_fields or {}).items()}


def told_to_all(values: Mapping[str, str]) -> dict[str, str]:
    """Of ``values_of`` what everybody may know of material that is open on conditions."""
    return {
        name: text
        for name, text in values.items()
        if name not in WITHHELD and not name.startswith(OWN)
    }


def _named_by_none(row: CaseFile | Document, name: str) -> bool:
    """Whether the code is not that of a rule of a schedule: the plan or the term itself says it."""
    if name != "ruleCode" or not isinstance(row, CaseFile):
        return False
    return (row.rule or {}).get("basis") != SCHEDULE


def set_value(row: CaseFile | Document, name: str, value: str) -> None:
    """Write one field, whose value the checks of the door found well-formed; "" empties it."""
    if name.startswith(OWN):
        kept = {own: text for own, text in (row.own_fields or {}).items() if f"{OWN}{own}" != name}
        row.own_fields = kept | ({name.removeprefix(OWN): value} if value else {})
        return
    if isinstance(row, Document):
        if row.kind == "picture" and row.picture is None:
            row.picture = PictureDescription(doc_attached=False)
        if row.kind == "media" and row.recording is None:
            row.recording = RecordingDescription(doc_attached=False)
    holder = _holder(row, name)
    if holder is None:
        raise ValueError(f"{name} has no column")
    column = _columns(type(holder))[column_of(name)]
    kind = column.type.python_type
    typed: Any  # whatever the column holds
    if kind is bool:
        typed = value == "1"
    elif not value:
        typed = None if column.nullable else ""
    else:
        typed = int(value) if kind is int else value
    setattr(holder, column_of(name), typed)


@cache
def column_of(name: str) -> str:
    """``codeNumber`` → ``code_number``."""
    return _OWN_COLUMNS.get(name) or _CAMEL.sub("_", name).lower()


def subjects(case_file: CaseFile) -> Iterator[tuple[int, CaseFile | Document]]:
    """The case file as 0 and each document by its ordinal."""
    yield 0, case_file
    for document in case_file.documents:
        yield document.ordinal, document


def _holder(row: CaseFile | Document, name: str) -> Base | None:
    """The row whose column a field is: the one given, or the sheet of a picture or recording."""
    holders: tuple[Base | None, ...] = (row,)
    if isinstance(row, Document):
        holders = (row.picture, row.recording, row)
    for holder in holders:
        if holder is not None and column_of(name) in _columns(type(holder)):
            return holder
    return None


@cache
def _columns(kind: type[Base]) -> Mapping[str, Any]:
    mapper: Mapper[Any] = inspect(kind)
    return {attribute.key: attribute.columns[0] for attribute in mapper.column_attrs}
