"""Times submit → stored on PostgreSQL and S3, beside bare minio-py with the same objects."""

import hashlib
import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from minio.commonconfig import GOVERNANCE
from minio.retention import Retention
from sqlalchemy import select

from archive_service import clock, worker
from archive_service.bench import home as homes
from archive_service.bench.backends import Servers, bench_bucket, on_servers, remove_buckets
from archive_service.bench.bare import bare_client, digest_of
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import (
    RUNS,
    beside,
    document,
    rounded,
    settle,
    timed_in_processes,
)
from archive_service.bootstrap import open_services
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.settings import load_settings
from archive_service.storage.ocfl.root import object_root, root_of
from archive_service.storage.s3.client import S3Address
from archive_service.storage.s3.store import TREE_THREADS

REFERENCE = "minio-py put + get + sha256"


@dataclass(slots=True)
class _Times:
    """Seconds of each run."""

    accepted: list[float] = field(default_factory=list)  # from submitted
    stored: list[float] = field(default_factory=list)  # from accepted
    bare: list[float] = field(default_factory=list)
    locked: list[float] = field(default_factory=list)  # bare, but each with lock and checksum


@dataclass(frozen=True, slots=True)
class Held:
    """One stored object, kept as a local file for the reference."""

    key: str
    file: Path
    size_bytes: int
    sha256: str


