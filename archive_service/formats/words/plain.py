"""Plain text in whatever encoding it came: Unicode, TCVN3, VNI, or a Windows code page."""

import codecs
from typing import IO

from archive_service.formats.convert.result import MigrationImpossibleError
from archive_service.formats.convert.text import decode_legacy
from archive_service.text import detect_legacy, nfc

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096
_LEAST_WORDS = 3  # of a line that is judged by itself
# Of windows-1258: five tones, and the vowels that one may follow.
_TONES = b"\xcc\xd2\xde\xec\xf2"
_VOWELS = b"aeiouyAEIOUY\xe2\xea\xf4\xe3\xf5\xfd\xc2\xca\xd4\xc3\xd5\xdd"


def decoded(data: bytes, text: str = "") -> str:
    """The text in NFC. ``told`` is an encoding that the file names, believed where it fits."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return nfc(data.decode(encoding, "replace"))
    for encoding in (text, "utf-8", unmarked_utf16(data)):
        try:
            if encoding and not (encoding != text and b"\0" in data and encoding == "utf-8"):
                return put_right(nfc(data.decode(encoding)))
        except (UnicodeError, LookupError):
            continue
    legacy = detect_legacy(data.decode("latin-1"))
    if legacy is not None and not _is_windows(data):
        try:
            return nfc(decode_legacy(data, legacy))
        except MigrationImpossibleError:
            pass
    return nfc(data.decode("cp1258", "replace"))


def to_first_word(file: IO[bytes]) -> IO[bytes]:
    """The open file behind a mark of its encoding and blank lines, which some programs put first.

    Whoever reads the heads of a letter takes them for the end of it.
    """
    start = file.read(_SAMPLE)
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()
    file.seek(len(start) - len(first))
    return file


def put_right(text: str) -> str:
    """Letters of an old font, as files in Unicode show them by the signs of their bytes.

    Line by line: one file may hold both.
    """
    whole = detect_legacy(text)
    return "\n".join(_line(line, whole) for line in text.split("\n"))


def _line(line: str, whole: str | None) -> str:
    encoding = detect_legacy(line) if len(line.split()) >= _LEAST_WORDS else None
    if (legacy := whole or encoding) is None:
        return line
    try:
        return nfc(decode_legacy(b"".join(map(_byte, line)), legacy))
    except (MigrationImpossibleError, UnicodeEncodeError):
        return line


def _byte(letter: str) -> bytes:
    return letter.encode("latin-1") if ord(letter) < 0x100 else letter.encode("cp1252")


def unmarked_utf16(data: bytes) -> str:
    """By where its zeros stand: every second byte of most letters."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or max(even, odd) * 5 < len(sample) // 2:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_windows(data: bytes) -> bool:
    """Whether tones follow their vowels, as windows-1258 alone writes them.

    The signs of its five tones come after vowels that have no tone yet, and after nothing else.
    """
    after = [data[at - 1] in _VOWELS for at in range(1, len(data)) if data[at] in _TONES]
    precomposed = sum(data.count(bytes([number])) for number in b"\xe1\xe0\xe9\xe8\xed\xf3\xfa\xf9")
    return len(after) > precomposed and all(after)
