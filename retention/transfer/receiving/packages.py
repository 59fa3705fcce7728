"""Packages of a transfer on the medium they came on: each is copied, proved, and handed in."""

import datetime as dt
import hashlib
import io
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.errors import InputError
from archive_service.services import Services
from archive_service.storage.durable import open_regular
from archive_service.storage.port import ObjectNotFoundError, ObjectUnreadableError
from archive_service.storage.reader import CHUNK_BYTES, sha256_of
from archive_service.storage.sealed import SealedBrokenError, SealedForOthersError
from archive_service.storage.work_folder import work_place
from ingest.submissions.acts import submit_together
from retention.transfer.disks.decryption import unseal
from retention.transfer.disks.disk import JOURNAL, OF_SYSTEM, OPENING, SEALED
from retention.transfer.disks.encryption import KEY
from retention.transfer.disks.local_media import Medium
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.packages.folder import (
    GUIDE,
    LIST,
    MANIFEST,
    MARK,
    MESSAGES,
    SUMS,
    read_sums,
)
from retention.transfer.packages.manifest_reader import MOST_BYTES
from retention.transfer.receiving.drop_submission import drop_submission

# What may lie beside packages: lists, papers, and what the archives tell each other.
_LISTS = (PACKAGES, LIST, GUIDE, MANIFEST, MARK, SUMS, JOURNAL, OPENING, KEY)
_BESIDE = re.compile(rf"(?:[^/]*\.pdf|{MESSAGES})\Z")
_MOST_LISTS = 1000  # lists and papers beside packages that are looked at
_MORE = 64 << 10  # bytes that an encrypted package is longer at most, beside one in 4096


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package that is awaited, as the manifest names it."""

    id: UUID  # of the item
    ordinal: int
    file: str
    medium: int
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it: its submission, or why none was made."""

    item_id: UUID
    outcome: UUID | Refusal


@dataclass(frozen=True, slots=True)
class Found:
    """A file that lies here as a package; ``keys`` open it, none: it is plain."""

    path: Path
    keys: Sequence[Any] = ()


def found_in(media: Sequence[Medium]) -> dict[str, Found]:
    """Files that lie as packages on these media, by the names that they have when opened."""
    found: dict[str, Found] = {}
    for medium in media:
        folder = medium.folder / PACKAGES
        for path in folder.iterdir() if folder.is_dir() else ():
            if not path.name.startswith("."):
                found[_plain(path.name, medium)] = Found(path, medium.keys)
    return found


def named_in(media: Sequence[Medium]) -> set[str]:
    """Packages that ``SHA256SUMS`` names where none lies: a medium that lost all of them."""
    found: set[str] = set()
    for medium in media:
        if found_in([medium]):
            continue
        try:
            if (medium.folder / SUMS).stat().st_size <= MOST_BYTES:
                places = (name.rpartition("/") for name, _ in read_sums(medium.folder))
                found.update(_plain(name, medium) for place, _, name in places if place == PACKAGES)
        except (OSError, UnicodeDecodeError):  # told by ``damaged_in``, or there is none
            continue
    return found


def beside_in(media: Sequence[Medium]) -> list[str]:
    """Names of what lies on the media beside packages, and that no transfer has."""
    return [
        path.name
        for medium in media
        for path in medium.folder.iterdir()
        for name in (path.name if path.name == KEY else _plain(path.name, medium),)
        if name not in _LISTS and not _BESIDE.match(name) and not OF_SYSTEM.fullmatch(name)
    ]


def damaged_in(media: Sequence[Medium]) -> list[str]:
    """Lists and papers on the media that are not as ``SHA256SUMS`` says, or gone, by name.

    Packages are judged by the signed manifest; a medium without ``SHA256SUMS`` is not told of.
    """
    found: list[str] = []
    for medium in media:
        try:
            if (medium.folder / SUMS).stat().st_size > MOST_BYTES:
                raise OSError(SUMS)
            lists = (line for line in read_sums(medium.folder) if "/" not in line[0])
            named = list(islice(lists, _MOST_LISTS))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            found.append(SUMS)
            continue
        found += [
            name or SUMS for name, digest in named if not _is_as_told(medium.folder / name, digest)
        ]
    return found


