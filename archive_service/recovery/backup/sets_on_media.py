"""The sets on the media of backup, told to whoever looks after them; nothing is removed here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.recovery.backup.calendar import calendar
from archive_service.recovery.backup.place import known_media
from archive_service.recovery.backup.set import BackupKind
from archive_service.recovery.backup.shelf import ShelvedSet, sets_on
from archive_service.services import Services


def list_sets(services: Services, media: Sequence[Path], *, actor: Actor) -> list[dict[str, Any]]:
    """Of each medium, by default of those known, the sets with what the calendar asks.

    Returns:
        ``{media, name, kind, made_at, with_objects, size_bytes, goes_on_from, trouble, may_go}``.

    Raises:
        ActNotAllowedError: ``actor`` may not.
    """
    access.require(actor, "backup:read")
    folders = list(media) or known_media(services)
    longest = calendar().longest[BackupKind.FULL]
    return [
        _document(medium.absolute(), one)
        for medium in folders
        for one in sets_on(medium.absolute(), full_every=longest, now=clock.now())
    ]


def _document(medium: Path, one: ShelvedSet) -> dict[str, Any]:
    told = one.found.manifest if one.found is not None else None
    return {
        "media": str(medium),
        "name": one.name,
        "kind": str(told.kind) if told else None,
        "made_at": told.made_at if told else None,
        "with_objects": told.with_objects if told else None,
        "size_bytes": told.counts["size_bytes"] if told else None,
        "goes_on_from": told.previous["name"] if told and told.previous else None,
        "trouble": one.trouble or None,
        "may_go": one.may_go,
    }
