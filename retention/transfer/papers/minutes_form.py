"""Biên bản giao nhận tài liệu lưu trữ: what was taken under which code, what came back and why.

The receiver seals it first; the giver's signature is added to the same bytes, in ``GIVER_FIELD``.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from archive_service.forms import words
from archive_service.forms.letter import Letter, Paragraph
from archive_service.forms.listed_form import LongList
from archive_service.forms.signed_form import SignatureWords, sign_left_field
from archive_service.forms.table_form import FormSigner
from archive_service.forms.typst_form import Press
from archive_service.signing.port import Signer
from retention.disposition.papers.destruction_file import told_day
from retention.transfer.papers.file_form import Outcome, TransferFile, TransferLine, by_papers, said

RECEIVER_FIELD, GIVER_FIELD = "ChuKyBenNhan", "ChuKyBenGiao"
_HEADS = {
    Outcome.ACCEPTED: ("ordinal", "code", "title", "documents", "package", "receipt"),
    Outcome.RETURNED: ("ordinal", "code", "title", "documents", "reason"),
    Outcome.STOPPED: ("ordinal", "code", "title", "documents", "reason"),
}
_WIDTHS = {6: (0.6, 1.7, 2.7, 0.7, 1.6, 2.0), 5: (0.6, 1.7, 3.0, 0.7, 2.9)}


def transfer_minutes(file: TransferFile, number: str) -> Letter:
    """The words of the minutes; the case files lie behind it, see ``minutes_lists``."""
    taken, back = file.sums.of[Outcome.ACCEPTED], file.sums.of[Outcome.RETURNED]
    stopped = file.sums.of[Outcome.STOPPED]
    points = [
        said("minutes.block", agency=file.agency, fonds=file.fonds or said("dots")),
        *([said("minutes.period", period=taken.period)] if taken.count else []),
        said(
            "minutes.amount",
            sent=words.count(taken.count + back.count),
            received=told_day(file.received_on),
        ),
        said("minutes.taken", **taken.told()),
        *([said("minutes.returned", count=words.count(back.count))] if back.count else []),
        *([said("minutes.stopped", count=words.count(stopped.count))] if stopped.count else []),
        f"{said('minutes.condition')} {_scanned(file)}",
        said("minutes.beside", transfer=file.number),
        said("minutes.after"),
    ]
    return Letter(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name=said("minutes.name"),
        about=said("minutes.about"),
        number=number,
        place_and_date=file.place_and_date,
        parts=[
            *(
                Paragraph(said("basis", instrument=instrument), "basis")
                for instrument in file.basis
            ),
            Paragraph(
                said(
                    "minutes.opening",
                    on=words.day_in_words(file.on),
                    place=file.place,
                    transfer=file.name,
                    papers=by_papers(file),
                )
            ),
            *_side("giver", file.giver, file.giver_person),
            *_side("receiver", file.receiver, file.receiver_person),
            Paragraph(said("minutes.agree")),
            *(Paragraph(point, lead=f"{at}.") for at, point in enumerate(points, start=1)),
            Paragraph(file.row.manifest_sha256 or said("dots"), "digest", said("media.manifest")),
        ],
        closing=said("minutes.closing"),
        signers=[
            FormSigner(said("giver"), file.giver, said("seal")),
            FormSigner(said("receiver"), file.receiver, said("seal")),
        ],
        box=1,
        other_box=0,
    )


def minutes_lists(file: TransferFile) -> list[LongList]:
    """What was taken, what came back, what the giver stopped: each read when it is laid out."""
    return [
        LongList(
            heading=said(f"minutes.list-{outcome.value}"),
            heads=[said(f"heads.{name}") for name in heads],
            widths=_WIDTHS[len(heads)],
            rows=_rows(file, outcome),
            centred=(0, 3),
            digest_at=heads.index("package") if "package" in heads else -1,
        )
        for outcome, heads in _HEADS.items()
        if file.sums.of[outcome].count
    ]


def _rows(file: TransferFile, outcome: Outcome) -> Iterator[list[str]]:
    for place, transfer_line in enumerate(file.listed(outcome), start=1):
        yield [
            str(place),
            transfer_line.code,
            transfer_line.title,
            words.count(transfer_line.documents),
            *_answer_cells(transfer_line),
        ]


def _answer_cells(line: TransferLine) -> tuple[str, ...]:
    return (line.sha256, line.receipt) if line.outcome is Outcome.ACCEPTED else (line.reason,)


def _scanned(file: TransferFile) -> str:
    if file.unscanned:
        return said("minutes.unscanned", count=words.count(file.unscanned))
    return said("minutes.scanned")


def _side(key: str, body: str, person: str) -> Iterator[Paragraph]:
    yield Paragraph(said(f"minutes.{key}", body=body), "heading")
    if person:
        yield Paragraph(said("minutes.person", person=person))


def countersign_minutes(
    source: Path, target: Path, *, place: str, signer: Signer, at: dt.datetime, press: Press
) -> None:
    """The giver's signature on the receiver's bytes, which stay as they are.

    Raises what ``sign_left_field`` raises.
    """
    words_of = SignatureWords(said("minutes.about"), place, GIVER_FIELD)
    sign_left_field(source, target, signer=signer, at=at, said=words_of, press=press)
