"""Biên bản giao nhận tài liệu giấy, and the labels of boxes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from archive_service.forms import words
from archive_service.forms.signed_paper import Issuer, Paper, PaperTable, said
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press, render_bytes

LABELS = TEMPLATES / "nhan_hop.typ"
_HEADS = ("ordinal", "code", "title", "declared", "counted", "box")
_WIDTHS = (0.5, 1.9, 3.2, 0.8, 0.8, 1.1)


def paper_handover(
    rows: Sequence[Mapping[str, Any]],
    issuer: Issuer,
    *,
    number: str,
    giver: str,
    receiver: str,
    boxes: int,
    note: str,
) -> Paper:
    """The minutes: who gave what to whom, boxes and sheets as they were counted.

    Args:
        rows: ``{code, title, sheets, declared, box}``; ``declared`` is ``None`` where nobody said.
        boxes: how many; 0, where nobody counted any, is not told.
    """
    sheets = sum(int(row["sheets"]) for row in rows)
    cases = len({row["code"] for row in rows})
    table = PaperTable(
        heads=[said(f"paper.heads.{head}") for head in _HEADS],
        widths=_WIDTHS,
        rows=[
            [
                str(number),
                str(row["code"]),
                str(row["title"]),
                "–" if row["declared"] is None else words.count(row["declared"]),
                words.count(row["sheets"]),
                str(row["box"] or "–"),
            ]
            for number, row in enumerate(rows, start=1)
        ],
        caption=said("paper.listed"),
    )
    return Paper(
        form="paper",
        number=number,
        issuer=issuer,
        opening=[said("paper.opening", issuer=issuer.name)],
        rows=[
            (said("paper.giver"), giver),
            (said("paper.receiver"), receiver),
            (said("paper.case-files"), words.count(cases)),
            *([(said("paper.boxes"), words.count(boxes))] if boxes else []),
            (said("paper.sheets"), words.count(sheets)),
            *([(said("paper.note"), note)] if note else []),
        ],
        tables=[table],
        notes=[said("paper.complete")],
    )


def print_labels(
    labels: Sequence[Mapping[str, str]],
    *,
    archive: str,
    at: dt.datetime | None = None,
    press: Press = PRESS,
) -> bytes:
    """Eight labels to a sheet of A4, PDF/A-2b; equal input gives equal bytes if ``at`` is given.

    Args:
        labels: ``{code, place, text, qr, cases}``; ``qr`` is an SVG of ``text``.
        archive: whose boxes they are.
        at: the moment of printing.
    """
    data = {"archive": archive, "labels": [dict(label) for label in labels]}
    return render_bytes(LABELS, data, at=at, press=press)
