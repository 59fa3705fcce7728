"""Whether a program could open a received file that is no PDF; found in a child process.

An XML file that is not well-formed is none that opens: XML 1.0 forbids to go on (1.2, fatal error).
An RTF whose first group is not closed was cut off, however far a program shows it.

Sources: [MS-DOC] 2.5.2 (fEncrypted), [MS-XLS] 2.4.117 (FilePass), [MS-PPT] 2.3.2 (headerToken),
[MS-OFFCRYPTO] 2.2.10 (DRMContent), ODF 1.3 part 2, 3.4 (encryption-data), RTF 1.9.1.
"""

import re
import struct
import zipfile
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote
from xml.parsers import expat

from archive_service.formats.compound import MAGIC, CompoundFile, opened
from archive_service.formats.decoded import complaints, jpeg_damage
from archive_service.formats.office.lines import MOST_BYTES as MOST_WORDS_BYTES
from archive_service.formats.office.main_part import main_parts
from archive_service.formats.page_image import COMPRESSION, TIFF_6
from archive_service.formats.smime import is_encrypted, is_wrapped_deeper, read_letter
from archive_service.formats.zip_damage import ZIP_DAMAGE

_ZIP = b"PK\x03\x04"
RTF = b"{\\rtf"
_RTF_MARK = re.compile(rb"\\bin(\d+) ?|\\.|[{}]", re.DOTALL)
_MOST_BYTES = 512 << 20  # unpacked; more is not looked through
_PIECE = 1 << 20
_MOST_LETTER_BYTES = 64 << 20
_HEAD_BYTES = 16 << 10
_MANIFEST = "META-INF/manifest.xml"
_DAMAGE = (OSError, expat.ExpatError, *ZIP_DAMAGE)
_FILE_PASS, _WRITE_PROTECT = 0x2F, 0x86
_LOCKED = ("EncryptedPackage", "\tDRMContent")  # by a password; by a server of rights
_PPT_ENCRYPTED = 0xF3D1C4DF
_MOST_PIXELS = 600_000_000  # of all frames: some seventy pages in colour
_ENDS = {b"\xff\xd8\xff": b"\xff\xd9", b"\x89PNG": b"IEND"}  # of images, by their first bytes
_END_BYTES = 64 << 10  # cameras and telephones write something behind it
_PHOTOMETRIC = 0x0106  # tag of TIFF
_COLOURS = range(7)  # white is zero … YCbCr; beyond them are CIELab and raw data of cameras
_CHECKED_IMAGES = ("image/jpeg", "image/tiff", "image/gif", "image/png")


class Unopened(StrEnum):
    """Why the inside of a file is not seen."""

    NO = ""
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"  # asks for a password
    IMAGE = "image"  # not decoded here; other programs may
    COMPRESSION = "compression"  # a TIFF packed or coloured as few programs know
    RARE = "rare"  # it opens here, and is packed as few other programs know
    LIMITS = "limits"  # too much for the reader, or its reader broke off


