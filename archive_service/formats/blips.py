"""Drawings and objects that old Office files keep packed: EMF, WMF, bitmaps, files put on a slide.

Read in a child.

Source: [MS-ODRAW] 2.2.24 to 2.2.31, [MS-PPT] 2.10.34.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from archive_service.formats.metafile import MOST_BYTES, as_bitmap

_HEAD = 8  # version and instance, kind, length
_DIGEST = 16
_OF_DRAWING = 34  # size, bounds, size on paper, size as packed, how it is packed
_BITMAP = 0xF01F
# By version and instance: the greater of two has a second digest.
_FOUND = re.compile(
    rb"(?:[\x40\x50]\x3d\x1a\xf0)|(?:[\x60\x70]\x21\x1b\xf0)|(?:[\x80\x90]\x7a\x1f\xf0)"
    rb"|(?:\x10\x00\x11\x10)",
    re.DOTALL,
)
_NAMES = {0xF01A: "picture.emf", 0xF01B: "picture.wmf", 0x1011: "object.ole"}
_TWICE = (0x3D50, 0x2170, 0x7A90)


def packed_parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Each of them unpacked, in their order in the stream."""
    for found in _FOUND.finditer(data):
        try:
            mark, kind, length = struct.unpack_from("<HHI", data, found.start())
        except struct.error:
            return
        start = found.start() + _HEAD
        if not 0 < length <= len(data) - start:
            continue
        if kind != 0x1011:
            start += _DIGEST * (2 if mark in _TWICE else 1)
        end = found.start() + _HEAD + length
        if kind == _BITMAP:
            if made := as_bitmap(data[start + 1 : end]):
                yield "picture.bmp", made
        elif made := _inflated(data, start, end, is_object=kind == 0x1011):
            yield _NAMES[kind], made


def _inflated(data: bytes, start: int, end: int, *, is_object: bool) -> bytes:
    at = start + (4 if is_object else _OF_DRAWING)
    if not is_object and data[at - 2 : at - 1] == b"\xfe":  # stored as it is
        return data[at:end]
    try:
        return zlib.decompressobj().decompress(data[at:end], MOST_BYTES)
    except zlib.error:
        return b""
