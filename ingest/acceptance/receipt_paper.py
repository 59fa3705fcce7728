"""Giấy tiếp nhận: the archive's signed word that a case file is safe."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press
from archive_service.signing.port import Signer

TEMPLATE = TEMPLATES / "giay_tiep_nhan.typ"
SYMBOL = "GTN-LT"


@dataclass(frozen=True, slots=True)
class VerifiedCopy:
    """A copy that was read back equal."""

    name: str
    verified_at: dt.datetime
    version: int


@dataclass(frozen=True, slots=True)
class PaperHalf:
    """What belongs to the case file on paper; ``minutes`` "" where it is still to be handed over.

    ``sheets``: as counted in the minutes, before them as declared, if that was said.
    """

    sheets: int | None
    minutes: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receipt says. Days are local; moments are aware.

    ``term`` is in words ("20 năm, đến hết ngày 31/12/2044"); ``submitter`` names the person with
    position ("ông Trần Văn Bách, chuyên viên Phòng Quản lý công trình"); ``package_sha256`` is the
    digest of the version's inventory; ``notes`` are findings that stood when it was accepted.
    """

    number: str
    issuer_above: str
    issuer: str
    place: str
    archive: str
    submitter: str
    submitted_on: dt.date
    code: str
    title: str
    started_on: dt.date | None
    ended_on: dt.date | None
    term: str
    documents: int
    pages: int
    files: int
    size_bytes: int
    package_sha256: str
    copies: Sequence[VerifiedCopy]
    recipients: Sequence[str]
    signer_position: str
    signer_name: str
    notes: Sequence[str] = ()
    paper: PaperHalf | None = None


def make_receipt(
    receipt: Receipt, target: Path, *, signer: Signer, at: dt.datetime, press: Press = PRESS
) -> None:
    """Print and sign the receipt: a PDF/A-2b at ``target``, whole or not at all.

    ``at`` is its date and the signing time. Raises what ``render`` and ``Signer.sign_pdf`` raise.
    """
    print_signed(
        TEMPLATE,
        _data(receipt, at),
        target,
        signer=signer,
        at=at,
        said=SignatureWords(_words("reason"), receipt.place),
        press=press,
    )


def _data(receipt: Receipt, at: dt.datetime) -> dict[str, object]:
    return {
        "title": _words("title", number=receipt.number),
        "issuer_above": receipt.issuer_above,
        "issuer": receipt.issuer,
        "number": receipt.number,
        "place_and_date": f"{receipt.place}, {words.day_in_words(clock.local(at).date())}",
        "about": _words("about", archive=receipt.archive),
        "opening": _words(
            "opening",
            archive=receipt.archive,
            submitter=receipt.submitter,
            on=words.day_in_words(receipt.submitted_on),
        ),
        "rows": _rows(receipt),
        "copies": [
            {
                "name": copy.name,
                "verified_at": words.moment(copy.verified_at),
                "version": str(copy.version),
                "result": _words("intact"),
            }
            for copy in receipt.copies
        ],
        "sha256": receipt.package_sha256,
        "notes": list(receipt.notes),
        "recipients": words.ended(receipt.recipients or (_words("filed"),)),
        "signer_position": receipt.signer_position,
        "signer_name": receipt.signer_name,
    }


def _rows(receipt: Receipt) -> list[tuple[str, str]]:
    notes = len(receipt.notes)
    amount = _words(
        "amount-held",
        documents=words.count(receipt.documents),
        pages=words.count(receipt.pages),
        files=words.count(receipt.files),
        size=words.size(receipt.size_bytes),
    )
    condition = _words("complete-with-notes" if notes else "complete", notes=words.count(notes))
    paper = [] if receipt.paper is None else [(_words("paper"), _paper(receipt.paper))]
    if receipt.paper is not None and not receipt.paper.minutes:
        condition = _words("electronic", condition=condition)
    return [
        (_words("code"), receipt.code),
        (_words("case-title"), receipt.title),
        (_words("period"), _period(receipt.started_on, receipt.ended_on)),
        (_words("kept-for"), receipt.term),
        (_words("amount"), amount),
        (_words("condition"), condition),
        *paper,
    ]


def _paper(half: PaperHalf) -> str:
    """The archive has what was read back; of paper it only says what was signed for."""
    counted = "" if half.sheets is None else _words("sheets", sheets=words.count(half.sheets))
    if half.minutes:
        return _words("paper-received", sheets=counted, minutes=half.minutes)
    return _words("paper-expected", sheets=counted)


def _period(start: dt.date | None, end: dt.date | None) -> str:
    parts = [
        _words(word, day=words.day(date))
        for word, date in (("from", start), ("to", end))
        if date is not None
    ]
    return " ".join(parts).capitalize() if parts else _words("no-period")


def _words(key: str, **facts: object) -> str:
    """Words of the receipt; an official paper is in Vietnamese."""
    return messages.text(f"forms.receipt.{key}", "vi", **facts)
