"""Files in the strict form of Office Open XML, which few libraries know, brought to the usual one.

Excel and Word offer it as "Strict Open XML": the same parts, under other names of their elements.

Source: ISO/IEC 29500-1, Annex A (strict), 29500-4, Annex A (transitional).
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from archive_service.formats.zip_damage import ZIP_DAMAGE

_ZIP = b"PK\x03\x04"
_NAMED_AT_HEAD = ("_rels/.rels", "document.xml", "workbook.xml", "presentation.xml")
_HEAD_BYTES = 16 << 10
_STRICT = b"http://purl.oclc.org/ooxml/"
_NAME = re.compile(re.escape(_STRICT) + rb"([A-Za-z]+)/")
_USUAL = rb"http://schemas.openxmlformats.org/\1/2006/"
_MOST_BYTES = 512 << 20  # of all parts


@contextmanager
def in_usual_form(path: Path) -> Iterator[Path]:
    """The file itself, or for the block a copy of a strict one with the usual names.

    Raises:
        zipfile.BadZipFile and what else a damaged ZIP raises: it is strict, and not whole.
    """
    if not _is_strict(path):
        yield path
        return
    with TemporaryDirectory() as folder:
        usual = Path(folder, path.name)
        with zipfile.ZipFile(path) as parts, zipfile.ZipFile(usual, "w") as out:
            left = _MOST_BYTES
            for part in parts.infolist():
                if (left := left - part.file_size) < 0:
                    raise zipfile.BadZipFile("too large unpacked")
                data = parts.read(part)
                is_xml = part.filename.endswith((".xml", ".rels", ".vml"))
                out.writestr(part.filename, _NAME.sub(_USUAL, data) if is_xml else data)
        yield usual


def _is_strict(path: Path) -> bool:
    """By the names at the head of its document, or that lead to it; a broken one is none."""
    with path.open("rb") as file:
        if file.read(len(_ZIP)) != _ZIP:
            return False
    try:
        with zipfile.ZipFile(path) as parts:
            heads = [name for name in parts.namelist() if name.endswith(_NAMED_AT_HEAD)]
            return any(_STRICT in parts.open(name).read(_HEAD_BYTES) for name in heads)
    except (OSError, *ZIP_DAMAGE):
        return False
