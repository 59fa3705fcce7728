"""A station's folder: each sub-folder becomes a batch, file by file, and is moved away once taken.

A folder is marked before its batch is opened, and the mark names the batch: after a kill the same
folder goes on with the same batch, and a new folder of the same name begins another.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from archive_service.errors import ArchiveError, ConflictError
from archive_service.storage.durable import sync_folder
from archive_service.workflow.batch_door import BatchDoor, OpenedBatch
from archive_service.workflow.batch_intake import FileToSend, files_of
from digitize.batches.receive import BatchOrder
from digitize.batches.sources import SourceLimits, look_at
from ingest.channels.file_references import natural_order

TAKEN = ".taken"
MARK = ".archive-batch"
DONE = ".archive-batch.done"  # the mark of a folder that nothing is left to do with
LOCK = ".lock"
# What a file that is still being written looks like.
_GROWING = ("page-source-truncated", "page-source-empty")

Signature = tuple[int, int]  # size, and when it was last written
Tell = Callable[[str, dict[str, Any]], None]


class WatchBusyError(ConflictError):
    """Another process watches this folder."""

    code = "scan-watch-busy"


@dataclass(frozen=True, slots=True)
class WatchRules:
    """When files and folders count as whole; in seconds."""

    settle_s: float  # a file has stood still for so long
    rest_s: float  # a folder without a marker has, too
    marker: str  # name of the file that says: this folder is whole
    limits: SourceLimits


@dataclass(slots=True)
class _Watched:
    """What is known of one sub-folder."""

    batch: OpenedBatch | None = None
    seen: dict[str, tuple[Signature, float]] = field(default_factory=dict)  # and since when
    taken: dict[str, Signature] = field(default_factory=dict)
    changed_at: float = 0.0
    trouble: str = ""


class Watcher:
    """Looks into a folder again and again; one process a folder, see ``watching``."""

    def __init__(
        self, folder: Path, door: BatchDoor, order: BatchOrder, *, rules: WatchRules, tell: Tell
    ) -> None:
        """``order`` is that of every batch, but for its reference; ``tell`` hears what happens."""
        self._folder = folder
        self._door = door
        self._order = order
        self._rules = rules
        self._tell = tell
        self._known: dict[str, _Watched] = {}
        self._loose: set[str] = set()

    def look(self) -> int:
        """One look at everything; how many sub-folders are left that hold something."""
        folders = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
        self._tell_loose(path.name for path in folders if path.is_file())
        left = 0
        for folder in sorted(folders, key=lambda path: natural_order(path.name)):
            if folder.is_dir() and any(
                file.name != self._rules.marker for file in files_of(folder)
            ):
                left += not self._looked_into(folder)
        here = {folder.name for folder in folders}
        self._known = {name: known for name, known in self._known.items() if name in here}
        return left

    def finish_moved(self) -> None:
        """After a kill: see whether files came into folders while they were moved away."""
        for folder in sorted((self._folder / TAKEN).iterdir()):
            if (folder / MARK).is_file():
                batch = self._door.open(replace(self._order, reference=_reference(folder)))
                self._bring_back(folder, batch, {})

    def _looked_into(self, folder: Path) -> bool:
        """Whether the folder was closed and moved away; what it lacks is told, and waits."""
        known = self._known.setdefault(folder.name, _Watched(changed_at=time.monotonic()))
        try:
            return self._step(folder, known)
        except (ArchiveError, OSError) as trouble:
            if str(trouble) != known.trouble:
                known.trouble = str(trouble)
                self._tell("trouble", {"folder": folder.name, "error": trouble})
            return False

    def _step(self, folder: Path, known: _Watched) -> bool:
        files = [file for file in files_of(folder) if file.name != self._rules.marker]
        standing = self._standing(files, known)
        rested = time.monotonic() - known.changed_at >= self._rules.rest_s
        whole = (folder / self._rules.marker).is_file() or rested
        at_rest = len(standing) == len(files)
        for file in standing:
            signature = known.seen[file.name][0]
            if known.taken.get(file.name) == signature:
                continue
            if not (whole and at_rest) and self._is_growing(file):
                continue
            batch = known.batch or self._open(folder, known)
            if not self._door.add(batch, file.name, file.path):
                self._begin_anew(folder, known)
                return False
            known.taken[file.name] = signature
            told = {"folder": folder.name, "name": file.name, "batch": batch.number}
            self._tell("received", told)
        if not (files and whole and at_rest) or known.batch is None:
            return False
        if any(known.taken.get(file.name) != _signature(file.path) for file in files):
            return False  # one of them changed while others were taken
        self._close(folder, known.batch, files, known)
        return True

    def _standing(self, files: list[FileToSend], known: _Watched) -> list[FileToSend]:
        """Those that have not changed for long enough, in the order of their names."""
        now = time.monotonic()
        before = known.seen
        known.seen = {}
        for file in files:
            signature = _signature(file.path)
            earlier = before.get(file.name)
            same = earlier is not None and earlier[0] == signature
            known.seen[file.name] = earlier if same and earlier else (signature, now)
        if {name: seen[0] for name, seen in before.items()} != {
            name: seen[0] for name, seen in known.seen.items()
        }:
            known.changed_at = now
        return [file for file in files if now - known.seen[file.name][1] >= self._rules.settle_s]

    def _is_growing(self, file: FileToSend) -> bool:
        """Whether its end is not there yet; a folder that is whole brings it as it is."""
        refused = look_at(file.path, self._rules.limits).refused
        return refused is not None and refused.code in _GROWING

    def _open(self, folder: Path, known: _Watched) -> OpenedBatch:
        known.batch = self._door.open(replace(self._order, reference=_reference(folder)))
        return known.batch

    def _close(
        self, folder: Path, batch: OpenedBatch, files: list[FileToSend], known: _Watched
    ) -> None:
        self._door.close(batch, [file.name for file in files])
        told = {"folder": folder.name, "batch": batch.number, "files": len(files)}
        self._tell("closed", told)
        target = self._free(f"{batch.number} {folder.name}")
        folder.rename(target)
        sync_folder(target.parent)
        sync_folder(self._folder)
        self._known.pop(folder.name, None)
        self._bring_back(target, batch, known.taken)
        self._tell("moved", {"folder": folder.name, "to": f"{TAKEN}/{target.name}"})

    def _bring_back(self, moved: Path, batch: OpenedBatch, taken: dict[str, Signature]) -> None:
        """Files that came in between become a folder again; then the moved one is done with."""
        name = moved.name.removeprefix(f"{batch.number} ")
        for file in files_of(moved):
            if file.name == self._rules.marker:
                continue
            if taken.get(file.name) == _signature(file.path):
                continue
            if not self._door.add(batch, file.name, file.path):
                _move(file.path, self._folder / name / file.name)
        _move(moved / MARK, moved / DONE)

    def _begin_anew(self, folder: Path, known: _Watched) -> None:
        """The folder's batch is closed: what belongs to it goes, and the rest begins another."""
        batch = known.batch or self._open(folder, known)
        target = self._free(f"{batch.number} {folder.name}")
        for file in files_of(folder):
            if file.name != self._rules.marker and self._door.add(batch, file.name, file.path):
                _move(file.path, target / file.name)
        _move(folder / MARK, target / DONE)
        self._known.pop(folder.name, None)

    def _free(self, name: str) -> Path:
        """A place below ``TAKEN`` that nothing stands at."""
        place, number = self._folder / TAKEN / name, 1
        while place.exists():
            number += 1
            place = self._folder / TAKEN / f"{name} ({number})"
        return place

    def _tell_loose(self, names: Iterator[str]) -> None:
        for name in names:
            if name not in self._loose:
                self._loose.add(name)
                self._tell("loose", {"name": name})


@contextmanager
def watching(folder: Path) -> Iterator[None]:
    """``WatchBusyError`` while another process watches the folder; the lock dies with us."""
    (folder / TAKEN).mkdir(exist_ok=True)
    with (folder / TAKEN / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WatchBusyError(folder=str(folder)) from None
        yield


def _reference(folder: Path) -> str:
    """The batch's name, written into the folder before the batch is opened."""
    mark = folder / MARK
    if mark.is_file():
        told: str = json.loads(mark.read_text(encoding="utf-8"))["reference"]
        return told
    reference = f"{folder.name[:200]} {uuid4().hex[:16]}"
    part = folder / f"{MARK}.part"
    with part.open("w", encoding="utf-8") as out:
        json.dump({"reference": reference}, out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    part.replace(mark)
    sync_folder(folder)
    return reference


def _signature(path: Path) -> Signature:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _move(source: Path, target: Path) -> None:
    """Never over another file: that one gets a number beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    place, number = target, 1
    while place.exists():
        number += 1
        place = target.with_name(f"{target.stem} ({number}){target.suffix}")
    shutil.move(source, place)
