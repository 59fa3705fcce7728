"""Values that nobody typed: who proposes them, and whose word stands over whose."""

import enum
import re
from collections.abc import Mapping, Sequence
from typing import Any

from archive_service import law
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument
from archive_service.text import fold, nfc

_LETTER = "22"  # công văn, in the code list of types
_ABOUT = re.compile(r"^v/v[\s:.]+", re.IGNORECASE)
# Folded: after the first kind stands a field, after the second the name of a place.
_BODIES = ("bo", "so", "phong", "cuc", "vu", "vien")
_LEVELS = ("tinh", "thanh pho", "quan", "huyen", "thi xa", "phuong", "xa", "thi tran")
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


def as_entered(proposed: Mapping[str, str], agency: str, superior: str = "") -> dict[str, str]:
    """What a page or a certificate says, as an officer would enter it.

    Capitals of a page's head are none of a name's own, the officer's agency (``agency``) is known
    by its whole name, and a công văn's abstract does not begin with V/v.

    Args:
        superior: the body that is printed above the issuer. Departments of other places bear the
            same name: where it names another place, the issuer is not the officer's agency.
    """
    entered = dict(proposed)
    if organ := proposed.get("organName", ""):
        own = _is_own(fold(organ).split(), fold(agency).split(), fold(superior).split())
        entered["organName"] = agency if own else _in_running_case(organ)
    if (position := proposed.get("signerPosition", "")).isupper():
        entered["signerPosition"] = position.capitalize()
    subject = _ABOUT.sub("", proposed.get("subject", ""))
    if subject and subject != proposed.get("subject"):
        entered["subject"] = subject[0].upper() + subject[1:]
    return entered


def _is_own(issuer: Sequence[str], agency: Sequence[str], superior: Sequence[str]) -> bool:
    """Whether the agency's name begins so, and its rest names the place of the superior."""
    if len(issuer) < 2 or agency[: len(issuer)] != issuer:
        return False
    place, rest = list(superior[-2:]), agency[len(issuer) :]
    return not (place and rest) or place in [rest[at : at + 2] for at in range(len(rest))]


def _in_running_case(name: str) -> str:
    """An organisation printed in capitals: its field and its place keep theirs, the rest none."""
    if not name.isupper():
        return name
    words, written = name.split(), [""]
    place = False
    for at, word in enumerate(words):
        before = fold(" ".join(words[max(0, at - 2) : at])).split()
        place = place or (bool(before) and (before[-1] in _LEVELS or " ".join(before) in _LEVELS))
        of_field = at == 1 and before == before[:1] and before[-1] in _BODIES
        own = at == 0 or place or of_field
        written.append(word.capitalize() if own else word.lower())
    return " ".join(written[1:])


def document_of(declared: DeclaredCaseFile, row: int) -> DeclaredDocument | None:
    """The document that bears this number."""
    return next((document for document in declared.documents if document.row == row), None)


def from_name(path: str) -> dict[str, str]:
    """From ``03. Tờ trình sửa chữa đập.pdf``: a Tờ trình, and its name as the abstract."""
    stem = nfc(path).rpartition("/")[2].rpartition(".")[0]
    subject = _LEADING_NUMBER.sub("", stem).replace("_", " ").strip()
    kinds = law.code_list("typeName").codes
    fitting = [code for code, label in kinds.items() if fold(subject).startswith(fold(label))]
    longest = max(fitting, key=lambda code: len(kinds[code]), default="")
    return {"typeName": longest, "subject": subject}
