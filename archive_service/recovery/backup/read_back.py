"""A backup read back: verified whole before anything is written, then rows, bytes and copies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO

from sqlalchemy import Engine

from archive_service.db.engine import WRITING
from archive_service.db.migrate import bring_to, damage_told, knows, newest
from archive_service.db.package_writers import writing_some
from archive_service.db.unit_of_work import Database
from archive_service.errors import ConflictError, IntegrityViolationError
from archive_service.formats.page_text import pdf_texts
from archive_service.recovery.backup.dump import form_of, load_table
from archive_service.recovery.backup.evidence import read_list
from archive_service.recovery.backup.files import SEALED, BackupDamagedError, Part, SetReader
from archive_service.recovery.backup.objects import ListedObject, iter_listed_objects, iter_tar
from archive_service.recovery.backup.set import (
    MANIFEST,
    MINUTES,
    UNSIGNED,
    BackupSet,
    BackupTooNewError,
)
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from archive_service.storage.copies.identity import put_bytes
from archive_service.storage.fixity.check import iter_object_fixity
from archive_service.storage.fixity.verdict import Fixity
from archive_service.storage.ocfl.root import object_root, root_files
from archive_service.storage.port import ObjectStore
from archive_service.storage.staging import Staging

FIELD = "SaoLuu"  # of the signature on the minutes; the digest of the manifest follows it


class HomeNotBareError(ConflictError):
    """There is an archive already; a restore never writes over one."""


class BackupSignatureError(IntegrityViolationError):
    """The minutes beside the manifest bear no signature that holds for it."""


class RestoredObjectError(IntegrityViolationError):
    """What was restored does not read back as the backup says it was."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A set that was read whole: who signed it, and how much there is."""

    signer: str
    trusted: bool
    files: int
    size_bytes: int
    unexpected: Sequence[str]


def field_of(manifest_sha256: str) -> str:
    """Name of the signature field that binds the minutes to a manifest."""
    return f"{FIELD}-{manifest_sha256}"


def verify_set(found: BackupSet, reader: SetReader, *, trust: Trust, folder: Path) -> Verified:
    """Read every file that the set needs, of whichever set of its chain, and its signature.

    Raises:
        BackupTooNewError: made by a version of the product whose tables are not known here.
        BackupSignatureError: not signed though it says so, or for another manifest.
        BackupDamagedError, BackupPartMissingError: a file is not as the manifest names it.
        BackupKeyMissingError, BackupKeyUnusableError: a file is encrypted, and no key opens it.
    """
    if not knows(found.manifest.revision):
        raise BackupTooNewError(found=found.manifest.revision, known=newest())
    signer, trusted = _signed(found, trust)
    files = size = 0
    own: set[str] = set()
    for part in _every_part(found, reader, folder):
        reader.require_intact(part)
        files, size = files + 1, size + part.size_bytes
        if part.set == found.folder.name:
            own.add(part.path)
    return Verified(signer, trusted, files, size, sorted(_unexpected(found, own)))


def load_rows(engine: Engine, found: BackupSet, reader: SetReader) -> int:
    """Make the tables as they were, fill them, and bring them to the newest form; how many rows.

    All in one transaction. ``DumpDamagedError`` for a line that is no row.
    """
    count = 0
    with damage_told(), engine.execution_options(**{WRITING: True}).begin() as connection:
        bring_to(connection, found.manifest.revision)
        for table in found.manifest.tables:
            lines = (line for part in table["parts"] for line in reader.read(part).splitlines())
            rows = load_table(connection, form_of(table), lines)
            if rows != table["rows"]:
                raise BackupDamagedError(file=table["name"], reason=f"{rows} rows")
            count += rows
        bring_to(connection, "head")
    return count


def bring_staging(staging: Staging, found: BackupSet, reader: SetReader, folder: Path) -> int:
    """Bytes that wait, under their digests again; how many."""
    for part in found.manifest.parts["staging"]:
        with reader.laid_down(part, folder) as file, file.open("rb") as source:
            staged = staging.receive(source)
        if staged.sha256 != part.plain_sha256:
            raise BackupDamagedError(file=f"{part.set}/{part.path}", reason="sha256")
    return len(found.manifest.parts["staging"])


