"""Where a finding points to: sheet, row and field, as the sender sees them."""

from archive_service import messages


def sheet_name(kind: str) -> str:
    """Name of the sheet that holds rows of this kind, such as Hồ sơ for ``case-file``."""
    return messages.label("sheets", kind)


def row_place(kind: str, row: int, field: str = "") -> str:
    """Such as ``Văn bản, dòng 3, issuedDate``."""
    key = "labels.places.field" if field else "labels.places.row"
    return messages.text(key, sheet=sheet_name(kind), row=row, field=field)
