"""Báo cáo tính toàn vẹn: what was read again in a time, what was found, who healed it."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from archive_service import messages
from archive_service.forms import words
from archive_service.forms.signed_paper import Issuer, Paper, PaperStrip, PaperTable, said

_COPY_HEADS = ("copy", "held", "read", "oldest", "promise", "state")
_COPY_WIDTHS = (1.0, 1.1, 1.3, 1.2, 0.9, 1.1)
_FOUND_HEADS = ("copy", "damaged", "missing", "unexpected", "healed", "open")
_TROUBLE_HEADS = ("copy", "file", "status", "verdict", "healed-at")
_TROUBLE_WIDTHS = (0.7, 2.6, 0.8, 1.3, 1.2)
_AGES = 4  # shades of a strip: up to 1, 3 and 12 months, and older


def fixity_report(
    figures: Mapping[str, Any], issuer: Issuer, *, number: str, span: tuple[dt.date, dt.date]
) -> Paper:
    """The paper.

    Args:
        figures: ``{copies: [{copy, role, total_bytes, read_bytes, months, oldest, every_days,
            behind, damaged, missing, unexpected, healed, open}], troubles: [{copy, key, status,
            verdict, healed_at, healed_by}], left_out}``, with moments and the words of a verdict.
    """
    first, last = (words.day(day) for day in span)
    copies: Sequence[Mapping[str, Any]] = figures["copies"]
    tables = [
        PaperTable(
            heads=[said(f"fixity.heads.{head}") for head in _COPY_HEADS],
            widths=_COPY_WIDTHS,
            rows=[_copy_row(copy) for copy in copies],
            caption=said("fixity.read"),
        ),
        PaperTable(
            heads=[said(f"fixity.heads.{head}") for head in _FOUND_HEADS],
            widths=(1.2, *[1.0] * (len(_FOUND_HEADS) - 1)),
            rows=[
                [str(copy["copy"]), *(words.count(copy[head]) for head in _FOUND_HEADS[1:])]
                for copy in copies
            ],
            caption=said("fixity.found"),
        ),
    ]
    if figures["troubles"]:
        tables.append(
            PaperTable(
                heads=[said(f"fixity.heads.{head}") for head in _TROUBLE_HEADS],
                widths=_TROUBLE_WIDTHS,
                rows=[_trouble_row(trouble) for trouble in figures["troubles"]],
                caption=said("fixity.troubles"),
            )
        )
    left_out = int(figures["left_out"])
    return Paper(
        form="fixity",
        number=number,
        issuer=issuer,
        opening=[said("fixity.opening", issuer=issuer.name, first=first, last=last)],
        tables=tables,
        strips=[_strip(copy) for copy in copies],
        notes=[
            said("fixity.shades"),
            *([said("fixity.left-out", count=words.count(left_out))] if left_out else []),
        ],
    )


def shades(months: Sequence[int]) -> list[float]:
    """Shares of the bytes read within 1, 3 and 12 months, and of those read before."""
    whole = sum(months)
    if not whole:
        return [0.0] * _AGES
    parts = (months[:1], months[1:3], months[3:12], months[12:])
    return [sum(part) / whole for part in parts]


def _strip(copy: Mapping[str, Any]) -> PaperStrip:
    return PaperStrip(str(copy["copy"]), shades(copy["months"]))


def _copy_row(copy: Mapping[str, Any]) -> list[str]:
    return [
        str(copy["copy"]),
        words.size(copy["total_bytes"]),
        words.size(copy["read_bytes"]),
        words.moment(copy["oldest"]) if copy["oldest"] else "–",
        said("fixity.days", days=words.count(copy["every_days"])),
        said("fixity.behind" if copy["behind"] else "fixity.in-time"),
    ]


def _trouble_row(trouble: Mapping[str, Any]) -> list[str]:
    healed = "–"
    if trouble["healed_at"]:
        healed = f"{words.moment(trouble['healed_at'])} ({trouble['healed_by']})"
    return [
        str(trouble["copy"]),
        _breakable(str(trouble["key"])),
        messages.text(f"labels.fixity-status.{trouble['status']}", "vi"),
        str(trouble["verdict"]),
        healed,
    ]


def _breakable(key: str) -> str:
    """A key may go on in the next line after any of these."""
    return re.sub(r"([-%_./])", "\\1\u200b", key)
