"""Giấy tiếp nhận đợt nộp: the archive's signed word for all case files of one delivery."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.listed_form import LongList
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press
from archive_service.signing.port import Signer

TEMPLATE = TEMPLATES / "giay_tiep_nhan_dot.typ"


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A case file in custody; ``notes`` are warnings that stood, ``paper`` is still to come."""

    code: str
    title: str
    documents: int
    package_sha256: str
    notes: int = 0
    paper: bool = False


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A case file that was given back or taken back; ``state`` in words."""

    code: str
    title: str
    state: str
    findings: int
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that was not taken at the door."""

    row: int
    code: str
    findings: int


@dataclass(frozen=True, slots=True)
class CopyHolds:
    """How many of the case files a copy was proved to hold, and when the last of them."""

    name: str
    case_files: int
    verified_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much the delivery declared, and what became of it."""

    declared: int
    kept: int
    documents: int
    files: int
    size_bytes: int
    returned: int
    refused: int
    again: int


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What the paper says of the delivery as a whole. Days are local; moments are aware."""

    number: str
    issuer_above: str
    issuer: str
    place: str
    archive: str
    submitter: str
    submitted_on: dt.date
    source: str
    list_sha256: str
    amounts: Amounts
    copies: Sequence[CopyHolds]
    recipients: Sequence[str]
    signer_position: str
    signer_name: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The lists behind the paper; each is read once, and need not be in memory."""

    kept: Iterable[KeptLine]
    returned: Iterable[ReturnedLine]
    refused: Iterable[RefusedLine]


def print_delivery_receipt(
    receipt: DeliveryReceipt,
    lines: Lines,
    target: Path,
    *,
    signer: Signer,
    at: dt.datetime,
    press: Press = PRESS,
) -> None:
    """Print and sign it: a PDF/A-2b at ``target``, whole or not at all.

    ``at`` is its date and the signing time. Raises what ``render`` and ``Signer.sign_pdf`` raise.
    """
    print_signed(
        TEMPLATE,
        _data(receipt, at),
        target,
        signer=signer,
        at=at,
        said=SignatureWords(_words("reason"), receipt.place),
        lists=_lists(lines),
        press=press,
    )


def _data(receipt: DeliveryReceipt, at: dt.datetime) -> dict[str, object]:
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
        "kept": _words("kept"),
        "heads": [_words(f"copy-heads.{number}") for number in range(1, 5)],
        "copies": [
            [
                copy.name,
                words.count(copy.case_files),
                words.moment(copy.verified_at),
                _words("intact"),
            ]
            for copy in receipt.copies
        ],
        "list_digest": _words("list-digest"),
        "sha256": receipt.list_sha256,
        "behind": [_words("behind")],
        "closing": _words("closing"),
        "recipients": words.ended(receipt.recipients or (_words("filed"),)),
        "signer_position": receipt.signer_position,
        "signer_name": receipt.signer_name,
    }


def _rows(receipt: DeliveryReceipt) -> list[tuple[str, str]]:
    amounts = receipt.amounts
    kept = _words(
        "kept-amount",
        cases=words.count(amounts.kept),
        in_words=words.number_in_words(amounts.kept),
        documents=words.count(amounts.documents),
        files=words.count(amounts.files),
        size=words.size(amounts.size_bytes),
    )
    return [
        (_words("source"), receipt.source),
        (_words("declared"), _cases(amounts.declared)),
        (_words("kept-cases"), kept),
        *((_words(key), _cases(count)) for key, count in _others(amounts) if count),
    ]


def _others(told: Amounts) -> tuple[tuple[str, int], ...]:
    return ("returned", told.returned), ("refused", told.refused), ("again", told.again)


def _cases(count: int) -> str:
    return _words("cases", count=words.count(count))


def _lists(lines: Lines) -> list[LongList]:
    kept = (
        (
            words.count(number),
            kept_line.code,
            kept_line.title,
            words.count(kept_line.documents),
            *_proof(kept_line),
        )
        for number, kept_line in enumerate(lines.kept, start=1)
    )
    returned = (
        (
            words.count(number),
            returned_line.code,
            returned_line.title,
            returned_line.state,
            words.count(returned_line.findings),
            returned_line.reason,
        )
        for number, returned_line in enumerate(lines.returned, start=1)
    )
    refused = (
        (words.count(line.row), line.code or "–", words.count(line.findings))
        for line in lines.refused
    )
    return [
        _list("kept", (0.6, 1.7, 3.3, 0.7, 1.5, 1.3), kept, centred=(0, 3), digest_at=4),
        _list("returned", (0.6, 1.7, 2.7, 1.1, 0.8, 2.8), returned, centred=(0, 4)),
        _list("refused", (0.8, 4.0, 1.6), refused, centred=(0, 2)),
    ]


def _proof(kept_line: KeptLine) -> tuple[str, str]:
    notes = [_words("notes", count=words.count(kept_line.notes))] if kept_line.notes else []
    paper = [_words("paper")] if kept_line.paper else []
    return kept_line.package_sha256, "\n".join([*notes, *paper])


def _list(
    name: str,
    widths: Sequence[float],
    rows: Iterable[Sequence[str]],
    *,
    centred: Sequence[int],
    digest_at: int = -1,
) -> LongList:
    heads = [_words(f"{name}-list.heads.{at}") for at in range(1, len(widths) + 1)]
    heading = _words(f"{name}-list.heading")
    return LongList(heading, heads, widths, rows, centred, digest_at)


def _words(key: str, **facts: object) -> str:
    """Words of the paper; an official paper is in Vietnamese."""
    return messages.text(f"forms.delivery-receipt.{key}", "vi", **facts)
