"""Pieces of a file, as the tus protocol and deliveries of other archives send them."""

from flask import request

from archive_service.errors import InputError

PIECE = "application/offset+octet-stream"


class UploadHeaderError(InputError):
    """A header of the protocol is missing or cannot be read."""


def header_number(header: str) -> int:
    """A whole number; ``UploadHeaderError`` where the header is none."""
    value = request.headers.get(header, "")
    if not value.isdecimal() or len(value) > 18:
        raise UploadHeaderError(header=header)
    return int(value)
