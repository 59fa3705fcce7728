"""Documents of the sample: their text, and printing them as PDF/A."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.demo.agency import SampleAgency
from archive_service.forms import words
from archive_service.forms.typst_form import FONTS, FormPlace, Press, render, signature_place

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "templates" / "van_ban.typ"
OFFICE_OPENS = dt.time(9, 30)


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. ``file`` is a PDF's name, ``folder`` the one of its page images.

    ``fault`` names what is wrong on purpose; ``skewed`` is a page from 1; ``blank_back_after`` a
    page whose back was scanned too; both 0 if none.
    """

    type: str
    number: str
    symbol: str
    date: dt.date
    subject: str
    pages: tuple[tuple[str, ...], ...]
    file: str = ""
    folder: str = ""
    addressee: str = ""
    recipients: tuple[str, ...] = ()
    signed: bool = False
    fault: str = ""
    skewed: int = 0
    blank_back_after: int = 0
    table_after: int = 0
    table: Mapping[str, Any] | None = None

    def fields(self) -> dict[str, str | dt.date]:
        """What a sheet declares of it, by the circular's names."""
        return {
            "typeName": self.type,
            "codeNumber": self.number,
            "codeNotation": self.symbol,
            "issuedDate": self.date,
            "subject": self.subject,
        }

    def made_at(self) -> dt.datetime:
        """The moment it claims to have been made: the morning of its date."""
        return dt.datetime.combine(self.date, OFFICE_OPENS, clock.LOCAL_ZONE)

    def sealed_at(self) -> dt.datetime:
        """The agency signs after the person did."""
        return self.made_at() + dt.timedelta(minutes=25)


@dataclass(frozen=True, slots=True)
class CaseText:
    """A case file of the sample: its data by name, its documents, phrases printed in it."""

    fields: Mapping[str, Any]
    papers: tuple[Paper, ...]
    phrases: tuple[Mapping[str, Any], ...] = field(default=())


def read_case(name: str) -> CaseText:
    """The text of ``texts/<name>.toml``."""
    texts = tomllib.loads((FOLDER / "texts" / f"{name}.toml").read_text(encoding="utf-8"))
    return CaseText(
        fields=texts["case_file"],
        papers=tuple(_paper(part) for part in texts["document"]),
        phrases=tuple(texts.get("phrase", ())),
    )


def _paper(part: dict[str, Any]) -> Paper:
    lists = {
        "pages": tuple(tuple(page) for page in part["pages"]),
        "recipients": tuple(part["recipients"]),
    }
    return Paper(**(part | lists))


def print_paper(
    paper: Paper, target: Path, *, agency: SampleAgency, fonts: Path = FONTS
) -> FormPlace | None:
    """Print ``paper`` as PDF/A-2b; tells where its signature belongs.

    Equal input gives equal bytes.
    """
    data = _data(paper, agency)
    render(TEMPLATE, data, target, press=Press(fonts), at=paper.made_at())
    return signature_place(TEMPLATE, data, press=Press(fonts))


def _data(paper: Paper, agency: SampleAgency) -> dict[str, object]:
    letter = paper.type == "Công văn"
    head = agency.head_on(paper.date)
    number = f"{paper.number}/{paper.symbol}" if paper.number else ""
    return {
        "title": f"{paper.type} {number}".strip(),
        "size_pt": 14,
        "issuer_above": agency.superior.replace("Ủy ban nhân dân", "UBND"),
        "issuer": agency.short_name,
        "number": number,
        "place_and_date": f"{agency.place}, {words.day_in_words(paper.date)}",
        "type": "" if letter else paper.type,
        "subject": paper.subject,
        "addressee": paper.addressee,
        "pages": [list(page) for page in paper.pages],
        "table": paper.table,
        "table_after": paper.table_after,
        "recipients": [f"{recipient};" for recipient in paper.recipients[:-1]]
        + [f"{recipient}." for recipient in paper.recipients[-1:]],
        "position": head.position,
        "name": head.name,
    }
