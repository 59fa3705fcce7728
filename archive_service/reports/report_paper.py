"""Báo cáo thống kê as PDF/A and XLSX: the same sections of figures in both."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press, render
from archive_service.forms.xlsx import sheet_name
from archive_service.reports.documents import FiguresDocument, ReportDocument

TEMPLATE = TEMPLATES / "bao_cao_thong_ke.typ"
_TOTALS = ("received", "accepted", "returned", "rejected", "withdrawn", "backlog")
_DECISIONS = ("accepted", "returned")
_HOLDINGS = (
    "case_files", "documents", "files_received", "files", "size_bytes", "permanent", "fixed",
)  # fmt: skip
_USES = ("opened", "read", "exported", "copies")


@dataclass(frozen=True, slots=True)
class Section:
    """A table of figures: the first column says what, the others how many."""

    heading: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]

    @property
    def widths(self) -> list[float]:
        """The first column is as wide as three of the others."""
        return [3.0, *([1.0] * (len(self.heads) - 1))]


def sections_of(figures: dict[str, Any], lang: str = "vi") -> list[Section]:
    """The figures of a report as tables, in the order of the paper."""
    said = _ReportWords(lang)
    counts = [said(name) for name in _TOTALS]
    return [
        _intake(figures, said),
        Section(
            said("months"),
            [said("month"), said("received"), said("accepted")],
            [(month["label"], month["received"], month["accepted"]) for month in figures["months"]],
        ),
        Section(
            said("agencies"),
            [said("agency"), said("level"), *counts],
            [
                (agency["label"], agency["level"] or "–", *(agency[name] for name in _TOTALS))
                for agency in figures["agencies"]
            ],
        ),
        *_summed(figures, said),
        *(
            Section(
                said(part),
                [said(f"{part}_head"), *(said(name) for name in names)],
                [(figure["label"], *(figure[name] for name in names)) for figure in figures[part]],
            )
            for part, names in (("channels", _TOTALS), ("people", _DECISIONS))
        ),
        Section(
            said("reasons"),
            [said("reason"), said("count")],
            [(reason["label"], reason["count"]) for reason in figures["reasons"]],
        ),
        Section(
            said("holdings"),
            [said("measure"), said("count")],
            [
                (said(name), figures["holdings"][name])
                for name in _HOLDINGS
                if name in figures["holdings"]  # a report of earlier times has fewer
            ],
        ),
        *_forms(figures, said),
        *(
            Section(
                said(part),
                [said(f"{part}_head"), said("count")],
                [(figure["label"], figure["count"]) for figure in figures[part]],
            )
            for part in ("types", "formats")
        ),
        Section(
            said("uses"),
            [said("measure"), said("count")],
            [(said(name), figures["uses"][name]) for name in _USES if name in figures["uses"]],
        ),
        _late_entries(figures, said),
        *_infrastructure(figures, said),
    ]


def _intake(figures: dict[str, Any], said: "_ReportWords") -> Section:
    intake, days = figures["intake"], figures["days_to_decision"]
    rows: list[Sequence[str | int | float]] = [(said(name), intake[name]) for name in _TOTALS]
    rows.append((said("late"), intake["late"]))
    rows.append((said("median_days"), _told(days["median"])))
    rows.append((said("longest_days"), _told(days["longest"])))
    return Section(said("intake"), [said("measure"), said("count")], rows)


def _summed(figures: dict[str, Any], said: "_ReportWords") -> list[Section]:
    """Agencies by level and by the body above them; a report of earlier times has neither."""
    return [
        Section(
            said(part),
            [said(f"{part}_head"), said("agencies_count"), *(said(name) for name in _TOTALS)],
            [
                (figure["label"], figure["agencies"], *(figure[name] for name in _TOTALS))
                for figure in figures[part]
            ],
        )
        for part in ("levels", "superiors")
        if part in figures
    ]


def _forms(figures: dict[str, Any], said: "_ReportWords") -> list[Section]:
    """Electronic, digitized and mixed; a report of earlier times has none."""
    names = ("case_files", "documents", "share")
    rows = [(form["label"], *(form[name] for name in names)) for form in figures.get("forms", [])]
    heads = [said("forms_head"), *(said(name) for name in names)]
    return [Section(said("forms"), heads, rows)] if "forms" in figures else []


def _late_entries(figures: dict[str, Any], said: "_ReportWords") -> Section:
    """A report of earlier times has none."""
    rows = [
        (late_entry["label"], late_entry["count"]) for late_entry in figures.get("late_entries", [])
    ]
    return Section(said("late_entries"), [said("measure"), said("count")], rows)


def _infrastructure(figures: dict[str, Any], said: "_ReportWords") -> list[Section]:
    """Of the whole archive alone; a report of one agency or of earlier times has none."""
    rows = [
        (said(f"state_{entry['key']}"), entry["count"])
        for entry in figures.get("infrastructure", [])
    ]
    heads = [said("measure"), said("count")]
    return [Section(said("infrastructure"), heads, rows)] if rows else []


def print_report(
    document: ReportDocument,
    target: Path,
    *,
    archive: str,
    place: str,
    above: str = "",
    press: Press = PRESS,
) -> None:
    """Write the report as PDF/A-2b.

    ``above`` is what stands over the archive, where that is to be printed.

    Equal input gives equal bytes. Raises what ``render`` raises.
    """
    said, of = _ReportWords("vi"), of_agency(document, "vi")
    at = clock.parse_iso(document.made_at).replace(microsecond=0)
    texts = [("difficulties", document.difficulties), ("proposals", document.proposals)]
    data: dict[str, object] = {
        "title": said("name") + of,
        "name": said("name") + of,
        "about": period_in_words(document),
        "issuer": archive,
        "issuer_above": above,
        "number": document.number or said("no-number"),
        "place_and_date": f"{place}, {words.day_in_words(clock.local(at).date())}",
        "nothing": said("nothing"),
        "sections": [
            {
                "heading": section.heading,
                "heads": list(section.heads),
                "widths": section.widths,
                "rows": [[_figure(cell) for cell in row] for row in section.rows],
            }
            for section in sections_of(document.figures or {})
        ],
        "words": [{"heading": said(key), "text": text} for key, text in texts if text],
        "closing": messages.text(
            "reports.words.closing-of" if of else "reports.words.closing",
            "vi",
            archive=archive,
            of=of.strip(),
            at=_moment_of(document),
        ),
        "recipients": words.ended([messages.text("forms.collection.filed", "vi")]),
        "position": messages.text("forms.registers.signer", "vi"),
        "signed_about": said("signed-about") + of if of else "",
    }
    render(TEMPLATE, data, target, press=press, at=at)


def write_report_xlsx(document: ReportDocument, target: Path) -> None:
    """A sheet for each section; figures are numbers, texts are never formulas."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(target), {"strings_to_urls": False})
    bold = book.add_format({"bold": True, "text_wrap": True})
    for number, section in enumerate(sections_of(document.figures or {}), start=1):
        sheet = book.add_worksheet(sheet_name(f"{number}. {section.heading}"))
        sheet.set_column(0, 0, 48)
        sheet.set_column(1, len(section.heads), 14)
        about = period_in_words(document) + of_agency(document, "vi")
        sheet.write_string(0, 0, about, bold)
        sheet.write_row(1, 0, list(section.heads), bold)
        for at, row in enumerate(section.rows, start=2):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(at, column, value)
                else:
                    sheet.write_number(at, column, value)
        sheet.freeze_panes(2, 1)
    book.close()


