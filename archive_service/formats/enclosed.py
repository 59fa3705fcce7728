"""Files within a file: what hangs on an e-mail or a PDF, what was put into an Office document.

Read in a child. What cannot be unpacked is passed over: its carrier is judged by what else it has.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryDirectory

from archive_service.formats import old_office, tnef
from archive_service.formats.compound import MAGIC
from archive_service.formats.metafile import is_metafile, metafile_pictures
from archive_service.formats.pdf.attached import attached_here
from archive_service.formats.smime import read_letter, signed_letter
from archive_service.formats.zip_damage import ZIP_DAMAGE

DEEPEST = 2  # files within files within a file
_MOST_BYTES = 64 << 20  # of one such file; of all together four times as much
_MOST_FILES = 40
_LEAST_BYTES = 400  # of a picture of words; less is a bullet or a line
_PARTS = 500  # of one e-mail
_HEAD_LETTERS = 200
_OWN_HEAD = re.compile(r"^X-", re.IGNORECASE)
RASTER = frozenset({"png", "jpg", "jpeg", "jfif", "tif", "tiff", "bmp", "gif", "webp"})
_WITHIN = re.compile(r"(^|/)(media|pictures|embeddings|object [^/]*)(/|$)", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_TYPES = {"image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif", "application/pdf": "pdf"}
_SIGNS = {
    b"%PDF": "pdf",
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpg",
    b"II*\0": "tif",
    b"MM\0*": "tif",
}
_PARTED = frozenset({"[Content_Types].xml", "mimetype"})  # a ZIP with either is one document
_CHUNK = re.compile(r"""<[^<>]*/aFChunk["'][^<>]*>""")
_TARGET = re.compile(r"""\bTarget=["']([^"']+)["']""")
_LETTER_HEAD = re.compile(rb"\s*(?:MIME-Version|Content-Type|From|Date|Subject)\s*:", re.IGNORECASE)
_DAMAGE = (OSError, *ZIP_DAMAGE)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One file within a file."""

    name: str
    data: bytes

    @property
    def extension(self) -> str:
        """By its first bytes, else by its name: in small letters, without its dot."""
        for sign, extension in _SIGNS.items():
            if self.data.startswith(sign):
                return extension
        return PurePosixPath(self.name).suffix.lower().lstrip(".")[:10]

    @property
    def is_picture(self) -> bool:
        """Whether it is an image of pixels."""
        return self.extension in RASTER


def is_mail(media_type: str, extension: str) -> bool:
    """Whether a file is an e-mail as it is sent."""
    return media_type == "message/rfc822" or extension == "eml"


def enclosed_here(path: Path, media_type: str, extension: str) -> Iterator[Enclosed]:
    """The files within it, in their order, as far as they can be unpacked; in this very process."""
    left = 4 * _MOST_BYTES
    for number, enclosed in enumerate(_found(path, media_type, extension)):
        left -= len(enclosed.data)
        if number >= _MOST_FILES or left < 0:
            return
        yield enclosed


def chunks_here(path: Path) -> Iterator[Enclosed]:
    """What of other formats Word shows as part of the text of the document at ``path``."""
    with suppress(*_DAMAGE), zipfile.ZipFile(path) as package:
        infos = package.infolist()
        named = _chunks(package, infos)
        for info in (one for one in infos if one.filename in named):
            if info.file_size <= _MOST_BYTES:
                for part in _part(package, info):
                    yield _as_chunk(part)


def encloses_pictures(path: Path, media_type: str, extension: str) -> bool:
    """Whether a picture, or a PDF which may be one, is within it; in this very process."""
    return any(True for _ in pictures_here(path, media_type, extension))


def pictures_here(
    path: Path, media_type: str, extension: str, depth: int = 0
) -> Iterator[Enclosed]:
    """Pictures and PDFs within it, and within the files in it; in this very process."""
    for enclosed in enclosed_here(path, media_type, extension):
        if enclosed.is_picture or enclosed.extension == "pdf":
            yield enclosed
        if not enclosed.is_picture and depth < DEEPEST:
            with TemporaryDirectory() as folder:
                place = Path(folder, "enclosed")
                place.write_bytes(enclosed.data)
                yield from pictures_here(place, "", enclosed.extension, depth + 1)


def mail_texts(path: Path) -> Iterator[tuple[str, str]]:
    """Media type and text of each part of the letter and of letters within it; subjects first."""
    message = read_letter(path)
    for title in _titles(message):
        yield "text/plain", title
    for line in _heads(message):
        yield "text/plain", line
    for part in _parts(message):
        kind = part.get_content_type()
        data = part.get_payload(decode=True)
        if kind.startswith("text/") and not part.get_filename() and isinstance(data, bytes):
            yield kind, _decoded(data, part.get_content_charset() or "")


def mail_titles(path: Path, media_type: str, extension: str) -> Iterator[str]:
    """Subject of a letter, Outlook's too; subject and file name of each letter within it."""
    with path.open("rb") as file:
        head = file.read(8)
    if head == MAGIC:
        yield from old_office.letter_titles(path)
    elif head.startswith(tnef.MAGIC):
        yield from tnef.tnef_titles(_whole(path))
    elif is_mail(media_type, extension):
        yield from _titles(read_letter(path))


