"""One backup: consistent while the archive is in use, whole or not there at all."""

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import segment_key
from archive_service.db.migrate import current
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.errors import ConflictError, InputError
from archive_service.recovery.backup.dump import iter_parts, snapshot, table_forms
from archive_service.recovery.backup.evidence import write_evidence
from archive_service.recovery.backup.files import (
    BackupDamagedError,
    BackupPartMissingError,
    Part,
    SetReader,
    SetWriter,
)
from archive_service.recovery.backup.keys import (
    DATABASE,
    BackupKeyMissingError,
    BackupKeys,
    BackupRowsDestroyedError,
)
from archive_service.recovery.backup.objects import (
    ListedObject,
    ObjectSource,
    Wanted,
    iter_listed,
    iter_listed_objects,
)
from archive_service.recovery.backup.set import (
    MANIFEST,
    BackupKind,
    BackupMissingError,
    BackupSet,
    Manifest,
    iter_names,
    read_set,
)
from archive_service.storage.durable import our_errors, sync_file, sync_folder
from archive_service.storage.filesystem import scratch, sweep_scratch
from archive_service.storage.needed import needed_digests
from archive_service.storage.sealed import iter_chunks
from archive_service.storage.staging import StagedObjectMissingError, Staging

_PARTIAL, _LOCK = ".partial", ".lock"
_TRIES = 3  # snapshots until staged bytes and rows agree
Progress = Callable[[str], None]


class BackupBusyError(ConflictError):
    """Another backup is being written onto this medium."""


class BackupPlaceError(InputError):
    """A place that is no folder of ours, or lies inside what is backed up."""


@dataclass(frozen=True, slots=True)
class BackupSource:
    """What is backed up. ``papers`` are small files by name: settings, rules, keys by reference."""

    database: Database
    staging: Staging
    objects: ObjectSource
    papers: Mapping[str, bytes]
    product: str
    archive: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """What is wanted: where to, which kind, with whose keys.

    ``keys`` encrypt everything of the set, its rows with that of the name ``rows_key``; ``sign``
    lays the signed minutes beside the manifest.
    """

    root: Path
    kind: BackupKind
    with_objects: bool
    keys: BackupKeys | None
    sign: Callable[[Path, BackupSet], None]
    rows_key: str = DATABASE


def make_backup(
    source: BackupSource, order: BackupOrder, *, progress: Progress = lambda _what: None
) -> BackupSet:
    """Write one set below ``order.root`` and read it back; it appears whole or not at all.

    An incremental one names the files of earlier sets that still hold; where there is none to go
    on from, it is a full one. What a killed call left is cleared first.

    Raises:
        BackupBusyError: another call writes there.
        BackupMediumError, StoreFullError: the medium does not keep it.
        NoSoundCopyError, BackendError: what is to be backed up cannot be read.
    """
    with our_errors("", order.root), _locked(order.root):
        (order.root / _PARTIAL).mkdir(mode=0o700, exist_ok=True)
        sweep_scratch(order.root / _PARTIAL)
        previous = _previous(order)
        kind = (
            BackupKind.FULL
            if previous is None and order.kind is BackupKind.INCREMENTAL
            else order.kind
        )
        name = _free_name(order.root, kind)
        for attempt in range(1, _TRIES + 1):
            with scratch(order.root / _PARTIAL) as folder:
                writer = SetWriter(folder, name, order.keys)
                run = _Run(source, order, writer, previous, progress)
                try:
                    manifest = run.write(kind, bear_absence=attempt == _TRIES)
                except _StagingMovedError:
                    continue
                return _finished(manifest, folder, writer, order)
    raise AssertionError("the last try bears whatever is absent")


class _StagingMovedError(Exception):
    """Bytes that the snapshot speaks of have gone on meanwhile: a newer snapshot knows."""


