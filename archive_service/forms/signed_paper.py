"""A paper of backup and recovery: printed in the layout of NĐ 30/2020, signed, PDF/A-2b."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.checkpoint_foot import print_foot
from archive_service.forms.signed_form import SIGNATURE_FIELD, SignatureWords, print_signed
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press, render
from archive_service.sections import ArchiveSettings
from archive_service.signing.port import Signer

TEMPLATE = TEMPLATES / "bien_ban_sao_luu.typ"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table on a paper; ``widths`` are shares."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class PaperStrip:
    """A bar in shades from fresh to old; shares of its length that add up to 1, or all 0."""

    name: str
    shares: Sequence[float]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who makes the paper, and where; ``above`` is printed over the name."""

    name: str
    place: str
    above: str = ""


def issuer_of(archive: ArchiveSettings) -> Issuer:
    """The archive itself."""
    return Issuer(name=archive.name, place=archive.place, above=archive.superior)


@dataclass(frozen=True, slots=True)
class Paper:
    """What one paper says; ``form`` names its words below ``forms.backup``."""

    form: str
    number: str
    issuer: Issuer
    opening: Sequence[str]
    rows: Sequence[tuple[str, str]] = ()
    tables: Sequence[PaperTable] = ()
    strips: Sequence[PaperStrip] = ()
    notes: Sequence[str] = ()
    sha256: str = ""
    recipients: Sequence[str] = ()  # besides the archive's own files


def print_paper(
    paper: Paper,
    target: Path,
    *,
    signer: Signer | None,
    at: dt.datetime,
    field: str = SIGNATURE_FIELD,
    press: Press = PRESS,
) -> None:
    """Print and sign: a PDF/A-2b at ``target``, whole or not at all.

    Without a signer the paper says that nobody signed it.
    Raises what ``render`` and ``Signer.sign_pdf`` raise.
    """
    at = at.replace(microsecond=0)
    if signer is None:
        unsigned = _data(paper, at) | {"closing": said("unsigned")}
        render(TEMPLATE, unsigned, target, press=press, at=at)
        if press.check is not None:
            print_foot(target, press=press, at=at)
        return
    print_signed(
        TEMPLATE,
        _data(paper, at),
        target,
        signer=signer,
        at=at,
        said=SignatureWords(said(f"{paper.form}.name"), paper.issuer.place, field),
        press=press,
    )


def _data(paper: Paper, at: dt.datetime) -> dict[str, object]:
    name, closing = said(f"{paper.form}.name"), f"{paper.form}.closing"
    issuer = paper.issuer
    return {
        "title": f"{name} {paper.number}",
        "name": name,
        "about": said(f"{paper.form}.about"),
        "issuer": issuer.name,
        "issuer_above": issuer.above,
        "number": paper.number,
        "place_and_date": f"{issuer.place}, {words.day_in_words(clock.local(at).date())}",
        "opening": list(paper.opening),
        "rows": [list(row) for row in paper.rows],
        "tables": [
            {
                "caption": table.caption,
                "heads": list(table.heads),
                "rows": [list(row) for row in table.rows],
                "widths": list(table.widths),
            }
            for table in paper.tables
        ],
        "strips": [{"name": strip.name, "shares": list(strip.shares)} for strip in paper.strips],
        "sha256": paper.sha256,
        "notes": list(paper.notes),
        "closing": said(closing if messages.has(f"forms.backup.{closing}", "vi") else "closing"),
        "recipients": [*(f"{recipient};" for recipient in paper.recipients), said("filed")],
        "signer_position": said("position"),
        "signer_name": issuer.name,
    }


def said(key: str, **facts: object) -> str:
    """Words of the papers; an official paper is in Vietnamese."""
    return messages.text(f"forms.backup.{key}", "vi", **facts)