def _found(path: Path, media_type: str, extension: str) -> Iterator[Enclosed]:
    with path.open("rb") as file:
        start = file.read(44)
    head = start[:8]
    if head.startswith(b"PK\x03\x04"):
        yield from _in_package(path)
    elif head == MAGIC:
        for name, data in old_office.files_in(path, _MOST_BYTES):
            yield from _kept(name, data)
    elif head.startswith(b"%PDF") or media_type == "application/pdf":
        for name, data in attached_here(path):
            yield from _kept(name, data)
    elif head.startswith(tnef.MAGIC):
        for name, data in tnef.tnef_files(_whole(path)):
            yield from _kept(name, data)
    elif is_metafile(start) or extension in ("emz", "wmz"):
        for name, data in metafile_pictures(_whole(path)):
            yield from _kept(name, data)
    elif is_mail(media_type, extension):
        for part in _parts(read_letter(path)):
            yield from _attached(part)


def _whole(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES)


def _kept(name: str, data: bytes) -> Iterator[Enclosed]:
    enclosed = Enclosed(name, data)
    if enclosed.extension == "p7m" and (letter := signed_letter(data)):
        enclosed = Enclosed(f"{name}.eml", letter)
    if (_LEAST_BYTES if enclosed.is_picture else 1) <= len(data) <= _MOST_BYTES:
        yield enclosed


def _in_package(path: Path) -> Iterator[Enclosed]:
    try:
        with zipfile.ZipFile(path) as package:
            infos = package.infolist()
            chunks: frozenset[str] = frozenset()
            if _PARTED & {entry.filename for entry in infos}:
                chunks = _chunks(package, infos)
                infos = [
                    entry
                    for entry in infos
                    if entry.filename in chunks or _WITHIN.search(entry.filename)
                ]
            for info in sorted(infos, key=lambda info: _by_number(info.filename)):
                if 0 < info.file_size <= _MOST_BYTES and "." in info.filename:
                    for part in _part(package, info):
                        yield _as_chunk(part) if info.filename in chunks else part
    except _DAMAGE:
        return


def _chunks(package: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> frozenset[str]:
    """Files of other formats that Word shows as part of the text (ISO/IEC 29500-1, 17.17.2.1)."""
    found: set[str] = set()
    for info in infos:
        if not info.filename.endswith(".rels") or info.file_size > _MOST_BYTES:
            continue
        with suppress(*_DAMAGE):
            content = package.read(info).decode("utf-8", "replace")
            beside = PurePosixPath("/", info.filename).parent.parent
            for relationship in _CHUNK.findall(content):
                for target in _TARGET.findall(relationship):
                    found.add(normpath(beside / target).lstrip("/"))
    return frozenset(found)


def _as_chunk(part: Enclosed) -> Enclosed:
    """Named by what it holds: Word itself may call it ``afchunk1.dat``."""
    if part.data.startswith((b"PK", b"{\\rtf")):
        return part
    is_letter = _LETTER_HEAD.match(part.data) is not None
    return Enclosed(f"{part.name}.{'eml' if is_letter else 'html'}", part.data)


def _part(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Enclosed]:
    try:
        data = package.read(info)
    except _DAMAGE:
        return
    yield from _kept(info.filename, data)


def _by_number(name: str) -> tuple[str, int]:
    """``image2`` before ``image10``: programs count pictures as they are put in."""
    number = _DIGITS.findall(name)
    return _DIGITS.sub("", name), int(number[-1][:9]) if number else 0


def _parts(message: Message) -> Iterator[Message]:
    return (part for part in islice(message.walk(), _PARTS) if not part.is_multipart())


def _attached(part: Message) -> Iterator[Enclosed]:
    """What has a name, or is no text; a picture within the letter has none."""
    data, name = part.get_payload(decode=True), part.get_filename() or ""
    kind = part.get_content_type()
    if not isinstance(data, bytes) or not (name or kind in _TYPES) or len(data) > _MOST_BYTES:
        return
    if name and "." in name:
        yield from _kept(name, data)
    else:
        yield Enclosed(f"{name or 'part'}.{_TYPES.get(kind, 'bin')}", data)


def _heads(message: Message) -> Iterator[str]:
    """Each short head line behind its name, and by itself: a sender may mark a letter there.

    Of letters within it as well, whatever parts they have.
    """
    for part in islice(message.walk(), _PARTS):
        for name, raw in part.raw_items():
            try:
                text = " ".join(str(part.policy.header_fetch_parse(name, raw)).split())
            except (ValueError, LookupError, TypeError, AttributeError):
                continue
            if len(text) <= _HEAD_LETTERS:
                yield f"{_OWN_HEAD.sub('', name)}: {text}"
                yield text


def _titles(message: Message) -> Iterator[str]:
    for number, part in enumerate(islice(message.walk(), _PARTS)):
        if number == 0 or "Subject" in part:
            yield _subject(part)
        if part.is_multipart() and (name := part.get_filename()):
            yield name


def _subject(message: Message) -> str:
    try:
        return str(message.get("Subject", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _decoded(data: bytes, text: str) -> str:
    for encoding in (text, "utf-8-sig"):
        try:
            if encoding:
                return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1258", errors="replace")