def unopened_here(path: Path, media_type: str) -> Unopened:
    """Of an Office file, an OpenDocument or an image; never raises for what is in it."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        return _of_zip(path)
    if head == MAGIC:
        with opened(path) as compound:
            return Unopened.DAMAGED if compound is None else _of_compound(compound)
    if head.startswith(RTF):
        return _of_rtf(path)
    if media_type == "message/rfc822":
        return _of_letter(path)
    if _is_xml(media_type):
        return Unopened.NO if is_well_formed(path) else Unopened.DAMAGED
    if media_type in _CHECKED_IMAGES:
        return _of_image(path, media_type)
    return Unopened.DAMAGED if not media_type and _is_cut_image(path, head) else Unopened.NO


def _is_cut_image(path: Path, head: bytes) -> bool:
    """Whether it begins as an image and never ends: nobody knows such a file by its content."""
    end = next((end for begin, end in _ENDS.items() if head.startswith(begin)), b"")
    if not end:
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        return end not in file.read()


def is_well_formed(path: Path) -> bool:
    """Whether the file is one whole XML document; true where its letters are not known here."""
    parser = expat.ParserCreate()
    try:
        with path.open("rb") as source:
            while piece := source.read(_PIECE):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        return expat.errors.messages[error.code] == expat.errors.XML_ERROR_UNKNOWN_ENCODING
    except (LookupError, ValueError):  # letters of several bytes that are not UTF
        return True
    return True


def root_of(path: Path) -> set[str]:
    """Name of the first element, as ``{namespace}name``, and the values of its attributes."""
    seen: set[str] = set()

    def begin(name: str, attributes: dict[str, str]) -> None:
        if not seen:
            space, sign, local = name.rpartition("}")
            seen.update({f"{{{space}{sign}{local}" if sign else name, *attributes.values()})

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = begin
    with path.open("rb") as source, suppress(expat.ExpatError, LookupError, ValueError):
        while not seen and (piece := source.read(_HEAD_BYTES)):
            parser.Parse(piece, False)
    return seen


def is_whole_rtf(data: bytes) -> bool:
    """Whether the first group is closed; what stands behind it is nothing that is shown."""
    depth = at = 0
    while mark := _RTF_MARK.search(data, at):
        at = mark.end() + int(mark[1] or 0)
        depth += {b"{": 1, b"}": -1}.get(mark[0], 0)
        if not depth:
            return True
    return False


def _of_rtf(path: Path) -> Unopened:
    if path.stat().st_size > MOST_WORDS_BYTES:
        return Unopened.LIMITS  # nobody reads its words
    return Unopened.NO if is_whole_rtf(path.read_bytes()) else Unopened.DAMAGED


def _of_letter(path: Path) -> Unopened:
    """Large ones are not asked: a letter is held whole while it is read."""
    if path.stat().st_size > _MOST_LETTER_BYTES:
        return Unopened.NO
    try:
        message = read_letter(path)
        if is_encrypted(message):
            return Unopened.ENCRYPTED
        return Unopened.LIMITS if is_wrapped_deeper(message) else Unopened.NO
    except RecursionError:  # parts within parts, deeper than the library goes
        return Unopened.LIMITS


def _is_xml(media_type: str) -> bool:
    """PRONOM lists several for one format."""
    return any(kind in media_type for kind in ("application/xml", "text/xml", "flat-xml"))


def _of_zip(path: Path) -> Unopened:
    try:
        with zipfile.ZipFile(path) as parts:
            listed = parts.infolist()
            if any(part.flag_bits & 1 for part in listed):
                return Unopened.ENCRYPTED
            manifest = any(part.filename == _MANIFEST for part in listed)
            if manifest and b"encryption-data" in parts.read(_MANIFEST):
                return Unopened.ENCRYPTED
            found = _read_through(parts, listed)
            return Unopened.DAMAGED if _lacks_main_part(parts) else found
    except NotImplementedError:  # a compression that this library does not know
        return Unopened.LIMITS
    except _DAMAGE:
        return Unopened.DAMAGED


def _lacks_main_part(parts: zipfile.ZipFile) -> bool:
    """Whether an Office file names its document, and does not hold it (ISO/IEC 29500-2, 8.3)."""
    held = {name.casefold() for name in parts.namelist()}
    return any(unquote(target) not in held for target in main_parts(parts))


def _read_through(parts: zipfile.ZipFile, listed: list[zipfile.ZipInfo]) -> Unopened:
    """One part after the other, as much as is looked through of one file."""
    left, found = _MOST_BYTES, Unopened.NO
    for part in listed:
        left -= part.file_size
        if left < 0:
            return Unopened.LIMITS
        is_xml = part.filename.endswith((".xml", ".rels"))
        if is_xml and part.file_size > MOST_WORDS_BYTES:
            found = Unopened.LIMITS  # nobody reads its words
        _read_part(parts, part, parsed=is_xml and not found)
    return found


def _read_part(parts: zipfile.ZipFile, part: zipfile.ZipInfo, *, parsed: bool) -> None:
    """Its checksum, and whether its XML is whole."""
    parser = expat.ParserCreate() if parsed else None
    with parts.open(part) as source:
        while piece := source.read(_PIECE):
            if parser is not None:
                parser.Parse(piece, False)
    if parser is not None and part.file_size:
        parser.Parse(b"", True)


def _of_compound(compound: CompoundFile) -> Unopened:
    every = [*compound.streams()]
    if not all(map(compound.is_whole, every)):
        return Unopened.DAMAGED
    streams = {stream.path[-1]: stream for stream in every if len(stream.path) == 1}
    if not streams.keys().isdisjoint(_LOCKED):
        return Unopened.ENCRYPTED
    for name, asks in _ASKS.items():
        if (stream := streams.get(name)) and asks(compound.read(stream, _PIECE)):
            return Unopened.ENCRYPTED
    return Unopened.NO


def _word(data: bytes) -> bool:
    return len(data) > 12 and bool(struct.unpack_from("<H", data, 10)[0] & 0x0100)


def _excel(data: bytes) -> bool:
    """The record stands behind the first one; one of write protection may come between."""
    at = 0
    for _ in range(3):
        if at + 4 > len(data):
            return False
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _FILE_PASS:
            return True
        if at and kind != _WRITE_PROTECT:
            return False
        at += 4 + size
    return False


def _powerpoint(data: bytes) -> bool:
    return len(data) >= 16 and struct.unpack_from("<I", data, 12)[0] == _PPT_ENCRYPTED


_ASKS = {
    "WordDocument": _word,
    "Workbook": _excel,
    "Book": _excel,
    "Current User": _powerpoint,
}


def _of_image(path: Path, media_type: str) -> Unopened:
    try:
        damage = jpeg_damage(path) if media_type == "image/jpeg" else _frames_damage(path)
    except Exception:  # noqa: BLE001 - decoders raise whatever they do
        damage = "not decoded"
    is_strange = media_type == "image/tiff" and _is_strange(path)
    if damage:
        return Unopened.COMPRESSION if is_strange else Unopened.IMAGE
    return Unopened.RARE if is_strange else Unopened.NO


def _is_strange(path: Path) -> bool:
    """Whether the first image of a TIFF is packed, or has colours, as few programs know."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    with path.open("rb") as file, suppress(Exception):  # Pillow raises whatever it does
        directory = ImageFileDirectory_v2(file.read(8))
        file.seek(directory.next)
        directory.load(file)
        colours = directory.get(_PHOTOMETRIC, 0)
        return directory.get(COMPRESSION, 1) not in TIFF_6 or colours not in _COLOURS
    return False


def _frames_damage(path: Path) -> str:
    """Of a TIFF, libtiff goes on where data are at fault, and says so beside the picture alone."""
    from PIL import Image, ImageSequence

    with complaints() as found_complaints, Image.open(path) as image:
        if image.format == "PNG":
            image.verify()
            return ""
        left = _MOST_PIXELS
        for frame in ImageSequence.Iterator(image):
            left -= frame.width * frame.height
            if left < 0:
                break
            frame.load()
        return found_complaints()
