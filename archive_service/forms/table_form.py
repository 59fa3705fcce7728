"""A form that is a table under its head: printed as PDF/A-2b; as DOCX and XLSX see beside."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from archive_service import messages
from archive_service.forms import words
from archive_service.forms.long_table import TEMPLATE as TEMPLATE  # noqa: PLC0414 - told on to those who fill it
from archive_service.forms.long_table import print_form
from archive_service.forms.typst_form import PRESS, Press

Align = Literal["left", "center", "right"]
# What a row is: one of the table's, or a heading within it, major or minor.
RowKind = Literal["row", "heading", "subheading"]


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column: its words, its share of the width, how its cells stand."""

    head: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class FormRow:
    """Texts as they are printed, one a column; a line break parts lines of a cell."""

    cells: Sequence[str]
    kind: RowKind = "row"


@dataclass(frozen=True, slots=True)
class FormSigner:
    """Where somebody signs: position above, name below.

    ``note`` stands below the position, ``on`` above it: place and date, where the head has none.
    """

    position: str
    name: str = ""
    note: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class TableForm:
    """Head, title lines, table, totals and places of signing, after NĐ 30/2020.

    ``about`` are the lines below the name of the form, ``totals`` the paragraphs below the table.
    A row of numbers below the heads, (1) (2) (3), is written where ``numbered``. A form without
    columns is words alone. Without ``number`` it is of a kind that has none; what is still to get
    one bears the dots of ``said("no-number")``.
    """

    issuer: str
    name: str
    columns: Sequence[FormColumn]
    rows: Sequence[FormRow]
    issuer_above: str = ""
    number: str = ""
    place_and_date: str = ""
    about: Sequence[str] = ()
    opening: Sequence[str] = ()
    totals: Sequence[str] = ()
    recipients: Sequence[str] = ()
    signers: Sequence[FormSigner] = ()
    numbered: bool = True
    landscape: bool = False
    wide_from: int = field(default=7)  # so many columns lie across the sheet
    sheet: str = ""  # what its sheet of a workbook is called, where its name is too long
    behind: Sequence["TableForm"] = ()  # lists that lie behind it, on sheets that lie as it does

    @property
    def sent_to(self) -> list[str]:
        """The recipients as they are printed."""
        return words.ended(self.recipients) if self.recipients else []

    @property
    def lies_across(self) -> bool:
        """Whether the sheet is turned: asked for, or needed by the number of columns."""
        return self.landscape or len(self.columns) >= self.wide_from


def print_table_form(
    form: TableForm, target: Path, *, at: dt.datetime | None = None, press: Press = PRESS
) -> None:
    """Write PDF/A-2b to ``target``; equal input gives equal bytes if ``at`` is given.

    More than a thousand rows are laid out in parts. Raises what ``render`` raises.
    """
    print_form(TEMPLATE, data_of(form), target, press=press, at=at)


def data_of(form: TableForm) -> dict[str, object]:
    """What ``TEMPLATE`` takes; its signature stands where the last signer does."""
    return {
        "title": " ".join([form.name, *form.about]),
        "name": form.name,
        "about": list(form.about),
        "issuer_above": form.issuer_above,
        "issuer": form.issuer,
        "number": form.number,
        "place_and_date": form.place_and_date,
        "opening": list(form.opening),
        "heads": [column.head for column in form.columns],
        "widths": [column.width for column in form.columns],
        "aligns": [column.align for column in form.columns],
        "numbered": form.numbered,
        "across": form.lies_across,
        "rows": [{"kind": row.kind, "cells": list(row.cells)} for row in form.rows],
        "totals": list(form.totals),
        "recipients": form.sent_to,
        "signers": [asdict(signer) for signer in form.signers],
    }


def for_press(form: TableForm, press: Press) -> TableForm:
    """The form as it is written where no page is printed: of a trial, below its name."""
    if not press.trial:
        return form
    return replace(form, about=[press.words, *form.about])


def said(key: str, **facts: object) -> str:
    """Words of such forms; an official paper is in Vietnamese."""
    return messages.text(f"forms.table.{key}", "vi", **facts)
