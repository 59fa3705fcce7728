"""Which reader judges the signatures of a file: the one place that chooses."""

import datetime as dt
import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, partial
from io import FileIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from xml.sax.saxutils import unescape

from archive_service import clock
from archive_service.formats.compound import MAGIC
from archive_service.formats.enclosed import DEEPEST, enclosed_here, is_mail
from archive_service.formats.smime import read_letter
from archive_service.formats.words.plain import to_first_word
from archive_service.formats.zip_damage import ZIP_DAMAGE
from archive_service.signing.pdf.report import SignatureReport, numbered
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.inspect import bears_xml_signature, inspect_xml_signatures
from archive_service.signing.xml.package import part_name

if TYPE_CHECKING:
    from archive_service.signing.cms.inspect import Means

_PDF, _HEADER = "application/pdf", b"%PDF-"
_HEAD_BYTES = 1024
_START_BYTES = 1 << 20
_LINE_BYTES = 1023  # of a longer one OpenSSL reads so many at a time
_MOST_LETTER_BYTES = 64 << 20
_OUTLOOK = "msg"
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # its object identifier, in DER
_CMS_HEAD_BYTES = 40
_ADDRESS = re.compile(rb"""\bURI\s*=\s*["']([^"'#]+)["']""")
_MOST_XML_BYTES = 4 << 20
_ENDINGS = re.compile(r"\.(p7s|p7m|p7b|p7c|p7|sig|cms)$", re.IGNORECASE)


class Bearer(StrEnum):
    """What a file bears signatures as."""

    NOTHING = ""
    PDF = "pdf"
    XML = "xml"  # a document, or a package of parts
    CMS = "cms"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class ToJudge:
    """A file by its name; ``beside`` are those that it may sign (``may_sign``)."""

    path: Path
    name: str
    bearer: Bearer
    beside: tuple[tuple[str, Path], ...] = ()


