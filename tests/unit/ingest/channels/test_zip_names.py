"""Names in a ZIP as several programs write them beside or instead of Unicode."""

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from archive_service.settings import load_settings
from ingest.channels.opening import open_parcel

NAME = "Quyết định số 1.pdf"
SPOILT = "Quy?t d?nh s? 1.pdf"


def field(of: str, name: str) -> bytes:
    """Info-ZIP's field with the name in Unicode, as WinZip and others write it too."""
    value = struct.pack("<BI", 1, zlib.crc32(of.encode())) + name.encode()
    return struct.pack("<HH", 0x7075, len(value)) + value


@pytest.mark.parametrize(
    ("written", "extra", "read"),
    [
        (SPOILT, field(SPOILT, NAME), NAME),
        (SPOILT, field("renamed since.pdf", NAME), SPOILT),
        (SPOILT, b"", SPOILT),
        (NAME, b"", NAME),
    ],
)
def test_the_name_in_unicode_stands_for_signs_in_the_place_of_letters(
    tmp_path: Path, written: str, extra: bytes, read: str
) -> None:
    info = zipfile.ZipInfo(written)
    info.extra = extra
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr(info, b"%PDF-")
        out.writestr("b.pdf", b"%PDF-")
    with open_parcel(tmp_path / "a.zip", load_settings(tmp_path).limits) as parcel:
        assert [entry.path for entry in parcel.entries if entry.path != "b.pdf"] == [read]