def run(
    folder: Path,
    servers: Servers,
    *,
    copies: int = 1,
    processes: int | None = None,
    runs: int = RUNS,
) -> dict[str, Any]:
    """Medians over runs in turn, each in a database and buckets of its own.

    Ours submits, checks and accepts, then builds and stores with evidence; the reference puts the
    very objects that storing wrote, and reads each back with SHA-256. Both with as many processes,
    each with as many threads as a tree of ours is written with.

    Returns:
        The contract's document: ``ratio`` is accepted → stored, ``submitted.ratio`` submit →
        stored, ``reference_locked`` the reference with a lock and a checksum on each object.

    Raises:
        BenchFolderEmptyError: there is no submission folder.
        BenchFolderError: one has faults.
    """
    folders = homes.submission_folders(folder)
    count = processes or os.cpu_count() or 1
    sides = _Sides(servers, folders, copies, count)
    times = _Times()
    size_bytes = objects = 0
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="archive-bench-", dir=beside(folder)) as place:
            held = sides.run_once(Path(place), times)
        objects, size_bytes = len(held), sum(file.size_bytes for file in held)
    return _figures(times, size_bytes, _facts(folders, objects, copies, count))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of a run."""

    servers: Servers
    folders: Sequence[Path]
    copies: int
    count: int  # processes

    def run_once(self, place: Path, times: _Times) -> list[Held]:
        """In new backends; what storing wrote."""
        with on_servers(self.servers, self.copies) as backends:
            home = place / "home"
            warm = make_case_files(
                place / "warm", count=self.count, files=1, file_bytes=1 << 15, series="KN"
            )
            homes.make_home(home, [*self.folders, *warm], backends)
            shares = [
                (home, self.folders[first :: self.count], warm[first])
                for first in range(self.count)
            ]
            times.accepted.append(timed_in_processes(prepare_accepting, shares))
            times.stored.append(timed_in_processes(prepare_storing, [(home, it) for it in warm]))
            homes.require_stored(home)
            held = {
                url: _fetched(url, _stored_keys(url, home), place / f"from-{number}")
                for number, url in enumerate(backends.copies)
            }
            times.bare.append(_reference(held, self.count, locked=False))
            times.locked.append(_reference(held, self.count, locked=True))
        return [file for some in held.values() for file in some]


def _facts(folders: Sequence[Path], objects: int, copies: int, count: int) -> dict[str, Any]:
    return {
        "case_files": len(folders),
        "objects": objects,
        "copies": copies,
        "processes": count,
        "threads": count * TREE_THREADS,
    }


def _figures(times: _Times, size_bytes: int, facts: dict[str, Any]) -> dict[str, Any]:
    whole = [one + other for one, other in zip(times.accepted, times.stored, strict=True)]
    bare = statistics.median(times.bare)
    result = document(
        "ingest",
        ours_s=times.stored,
        reference_s=times.bare,
        size_bytes=size_bytes,
        reference=REFERENCE,
        facts=facts,
    )
    result["submitted"] = {
        "seconds": round(statistics.median(whole), 3),
        "ratio": round(statistics.median(whole) / bare, 3),
    }
    locked = statistics.median(times.locked)
    result["reference_locked"] = {
        "name": f"{REFERENCE}, each with object lock and checksum",
        "seconds": round(locked, 3),
        "ratio": round(statistics.median(times.stored) / locked, 3),
    }
    result["runs"] |= {"submitted_s": rounded(whole), "reference_locked_s": rounded(times.locked)}
    return result


def prepare_accepting(home: Path, folders: list[Path], warm: Path) -> Callable[[], None]:
    """In a process that has done one of each: submit, check and accept its share."""
    services = open_services(load_settings(home))
    homes.accept_folder(warm, services)

    def work() -> None:
        with closing(services):
            for folder in folders:
                homes.accept_folder(folder, services)

    return work


def prepare_storing(home: Path, warm: Path) -> Callable[[], None]:
    """In a worker process that has stored one already; the work is to store all others."""
    services = open_services(load_settings(home))
    with services.read_only() as session:
        wanted = CaseFile.code.endswith(f".{warm.name}.KN")
        case_file_id = session.scalars(select(CaseFile.id).where(wanted)).one()
    while worker.run_one(services, subject_id=case_file_id, names=homes.STORING):
        pass

    def work() -> None:
        with closing(services):
            homes.store_all(services)

    return work


def prepare_reference(
    url: str, objects: Sequence[Held], threads: int, *, locked: bool
) -> Callable[[], None]:
    """In a process: put each object of its share, and read it back."""
    address = S3Address.parse(url, setting="storage.copies")
    client = bare_client(address)
    until = clock.now() + timedelta(days=365)
    retention = Retention(GOVERNANCE, until) if locked else None

    def one(held: Held) -> None:
        with held.file.open("rb") as source:
            client.put_object(
                address.bucket, held.key, source, held.size_bytes, retention=retention
            )
        if digest_of(client, address.bucket, held.key) != held.sha256:
            raise ValueError(f"other bytes: {held.key}")

    def work() -> None:
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(one, objects):
                pass

    return work


def _reference(held: dict[str, list[Held]], count: int, *, locked: bool) -> float:
    """One bucket for each copy, locked or plain, on the same servers."""
    targets = {url: bench_bucket(url, f"{S3Address.parse(url, setting='').name}-r") for url in held}
    try:
        for target in targets.values():
            address = S3Address.parse(target, setting="storage.copies")
            bare_client(address).make_bucket(address.bucket, object_lock=locked)
        settle([file.file for some in held.values() for file in some], cached=True)
        shares = [
            (targets[url], some[first::count], max(TREE_THREADS // len(held), 1), locked)
            for url, some in held.items()
            for first in range(count)
        ]
        return timed_in_processes(_prepare_share, shares)
    finally:
        remove_buckets(list(targets.values()))


def _prepare_share(
    url: str,
    objects: list[Held],
    threads: int,
    locked: bool,  # noqa: FBT001 - of a process
) -> Callable[[], None]:
    return prepare_reference(url, objects, threads, locked=locked)


def _stored_keys(url: str, home: Path) -> list[str]:
    """What was stored of the case files that were timed, evidence and all."""
    services = open_services(load_settings(home))
    with closing(services), services.read_only() as session:
        warm = session.scalars(select(CaseFile.ocfl_id).where(CaseFile.code.endswith(".KN")))
        others = {object_root(ocfl_id) for ocfl_id in warm}
    address = S3Address.parse(url, setting="storage.copies")
    listed = bare_client(address).list_objects(address.bucket, recursive=True)
    keys = [found.object_name or "" for found in listed]
    return [key for key in keys if root_of(key) not in others]


def _fetched(url: str, keys: Sequence[str], folder: Path) -> list[Held]:
    """These objects as local files."""
    address = S3Address.parse(url, setting="storage.copies")
    client = bare_client(address)
    folder.mkdir()
    return [
        _fetch(partial(client.get_object, address.bucket, key), key, folder / f"{number:06}")
        for number, key in enumerate(keys)
    ]


def _fetch(get: Callable[[], Any], key: str, file: Path) -> Held:
    answer = get()
    digest, size = hashlib.sha256(), 0
    try:
        with file.open("wb") as out:
            for chunk in answer.stream(1 << 20):
                digest.update(chunk)
                size += out.write(chunk)
    finally:
        answer.close()
        answer.release_conn()
    return Held(key, file, size, digest.hexdigest())
