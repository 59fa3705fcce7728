"""What was read from page 1 beside the document list: equal, different, or not to be told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archive_service.law import code_list
from archive_service.text import fold
from digitize.ocr.edit_distance import edits
from digitize.page_one.head import initials
from digitize.page_one.proposals import Proposal

# The fields of page 1 that a document list has too, and a difference of which is told.
CHECKED = ("number", "symbol", "date", "type", "issuer", "abstract", "signer")
CODED = {"type": "typeName", "urgency": "urgency"}  # printed in words; a list may hold the code
SURE = 60.0  # confidence, 0 to 100, from which a difference is worth a person's look
_SAME_SHARE = 0.12  # of the letters of a text that may be misread
_ABOUT = ("v v", "ve viec", "viec")


@dataclass(frozen=True, slots=True)
class Difference:
    """Page and list do not agree in one field; both as people read them."""

    field: str
    read: str
    listed: str

    @property
    def code(self) -> str:
        """The finding's code."""
        return DIFFERS[self.field]


DIFFERS = {  # field to finding
    "number": "document-number-differs",
    "symbol": "document-symbol-differs",
    "date": "document-date-differs",
    "type": "document-type-differs",
    "issuer": "document-issuer-differs",
    "abstract": "document-abstract-differs",
    "signer": "document-signer-differs",
}


def differences(
    proposals: Mapping[str, Proposal], listed: Mapping[str, str]
) -> Iterator[Difference]:
    """Fields in which a well read page and the list differ; what either lacks is no difference."""
    superior = proposals["superior"].value if "superior" in proposals else ""
    for field in CHECKED:
        read, proposed = proposals.get(field), listed.get(field, "").strip()
        if read is None or not proposed or read.confidence < SURE:
            continue
        if not agrees(field, read.value, proposed, superior=superior):
            yield Difference(field, _label_of(field, read.value), _label_of(field, proposed))


def agrees(field: str, read: str, listed: str, *, superior: str = "") -> bool:
    """Whether both mean the same; letters may be misread in a text, never in number and date."""
    if field == "number":
        return read.strip().lstrip("0") == listed.strip().lstrip("0")
    if field == "symbol":
        ours, theirs = _compact(read), _compact(listed)
        return ours == theirs or ours.rpartition("/")[2] == theirs.rpartition("/")[2]
    if field == "date":
        return read == listed[:10]
    if field in CODED:
        known = code_list(CODED[field])
        return (known.find(read) or read) == (known.find(listed) or listed)
    if field == "issuer":
        return _same_issuer(read, listed, superior)
    if field == "abstract":
        return _same_text(_without_about(read), _without_about(listed))
    return _same_text(fold(read), fold(listed))


def _same_issuer(read: str, listed: str, superior: str) -> bool:
    """The list may name the agency in full, the page by its own name under its superior's."""
    ours, theirs = _words(read), _words(listed)
    if not ours or not theirs:
        return True
    if _compact(listed) == fold(initials(read)):
        return True
    if _same_text(" ".join(ours), " ".join(theirs)):
        return True
    with_superior = {*_words(superior), *ours, "tinh", "huyen", "xa", "thanh", "pho", "cua", "va"}
    head = " ".join(theirs[: len(ours)])
    return _same_text(" ".join(ours), head) and set(theirs[len(ours) :]) <= with_superior


def _without_about(text: str) -> str:
    words = " ".join(_words(text))
    for start in _ABOUT:
        words = words.removeprefix(f"{start} ")
    return words


def _same_text(ours: str, theirs: str) -> bool:
    """One may be the beginning of the other: a list is often shortened."""
    shorter, longer = sorted((ours, theirs), key=len)
    if len(shorter) < 0.6 * len(longer):
        return False
    head = longer[: len(shorter)]
    most = max(1, round(_SAME_SHARE * len(shorter)))
    return edits(shorter, head) <= most or edits(shorter, longer) <= most


def _words(text: str) -> list[str]:
    kept = "".join(sign if sign.isalnum() else " " for sign in fold(text))
    return kept.split()


def _compact(text: str) -> str:
    return "".join(fold(text).split())


def _label_of(field: str, value: str) -> str:
    if field != "type":
        return value
    known = code_list("typeName")
    return known.label(known.find(value) or value)
