"""A ZIP as it was sent; nothing is unpacked to a name, and each limit holds while reading."""

import errno
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.formats.zip_damage import ZIP_DAMAGE
from archive_service.settings import LimitSettings
from archive_service.text import nfc
from ingest.channels.names import CHECK, SafeName, safe_name, wrapping_folder
from ingest.channels.parcel import (
    Budget,
    Entry,
    Parcel,
    TooManyFilesError,
    require_names,
    require_sizes,
)

SMALL_BYTES = 1 << 20  # a file up to this size is no bomb, however well it was packed
_MOST_OF_END = (1 << 16) + 22  # the record at the end of a ZIP, with the longest comment
_TOLD = 5  # names in an error
_HEAD_BYTES = 8
_FIRST_PART = b"PK\x07\x08"  # of a ZIP in several parts; the list of files is in the last
_IN_ZIP64 = 0xFFFF  # the number stands elsewhere
_OTHERS = {b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR", b"\x1f\x8b": "gzip"}
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field with the name in UTF-8
_VOWELS = "aeiouyAEIOUY"
_MARKS = frozenset((0x300, 0x301, 0x302, 0x303, 0x306, 0x309, 0x31B, 0x323))  # on such a vowel
_STROKED = (0x110, 0x111)  # d
_BACKSLASHES = re.compile(r"\\+")
# ``bz2`` gives no number; a place before the file's beginning, as after a cut, is EINVAL.
_OF_THE_BYTES = (None, errno.EINVAL, errno.EOVERFLOW)


class ZipDamagedError(InputError):
    """Not a ZIP, cut off, or damaged."""


class ZipMethodUnknownError(InputError):
    """It is whole, and packed by a method that is not read here, such as Deflate64."""


class ZipSplitError(InputError):
    """One part of a ZIP that was split over several files."""


class ZipOtherArchiveError(InputError):
    """An archive of another kind under the name of a ZIP."""


class ZipBombError(InputError):
    """A file unpacks to far more bytes than any document would."""


class ZipEncryptedError(InputError):
    """The entries are locked with a password, and no spreadsheet is left that declares anything."""


class ZipWithoutFilesError(InputError):
    """Every entry was refused for its name or its kind."""


def open_zip(path: Path, limits: LimitSettings, *, name: str = "") -> Parcel:
    """The files of the ZIP at ``path``; the parcel holds it open until it is closed.

    Args:
        path: where it lies.
        limits: what one submission may hold.
        name: as its sender knows it, where ``path`` is a name of ours.

    Raises:
        ZipDamagedError: its list of files cannot be read.
        ZipSplitError, ZipOtherArchiveError: it is a part of a ZIP, or none.
        ZipEncryptedError, ZipWithoutFilesError: nothing in it can be taken.
        ZipBombError: it announces to unpack to too much.
        InputError: another limit is broken.
    """
    name = name or path.name
    _require_one_zip(path, name)
    with _as_damage(name):
        packed = zipfile.ZipFile(path)
    if _list_of_another(packed, path):
        packed.close()
        raise ZipDamagedError(name=name)
    try:
        return _parcel(packed, path, name, limits)
    except BaseException:
        packed.close()
        raise


def _require_one_zip(path: Path, name: str) -> None:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(-min(path.stat().st_size, _MOST_OF_END), 2)
        _, found, end = file.read().rpartition(b"PK\x05\x06")
    for begins, kind in _OTHERS.items():
        if head.startswith(begins):
            raise ZipOtherArchiveError(name=name, kind=kind)
    disk = int.from_bytes(end[:2], "little")
    counted = disk not in (0, _IN_ZIP64) and len(end) == 18 + int.from_bytes(end[16:18], "little")
    if head.startswith(_FIRST_PART) or (found and counted):
        raise ZipSplitError(name=name)


def _list_of_another(packed: zipfile.ZipFile, path: Path) -> bool:
    """Whether the list is that of a ZIP within this one, whose own end was cut off.

    The list is looked for at the end, where the last file may be a workbook, which is a ZIP too:
    what it names then begins somewhere, and the file all the same with an entry.
    """
    first = min((member.header_offset for member in packed.infolist()), default=0)
    with path.open("rb") as file:
        if not first or file.read(4) != b"PK\x03\x04":
            return False
        file.seek(-min(path.stat().st_size, _MOST_OF_END), 2)
        _, _, end = file.read().rpartition(b"PK\x05\x06")
    return len(end) != 18 + int.from_bytes(end[16:18], "little")  # of the comment that ends it


def _parcel(packed: zipfile.ZipFile, path: Path, source: str, limits: LimitSettings) -> Parcel:
    members = [member for member in packed.infolist() if not _is_empty_folder(member)]
    if len(members) > limits.file_count + 1:  # one is the list of them
        raise TooManyFilesError(count=len(members) - 1, limit=limits.file_count)
    gate = _Gate(source, path.stat().st_size, limits)
    for member in members:
        gate.require_ratio(member, member.file_size)
    gate.require_total(sum(member.file_size for member in members))
    findings: list[Finding] = []
    found: dict[str, tuple[str, zipfile.ZipInfo]] = {}
    for member in members:
        raw, name = _named(member)
        refused = _refused(member, name.path or raw)
        findings.extend(refused or name.findings)
        if refused or name.path is None:
            continue
        if name.path in found:
            findings.append(Finding(CHECK, "name-twice", Severity.ERROR, name.path))
            continue
        found[name.path] = raw, member
    _require_usable(found, findings, source)
    budget = Budget(limits)
    prefix = wrapping_folder(found)
    entries = tuple(
        Entry(
            name.removeprefix(prefix),
            raw,
            member.file_size,
            _Opener(packed, member, name, budget, gate),
        )
        for name, (raw, member) in sorted(found.items())
    )
    require_names((entry.path for entry in entries), limits)
    require_sizes(((entry.path, entry.size_bytes) for entry in entries), limits)
    return Parcel("zip", source, entries, tuple(findings), held=packed)


def _is_empty_folder(member: zipfile.ZipInfo) -> bool:
    """One that has bytes is told and left out; a name may be empty."""
    return member.filename.endswith("/") and not member.file_size


def _require_usable(found: Collection[str], findings: Sequence[Finding], source: str) -> None:
    """Say why nothing is left, before a spreadsheet is missed that was there."""
    locked = [seen.place for seen in findings if seen.code == "zip-entry-encrypted"]
    if locked and not any(name.lower().endswith(".xlsx") for name in found):
        raise ZipEncryptedError(name=source, first=locked[0])
    if findings and not found:
        places = list(dict.fromkeys(seen.place for seen in findings))
        raise ZipWithoutFilesError(name=source, names=places[:_TOLD])


def _refused(member: zipfile.ZipInfo, shown: str) -> list[Finding]:
    """A link, a device, a folder with bytes or a locked entry is told and left out."""
    mode = member.external_attr >> 16
    kind = stat.S_IFMT(mode)
    linked = member.create_system == 3 and kind not in (0, stat.S_IFREG)
    if linked or member.filename.endswith("/"):
        return [
            Finding(CHECK, "not-a-plain-file", Severity.ERROR, shown[:900], {"name": shown[:900]})
        ]
    if member.flag_bits & _ENCRYPTED_FLAG:
        return [Finding("files", "zip-entry-encrypted", Severity.ERROR, shown[:900])]
    return []


def _named(member: zipfile.ZipInfo) -> tuple[str, SafeName]:
    """The name in Unicode: flagged, in Info-ZIP's field, or UTF-8 that lacks its flag.

    Beside that field programs of Windows write signs in the place of letters they cannot; without
    it a Vietnamese Windows writes the bytes of its own code page.
    """
    raw, decoded, windows = member.orig_filename, True, ""
    if not member.flag_bits & _UTF8_FLAG:
        given = raw.encode("cp437", "replace")
        if text := _unicode_path(member.extra, given):
            raw = text
        elif not raw.isascii():
            windows = "" if (text := _utf8(given)) else _of_windows(given)
            raw = text or windows or raw
            decoded = raw != member.orig_filename
    raw = _BACKSLASHES.sub("/", raw)
    name = safe_name(raw, decoded=decoded)
    if windows and name.path is not None:
        place = name.path[:900]
        seen = Finding(CHECK, "name-of-windows", Severity.INFO, place, {"name": place})
        name = SafeName(name.path, (seen, *name.findings))
    return raw, name


def _unicode_path(extra: bytes, given: bytes) -> str | None:
    at = 0
    while at + 4 <= len(extra):
        kind = int.from_bytes(extra[at : at + 2], "little")
        size = int.from_bytes(extra[at + 2 : at + 4], "little")
        value = extra[at + 4 : at + 4 + size]
        at += 4 + size
        of_this_name = value[1:5] == zlib.crc32(given).to_bytes(4, "little")
        if kind == _UNICODE_PATH and len(value) > 5 and value[0] == 1 and of_this_name:
            return _utf8(value[5:])
    return None


def _utf8(given: bytes) -> str | None:
    try:
        return given.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _of_windows(given: bytes) -> str:
    """In windows-1258, where that gives Vietnamese letters alone; else empty."""
    try:
        text = nfc(given.decode("cp1258"))
    except UnicodeDecodeError:
        return ""
    return text if all(letter.isascii() or _is_vietnamese(letter) for letter in text) else ""


def _is_vietnamese(letter: str) -> bool:
    parts = unicodedata.normalize("NFD", letter)
    return ord(letter) in _STROKED or (
        parts[0] in _VOWELS and _MARKS.issuperset(map(ord, parts[1:]))
    )


class _Gate:
    """Limits on unpacking: a file against its packed size, all against the size of the ZIP."""

    def __init__(self, source: str, zip_bytes: int, limits: LimitSettings) -> None:
        self._source = source
        self._zip_bytes = zip_bytes
        self._ratio = limits.unpacked_ratio

    def require_ratio(self, member: zipfile.ZipInfo, unpacked: int) -> None:
        """``ZipBombError`` if the file has become too large for its packed bytes."""
        if unpacked > SMALL_BYTES and unpacked > self._ratio * max(member.compress_size, 1):
            raise ZipBombError(name=_named(member)[1].path or self._source, ratio=self._ratio)

    def require_total(self, unpacked: int) -> None:
        """The same over all files: packed bytes that several files share count once."""
        if unpacked > SMALL_BYTES and unpacked > self._ratio * max(self._zip_bytes, 1):
            raise ZipBombError(name=self._source, ratio=self._ratio)


class _Opener:
    def __init__(
        self,
        packed: zipfile.ZipFile,
        member: zipfile.ZipInfo,
        name: str,
        budget: Budget,
        gate: _Gate,
    ) -> None:
        self._packed, self._member, self._name = packed, member, name
        self._budget, self._gate = budget, gate

    def __call__(self) -> IO[bytes]:
        with _as_damage(self._name):
            source = _Guarded(self._packed.open(self._member), self._name)
        return self._budget.reader(source, self._name, self._check)  # type: ignore[arg-type]  # read and close are all it needs

    def _check(self, read: int) -> None:
        self._gate.require_ratio(self._member, read)


class _Guarded:
    """Turns what unpacking raises on damaged bytes into an error of ours."""

    def __init__(self, source: IO[bytes], name: str) -> None:
        self._source, self._name = source, name

    def read(self, size: int) -> bytes:
        with _as_damage(self._name):
            return self._source.read(size)

    def close(self) -> None:
        self._source.close()


@contextmanager
def _as_damage(name: str) -> Iterator[None]:
    try:
        yield
    except NotImplementedError:
        raise ZipMethodUnknownError(name=name) from None
    except ZIP_DAMAGE as error:
        raise ZipDamagedError(name=name, detail=str(error)[:200]) from None
    except OSError as error:
        if error.errno not in _OF_THE_BYTES:  # the disk's own word
            raise
        raise ZipDamagedError(name=name, detail=str(error)[:200]) from None
