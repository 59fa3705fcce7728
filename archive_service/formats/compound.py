"""Streams of a compound file (OLE2): Word, Excel and PowerPoint to 2003, letters of Outlook.

Read in a child. What is damaged ends the stream that it is in, not the file.

Source: [MS-CFB] 2.2 to 2.6.
"""

import struct
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_ENTRIES = 20_000
_MOST_SECTORS = 1 << 22  # 2 GiB in sectors of 512 bytes
_LAST = 0xFFFFFFFA  # greater numbers are no sectors
_ENTRY = 128
_IN_HEADER = 109  # sectors of the table that the header itself names
_STORAGES = (1, 5)
_STREAM = 2


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream, by the storages that it lies in."""

    path: tuple[str, ...]
    size_bytes: int
    start: int


class CompoundFile:
    """One such file, open for reading.

    Raises:
        ValueError: it is none, or its header is damaged.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        head = file.read(512)
        if len(head) < 512 or not head.startswith(MAGIC):
            raise ValueError("no compound file")
        major, shift, mini_shift = struct.unpack_from("<2xH2xHH", head, 24)
        if shift not in (9, 12) or not 4 <= mini_shift <= shift:
            raise ValueError("sectors of an unknown size")
        self._sector = 1 << shift
        self._mini_sector = 1 << mini_shift
        first, self._cutoff, mini_first = struct.unpack_from("<I4xII", head, 48)
        self._table = self._sectors_of_table(head)
        high = 0 if major == 3 else 0xFFFFFFFF
        self._entries = self._directory(first, high)
        if not self._entries:
            raise ValueError("no directory")
        root = self._entries[0]
        self._mini_table = _numbers(b"".join(self._sectors(mini_first)))
        self._mini = b"".join(self._sectors(root.start, root.size_bytes))

    def streams(self) -> Iterator[Stream]:
        """All of them, in the order of their names within each storage."""
        seen: set[int] = set()
        stack: list[tuple[int, tuple[str, ...]]] = [(self._entries[0].child, ())]
        while stack:
            number, within = stack.pop()
            if number in seen or number >= len(self._entries):
                continue
            seen.add(number)
            entry = self._entries[number]
            stack.append((entry.right, within))
            if entry.kind in _STORAGES:
                stack.append((entry.child, (*within, entry.name)))
            stack.append((entry.left, within))
            if entry.kind == _STREAM:
                yield Stream((*within, entry.name), entry.size_bytes, entry.start)

    def read(self, stream: Stream, most_bytes: int) -> bytes:
        """Its first bytes, as many as can be read."""
        size = min(stream.size_bytes, most_bytes)
        if stream.size_bytes >= self._cutoff:
            return b"".join(self._sectors(stream.start, size))[:size]
        found = bytearray()
        for number in _chain(self._mini_table, stream.start):
            if len(found) >= size:
                break
            at = number * self._mini_sector
            found += self._mini[at : at + self._mini_sector]
        return bytes(found[:size])

    def is_whole(self, stream: Stream) -> bool:
        """Whether all its bytes are in the file."""
        if stream.size_bytes < self._cutoff:
            return len(self.read(stream, stream.size_bytes)) == stream.size_bytes
        sectors = self._sectors(stream.start, stream.size_bytes)
        return sum(map(len, sectors)) >= stream.size_bytes

    def _sectors_of_table(self, head: bytes) -> "array[int]":
        following, _ = struct.unpack_from("<II", head, 68)
        named = [*struct.unpack_from(f"<{_IN_HEADER}I", head, 76)]
        seen: set[int] = set()
        while following < _LAST and following not in seen:
            seen.add(following)
            numbers = _numbers(self._at(following))
            if not numbers:
                break
            named += numbers[:-1]
            following = numbers[-1]
        table: array[int] = array("I")
        for number in named:
            if number < _LAST and len(table) < _MOST_SECTORS:
                table.extend(_numbers(self._at(number)))
        return table

    def _directory(self, first: int, high: int) -> list[_Entry]:
        entries: list[_Entry] = []
        for sector in self._sectors(first):
            for at in range(0, len(sector) - _ENTRY + 1, _ENTRY):
                if len(entries) >= _MOST_ENTRIES:
                    return entries
                entries.append(_entry(sector[at : at + _ENTRY], high))
        return entries

    def _sectors(self, start: int, size: int | None = None) -> Iterator[bytes]:
        """One after another; of ``size`` bytes where it is known."""
        left = size
        for number in _chain(self._table, start):
            if left is not None and left <= 0:
                return
            sector = self._at(number)
            if not sector:
                return
            yield sector
            left = None if left is None else left - len(sector)

    def _at(self, number: int) -> bytes:
        self._file.seek((number + 1) * self._sector)
        return self._file.read(self._sector)


@contextmanager
def opened(path: Path) -> Iterator[CompoundFile | None]:
    """The file at ``path``; ``None`` where it is none, or damaged at its head."""
    with path.open("rb") as file:
        try:
            found = CompoundFile(file)
        except (ValueError, struct.error):
            found = None
        yield found


def _entry(data: bytes, high: int) -> _Entry:
    length, kind, left, right, child = struct.unpack_from("<HBxIII", data, 64)
    start, low, top = struct.unpack_from("<III", data, 116)
    name = data[: max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
    return _Entry(name, kind, left, right, child, start, low | (top & high) << 32)


def _chain(table: "array[int]", start: int) -> Iterator[int]:
    """The sectors after one another; a ring ends where it began."""
    number, steps = start, 0
    while number < min(len(table), _LAST) and steps <= len(table):
        yield number
        number, steps = table[number], steps + 1


def _numbers(data: bytes) -> "array[int]":
    found: array[int] = array("I")
    found.frombytes(data[: len(data) // 4 * 4])
    return found
