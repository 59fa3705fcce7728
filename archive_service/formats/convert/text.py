"""Vietnamese text in TCVN3 or VNI to UTF-8; encoded back, the result must give the same bytes."""

import datetime as dt
import re
import tomllib
from functools import lru_cache
from pathlib import Path

from archive_service.formats.convert.result import (
    Migrated,
    MigrationDiffersError,
    MigrationImpossibleError,
    MigrationNeedlessError,
)
from archive_service.law import CONFIG
from archive_service.text import detect_legacy, nfc

TABLES = CONFIG / "standards" / "legacy_encodings.toml"
_WINDOWS = re.compile(rb"[\x80-\x9f\xa0]")  # dashes and quotation marks that Windows put in between


def text_to_utf8(source: Path, target: Path, _title: str, _made_at: dt.datetime) -> Migrated:
    """See ``migrate``. A text whose encoding cannot be told for certain is left alone."""
    data = source.read_bytes()
    if _is_utf8(data):
        raise MigrationNeedlessError(form="UTF-8")
    encoding = detect_legacy(data.decode("latin-1"))
    if encoding is None:
        raise MigrationImpossibleError(reason="the encoding is neither TCVN3 nor VNI")
    text = decode_legacy(data, encoding)
    if encode_legacy(text, encoding) != data:
        raise MigrationDiffersError(what="bytes", original=len(data), result=len(text))
    target.write_bytes(nfc(text).encode())
    checks = {"from": encoding, "letters": len(text), "round_trip": "equal"}
    return Migrated(tool="Archive legacy-encodings/1", pages=None, checks=checks)


def decode_legacy(data: bytes, encoding: str) -> str:
    """The text that these bytes show in a font of that encoding.

    Raises:
        MigrationImpossibleError: a byte that stands for no letter there.
    """
    table, longest = _table(encoding)
    pieces: list[str] = []
    at = 0
    while at < len(data):
        for length in range(longest, 0, -1):
            if (letter := table.get(data[at : at + length])) is not None:
                pieces.append(letter)
                at += length
                break
        else:
            pieces.append(_other(data[at : at + 1], at))
            at += 1
    return "".join(pieces)


def encode_legacy(text: str, encoding: str) -> bytes:
    """The bytes of a text in that encoding, as a keyboard of its time wrote them."""
    table, _ = _table(encoding)
    back = {letter: code for code, letter in table.items()}
    return b"".join(back.get(letter) or letter.encode("cp1252", "replace") for letter in text)


def _other(byte: bytes, at: int) -> str:
    if byte < b"\x80" or _WINDOWS.match(byte):
        try:
            return byte.decode("cp1252")
        except UnicodeDecodeError:
            pass
    raise MigrationImpossibleError(reason=f"byte {byte.hex()} at {at} stands for no letter")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=2)
def _table(encoding: str) -> tuple[dict[bytes, str], int]:
    """Letters by their bytes, and the most bytes a letter has."""
    rows = tomllib.loads(TABLES.read_text("utf-8"))[encoding.lower()]
    table = {bytes.fromhex(code): letter for code, letter in rows.items()}
    return table, max(map(len, table))
