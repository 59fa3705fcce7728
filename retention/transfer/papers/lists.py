"""Mục lục hồ sơ, tài liệu nộp lưu (NĐ 30/2020 PL V.III) and the list of media of a transfer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive_service.forms import words
from archive_service.forms.long_table import LONG_ROWS
from archive_service.forms.table_form import Align, FormColumn, FormRow, TableForm, data_of
from retention.disposition.papers.destruction_file import sealed_by, told_day
from retention.transfer.papers.file_form import Outcome, Sum, TransferFile, TransferLine, said

_Columns = tuple[tuple[str, float, Align], ...]
_CATALOGUE: _Columns = (
    ("ordinal", 0.6, "center"),
    ("code", 2.0, "left"),
    ("title", 4.0, "left"),
    ("period", 1.5, "center"),
    ("documents", 0.8, "center"),
    ("pages", 0.8, "center"),
    ("term", 1.0, "center"),
    ("note", 1.7, "left"),
)
_MEDIA: _Columns = (
    ("medium", 0.55, "center"),
    ("label", 1.8, "left"),
    ("packages", 0.7, "center"),
    ("size_bytes", 1.85, "right"),
    ("sums", 2.45, "left"),
    ("written", 1.4, "center"),
    ("place", 1.15, "left"),
)
IN_CATALOGUE = tuple(
    outcome for outcome in Outcome if outcome not in (Outcome.DECLINED, Outcome.STOPPED)
)


@dataclass(frozen=True, slots=True)
class CatalogueRows:
    """Rows of the table, of whom no list is held; each reading begins anew."""

    told: TransferFile

    def __len__(self) -> int:
        """Counted before."""
        return self.told.sums.standing.count

    def __iter__(self) -> Iterator[dict[str, object]]:
        """As the template of tables takes them."""
        return (
            {"kind": "row", "cells": _cells(transfer_line)}
            for transfer_line in self.told.listed(*IN_CATALOGUE)
        )


def catalogue_data(file: TransferFile, number: str) -> dict[str, object]:
    """What the template of tables takes; its rows are read when they are laid out."""
    rows = CatalogueRows(file)
    return data_of(_catalogue(file, number, file.sums.standing)) | {
        "rows": rows if len(rows) > LONG_ROWS else list(rows)
    }


def _catalogue(file: TransferFile, number: str, amount: Sum) -> TableForm:
    about = [file.heading]
    if file.fonds:
        about.append(said("fonds", fonds=file.fonds))
    about.append(said("catalogue.to", receiver=file.receiver))
    return TableForm(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name=said("catalogue.name"),
        number=number,
        place_and_date=file.place_and_date,
        about=about,
        columns=_columns(_CATALOGUE),
        rows=(),
        totals=[
            said("catalogue.total", **amount.told()),
            *([said("catalogue.made-by", name=file.composed_by)] if file.composed_by else []),
            f"{said('digest')} {file.row.list_sha256}",
        ],
        recipients=[file.receiver, file.agency, said("filed")],
        signers=[sealed_by(file.archive)],
        landscape=True,
    )


def _cells(line: TransferLine) -> list[str]:
    return [
        str(line.ordinal),
        line.code,
        line.title,
        line.period,
        words.count(line.documents),
        words.count(line.pages) if line.pages else "",
        line.term,
        _note(line),
    ]


def _note(line: TransferLine) -> str:
    """Where it is now, or why it came back, or how it lies here."""
    if line.outcome is Outcome.ACCEPTED and line.receipt:
        return said("catalogue.receipt", code=line.receipt)
    if line.outcome is Outcome.RETURNED:
        return said("catalogue.returned", reason=line.reason)
    names = [name for name in ("digitized", "on_paper") if getattr(line, name)]
    return "; ".join(said(f"catalogue.{name.replace('_', '-')}") for name in names)


def media_list(file: TransferFile, number: str) -> TableForm:
    """What lies in the box: each medium with its packages and what it is verified by."""
    packages = sum(medium.packages for medium in file.media)
    size = sum(medium.size_bytes for medium in file.media)
    return TableForm(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name=said("media.name"),
        number=number,
        place_and_date=file.place_and_date,
        about=[file.heading, said("catalogue.to", receiver=file.receiver)],
        columns=_columns(_MEDIA),
        rows=[
            FormRow(
                [
                    words.count(medium.number),
                    medium.label,
                    words.count(medium.packages),
                    words.count(medium.size_bytes),
                    in_groups(medium.sums_sha256),
                    told_day(medium.written_on),
                    medium.place,
                ]
            )
            for medium in file.media
        ],
        totals=[
            said(
                "media.total",
                count=words.count(len(file.media)),
                in_words=words.number_in_words(len(file.media)),
                packages=words.count(packages),
                bytes=words.count(size),
                size=words.size(size),
            ),
            f"{said('media.manifest')} {in_groups(file.row.manifest_sha256 or '') or said('dots')}",
            said("media.verify"),
        ],
        recipients=[file.receiver, said("media.in-box"), said("filed")],
        signers=[sealed_by(file.archive)],
        wide_from=len(_MEDIA) + 1,  # few lines, and one sheet in the box
    )


def in_groups(digest: str) -> str:
    """A digest that may go on in the next line, in groups that are read aloud."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _columns(told: Iterable[tuple[str, float, Align]]) -> list[FormColumn]:
    return [FormColumn(said(f"heads.{name}"), width, align) for name, width, align in told]
