"""The hits of a search as a paper to print or to edit: PDF/A-2b or a Word document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archive_service import clock, messages
from archive_service.forms import docx
from archive_service.forms.table_form import (
    FormColumn,
    FormRow,
    TableForm,
    for_press,
    print_table_form,
)
from archive_service.forms.tables import Row
from archive_service.services import Services
from archive_service.text import nfc
from search.acts import notes_of
from search.documents import ToldDocument
from search.export.columns import Column

MOST = 2_000  # hits of a paper: nobody reads more, and laying out more takes minutes
# Where all are asked for.
COLUMNS: tuple[Column, ...] = ("code", "title", "number", "date", "issuer", "page", "snippet")
# Shares of the width of a sheet that lies across.
_WIDTHS: Mapping[str, float] = {
    "code": 2.8,
    "title": 3.0,
    "number": 1.3,
    "date": 1.5,
    "year": 0.8,
    "agency": 2.0,
    "type": 1.2,
    "issuer": 1.8,
    "signer": 1.4,
    "mode": 1.4,
    "page": 0.9,
    "pages": 0.9,
    "snippet": 3.3,
}
_CENTRED = ("date", "year", "page", "pages")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the hits: the key of the title, lines, and what a table's rows repeat."""

    title: str
    lines: Sequence[str]
    note: str = ""


def sought(text: str, lang: str) -> str:
    """The words that were sought, in a line."""
    typed = nfc(text).strip()
    return _words("sought", lang, text=typed) if typed else _words("sought-nothing", lang)


def notes(told: ToldDocument | None, lang: str) -> list[str]:
    """What was asked in place of the typed words, in lines."""
    found = notes_of(told, partial(messages.text, lang=lang))
    return [f"{note} {instead}".rstrip() for note, instead in found]


def write_paper(
    services: Services,
    target: Path,
    columns: Sequence[str],
    rows: Iterable[Row],
    about: Heading,
    *,
    lang: str,
    who: str,
) -> None:
    """Write the hits to ``target`` by its suffix, .pdf or .docx.

    ``who``: the person who takes them along, named on the paper as on a printed page.
    """
    listed = [FormRow(["" if cell is None else str(cell) for cell in row]) for row in rows]
    at = clock.now().replace(microsecond=0)
    facts = {"who": who, "at": messages.shown(clock.iso(at))}
    archive = services.settings.archive
    form = TableForm(
        issuer=archive.name,
        issuer_above=nfc(archive.superior),
        name=_words(about.title, lang),
        about=about.lines,
        columns=[
            FormColumn(
                messages.text(f"labels.search-columns.{name}", lang),
                _WIDTHS[name],
                "center" if name in _CENTRED else "left",
            )
            for name in columns
        ],
        rows=listed,
        totals=[_words("total", lang, count=len(listed)), _words("taken", lang, **facts)],
        landscape=True,
        numbered=False,
    )
    if target.suffix == ".pdf":
        print_table_form(form, target, at=at, press=services.press)
    else:
        docx.write_docx(for_press(form, services.press), target)


def _words(key: str, lang: str, **facts: object) -> str:
    return messages.text(f"forms.search-hits.{key}", lang, **facts)
