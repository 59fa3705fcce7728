"""Names in a ZIP as several programs write them beside or instead of Unicode."""

import io
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


def in_code_page(written: bytes) -> bytes:
    """A ZIP whose one name has these bytes, and nothing that says which letters they are."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("x" * len(written), b"%PDF-")
    return packed.getvalue().replace(b"x" * len(written), written)


@pytest.mark.parametrize(
    ("written", "read", "told"),
    [
        (b"Quy\xea\xect \xf0i\xf2nh s\xf4\xec 1.pdf", NAME, "name-of-windows"),
        (b"\xd0\xfd\xf5n.pdf", "Đươn.pdf", "name-of-windows"),
        (b"R\x82sum\x82.pdf", "Résumé.pdf", "name-not-utf8"),  # of cp437
        (b"Quy\xd5t \xae\xddnh.pdf", None, "name-not-utf8"),  # of TCVN3
    ],
)
def test_a_name_of_a_vietnamese_windows_is_read(
    tmp_path: Path, written: bytes, read: str | None, told: str
) -> None:
    (tmp_path / "a.zip").write_bytes(in_code_page(written))
    with open_parcel(tmp_path / "a.zip", load_settings(tmp_path).limits) as parcel:
        (entry,) = parcel.entries
        assert [finding.code for finding in parcel.findings] == [told]
        assert read is None or entry.path == read
