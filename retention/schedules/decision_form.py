"""Quyết định áp dụng bảng thời hạn lưu trữ: what is adopted, from when, with all its entries.

In the layout of NĐ 30/2020; no form of it is prescribed.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from archive_service import messages
from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph
from archive_service.forms.table_form import FormSigner
from archive_service.forms.table_form import said as table_said


@dataclass(frozen=True, slots=True)
class AdoptedSchedule:
    """What the decision says; ``rows`` are code, title, term and citation of each entry."""

    archive: str
    archive_above: str
    place: str
    title: str
    code: str
    edition: int
    basis: Sequence[str]  # instruments, as a decision names them
    reason: str
    valid_from: dt.date
    valid_to: dt.date | None
    proposer: str
    approver: str
    post: str  # of who approves, "" where it is not known
    on: dt.date
    sha256: str
    rows: Sequence[Sequence[str]]


def schedule_decision(told: AdoptedSchedule) -> Letter:
    """The decision with its entries as a table; its number is the archive's own."""
    heads = [said(f"heads.{name}") for name in ("ordinal", "code", "title", "term", "citation")]
    entries = [[str(at), *row] for at, row in enumerate(told.rows, 1)]
    force = {"from_day": words.day(told.valid_from)}
    if told.valid_to:
        force["to_day"] = words.day(told.valid_to)
    parts: list[Paragraph | LetterTable] = [
        *(Paragraph(said("basis", instrument=instrument), "basis") for instrument in told.basis),
        Paragraph(said("reason", reason=told.reason.rstrip(".;")), "basis"),
        Paragraph(said("asked-by", name=told.proposer), "basis"),
        Paragraph(said("decides"), "centre"),
        Paragraph(
            said(
                "adopts",
                title=told.title,
                code=told.code,
                edition=told.edition,
                count=words.count(len(entries)),
            ),
            lead=said("article", at=1),
        ),
        LetterTable(heads, (0.5, 1.3, 3, 1.5, 2), entries, (0,)),
        Paragraph(told.sha256, "digest", said("digest")),
        Paragraph(said("until" if told.valid_to else "from", **force), lead=said("article", at=2)),
        Paragraph(said("keeps"), lead=said("article", at=3)),
        Paragraph(said("force"), lead=said("article", at=4)),
    ]
    return Letter(
        issuer=told.archive,
        issuer_above=told.archive_above,
        name=said("name"),
        about=said("about", title=told.title),
        number=table_said("no-number"),
        place_and_date=f"{told.place}, {words.day_in_words(told.on)}",
        authority=said("authority", archive=told.archive),
        parts=parts,
        recipients=[said("as-article", at=4), said("filed")],
        signers=[FormSigner(told.post or said("archive-head"), told.approver)],
    )


def said(key: str, **facts: object) -> str:
    """Words of this paper; an official paper is in Vietnamese."""
    return messages.text(f"forms.schedule-decision.{key}", "vi", **facts)