def period_in_words(document: FiguresDocument | ReportDocument) -> str:
    """``Từ ngày 01/07/2026 đến ngày 30/09/2026``; and until when, where that is not over."""
    first, last = (dt.date.fromisoformat(day) for day in (document.first, document.last))
    text = messages.text("reports.words.period", "vi", first=words.day(first), last=words.day(last))
    return text + so_far(document, "vi")


def of_agency(document: FiguresDocument | ReportDocument, lang: str) -> str:
    """`` của Sở Nội vụ (H40.18)``, of a report of one agency; nothing of one of all."""
    if not document.agency:
        return ""
    facts = {"agency": document.agency_name, "code": document.agency}
    return " " + messages.text("reports.words.of-agency", lang, **facts)


def so_far(document: FiguresDocument | ReportDocument, lang: str) -> str:
    """Until when a provisional report or figures count; nothing where the period is over."""
    if not document.provisional:
        return ""
    return ", " + messages.text("reports.words.so-far", lang, at=_moment_of(document, lang))


def _moment_of(document: FiguresDocument | ReportDocument, lang: str = "vi") -> str:
    """``14:37 ngày 21/11/2026``: when the figures were counted."""
    at = clock.local(
        clock.parse_iso(
            document.made_at if isinstance(document, ReportDocument) else document.as_of
        )
    )
    facts = {"day": words.day(at.date()), "time": f"{at:%H:%M}"}
    return messages.text("reports.words.moment", lang, **facts)


def _figure(value: str | float) -> str:
    if isinstance(value, str):
        return value
    if value != int(value):
        return f"{value:.1f}".replace(".", ",")
    return f"{int(value):,}".replace(",", ".")


def _told(value: float | None) -> str | float:
    return "–" if value is None else value


class _ReportWords:
    def __init__(self, lang: str) -> None:
        self._lang = lang

    def __call__(self, key: str) -> str:
        return messages.text(f"reports.words.{key}", self._lang)
