"""What lies in compound files: letters of Outlook, and pictures and objects in old Office files.

Read in a child.

Source: [MS-OXMSG] 2.1 and 2.2, [MS-OLEDS] 2.3.6, [MS-XLS] 2.1.4.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from archive_service.formats.blips import packed_parts
from archive_service.formats.compound import MAGIC, CompoundFile, Stream, opened
from archive_service.formats.packed_rtf import unpacked_rtf

_LETTER = "__properties_version1.0"  # each letter of Outlook has this stream at its root
_PIECE = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})$", re.IGNORECASE)
_NAMES = ("3704", "3707")  # of what hangs on a letter: short, long
_TITLES = ("0037", "0070", "0E1D", "3001", *_NAMES)  # subjects, and names of letters within
_CONTENT = ("3701", "0102")
_HTML = ("1013", "0102")
_RTF = ("1009", "0102")
_TEXT_BYTES = 8 << 20
_PICTURE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff[\xc0-\xfe]")
_PNG_END = b"IEND\xaeB`\x82"
_DRAWINGS, _GOES_ON = 0x00EB, 0x003C  # records of a workbook
_SHEETS = ("Workbook", "Book")
_WHOLE = {b"%PDF": "pdf", b"PK\x03\x04": "zip", MAGIC[:4]: "ole"}


def letter_texts(path: Path) -> Iterator[tuple[str, str]]:
    """Media type and text of each property of a letter, and of letters within it."""
    with opened(path) as found:
        streams = [] if found is None else [*found.streams()]
        if found is None or not _is_letter(streams):
            return
        for stream in streams:
            piece = _piece(stream)
            if piece[1] in ("001F", "001E"):
                yield "text/plain", _decoded(found, stream)
            elif piece == _HTML:
                yield "text/html", _decoded(found, stream)
            elif piece == _RTF:
                yield "text/rtf", unpacked_rtf(found.read(stream, _TEXT_BYTES), _TEXT_BYTES)


def letter_titles(path: Path) -> Iterator[str]:
    """Subjects of a letter and of letters within it, and names of what hangs on them."""
    with opened(path) as found:
        streams = [] if found is None else [*found.streams()]
        if found is not None and _is_letter(streams):
            yield from (
                _decoded(found, stream) for stream in streams if _piece(stream)[0] in _TITLES
            )


def files_in(path: Path, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of what hangs on a letter, or of pictures and objects in a document."""
    with opened(path) as found:
        if found is None:
            return
        streams = [*found.streams()]
        if _is_letter(streams):
            yield from _attached(found, streams, most_bytes)
            return
        for stream in streams:
            yield from _within(stream.path[-1], found.read(stream, most_bytes))


def _is_letter(streams: Iterable[Stream]) -> bool:
    return any(stream.path == (_LETTER,) for stream in streams)


def _attached(
    found: CompoundFile, streams: list[Stream], most_bytes: int
) -> Iterator[tuple[str, bytes]]:
    names: dict[tuple[str, ...], str] = {}
    for stream in sorted(streams, key=lambda piece: _piece(piece)[0]):
        if _piece(stream)[0] in _NAMES:
            names[stream.path[:-1]] = _decoded(found, stream)
    for stream in streams:
        if _piece(stream) == _CONTENT and stream.size_bytes <= most_bytes:
            yield names.get(stream.path[:-1], "part"), found.read(stream, most_bytes)


def _within(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A stream that is a file, that holds one, or in which pictures lie."""
    if name == "\x01Ole10Native":
        yield _packed(data)
    elif extension := _WHOLE.get(data[:4]):
        yield f"object.{extension}", data
    else:
        drawn = _drawings(data) if name in _SHEETS else data
        yield from packed_parts(drawn)
        yield from _pictures(drawn)


def _packed(data: bytes) -> tuple[str, bytes]:
    """What was dragged into a document: its name, and all from its length on."""
    label, _, rest = data[6:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")  # the path that it had
    length = int.from_bytes(rest[4:8], "little")  # of the path for a while
    return label.decode("cp1258", errors="replace"), rest[12 + length :]


def _pictures(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while found := _PICTURE.search(data, at):
        png = found[0].startswith(b"\x89")
        if png:
            ends = data.find(_PNG_END, found.start())
            at = len(data) if ends < 0 else ends + len(_PNG_END)
        else:
            at = _end_of_jpeg(data, found.start())
        yield f"picture.{'png' if png else 'jpg'}", data[found.start() : at]


def _end_of_jpeg(data: bytes, start: int) -> int:
    """Past its segments, in which a smaller picture may lie, to the mark of its end."""
    at = start + 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] not in (b"\xda", b""):
        at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    ends = data.find(b"\xff\xd9", at)
    return len(data) if ends < 0 else ends + 2


def _drawings(data: bytes) -> bytes:
    """The drawings of a workbook, which its records cut into pieces."""
    found, at, within = bytearray(), 0, False
    while at + 4 <= len(data):
        kind = int.from_bytes(data[at : at + 2], "little")
        length = int.from_bytes(data[at + 2 : at + 4], "little")
        within = kind == _DRAWINGS or (within and kind == _GOES_ON)
        if within:
            found += data[at + 4 : at + 4 + length]
        at += 4 + length
    return bytes(found)


def _piece(stream: Stream) -> tuple[str, str]:
    """Number and type of a letter's property; empty for other streams."""
    found = _PIECE.match(stream.path[-1])
    return (found[1].upper(), found[2].upper()) if found else ("", "")


def _decoded(found: CompoundFile, stream: Stream) -> str:
    data = found.read(stream, _TEXT_BYTES)
    if _piece(stream)[1] == "001F":
        return data.decode("utf-16-le", errors="replace").rstrip("\0")
    try:
        return data.decode("utf-8-sig").rstrip("\0")
    except UnicodeDecodeError:
        return data.decode("cp1258", errors="replace").rstrip("\0")
