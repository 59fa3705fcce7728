"""A paper of words, in the layout of NĐ 30/2020: paragraphs, articles, tables, several signers."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from archive_service.forms import words
from archive_service.forms.table_form import FormSigner
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press, render

TEMPLATE = TEMPLATES / "van_ban.typ"
# How a paragraph stands: what a decision rests on, plain, a heading of a part, in the middle; a
# SHA-256 below its ``lead``.
Look = Literal["basis", "text", "heading", "centre", "digest"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words of the paper; ``lead`` stands before them in bold: the number of an article."""

    words: str
    look: Look = "text"
    lead: str = ""


@dataclass(frozen=True, slots=True)
class LetterTable:
    """A table between paragraphs; ``widths`` are shares, ``centred`` the columns in the middle."""

    heads: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    centred: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """What the paper says; ``authority`` is who decides, below the name, of a decision.

    The visible signature stands with the signer at ``box`` (from 0); none where it is -1. Another
    signs the same bytes later, with the signer at ``other_box``. An official letter (công văn) has
    no name: what it is about stands below its number, and ``to`` says whom it is for.
    """

    issuer: str
    name: str
    parts: Sequence[Paragraph | LetterTable]
    issuer_above: str = ""
    number: str = ""
    place_and_date: str = ""
    about: str = ""
    authority: str = ""
    closing: str = ""
    recipients: Sequence[str] = ()
    signers: Sequence[FormSigner] = ()
    box: int = -1
    other_box: int = -1
    to: str = ""


def print_letter(
    letter: Letter, target: Path, *, at: dt.datetime | None = None, press: Press = PRESS
) -> None:
    """Write PDF/A-2b to ``target``; equal input gives equal bytes if ``at`` is given.

    Raises what ``render`` raises.
    """
    render(TEMPLATE, letter_data(letter), target, press=press, at=at)


def letter_data(letter: Letter) -> dict[str, object]:
    """What ``TEMPLATE`` takes; plain data, that says all that the paper says."""
    return {
        "title": " ".join(filter(None, (letter.name, letter.number, letter.about))),
        "name": letter.name,
        "about": letter.about,
        "issuer_above": letter.issuer_above,
        "issuer": letter.issuer,
        "number": letter.number,
        "place_and_date": letter.place_and_date,
        "authority": letter.authority,
        "parts": [_part(part) for part in letter.parts],
        "closing": letter.closing,
        "recipients": words.ended(letter.recipients) if letter.recipients else [],
        "signers": [asdict(signer) for signer in letter.signers],
        "box": letter.box,
    } | _of_few(letter)


def _of_few(letter: Letter) -> dict[str, object]:
    """What few papers have stands with these alone: what others say has the digest it had."""
    later = {} if letter.other_box < 0 else {"other_box": letter.other_box}
    return later | ({"to": letter.to} if letter.to else {})


def _part(paragraph: Paragraph | LetterTable) -> dict[str, Any]:
    if isinstance(paragraph, Paragraph):
        return {"look": paragraph.look, "words": paragraph.words, "lead": paragraph.lead}
    return {
        "look": "table",
        "heads": list(paragraph.heads),
        "widths": list(paragraph.widths),
        "rows": [list(row) for row in paragraph.rows],
        "centred": list(paragraph.centred),
    }
