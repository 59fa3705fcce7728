"""Danh mục hồ sơ nộp lưu and Danh mục hồ sơ giữ lại, as forms that are tables."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from archive_service import messages
from archive_service.forms import words
from archive_service.forms.table_form import Align, FormColumn, FormRow, FormSigner, TableForm, said
from ingest.calling_in.documents import KeepBackDocument

_LIST: tuple[tuple[str, float, Align], ...] = (
    ("ordinal", 0.65, "center"),
    ("notation", 1.3, "center"),
    ("title", 3.6, "left"),
    ("term", 1.1, "center"),
    ("holder", 1.9, "left"),
    ("due", 1.5, "center"),
)
_KEPT: tuple[tuple[str, float, Align], ...] = (
    ("ordinal", 0.6, "center"),
    ("code", 1.9, "left"),
    ("title", 3.4, "left"),
    ("holder", 1.6, "left"),
    ("due", 1.3, "center"),
    ("until", 1.3, "center"),
    ("reason", 2.4, "left"),
    ("paper", 1.6, "left"),
)


def collection_form(
    listed: Mapping[str, Any],
    *,
    archive: str,
    agency: str,
    place: str,
    on: dt.date,
    above: str = "",
) -> TableForm:
    """The list as it was published.

    Args:
        listed: ``{number, year, due_on, entries}``, entries as they are kept.
        archive: who publishes it.
        agency: whose case files they are.
        place: of the archive.
        on: the day on which it was published.
        above: what stands over the archive, where that is to be printed.
    """
    rows = [
        FormRow(
            [
                str(number),
                entry["notation"],
                entry["title"],
                entry["term"],
                _holder(entry["unit"], entry["person"]),
                _day(dt.date.fromisoformat(entry["due_on"])),
            ]
        )
        for number, entry in enumerate(listed["entries"], start=1)
    ]
    return TableForm(
        issuer=archive,
        issuer_above=above,
        name=_words("name"),
        number=listed["number"],
        place_and_date=f"{place}, {words.day_in_words(on)}",
        about=[_words("about", agency=agency, year=listed["year"])],
        columns=_columns(_LIST),
        rows=rows,
        totals=[
            _words("total", count=words.count(len(rows)), words=words.number_in_words(len(rows)))
        ],
        recipients=[agency, _words("filed")],
        signers=[FormSigner(_words("signer"))],
    )


def keep_back_form(
    rows: Sequence[KeepBackDocument], *, agency: str, place: str, on: dt.date, above: str = ""
) -> TableForm:
    """What was consented to."""
    return TableForm(
        issuer=agency,
        issuer_above=above,
        name=_words("kept-name"),
        number=said("no-number"),
        place_and_date=f"{place}, {words.day_in_words(on)}",
        columns=_columns(_KEPT),
        rows=[
            FormRow(
                [
                    str(number),
                    row.code,
                    row.title,
                    _holder(row.unit, row.person),
                    _day(row.due_on),
                    _day(row.until_on),
                    row.reason,
                    row.paper,
                ]
            )
            for number, row in enumerate(rows, start=1)
        ],
        totals=[
            _words("total", count=words.count(len(rows)), words=words.number_in_words(len(rows)))
        ],
        recipients=[_words("filed")],
        signers=[FormSigner(_words("kept-signer"))],
    )


def _columns(told: Sequence[tuple[str, float, Align]]) -> list[FormColumn]:
    return [FormColumn(_words(f"heads.{name}"), width, align) for name, width, align in told]


def _holder(unit: str, person: str) -> str:
    return "\n".join(name for name in (unit, person) if name)


def _day(day: dt.date) -> str:
    return day.strftime("%d/%m/%Y")


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.collection.{key}", "vi", **facts)
