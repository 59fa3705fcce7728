"""Words and pictures in drawings of Windows: EMF, WMF, and both as they are packed with gzip.

Read in a child. What is damaged ends the drawing, not the file that it is in.

Source: [MS-EMF] 2.3, [MS-EMFPLUS] 2.3.4.14, [MS-WMF] 2.3.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 64 << 20  # of one drawing
_MOST_RECORDS = 200_000
_PLACEABLE = b"\xd7\xcd\xc6\x9a"
_GZIP = b"\x1f\x8b\x08"
_WIDE, _NARROW, _SMALL, _COMMENT = 84, 83, 108, 70
_BITMAPS = {76: 84, 81: 48, 114: 92}  # bit block transfers: where the place of their bits stands
_GLYPHS = 0x10  # of a text that is told by the numbers of its shapes
_SMALL_BYTES, _NO_RECT = 0x200, 0x100
_DRAW_STRING = 0x401C
_TEXT_OUT, _EXT_TEXT_OUT = 0x0521, 0x0A32
_WMF_BITMAPS = {0x0F43: 22, 0x0B41: 20, 0x0940: 16}
_OPAQUE_OR_CLIPPED = 0x06


@dataclass(frozen=True, slots=True)
class _Words:
    """One run of text and the height at which it stands."""

    text: str
    height: int


def is_metafile(head: bytes) -> bool:
    """By its first 44 bytes."""
    if head.startswith((_PLACEABLE, b"\1\0\x09\0", b"\2\0\x09\0")):
        return True
    return head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF"


def unpacked(data: bytes) -> bytes:
    """The drawing itself, where it came packed (``.emz``, ``.wmz``)."""
    if not data.startswith(_GZIP):
        return data
    try:
        return zlib.decompressobj(wbits=31).decompress(data, MOST_BYTES)
    except zlib.error:
        return b""


def metafile_lines(data: bytes) -> Iterator[str]:
    """Its words; runs that stand at one height after one another are a line."""
    line, height = "", 0
    for run in _words(unpacked(data)):
        if line and run.height != height:
            yield line
            line = ""
        line, height = line + run.text, run.height
    if line:
        yield line


def metafile_pictures(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Pictures of dots within it, each as a file of its own."""
    data = unpacked(data)
    for kind, start, end in _records(data):
        known = _WMF_BITMAPS if not _is_emf(data) else _BITMAPS
        if kind not in known or start + known[kind] + 16 > end:
            continue
        if _is_emf(data):
            at, size, _, _ = struct.unpack_from("<4I", data, start + known[kind])
            whole = data[start + at : end]
        else:
            whole, size = data[start + known[kind] : end], 40
        if size >= 40 and (made := as_bitmap(whole)):
            yield "picture.bmp", made


def as_bitmap(data: bytes) -> bytes:
    """A bitmap without the header of its file, with one; empty where it is none."""
    if len(data) < 40:
        return b""
    size, _, _, _, depth, packing, _, _, _, colours = struct.unpack_from("<IiiHHIIiiI", data)
    if size < 40 or depth not in (1, 4, 8, 16, 24, 32):
        return b""
    table = (colours or (1 << depth if depth <= 8 else 0)) * 4 + (12 if packing == 3 else 0)
    return b"BM" + struct.pack("<IHHI", 14 + len(data), 0, 0, 14 + size + table) + data


def _is_emf(data: bytes) -> bool:
    return data[:4] == b"\1\0\0\0"


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, beginning and end of each record."""
    is_emf = _is_emf(data)
    at = 0 if is_emf else 18 + (22 if data.startswith(_PLACEABLE) else 0)
    for _ in range(_MOST_RECORDS):
        if at + 8 > len(data):
            return
        if is_emf:
            kind, size = struct.unpack_from("<II", data, at)
        else:
            words, kind = struct.unpack_from("<IH", data, at)
            size = words * 2
        if size < 6 or at + size > len(data):
            return
        yield kind, at, at + size
        at += size


def _words(data: bytes) -> Iterator[_Words]:
    is_emf = _is_emf(data)
    for kind, start, end in _records(data):
        record = data[start:end]
        try:
            yield from _of_emf(kind, record) if is_emf else _of_wmf(kind, record)
        except struct.error:
            continue


def _of_emf(kind: int, record: bytes) -> Iterator[_Words]:
    if kind in (_WIDE, _NARROW):
        _, y, count, at, options = struct.unpack_from("<iiIII", record, 36)
        if not options & _GLYPHS:
            wide = kind == _WIDE
            yield _Words(_text(record[at : at + count * (2 if wide else 1)], wide=wide), y)
    elif kind == _SMALL:
        _, y, count, options = struct.unpack_from("<iiII", record, 8)
        at, wide = (36 if options & _NO_RECT else 52), not options & _SMALL_BYTES
        yield _Words(_text(record[at : at + count * (2 if wide else 1)], wide=wide), y)
    elif kind == _COMMENT and record[12:16] == b"EMF+":
        yield from _of_plus(record[16:])


def _of_plus(data: bytes) -> Iterator[_Words]:
    at = 0
    while at + 12 <= len(data):
        kind, _, size, length = struct.unpack_from("<HHII", data, at)
        if kind == _DRAW_STRING and length >= 28:
            count, _, y = struct.unpack_from("<Iff", data, at + 20)
            if y == y and abs(y) < 1e9:  # noqa: PLR0124 - no number at all is none
                yield _Words(_text(data[at + 40 : at + 40 + count * 2], wide=True), round(y))
        if size < 12:
            return
        at += size


def _of_wmf(kind: int, record: bytes) -> Iterator[_Words]:
    if kind == _TEXT_OUT:
        (count,) = struct.unpack_from("<h", record, 6)
        text = record[8 : 8 + count]
        y, _ = struct.unpack_from("<hh", record, 8 + count + count % 2)
        yield _Words(_text(text, wide=False), y)
    elif kind == _EXT_TEXT_OUT:
        y, _, count, options = struct.unpack_from("<hhhH", record, 6)
        at = 14 + (8 if options & _OPAQUE_OR_CLIPPED else 0)
        yield _Words(_text(record[at : at + count], wide=False), y)


def _text(data: bytes, *, wide: bool) -> str:
    text = data.decode("utf-16-le" if wide else "cp1258", errors="replace")
    return " ".join(text.replace("\0", " ").split(" "))
