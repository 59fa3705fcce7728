"""Records of a workbook of Excel 97, as that program and others write them."""

import struct
from collections.abc import Sequence

from tests.worlds.papers.compound import compound

PIECE = 8224  # bytes of a record; what is more goes on in the next one


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def text(said: str, count: str = "<H") -> bytes:
    """Its letters in one byte each where they fit, else in two."""
    wide = any(ord(letter) > 255 for letter in said)
    data = said.encode("utf-16-le" if wide else "latin-1")
    return struct.pack(count, len(said)) + bytes([wide]) + data


def shared(strings: Sequence[str]) -> bytes:
    """The table of strings, parted where a record is full, within a string if need be."""
    pieces = [struct.pack("<II", len(strings), len(strings))]
    for said in strings:
        wide = any(ord(letter) > 255 for letter in said)
        data = said.encode("utf-16-le" if wide else "latin-1")
        head = struct.pack("<HB", len(said), wide)
        if len(pieces[-1]) + len(head) > PIECE:
            pieces.append(b"")
        pieces[-1] += head
        while data:
            room = (PIECE - len(pieces[-1])) // 2 * 2
            pieces[-1] += data[:room]
            if data := data[room:]:
                pieces.append(bytes([wide]))
    return record(0xFC, pieces[0]) + b"".join(record(0x3C, piece) for piece in pieces[1:])


def string_cell(row: int, column: int, number: int) -> bytes:
    return record(0xFD, struct.pack("<HHHI", row, column, 0, number))


def number_cell(row: int, column: int, value: int) -> bytes:
    return record(0x27E, struct.pack("<HHHI", row, column, 0, value << 2 | 2))


def formula_cell(row: int, column: int, tokens: bytes, value: bytes, *, flags: int = 0) -> bytes:
    head = struct.pack("<HHH8sHIH", row, column, 0, value, flags, 0, len(tokens))
    return record(6, head + tokens)


def old_book(sheet: bytes, strings: Sequence[str] = (), name: str = "T") -> bytes:
    """The file with one sheet of these records."""
    begin = record(0x809, struct.pack("<HH12x", 0x600, 5))
    named = len(text(name, "<B")) + 10
    table = shared(strings)
    at = len(begin) + named + len(table) + 4
    head = begin + record(0x85, struct.pack("<IBB", at, 0, 0) + text(name, "<B"))
    body = head + table + record(10)
    assert len(body) == at
    body += record(0x809, struct.pack("<HH12x", 0x600, 0x10)) + sheet + record(10)
    return compound({"Workbook": body.ljust(4096, b"\0")})
