"""A PDF opened as programs open it that show it, also where its last bytes lead to no page."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

_NO_CATALOGUE = "unable to find /Root"
_TABLE = b"startxref"
_TAIL_BYTES = 2048  # in which readers look for the place of the table of objects
BLANKS = b"\0\t\n\f\r \x1a"  # behind its end they are nothing
_PADDED_BYTES = 900  # behind more blanks the parser finds no end


@contextmanager
def shown_pdf(path: Path) -> Iterator["pikepdf.Pdf"]:
    """Blanks behind its end are passed over; so is a table that leads to no catalogue.

    Then the objects themselves are looked for, as after any other damage of the table: what was
    appended counts with the rest.

    Raises:
        pikepdf.PdfError: it opens in no such way, or asks for a password.
    """
    import pikepdf

    with ExitStack() as copies:

        def copied() -> Path:
            folder = copies.enter_context(tempfile.TemporaryDirectory(prefix="shown-"))
            return shutil.copyfile(path, Path(folder, "shown.pdf"))

        try:
            pdf = pikepdf.open(_unpadded(path, copied), suppress_warnings=True)
        except pikepdf.PasswordError:
            raise
        except pikepdf.PdfError as error:
            if _NO_CATALOGUE not in str(error):
                raise
            place = copied()
            _unname_table(place)
            try:
                pdf = pikepdf.open(place, suppress_warnings=True)
            except pikepdf.PdfError:
                raise error from None
        with pdf:
            yield pdf


def _unpadded(path: Path, copied: Callable[[], Path]) -> Path:
    """The file itself, or a copy without them of one that ends and is filled up with blanks."""
    with path.open("rb") as source:
        size = source.seek(0, 2)
        begin = max(0, size - _PADDED_BYTES)
        source.seek(begin)
        if source.read().strip(BLANKS) or not begin:
            return path
    place = copied()
    with place.open("r+b") as copy:
        while begin > 0:
            begin = max(0, begin - (1 << 20))
            copy.seek(begin)
            if left := copy.read(1 << 20).rstrip(BLANKS):
                copy.truncate(begin + len(left))
                return place if left.endswith(b"%%EOF") else path
            copy.truncate(begin)
    return path


def _unname_table(file: Path) -> None:
    with file.open("r+b") as document:
        begin = max(0, document.seek(0, 2) - _TAIL_BYTES)
        document.seek(begin)
        tail = document.read().replace(_TABLE, b" " * len(_TABLE))
        document.seek(begin)
        document.write(tail)