def bring_evidence(
    copies: Sequence[ObjectStore], found: BackupSet, reader: SetReader, folder: Path
) -> int:
    """Acts, audit trail and evidence into empty copies, with the files of an OCFL root."""
    listed, *archives = found.manifest.parts["evidence"]
    expected = {key: digest for key, _, digest in read_list(reader, listed)}
    for copy in copies:
        for key, data in root_files().items():
            put_bytes(copy, key, data)
    brought = set()
    for part in archives:
        with reader.laid_down(part, folder) as file, file.open("rb") as source:
            for key, _, member in iter_tar(source, where=part.path):
                data = member.read()
                if expected.get(key) != sha256(data).hexdigest():
                    raise BackupDamagedError(file=f"{part.set}/{part.path}", reason=key)
                for copy in copies:
                    put_bytes(copy, key, data)
                brought.add(key)
    if missing := expected.keys() - brought:
        raise BackupDamagedError(file=listed.path, reason=min(missing))
    return len(brought)


def bring_object(
    database: Database,
    copies: Sequence[ObjectStore],
    listed: ListedObject,
    reader: SetReader,
    folder: Path,
) -> bool:
    """One object into empty copies, and every file of it read back.

    Nothing, and false, where the rows of the backup say that the destroy gate has claimed it.

    Raises:
        RestoredObjectError: a file does not read back as recorded.
    """
    with writing_some(database, [listed.ocfl_id]) as claimed:
        if not claimed:
            _fill(copies, listed, reader, folder)
    return not claimed


def _fill(
    copies: Sequence[ObjectStore], listed: ListedObject, reader: SetReader, folder: Path
) -> None:
    expected = {key: digest for key, _, digest in listed.files}
    root = object_root(listed.ocfl_id)
    for version, part in listed.parts:
        last = version == listed.version
        with reader.laid_down(part, folder) as file:
            for copy in copies:
                with file.open("rb") as source:
                    _unpack(copy, root, source, expected, part, with_root=last)
    for result in iter_object_fixity(copies, listed.ocfl_id, listed.version):
        if result.status is not Fixity.INTACT:
            raise RestoredObjectError(copy=result.copy, key=result.key, status=str(result.status))
    for copy in copies:
        with copy.open(f"{root}/v{listed.version}/inventory.json") as written:
            if sha256(written.read()).hexdigest() != listed.inventory_sha256:
                raise RestoredObjectError(copy=copy.name, key=root, status="inventory")


def read_papers(found: BackupSet, reader: SetReader) -> dict[str, bytes]:
    """The small files by name: settings, rules, keys by reference."""
    return {
        PurePosixPath(part.path.removesuffix(SEALED)).name: reader.read(part)
        for part in found.manifest.parts["papers"]
    }


def _unpack(
    copy: ObjectStore,
    root: str,
    source: IO[bytes],
    expected: Mapping[str, str],
    part: Part,
    *,
    with_root: bool,
) -> None:
    """The files of one tar file; those of the object's root come last, and with the last one."""
    of_root: dict[str, bytes] = {}
    for key, size, member in iter_tar(source, where=part.path):
        if not key.startswith(f"{root}/"):
            raise BackupDamagedError(file=f"{part.set}/{part.path}", reason=key)
        if key in expected:
            copy.put(key, member, size=size, sha256=expected[key])
        elif "/" in key.removeprefix(f"{root}/"):
            put_bytes(copy, key, member.read())  # the inventory of a version
        else:
            of_root[key] = member.read()
    if with_root:
        for key, data in of_root.items():
            put_bytes(copy, key, data)


def _signed(found: BackupSet, trust: Trust) -> tuple[str, bool]:
    """Who signed the minutes, whole and for this manifest, and whether we trust them.

    Nobody, where the manifest says that there was no key; the minutes name its digest even so.
    """
    wanted = field_of(found.sha256)
    file = found.folder / MINUTES
    reports = inspect_signatures(file, trust) if file.is_file() else []
    for report in reports:
        holds = report.intact and report.valid and report.covers_whole_document
        if report.field == wanted and holds:
            return report.signer, report.trusted
    if UNSIGNED in found.manifest.archive and file.is_file() and not reports:
        text = "".join(page.text for page in pdf_texts(file))
        if found.sha256 in "".join(text.split()):
            return "", False  # there was no key; a person was told, and is told again
    raise BackupSignatureError(file=f"{found.folder.name}/{MINUTES}")


def _every_part(found: BackupSet, reader: SetReader, folder: Path) -> Iterator[Part]:
    yield from found.manifest.iter_parts()
    if found.manifest.with_objects:
        for listed in iter_listed_objects(found, reader, folder):
            if not listed.parts or listed.parts[-1][0] != listed.version:
                raise BackupDamagedError(file=listed.ocfl_id, reason="parts")
            yield from (part for _, part in listed.parts)


def _unexpected(found: BackupSet, known: set[str]) -> Iterator[str]:
    """What lies in the set's folder and no manifest names: told, since others lay files too."""
    for file in found.folder.rglob("*"):
        path = file.relative_to(found.folder).as_posix()
        if file.is_file() and path not in known | {MANIFEST, MINUTES}:
            yield path