class _Run:
    """One try at a set."""

    def __init__(
        self,
        source: BackupSource,
        order: BackupOrder,
        writer: SetWriter,
        previous: BackupSet | None,
        progress: Progress,
    ) -> None:
        self._source, self._order, self._writer = source, order, writer
        self._previous, self._progress = previous, progress
        self._reader = SetReader(order.root, order.keys)
        self._rows_key = order.rows_key if order.keys is not None else ""
        self._known = {
            (part.plain_sha256, part.key): part
            for part in (previous.manifest.iter_parts() if previous else ())
        }
        self._wanted = source.objects.folder / "wanted.jsonl"

    def write(self, kind: BackupKind, *, bear_absence: bool) -> Manifest:
        """All files but the manifest; the list of objects comes from the same snapshot."""
        engine = self._source.database.engine
        made_at = clock.iso(clock.now())
        parts: dict[str, list[Part]] = {}
        with snapshot(engine) as connection:
            self._progress("database")
            tables = [self._table(connection, form) for form in table_forms()]
            self._note_objects(connection)
            with Session(connection) as session:
                digests = sorted(needed_digests(session))
                segments = _segments(session) if self._order.with_objects else {}
        self._progress("staging")
        parts["staging"], absent = self._staged(digests, bear_absence=bear_absence)
        parts["papers"] = [
            self._kept(f"papers/{name}", data) for name, data in sorted(self._source.papers.items())
        ]
        self._progress("objects")
        objects = _Counted(self._listed())
        parts["objects"] = [
            self._writer.write("objects.jsonl", objects.lines(), key=self._rows_key)
        ]
        if self._order.with_objects:
            self._progress("evidence")
            parts |= self._evidence(segments)
        return Manifest(
            name=self._writer.name,
            kind=kind,
            made_at=made_at,
            product=self._source.product,
            revision=current(engine) or "",
            archive=self._source.archive,
            with_objects=self._order.with_objects,
            previous=self._follows(),
            tables=tables,
            parts=parts,
            counts={
                "rows": sum(table["rows"] for table in tables),
                "staged": len(parts["staging"]),
                "objects": objects.count,
                "object_files": objects.files,
                "object_bytes": objects.size_bytes,
                "files": len(self._writer.written) + 1,
                "size_bytes": sum(part.size_bytes for part in self._writer.written),
            },
            absent=absent,
        )

    def _follows(self) -> dict[str, str] | None:
        if self._previous is None:
            return None
        return {"name": self._previous.folder.name, "manifest_sha256": self._previous.sha256}

    def _table(self, connection: Connection, form: Any) -> dict[str, Any]:
        parts, rows = [], 0
        for number, (data, count) in enumerate(iter_parts(connection, form), 1):
            parts.append(self._kept(f"tables/{form.name}-{number:04d}.jsonl", data))
            rows += count
        return {"name": form.name, "columns": form.columns, "rows": rows, "parts": parts}

    def _kept(self, path: str, data: bytes) -> Part:
        """A small file: written, or named where an earlier set of the chain has it already."""
        known = self._known.get((sha256(data).hexdigest(), self._rows_key))
        return known if known is not None else self._writer.write(path, [data], key=self._rows_key)

    def _staged(self, digests: list[str], *, bear_absence: bool) -> tuple[list[Part], list[str]]:
        parts, absent = [], []
        for digest in digests:
            known = self._known.get((digest, self._rows_key))
            if known is not None:
                parts.append(known)
                continue
            try:
                with self._source.staging.open(digest) as source:
                    part = self._writer.write(
                        f"staging/{digest}", iter_chunks(source), key=self._rows_key
                    )
            except StagedObjectMissingError:
                if not bear_absence:
                    raise _StagingMovedError from None
                absent.append(digest)
                continue
            if part.plain_sha256 != digest:
                raise BackupDamagedError(file=f"staging/{digest}", reason="sha256")
            parts.append(part)
        return parts, absent

    def _note_objects(self, connection: Connection) -> None:
        """What the snapshot says of them, laid down so that the snapshot need not stay open."""
        found = connection.execution_options(yield_per=1000).execute(
            select(CaseFile.ocfl_id, CaseFile.version_stored, PackageVersion.inventory_sha256)
            .join(PackageVersion, PackageVersion.case_file_id == CaseFile.id)
            .where(
                PackageVersion.number == CaseFile.version_stored,
                CaseFile.state != CaseState.DESTROYED,
                CaseFile.removing_since.is_(None),
            )
            .order_by(CaseFile.ocfl_id)
        )
        with self._wanted.open("w", encoding="ascii") as out:
            for row in found:
                out.write(json.dumps(list(row)) + "\n")

    def _listed(self) -> Iterator[ListedObject]:
        with self._wanted.open("rb") as lines:
            yield from iter_listed(
                (Wanted(*json.loads(line)) for line in lines),
                self._before(),
                source=self._source.objects,
                writer=self._writer if self._order.with_objects else None,
            )

    def _before(self) -> Iterator[ListedObject]:
        if self._previous is None:
            return
        folder = self._source.objects.folder
        for listed in iter_listed_objects(self._previous, self._reader, folder):
            whole = list(takewhile(lambda held: self._lies(held[1]), listed.parts))
            yield replace(listed, parts=whole)

    def _lies(self, part: Part) -> bool:
        """Whether an earlier set still gives it; else its bytes are written once more."""
        try:
            self._reader.require_there(part)
        except (BackupDamagedError, BackupPartMissingError, BackupKeyMissingError):
            return False
        return True

    def _evidence(self, segments: Mapping[str, str]) -> dict[str, list[Part]]:
        before = self._previous.manifest.parts if self._previous else {}
        return write_evidence(
            self._source.objects,
            self._writer,
            self._reader,
            segments=segments,
            before=before.get("evidence", []),
        )


