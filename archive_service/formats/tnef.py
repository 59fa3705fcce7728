"""What Outlook puts into ``winmail.dat``: the letter once more, and what hangs on it.

Read in a child. What is damaged ends it.

Source: [MS-OXTNEF] 2.1.3.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from archive_service.formats.packed_rtf import unpacked_rtf

MAGIC = b"\x78\x9f\x3e\x22"
_MOST_PARTS = 20_000
_TEXT_BYTES = 8 << 20
_SUBJECT, _BODY, _TITLE, _DATA = 0x8004, 0x800C, 0x8010, 0x800F
_PROPERTIES, _OF_ATTACHED, _BEGINS = 0x9003, 0x9005, 0x9002
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_VARIABLE = (13, 30, 31, 258)
_MANY, _NAMED = 0x1000, 0x8000
_WIDE = 31
_PLAIN_BODY, _PACKED_BODY, _WEB_BODY, _SUBJECTS = 0x1000, 0x1009, 0x1013, (0x0037, 0x0070)
_LONG_NAME, _SHORT_NAME, _CONTENT = 0x3707, 0x3704, 0x3701
_OBJECT_ID = 16  # a whole letter that hangs on this one begins with the name of its interface


@dataclass(frozen=True, slots=True)
class _Property:
    number: int
    kind: int
    value: bytes

    def words(self) -> str:
        return _decoded(self.value, wide=self.kind == _WIDE)


def tnef_texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Media type and text of subject and body, in each way that they are told."""
    for number, value in _attributes(data):
        if number in (_SUBJECT, _BODY):
            yield "text/plain", _decoded(value, wide=False)
        elif number == _PROPERTIES:
            for property_ in _properties(value):
                if property_.number in (_PLAIN_BODY, *_SUBJECTS):
                    yield "text/plain", property_.words()
                elif property_.number == _WEB_BODY:
                    yield "text/html", property_.words()
                elif property_.number == _PACKED_BODY:
                    yield "text/rtf", unpacked_rtf(property_.value, _TEXT_BYTES)


def tnef_titles(data: bytes) -> Iterator[str]:
    """Its subject, as often as it is told."""
    for number, value in _attributes(data):
        if number == _SUBJECT:
            yield _decoded(value, wide=False)
        elif number == _PROPERTIES:
            yield from (
                property_.words()
                for property_ in _properties(value)
                if property_.number in _SUBJECTS
            )


def tnef_files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of what hangs on it; a letter within it is such a file again."""
    name, held = "", b""
    for number, value in _attributes(data):
        if number == _BEGINS:
            if held:
                yield name or "part", held
            name, held = "", b""
        elif number == _TITLE:
            name = name or _decoded(value, wide=False)
        elif number == _DATA:
            held = value
        elif number == _OF_ATTACHED:
            for property_ in _properties(value):
                if property_.number == _LONG_NAME or (property_.number == _SHORT_NAME and not name):
                    name = property_.words()
                elif property_.number == _CONTENT and not held:
                    within = property_.value[_OBJECT_ID:]
                    held = within if within.startswith(MAGIC) else property_.value
    if held:
        yield name or "part", held


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    for _ in range(_MOST_PARTS):
        if at + 9 > len(data):
            return
        number, _, length = struct.unpack_from("<HHI", data, at + 1)
        if at + 9 + length > len(data):
            return
        yield number, data[at + 9 : at + 9 + length]
        at += 9 + length + 2  # a sum of its bytes


def _properties(data: bytes) -> Iterator[_Property]:
    try:
        yield from _read(data)
    except struct.error:
        return


def _read(data: bytes) -> Iterator[_Property]:
    (count,) = struct.unpack_from("<I", data)
    at = 4
    for _ in range(min(count, _MOST_PARTS)):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= _NAMED:
            (by_name,) = struct.unpack_from("<I", data, at + 16)
            at += 20
            if by_name:
                (length,) = struct.unpack_from("<I", data, at)
                at += 4 + _padded(length)
            else:
                at += 4
        values = 1
        base = kind & ~_MANY
        if kind & _MANY or base in _VARIABLE:
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        for _ in range(min(values, _MOST_PARTS)):
            if base in _VARIABLE:
                (length,) = struct.unpack_from("<I", data, at)
                yield _Property(number, base, data[at + 4 : at + 4 + length])
                at += 4 + _padded(length)
            elif base in _FIXED:
                at += _FIXED[base]
            else:
                return


def _padded(length: int) -> int:
    return length + -length % 4


def _decoded(value: bytes, *, wide: bool) -> str:
    if wide:
        return value.decode("utf-16-le", errors="replace").rstrip("\0")
    try:
        return value.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        return value.decode("cp1258", errors="replace").rstrip("\0")
