"""Words out of files that are named on the command line."""

import codecs
from pathlib import Path

from archive_service.errors import InputError

_MOST_BYTES = 16 << 20


class FileNotTextError(InputError):
    """The file holds no text in UTF-8, or far more than anybody types."""


def text_of(path: Path) -> str:
    """The words of a file in UTF-8, or in UTF-16 that says so, as editors of Windows save it.

    Raises:
        FileNotTextError: it is of another kind.
    """
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise FileNotTextError(path=str(path)) from None
    if len(data) > _MOST_BYTES or "\0" in text:
        raise FileNotTextError(path=str(path))
    return text


def first_line_of(path: Path) -> str:
    """A password or a phrase; nothing of an empty file."""
    return next(iter(text_of(path).splitlines()), "").strip()
