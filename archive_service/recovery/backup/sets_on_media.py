"""The sets on the media of backup, told to whoever looks after them; nothing is removed here."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError
from archive_service.recovery.backup.calendar import calendar
from archive_service.recovery.backup.documents import SetDocument
from archive_service.recovery.backup.place import known_media
from archive_service.recovery.backup.set import BackupKind, BackupSet, iter_names, read_set
from archive_service.services import Services


def list_sets(services: Services, media: Sequence[Path], *, actor: Actor) -> list[SetDocument]:
    """Of each medium, by default of those known, the sets with what the calendar asks.

    Raises:
        ActNotAllowedError: ``actor`` may not.
    """
    access.require(actor, "backup:read")
    folders = list(media) or known_media(services)
    longest = calendar().longest[BackupKind.FULL]
    return [
        _document(medium.absolute(), shelved_set)
        for medium in folders
        for shelved_set in sets_on(medium.absolute(), full_every=longest, now=clock.now())
    ]


@dataclass(frozen=True, slots=True)
class ShelvedSet:
    """A set by its name; ``found`` is ``None`` where its manifest cannot be read, for ``trouble``.

    ``may_go``: neither the calendar nor a set that stays asks for it. Nothing of ours removes it.
    """

    name: str
    found: BackupSet | None
    trouble: str
    may_go: bool


def sets_on(medium: Path, *, full_every: dt.timedelta, now: dt.datetime) -> list[ShelvedSet]:
    """Every set that has a name, the oldest first.

    What stays: every complete set; all that were made within ``full_every``, so that each of these
    days can be brought back; the newest set, and the newest with packages; and all sets that one
    of these goes on from. While one cannot be read, all stay: nobody knows what it goes on from.
    """
    found: dict[str, BackupSet | str] = {}
    for name in iter_names(medium):
        try:
            found[name] = read_set(medium, name)
        except ArchiveError as trouble:
            found[name] = trouble.code
    readable = [read_set for read_set in found.values() if isinstance(read_set, BackupSet)]
    staying = _with_those_before(_wanted(readable, full_every, now), readable)
    unread = any(isinstance(read_set, str) for read_set in found.values())
    return [
        ShelvedSet(name, None, read_set, may_go=False)
        if isinstance(read_set, str)
        else ShelvedSet(name, read_set, "", may_go=name not in staying and not unread)
        for name, read_set in found.items()
    ]


def _document(medium: Path, shelved: ShelvedSet) -> SetDocument:
    manifest = shelved.found.manifest if shelved.found is not None else None
    return SetDocument(
        media=str(medium),
        name=shelved.name,
        kind=manifest.kind if manifest else None,
        made_at=manifest.made_at if manifest else None,
        with_objects=manifest.with_objects if manifest else None,
        size_bytes=manifest.counts["size_bytes"] if manifest else None,
        goes_on_from=manifest.previous["name"] if manifest and manifest.previous else None,
        trouble=shelved.trouble or None,
        may_go=shelved.may_go,
    )


def _wanted(readable: Sequence[BackupSet], full_every: dt.timedelta, now: dt.datetime) -> set[str]:
    with_objects = [backup_set for backup_set in readable if backup_set.manifest.with_objects]
    return {with_object.folder.name for with_object in (*readable[-1:], *with_objects[-1:])} | {
        backup_set.folder.name
        for backup_set in readable
        if backup_set.manifest.kind is BackupKind.COMPLETE
        or now - clock.parse_iso(backup_set.manifest.made_at) <= full_every
    }


def _with_those_before(wanted: Iterable[str], readable: Sequence[BackupSet]) -> set[str]:
    """An incremental set names files of those that it goes on from."""
    previous = {backup_set.folder.name: backup_set.manifest.previous for backup_set in readable}
    staying: set[str] = set()
    for name in wanted:
        here: str | None = name
        while here is not None and here not in staying:
            staying.add(here)
            before = previous.get(here)
            here = before["name"] if before is not None else None
    return staying
