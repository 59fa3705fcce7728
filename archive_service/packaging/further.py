"""What a SIP cannot say in the circular's fields: columns of our own, names and places of files.

The AIP has all of it in its catalogue record. Who takes the SIP in reads it from here, so that a
case file handed over is the same case file there.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from archive_service import clock, law
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document, FileRole

FORMAT = "further-fields/1"
# Told elsewhere in a package, or of the sending alone; a rule is one of this archive's schedules.
_ELSEWHERE = {
    "fileCode", "files", "sha256", "processFiles", "recordStatus", "relatesTo", "relation",
    "ruleCode",
}  # fmt: skip
_OF_COLUMN = {"term": "term_years"}
# What a document without pages says of itself; no sheet has a column for it.
NO_IMAGE = ("noImagePlace", "noImageReason")
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")


def further_names(kind: str) -> list[str]:
    """Names of the fields that the circular does not know of a case file or a document."""
    return [rule.name for rule in law.fields(f"column-{kind}") if rule.name not in _ELSEWHERE]


def column_of(name: str) -> str:
    """The column of a field, whose name is in the circular's form."""
    return _OF_COLUMN.get(name) or _CAMEL.sub("_", name).lower()


def further_bytes(case_file: CaseFile, *, archive_code: str, archive_name: str) -> bytes:
    """The file. The same rows give the same bytes.

    ``documents`` are by the stem of their descriptive files; their files by the path in ``data/``.
    """
    documents = {
        f"{document.ordinal:04d}": _document(document)
        for document in case_file.documents
        if _goes_out(document)
    }
    for link in case_file.standing_links:
        if link.document is not None:
            folder = f"linked-{link.ordinal:04d}"
            documents[f"{link.ordinal:04d}"] = _document(link.document, folder=folder)
    facts = {
        "format": FORMAT,
        "archive": {
            "code": archive_code,
            "name": archive_name,
            "arcFileCode": case_file.arc_file_code,
            "package": case_file.ocfl_id,
        },
        "case_file": _values(case_file, further_names("case-file")),
        "documents": dict(sorted(documents.items())),
    }
    return json.dumps(facts, ensure_ascii=False, indent=1).encode() + b"\n"


def sheet_fields(kind: str, *rows: Base | None) -> dict[str, str]:
    """All that a sheet says of a case file or a document, under its names there.

    Of ``rows`` a later one counts before an earlier.
    """
    names = [*(rule.name for rule in law.fields(kind)), *NO_IMAGE]
    found: dict[str, str] = {}
    for row in rows:
        found |= _values(row, names) if row is not None else {}
    return found


def _goes_out(document: Document) -> bool:
    return document.replaced_in is None and document.moved_to is None


def _document(document: Document, *, folder: str = "") -> dict[str, Any]:
    """One document; ``folder`` where its files lie in another place than its own."""
    names = further_names(document.kind) if document.kind != "document" else []
    facts: dict[str, Any] = {
        "fields": _values(document, [*further_names("document"), *names, *NO_IMAGE]),
        "files": dict(_files(document, folder)),
    }
    if document.description:  # in its descriptive file it may bear a note of ours
        facts["description"] = document.description
    if document.relations:
        facts["relations"] = [
            [relation.relation, relation.target] for relation in document.relations
        ]
    if document.recalled_at is not None:
        facts["recalled_at"] = clock.iso(document.recalled_at)
    if document.quarantined:
        facts["quarantined"] = True
    if document.handling:
        facts["handling"] = document.handling
    return facts


def _files(document: Document, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in document.files:
        if file.role is not FileRole.ORIGINAL:
            continue
        path = f"{folder}/{file.path.partition('/')[2]}" if folder else file.path
        facts = {"name": file.name, "standing": file.standing, "turn_deg": file.turn_deg}
        if file.dpi is not None:
            facts["dpi"] = file.dpi
        yield path, facts


def _values(row: Base, names: list[str]) -> dict[str, str]:
    """Those of the fields that have a value, as a sheet would say them."""
    found = {}
    for name in names:
        value = getattr(row, column_of(name), None)
        if isinstance(value, bool):
            found[name] = str(int(value))
        elif isinstance(value, str | int | float) and value != "":
            found[name] = str(value)
    return found