class _Counted:
    """Objects as lines of the list, counted as they pass."""

    def __init__(self, objects: Iterable[ListedObject]) -> None:
        self._objects = objects
        self.count = self.files = self.size_bytes = 0

    def lines(self) -> Iterator[bytes]:
        for listed in self._objects:
            self.count += 1
            self.files += len(listed.files)
            self.size_bytes += sum(size for _, size, _ in listed.files)
            yield listed.as_line()


def _segments(session: Session) -> dict[str, str]:
    rows = session.execute(select(AuditSegment.number, AuditSegment.sha256))
    return {segment_key(row.number): row.sha256 for row in rows}


def _previous(order: BackupOrder) -> BackupSet | None:
    """The newest set that an incremental one may build on: as sealed, and with as much in it."""
    if order.kind is not BackupKind.INCREMENTAL:
        return None
    try:
        found = read_set(order.root)
        parts = list(found.manifest.iter_parts())
        reader = SetReader(order.root, order.keys)
        for part in parts:
            reader.require_there(part)
    except (
        BackupMissingError,
        BackupDamagedError,
        BackupPartMissingError,
        BackupKeyMissingError,
        BackupRowsDestroyedError,
    ):
        return None
    sealed = any(part.key for part in parts)
    fits = sealed == (order.keys is not None)
    return found if fits and found.manifest.with_objects >= order.with_objects else None


def _finished(manifest: Manifest, folder: Path, writer: SetWriter, order: BackupOrder) -> BackupSet:
    """Read back, then the manifest, then its signature; only then does the set get its name."""
    writer.require_readable()
    data = manifest.as_bytes()
    file = folder / MANIFEST
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
    sync_file(file)
    order.sign(folder, BackupSet(folder, manifest, sha256(data).hexdigest()))
    sync_folder(folder)
    final = order.root / manifest.name
    folder.rename(final)
    sync_folder(order.root)
    return BackupSet(final, manifest, sha256(data).hexdigest())


def _free_name(root: Path, kind: BackupKind) -> str:
    """Names sort as the sets came, two in one second as well."""
    stem = f"{clock.now():%Y%m%dT%H%M%SZ}-{kind}"
    taken = set(iter_names(root))
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupBusyError(folder=root) from None
        yield