def _is_as_told(path: Path, sha256: str) -> bool:
    try:
        with open_regular(path, path.name) as file:
            return sha256_of(file) == sha256
    except (OSError, ValueError, ObjectUnreadableError, ObjectNotFoundError):
        return False


def _plain(name: str, medium: Medium) -> str:
    return name.removesuffix(SEALED) if medium.keys else name


def handed_in(
    services: Services, some: Sequence[tuple[Wanted, Found]], actor: Actor
) -> list[Taken]:
    """Their submissions, made now or before; or why they are not taken. Media stay as they are.

    Raises:
        WorkFolderFullError, StoreFullError: no room here.
    """
    began = clock.now()
    outcomes: dict[UUID, UUID | Refusal] = {}
    with work_place(services.work_folder, "transfer-") as place:
        copies: dict[UUID, Path] = {}
        for wanted, found in some:
            copy = place / wanted.file
            trouble = _copied(found, copy, wanted)
            if trouble is None:
                copies[wanted.id] = copy
            else:
                outcomes[wanted.id] = trouble
        submissions = submit_together(services, list(copies.values()), actor=actor)
    for item_id, ids in zip(copies, submissions, strict=True):
        if isinstance(ids, InputError):
            facts = {name: str(value) for name, value in ids.facts.items()}
            outcomes[item_id] = Refusal("package-refused", {"error": ids.code, "facts": facts})
        elif len(ids) != 1:
            _drop_new(services, ids, began, actor)
            outcomes[item_id] = Refusal("package-several", {"count": len(ids)})
        else:
            outcomes[item_id] = ids[0]
    return [Taken(wanted.id, outcomes[wanted.id]) for wanted, _ in some]


def _drop_new(services: Services, ids: Sequence[UUID], began: dt.datetime, actor: Actor) -> None:
    """A package is one case file: of several none stays at the door; what was there before does."""
    new = Submission.id.in_(ids) & (Submission.received_at >= began)
    with services.unit_of_work() as uow:
        for submission_id in uow.session.scalars(select(Submission.id).where(new)).all():
            drop_submission(services, uow, submission_id, reason="package-several", actor=actor)
        uow.commit()


def _copied(found: Found, copy: Path, wanted: Wanted) -> Refusal | None:
    """All of it into ``copy``, hashed on the way; why it is not what the manifest names."""
    try:
        if not stat.S_ISREG(found.path.lstat().st_mode):
            return Refusal("package-unreadable", {"reason": "special-file"})
        source = open_regular(found.path, wanted.file)
    except (OSError, ObjectUnreadableError, ObjectNotFoundError) as trouble:
        return Refusal("package-unreadable", {"reason": type(trouble).__name__})
    with source, copy.open("xb") as out:
        digest = (
            _opened(source, out, found, wanted) if found.keys else _plainly(source, out, wanted)
        )
    if isinstance(digest, Refusal) or digest == (wanted.sha256, wanted.size_bytes):
        return digest if isinstance(digest, Refusal) else None
    facts = {"sha256": wanted.sha256, "size_bytes": wanted.size_bytes}
    return Refusal("package-damaged", facts)


def _plainly(source: io.FileIO, out: IO[bytes], wanted: Wanted) -> tuple[str, int] | Refusal:
    """Digest and bytes of what was copied, no more than was announced and a part."""
    digest, size = hashlib.sha256(), 0
    while size <= wanted.size_bytes:
        try:
            chunk = source.read(CHUNK_BYTES)
        except OSError as trouble:  # of the medium: ours is told by ``work_place``
            reason = trouble.strerror or type(trouble).__name__
            return Refusal("package-unreadable", {"reason": reason})
        if not chunk:
            break
        size += len(chunk)
        digest.update(chunk)
        out.write(chunk)
    return digest.hexdigest(), size


def _opened(
    source: io.FileIO, out: IO[bytes], found: Found, wanted: Wanted
) -> tuple[str, int] | Refusal:
    """The same of an encrypted package; what was not opened whole is nothing."""
    nothing = "", 0
    if os.fstat(source.fileno()).st_size > wanted.size_bytes + wanted.size_bytes // 4096 + _MORE:
        return nothing
    try:
        return unseal(source, out, found.keys)
    except SealedForOthersError:
        return Refusal("package-unreadable", {"reason": "key"})
    except SealedBrokenError:
        return nothing
