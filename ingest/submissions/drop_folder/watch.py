"""A watched folder: what is dropped into it is submitted once it is whole, and moved away.

An item is a file or a folder. Once it stands still it is moved to ``TAKING``, so that nothing is
written into it any more, and submitted from there; then it goes to ``DONE`` with what became of it
beside it, or to ``REFUSED`` with the reason. Whoever was killed in between submits it again, which
gives the same submission. What is decided on it later is written into the file beside it.
"""

import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service import messages
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, BackendError, ConflictError
from archive_service.services import Services
from archive_service.storage.durable import sync_folder
from ingest.answers.packet_answers import put_into
from ingest.channels.file_references import natural_order
from ingest.channels.folder import iter_found
from ingest.channels.names import SYSTEM_FILES, shown_name
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Parcel
from ingest.edxml.packets import packets_in
from ingest.submissions import acts as submissions_acts
from ingest.submissions.drop_folder.answers import Answers

CHANNEL = "watch"
TAKING, DONE, REFUSED = ".taking", "done", "refused"
ANSWERS = "answers"  # to the senders of edXML packets
LOCK = ".lock"
_NAME_BYTES = 255  # of a file system's entry
_ENDING_BYTES = 16  # what is longer ends no name
_PART = ".part"

Signature = tuple[tuple[str, int, int], ...]  # of each file: path, size, when it was written
Tell = Callable[[str, dict[str, Any]], None]
WhoSends = Callable[[], Actor]


class DropFolderBusyError(ConflictError):
    """Another process watches this folder."""


@dataclass(frozen=True, slots=True)
class DropRules:
    """When something counts as whole; in seconds."""

    settle_s: float  # a file has stood still for so long; a folder too, if it has its marker
    rest_s: float  # a folder without a marker, or a file whose end is not there
    marker: str  # name of the file that says: this folder is whole
    lang: str = "vi"


@dataclass(slots=True)
class _Waiting:
    signature: Signature
    since: float
    told: bool = False  # that there is nothing in it


