"""A place on a page, as forms tell it."""

from flask import request

from archive_service.problem import HttpRefusedError


def box_asked() -> tuple[int, int, int, int]:
    """Where the word stands, in pixels of the page as it was scanned."""
    try:
        left, top, right, bottom = (int(part) for part in request.form.get("box", "").split())
    except ValueError:
        raise HttpRefusedError(400) from None
    return left, top, right, bottom