def bearer_of(path: Path, media_type: str, name: str) -> Bearer:
    """By its format and its bytes; little is read."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    extension = name.rpartition(".")[2].lower()
    if media_type == _PDF or head.startswith(_HEADER):
        return Bearer.PDF
    if is_mail(media_type, extension) or (head.startswith(MAGIC) and extension == _OUTLOOK):
        return Bearer.LETTER
    if bears_xml_signature(path):
        return Bearer.XML
    if _ENDINGS.search(name) or _SIGNED_DATA in head[:_CMS_HEAD_BYTES]:
        return Bearer.CMS
    return Bearer.PDF if _HEADER in head else Bearer.NOTHING


def may_sign(path: Path, bearer: Bearer, name: str, names: Iterable[str]) -> list[str]:
    """Which of the files beside it a signature may be made over: as it names them, or is named."""
    if bearer is Bearer.CMS:  # ``a.pdf.p7s``, or ``a.p7s``
        stem = _ENDINGS.sub("", name)
        alike = [other for other in names if stem in (other, other.rpartition(".")[0])]
        return [stem] if stem in alike else alike
    if bearer is Bearer.XML and zipfile.is_zipfile(path):  # what was taken out of a container
        with suppress(*ZIP_DAMAGE), zipfile.ZipFile(path) as package:
            within = {PurePosixPath(part).name for part in package.namelist()}
            return [other for other in names if other in within]
    elif bearer is Bearer.XML:
        with path.open("rb") as file:
            found = _ADDRESS.findall(file.read(_MOST_XML_BYTES))
        listed = list(names)
        named = {
            part_name(unescape(address.decode("utf-8", "replace")), listed) for address in found
        }
        return [other for other in listed if other in named]
    return []


def signed_by_name(name: str) -> str:
    """The file that a signature apart is named after, as ``a.pdf`` of ``a.pdf.p7s``; else none."""
    stem = _ENDINGS.sub("", name)
    return stem if stem != name else ""


def inspect_file(
    file: ToJudge,
    trust: Trust,
    now: dt.datetime | None = None,
    fetch: bool = False,  # noqa: FBT001, FBT002 - crosses a pipe
    anew: bool = False,  # noqa: FBT001, FBT002 - crosses a pipe
) -> list[SignatureReport]:
    """A report for each signature of a file, in its order; see ``pdf/validate.py``.

    Of a letter also those of what hangs on it.
    """
    from archive_service.signing.cms.inspect import Means

    return numbered(list(_reports(file, Means(trust, now or clock.now(), fetch, anew), 0)))


def _reports(file: ToJudge, means: "Means", depth: int) -> Iterator[SignatureReport]:
    from archive_service.signing.cms.container import container_signatures, taken_out
    from archive_service.signing.cms.inspect import Reading, content_error, inspect_cms

    if file.bearer is Bearer.PDF:
        yield from inspect_signatures(
            file.path, means.trust, means.now, means.fetch, anew=means.anew
        )
    elif file.bearer is Bearer.XML:
        beside = dict(file.beside)
        over = taken_out(file.path, beside) if zipfile.is_zipfile(file.path) else ()
        reports = inspect_xml_signatures(file.path, means.trust, means.now, beside)
        for report in (*reports, *container_signatures(file.path, means)):
            yield replace(report, over=over) if over else report
    elif file.bearer is Bearer.CMS:
        as_is = [Reading.of_source(partial(FileIO, path), name) for name, path in file.beside]
        as_text = [
            replace(
                reading,
                digest=cache(partial(_digest_of_text, path)),
                error=content_error(_text_start(path)) or _error_of_text(path),
            )
            for reading, (_, path) in zip(as_is, file.beside, strict=True)
        ]
        yield from inspect_cms(file.path.read_bytes(), [*as_is, *as_text], means)
    elif file.bearer is Bearer.LETTER and depth <= DEEPEST:
        yield from _of_letter(file, means, depth)


def _of_letter(file: ToJudge, means: "Means", depth: int) -> Iterator[SignatureReport]:
    from archive_service.signing.cms.inspect import FIELD
    from archive_service.signing.cms.letter import letter_signatures, signature_parts
    from archive_service.signing.pdf.reporting import unjudged

    with file.path.open("rb") as opened:
        is_compound = opened.read(len(MAGIC)) == MAGIC
        opened.seek(0)
        letter = b"" if is_compound else to_first_word(opened).read(_MOST_LETTER_BYTES + 1)
    if len(letter) <= _MOST_LETTER_BYTES:
        yield from letter_signatures(letter, means)
    elif b"pkcs7-" in letter.lower():
        yield unjudged(FIELD, "out-of-memory", means.now)
    with TemporaryDirectory(prefix="enclosed-") as folder, suppress(RecursionError):
        # Of parts within parts, deeper than the library goes, ``unopened`` tells.
        of_parts = set() if is_compound else signature_parts(read_letter(file.path))
        hanging: list[tuple[str, Path]] = []
        for number, enclosed in enumerate(enclosed_here(file.path, "message/rfc822", "eml")):
            if enclosed.data not in of_parts:
                hanging.append((enclosed.name, Path(folder, str(number))))
                hanging[-1][1].write_bytes(enclosed.data)
        for name, place, others in _apart(hanging):
            yield from _of_hanging(name, place, others, means, depth)


def _apart(files: Sequence[tuple[str, Path]]) -> Iterator[tuple[str, Path, Mapping[str, Path]]]:
    """Each by a name of its own, with the others that a signature can name: no two of one name."""
    counted = Counter(name for name, _ in files)
    named = {name: path for name, path in files if counted[name] == 1}
    seen = Counter[str]()
    for name, path in files:
        seen[name] += 1
        others = {other: named[other] for other in named.keys() - {name}}
        yield (name if name in named else f"{name} ({seen[name]})"), path, others


def _of_hanging(
    name: str, place: Path, others: Mapping[str, Path], means: "Means", depth: int
) -> Iterator[SignatureReport]:
    bearer = bearer_of(place, "", name)
    signed = may_sign(place, bearer, name, others)
    hanging = ToJudge(place, name, bearer, tuple((one, others[one]) for one in signed))
    for report in numbered(list(_reports(hanging, means, depth + 1))):
        within = f"{name}/{report.within}" if report.within else name
        yield replace(report, within=within, field=f"{name}: {report.field}")


def _digest_of_text(path: Path, digest: str) -> bytes:
    found = hashlib.new(digest)
    for piece in _as_text(path):
        found.update(piece)
    return found.digest()


def _text_start(path: Path) -> bytes:
    start = bytearray()
    for piece in _as_text(path):
        start += piece
        if len(start) > _START_BYTES:
            break
    return bytes(start)


def _as_text(path: Path) -> Iterator[bytes]:
    """With the line ends of mail, as OpenSSL signs what it is not told to be binary."""
    with path.open("rb") as file:
        while line := file.readline(_LINE_BYTES).partition(b"\0")[0]:  # a line of C
            yield line.rstrip(b"\r\n")
            if line.endswith(b"\n"):
                yield b"\r\n"


def _error_of_text(path: Path) -> str:
    """Other line ends are the same text; of anything else a viewer may show another content."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    return "signed-as-text" if b"\0" in start or start.startswith(_HEADER) else ""
