"""Columns of a table of hits."""

from typing import Literal, get_args

Column = Literal[
    "code", "title", "number", "date", "year", "agency", "type", "issuer", "signer", "mode",
    "page", "pages", "snippet",
]  # fmt: skip
COLUMNS: tuple[Column, ...] = get_args(Column)
