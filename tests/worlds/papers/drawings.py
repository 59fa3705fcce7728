"""Drawings of Windows and what Outlook packs, byte by byte as their specifications say."""

import struct
import zlib
from collections.abc import Mapping


def emf(*lines: str, picture: bytes = b"") -> bytes:
    """A drawing with each line in runs of two letters, and a picture of dots where one is given."""
    records = b"".join(
        _run(line[at : at + 2], at * 10, 20 * number)
        for number, line in enumerate(lines)
        for at in range(0, len(line), 2)
    )
    if picture:
        bits = picture[14:]  # without the header of its file
        size = 80 + len(bits) + -len(bits) % 4
        body = bytes(40) + struct.pack("<4I", 80, 40, 120, len(bits) - 40) + bytes(16)
        records += struct.pack("<II", 81, size) + body + bits.ljust(size - 80, b"\0")
    end = struct.pack("<5I", 14, 20, 0, 0, 20)
    total = 108 + len(records) + len(end)
    head = struct.pack("<II", 1, 108) + bytes(32) + b" EMF"
    head += struct.pack("<IIIHHIIIII", 0x10000, total, 3, 1, 0, 0, 0, 0, 0, 0)
    return head.ljust(108, b"\0") + records + end


def wmf(*lines: str) -> bytes:
    """The same for the older kind, with the header that lets it be placed."""
    records = b""
    for number, line in enumerate(lines):
        text = line.encode("cp1252")
        body = struct.pack("<h", len(text)) + text + b"\0" * (len(text) % 2)
        body += struct.pack("<hh", 20 * number, 0)
        records += struct.pack("<IH", 3 + len(body) // 2, 0x0521) + body
    records += struct.pack("<IH", 3, 0)
    placed = b"\xd7\xcd\xc6\x9a" + bytes(18)
    return placed + struct.pack("<HHHIHIH", 1, 9, 0x300, 9, 0, 20, 0) + records


def blip(drawing: bytes, *, kind: int = 0xF01A, mark: int = 0x3D40) -> bytes:
    """A drawing as slides to 2003 keep it: packed, behind a digest and its sizes."""
    packed = zlib.compress(drawing)
    sizes = struct.pack("<I", len(drawing)) + bytes(24) + struct.pack("<IBB", len(packed), 0, 0xFE)
    body = bytes(16) + sizes + packed
    return struct.pack("<HHI", mark, kind, len(body)) + body


def on_slide(data: bytes) -> bytes:
    """A file put on a slide."""
    body = struct.pack("<I", len(data)) + zlib.compress(data)
    return struct.pack("<HHI", 0x10, 0x1011, len(body)) + body


def packed_rtf(text: bytes) -> bytes:
    """RTF as Outlook packs it, without any place that is told twice."""
    parts = [text[at : at + 8] for at in range(0, len(text), 8)]
    ring = 207 + len(text)
    body = b"".join(b"\0" + part for part in parts[:-1])
    last = parts[-1] if parts else b""
    end = struct.pack(">H", (ring % 4096) << 4)
    if len(last) == 8:
        body += b"\0" + last + b"\1" + end
    else:
        body += bytes([1 << len(last)]) + last + end
    return struct.pack("<II4sI", len(body) + 12, len(text), b"LZFu", 0) + body


def winmail(body: bytes, files: Mapping[str, bytes]) -> bytes:
    """``winmail.dat``: a body in packed RTF, and what hangs on it."""
    found = b"\x78\x9f\x3e\x22" + struct.pack("<H", 1)
    found += _attribute(1, 0x00069003, _properties({(0x0102, 0x1009): packed_rtf(body)}))
    for name, data in files.items():
        found += _attribute(2, 0x00069002, bytes(14))
        found += _attribute(2, 0x00018010, b"TEP~1.DAT\0")
        found += _attribute(2, 0x0006800F, data)
        long = name.encode("utf-16-le") + b"\0\0"
        found += _attribute(2, 0x00069005, _properties({(0x001F, 0x3707): long}))
    return found


def _properties(held: Mapping[tuple[int, int], bytes]) -> bytes:
    found = struct.pack("<I", len(held) + 2)
    found += struct.pack("<HHI", 0x0003, 0x0E07, 1)  # a number
    found += struct.pack("<HH16sII", 0x000B, 0x8503, bytes(16), 0, 0x8503) + struct.pack("<I", 1)
    for (kind, number), value in held.items():
        padded = value + bytes(-len(value) % 4)
        found += struct.pack("<HHII", kind, number, 1, len(value)) + padded
    return found


def _attribute(level: int, number: int, data: bytes) -> bytes:
    return (
        struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) % 65536)
    )


def _run(text: str, across: int, down: int) -> bytes:
    words = text.encode("utf-16-le")
    words += bytes(-len(words) % 4)
    size = 76 + len(words)
    head = struct.pack("<II16sIff", 84, size, bytes(16), 1, 1.0, 1.0)
    head += struct.pack("<iiIII16sI", across, down, len(text), 76, 0, bytes(16), 0)
    return head + words
