"""Where a finding points to: sheet, row and field, as the sender sees them."""

import functools

from archive_service import messages

_ROW, _FIELD = "\x01", "\x02"


@functools.cache
def sheet_name(kind: str) -> str:
    """Name of the sheet that holds rows of this kind, such as Hồ sơ for ``case-file``."""
    return messages.label("sheets", kind)


def row_place(kind: str, row: int, field: str = "") -> str:
    """Such as ``Văn bản, dòng 3, issuedDate``."""
    told = _pattern(kind, with_field=bool(field)).replace(_ROW, messages.shown(row))
    return told.replace(_FIELD, field)


@functools.cache
def _pattern(kind: str, *, with_field: bool) -> str:
    """The words with places for row and field: there are 2,000 rows of forty fields to be named."""
    key = "labels.places.field" if with_field else "labels.places.row"
    return messages.text(key, sheet=sheet_name(kind), row=_ROW, field=_FIELD)
