"""A station's folder: each sub-folder becomes a batch, file by file, and is moved away once taken.

A folder is marked before its batch is opened, and the mark names the batch: after a kill the same
folder goes on with the same batch, and a new folder of the same name begins another.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from archive_service.errors import ArchiveError, ConflictError
from archive_service.storage.durable import sync_folder
from digitize.batches.intake.door import BatchDoor, OpenedBatch
from digitize.batches.intake.folder import FileToSend, FolderFound, look_into, no_link
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.sources.names import LeftOut, LeftOutReason, visible_name
from digitize.batches.sources.sources import SourceLimits, look_at
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


class WatchMarkError(ConflictError):
    """The mark in a folder was not written by us."""

    code = "scan-watch-mark"


@dataclass(frozen=True, slots=True)
class WatchRules:
    """When files and folders count as whole; in seconds."""

    settle_s: float  # a file has stood still for so long
    rest_s: float  # a folder without a marker has, too
    marker: str  # name of the file that says: this folder is whole
    most_bytes: int  # of one file
    limits: SourceLimits


@dataclass(slots=True)
class _Watched:
    """The state of one sub-folder."""

    batch: OpenedBatch | None = None
    seen: dict[str, tuple[Signature, float]] = field(default_factory=dict)  # and since when
    taken: dict[str, Signature] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # names that were told
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
        self._refused: set[str] = set()

    def look(self) -> int:
        """Look at every sub-folder once; returns how many are left that hold something."""
        here = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
        links = [path for path in here if path.is_symlink()]
        self._tell_left_out(
            self._folder,
            [LeftOut(visible_name(path.name), LeftOutReason.LINK) for path in links],
            self._refused,
        )
        rest = [path for path in here if path not in links]
        self._tell_loose(visible_name(path.name) for path in rest if path.is_file())
        folders = [path for path in rest if path.is_dir()]
        self._known = {
            path.name: self._known.get(path.name) or _Watched(changed_at=time.monotonic())
            for path in folders
        }
        ordered = sorted(folders, key=lambda path: natural_order(path.name))
        return sum(self._is_left(folder, self._known[folder.name]) for folder in ordered)

    def finish_moved(self) -> None:
        """After a kill: see whether files came into folders while they were moved away."""
        for folder in sorted((self._folder / TAKEN).iterdir()):
            if (folder / MARK).is_file():
                batch = self._door.open(self._named(folder))
                self._bring_back(folder, batch, {})

    def _is_left(self, folder: Path, known: _Watched) -> bool:
        """Whether files in it wait still; a folder that is closed was moved away."""
        try:
            found = self._look_into(folder)
            self._tell_left_out(folder, found.left_out, known.refused)
            return bool(found.files) and not self._step(folder, known, found)
        except (ArchiveError, OSError) as trouble:
            if str(trouble) != known.trouble:
                known.trouble = str(trouble)
                event = {"folder": visible_name(folder.name), "error": trouble}
                self._tell("trouble", event)
            return True

    def _look_into(self, folder: Path) -> FolderFound:
        return look_into(folder, most_bytes=self._rules.most_bytes, besides=self._rules.marker)

    def _step(self, folder: Path, known: _Watched, found: FolderFound) -> bool:
        """Whether the folder was closed and moved away; what it lacks waits."""
        files = found.files
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
            shown = visible_name(folder.name)
            event = {"folder": shown, "name": file.name, "batch": batch.number}
            self._tell("received", event)
        if not (whole and at_rest) or known.batch is None:
            return False
        if any(known.taken.get(file.name) != _signature(file.path) for file in files):
            return False  # one of them changed while others were taken
        self._close(folder, known.batch, found, known)
        return True

    def _standing(self, files: list[FileToSend], known: _Watched) -> list[FileToSend]:
        """Files that have not changed for long enough, in the order of their names."""
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

    def _named(self, folder: Path) -> BatchOrder:
        """The order for this folder, which has a reference of its own."""
        return self._order.model_copy(update={"reference": _reference(folder)})

    def _open(self, folder: Path, known: _Watched) -> OpenedBatch:
        known.batch = self._door.open(self._named(folder))
        return known.batch

    def _close(self, folder: Path, batch: OpenedBatch, found: FolderFound, known: _Watched) -> None:
        self._door.close(batch, [file.name for file in found.files], found.left_out)
        shown = visible_name(folder.name)
        event = {"folder": shown, "batch": batch.number, "files": len(found.files)}
        self._tell("closed", event)
        target = self._free(f"{batch.number} {folder.name}")
        folder.rename(target)
        sync_folder(target.parent)
        sync_folder(self._folder)
        self._known.pop(folder.name, None)
        self._bring_back(target, batch, known.taken)
        self._tell("moved", {"folder": shown, "to": f"{TAKEN}/{visible_name(target.name)}"})

    def _bring_back(self, moved: Path, batch: OpenedBatch, taken: dict[str, Signature]) -> None:
        """Files that came in between become a folder again; then the moved one is done with."""
        name = moved.name.removeprefix(f"{batch.number} ")
        for file in self._look_into(moved).files:
            if taken.get(file.name) == _signature(file.path):
                continue
            if not self._door.add(batch, file.name, file.path):
                _move(file.path, self._folder / name / file.name)
        _move(moved / MARK, moved / DONE)

    def _begin_anew(self, folder: Path, known: _Watched) -> None:
        """The folder's batch is closed: what belongs to it goes, and the rest begins another."""
        batch = known.batch or self._open(folder, known)
        target = self._free(f"{batch.number} {folder.name}")
        for file in self._look_into(folder).files:
            if self._door.add(batch, file.name, file.path):
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

    def _tell_left_out(self, folder: Path, left_out: Sequence[LeftOut], known: set[str]) -> None:
        for file in left_out:
            if file.name not in known:
                known.add(file.name)
                shown = visible_name(folder.name)
                facts = {"folder": shown, "name": file.name, "finding": file.finding()}
                self._tell("left-out", facts)

    def _tell_loose(self, names: Iterator[str]) -> None:
        for name in names:
            if name not in self._loose:
                self._loose.add(name)
                self._tell("loose", {"name": name})


@contextmanager
def watching(folder: Path) -> Iterator[None]:
    """``WatchBusyError`` while another process watches the folder; the lock dies with us."""
    (folder / TAKEN).mkdir(exist_ok=True)
    with open(folder / TAKEN / LOCK, "w", opener=no_link) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WatchBusyError(folder=str(folder)) from None
        yield


def _reference(folder: Path) -> str:
    """The batch's name, written into the folder before the batch is opened."""
    mark = folder / MARK
    try:
        with open(mark, encoding="utf-8", opener=no_link) as marker:
            return str(json.load(marker)["reference"])
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        raise WatchMarkError(folder=visible_name(folder.name), name=MARK) from None
    reference = f"{visible_name(folder.name)[:200]} {uuid4().hex[:16]}"
    part = folder / f"{MARK}.part"
    with open(part, "w", encoding="utf-8", opener=no_link) as out:
        json.dump({"reference": reference}, out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    part.replace(mark)
    sync_folder(folder)
    return reference


def _signature(path: Path) -> Signature:
    found = path.lstat()
    return found.st_size, found.st_mtime_ns


def _move(source: Path, target: Path) -> None:
    """Never over another file: that one gets a number beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    place, number = target, 1
    while place.exists():
        number += 1
        place = target.with_name(f"{target.stem} ({number}){target.suffix}")
    shutil.move(source, place)
