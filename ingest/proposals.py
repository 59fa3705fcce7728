"""Values that nobody typed: who proposes them, and whose word stands over whose."""

import enum
import re
from collections.abc import Mapping
from typing import Any

from archive_service import law
from archive_service.domain.submission import DeclaredCaseFile, DeclaredDocument
from archive_service.text import fold, nfc

_LETTER = "22"  # công văn, in the code list of types
_LEADING_NUMBER = re.compile(r"^\d{1,4}[\s._\-)]+")


class Source(enum.StrEnum):
    """Who gave a value, from the weakest word to the strongest."""

    AGENCY = "agency"  # the officer's own agency, as who issued a document
    NAME = "name"  # of the file
    METADATA = "metadata"  # in the file
    SIGNATURE = "signature"
    PAGE_ONE = "page-one"
    PLAN = "plan"  # the file plan's entry
    PACKET = "packet"  # what was sent with it
    EARLIER = "earlier"  # the submission that was returned
    PERSON = "person"


_RANKS = {source: rank for rank, source in enumerate(Source)}
CASE_FILE = 0  # the row that stands for the case file itself


def source_key(row: int, field: str) -> str:
    """Where ``Draft.sources`` keeps who gave a field of a row; row 0 is the case file."""
    return f"{row}.{field}"


def propose(
    fields: dict[str, str],
    sources: dict[str, Any],
    row: int,
    proposed: Mapping[str, str],
    source: Source,
) -> bool:
    """Take what is proposed wherever no stronger word stands; whether anything changed.

    A person's value is never overwritten, an emptied one neither.
    """
    changed = False
    for name, value in proposed.items():
        key = source_key(row, name)
        given_by = sources.get(key)
        if given_by is None and fields.get(name):
            continue  # it came with a packet
        if given_by is not None and _RANKS[Source(given_by)] > _RANKS[source]:
            continue
        if not value or (fields.get(name) == value and given_by == source):
            continue
        fields[name] = value
        sources[key] = source.value
        changed = True
    return changed


def without_guess(
    document: DeclaredDocument, sources: Mapping[str, Any], proposed: Mapping[str, str]
) -> Mapping[str, str]:
    """Without a công văn, told by what is missing on its page, where the name of a file knows."""
    named = sources.get(source_key(document.row, "typeName")) == Source.NAME
    if proposed.get("typeName") != _LETTER or not (named and document.fields.get("typeName")):
        return proposed
    return {name: value for name, value in proposed.items() if name != "typeName"}


def document_of(declared: DeclaredCaseFile, row: int) -> DeclaredDocument | None:
    """The document that bears this number."""
    return next((one for one in declared.documents if one.row == row), None)


def from_name(path: str) -> dict[str, str]:
    """From ``03. Tờ trình sửa chữa đập.pdf``: a Tờ trình, and its name as the abstract."""
    stem = nfc(path).rpartition("/")[2].rpartition(".")[0]
    subject = _LEADING_NUMBER.sub("", stem).replace("_", " ").strip()
    kinds = law.code_list("typeName").codes
    fitting = [code for code, label in kinds.items() if fold(subject).startswith(fold(label))]
    longest = max(fitting, key=lambda code: len(kinds[code]), default="")
    return {"typeName": longest, "subject": subject}