class DropFolder:
    """One folder whose items are submitted by one account; see ``sole_watch``."""

    def __init__(
        self, folder: Path, services: Services, sender: WhoSends, *, rules: DropRules, tell: Tell
    ) -> None:
        """``sender`` is asked anew for each item: the account may have been disabled meanwhile."""
        self._folder = folder
        self._services = services
        self._sender = sender
        self._rules = rules
        self._tell = tell
        self._waiting: dict[str, _Waiting] = {}
        self._trouble = ""
        for name in (TAKING, DONE, REFUSED):
            (folder / name).mkdir(exist_ok=True)
        self._answers = Answers(folder / DONE, services, self._write, lang=rules.lang)

    def look(self) -> int:
        """Look at every item once; returns how many are left to settle, without empty folders."""
        left = 0
        for item in self._items(self._folder / TAKING):
            left += not self._settle(item)
        found = {item.name: item for item in self._items(self._folder)}
        self._waiting = {name: self._waiting[name] for name in found if name in self._waiting}
        for name, item in found.items():
            if item.is_symlink():
                self._refuse_link(item)
            elif not self._is_whole(item):
                left += not self._stays_empty(item)
            else:
                taken = self._free(self._folder / TAKING, name)
                item.rename(taken)
                sync_folder(self._folder)
                left += not self._settle(taken)
        self._answer()
        return left

    def _answer(self) -> None:
        """Answer the sender: for each item, and for edXML packets as the job wrote it."""
        try:
            self._answers.look()
            account = self._sender().account
        except BackendError as trouble:
            self._tell_trouble(trouble)
            return
        except ArchiveError:
            return  # told with the next item
        put_into(self._services, self._folder / ANSWERS, account=account, is_fresh=False)

    def _items(self, folder: Path) -> list[Path]:
        ours = {DONE, REFUSED, ANSWERS} if folder == self._folder else set()
        found = [
            path
            for path in folder.iterdir()
            if path.name not in ours
            and not path.name.startswith(".")
            and not SYSTEM_FILES.search(path.name)
        ]
        return sorted(found, key=lambda path: natural_order(path.name))

    def _is_whole(self, item: Path) -> bool:
        """Whether it has stood still for long enough, and nobody is still writing its end."""
        now, signature = time.monotonic(), signature_of(item)
        known = self._waiting.get(item.name)
        if known is None or known.signature != signature:
            self._waiting[item.name] = known = _Waiting(signature, now)
        stood_s = now - known.since
        if not signature or stood_s < self._rules.settle_s:
            return False
        if stood_s >= self._rules.rest_s:
            return True
        if item.is_dir():
            return (item / self._rules.marker).is_file()
        return not _lacks_its_end(item)

    def _stays_empty(self, item: Path) -> bool:
        """Whether it has long had nothing in it: said once, and it may still be filled."""
        known = self._waiting[item.name]
        if known.signature or time.monotonic() - known.since < self._rules.rest_s:
            return False
        if not known.told:
            known.told = True
            self._tell("empty", {"name": shown_name(item.name)})
        return True

    def _settle(self, taken: Path) -> bool:
        """Whether it was submitted or refused; what does not answer, or is full, is asked again."""
        try:
            return self._settled(taken)
        except (BackendError, OSError) as trouble:
            self._tell_trouble(trouble)
            return False

    def _settled(self, taken: Path) -> bool:
        before = signature_of(taken)
        marker = taken / self._rules.marker
        if taken.is_dir() and marker.is_file() and not marker.stat().st_size:
            marker.rename(self._free(self._folder / TAKING, f".{taken.name}.marker"))
        try:
            ids = self._submit(taken)
        except BackendError:
            raise
        except ArchiveError as refusal:
            self._refuse(taken, refusal)
            return True
        self._trouble = ""
        if _without(signature_of(taken), self._rules.marker) != _without(
            before, self._rules.marker
        ):
            taken.rename(self._free(self._folder, taken.name))  # it was written to: once more
            return False
        self._close(taken, ids)
        return True

    def _submit(self, taken: Path) -> list[UUID]:
        source = taken if packets_in(taken) else self._opened(taken)
        return submissions_acts.submit(source, actor=self._sender(), services=self._services)

    def _opened(self, taken: Path) -> Parcel:
        return replace(open_parcel(taken, self._services.settings.limits), channel=CHANNEL)

    def _close(self, taken: Path, ids: list[UUID]) -> None:
        target = self._free(self._folder / DONE, taken.name)
        record = {"name": shown_name(taken.name), "submissions": [str(each) for each in ids]}
        self._answers.add(target.with_name(f"{target.name}.json"), dict(record))
        self._move(taken, target)
        self._tell("received", record)

    def _refuse(self, taken: Path, refusal: ArchiveError) -> None:
        words = messages.error(refusal.code, self._rules.lang, refusal.facts)
        target = self._free(self._folder / REFUSED, taken.name)
        text = f"{words.message}\n{words.remedy}\n[{refusal.code}]\n"
        self._write(target.with_name(f"{target.name}.txt"), text)
        self._move(taken, target)
        record = {"name": shown_name(taken.name), "code": refusal.code, "message": words.message}
        self._tell("refused", record)

    def _refuse_link(self, item: Path) -> None:
        """A link is never followed; it is moved, not what it leads to."""
        self._refuse(item, LinkDroppedError(name=shown_name(item.name)))

    def _tell_trouble(self, trouble: Exception) -> None:
        if str(trouble) == self._trouble:
            return
        self._trouble = str(trouble)
        if isinstance(trouble, ArchiveError):
            words = messages.error(trouble.code, self._rules.lang, trouble.facts)
            self._tell("trouble", {"message": f"{words.message} {words.remedy}"})
        else:
            self._tell("trouble", {"message": str(trouble)})

    def _write(self, target: Path, text: str) -> None:
        """Whole or not at all; over what a killed process of ours wrote."""
        part = self._folder / TAKING / _PART
        with part.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)

    def _move(self, taken: Path, target: Path) -> None:
        taken.rename(target)
        sync_folder(target.parent)
        sync_folder(taken.parent)

    def _free(self, folder: Path, name: str) -> Path:
        """A place in ``folder`` where nothing stands, not even what told of another item.

        A name that fills an entry is cut, so that there is room for a number, and for ``.json``.
        """
        name = _cut(name)
        stem, dot, ending = name.rpartition(".")
        place, number = folder / name, 1
        while os.path.lexists(place):
            number += 1
            numbered = f"{stem} ({number}).{ending}" if dot and stem else f"{name} ({number})"
            place = folder / numbered
        return place


class LinkDroppedError(ConflictError):
    """A symbolic link was dropped: what it leads to is not read."""


@contextmanager
def sole_watch(folder: Path) -> Iterator[None]:
    """``DropFolderBusyError`` while another process watches the folder; the lock dies with us."""
    (folder / TAKING).mkdir(exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
    with os.fdopen(os.open(folder / TAKING / LOCK, flags, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DropFolderBusyError(folder=str(folder)) from None
        yield


def signature_of(item: Path) -> Signature:
    """A signature that changes with the content; empty for a folder without files, or one gone."""
    try:
        if not item.is_dir():
            found = item.lstat()
            return (("", found.st_size, found.st_mtime_ns),)
        return tuple(
            (each.raw, each.size_bytes, each.path.lstat().st_mtime_ns) for each in iter_found(item)
        )
    except FileNotFoundError:
        return ()


def _cut(name: str) -> str:
    """``name`` with room for what is put before and after it; its ending stays."""
    stem, ending = Path(name).stem, Path(name).suffix
    if len(os.fsencode(ending)) > _ENDING_BYTES:
        stem, ending = name, ""
    room = _NAME_BYTES - len("..marker") - len(" (9999)") - len(os.fsencode(ending))
    if len(os.fsencode(stem)) <= room:
        return name
    return os.fsencode(stem)[:room].decode("utf-8", "ignore") + ending


def _without(signature: Signature, marker: str) -> Signature:
    return tuple(each for each in signature if each[0] != marker)


def _lacks_its_end(item: Path) -> bool:
    """A ZIP or .xlsx whose list of files, which comes last, is not there yet."""
    import zipfile

    if not stat.S_ISREG(item.lstat().st_mode):
        return False
    return item.suffix.lower() in (".zip", ".xlsx") and not zipfile.is_zipfile(item)
