"""Packages of a transfer on the medium they came on: each is copied, proved, and handed in."""

import datetime as dt
import hashlib
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.account import Actor
from archive_service.domain.refusal import Refusal
from archive_service.domain.submission import Submission
from archive_service.errors import InputError
from archive_service.storage.durable import open_regular
from archive_service.storage.port import ObjectNotFoundError, ObjectUnreadableError
from archive_service.storage.reader import CHUNK_BYTES
from archive_service.storage.work_folder import work_place
from archive_service.transfer.disk import JOURNAL
from archive_service.transfer.folder import LIST, MANIFEST, MARK, MESSAGES, PACKAGES, SUMS
from archive_service.workflow.intake import submit
from archive_service.workflow.transfer_recalled import drop_submission

# What may lie beside the packages and lists: papers, and what the archives tell each other.
_LISTS = (PACKAGES, LIST, MANIFEST, MARK, SUMS, JOURNAL)
_BESIDE = re.compile(rf"(?:[^/]*\.pdf|{MESSAGES})\Z")


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


def found_in(places: Sequence[Path]) -> dict[str, Path]:
    """Files that lie as packages on these media, by name."""
    found: dict[str, Path] = {}
    for place in places:
        folder = place / PACKAGES
        if folder.is_dir():
            found |= {one.name: one for one in folder.iterdir() if not one.name.startswith(".")}
    return found


def beside_in(places: Sequence[Path]) -> list[str]:
    """Names of what lies on the media beside packages, and that no transfer has."""
    return [
        one.name
        for place in places
        for one in place.iterdir()
        if one.name not in (PACKAGES, LIST, MANIFEST, MARK, SUMS, JOURNAL)
        and not _BESIDE.match(one.name)
    ]


def submitted(services: Services, wanted: Wanted, path: Path, actor: Actor) -> UUID | Refusal:
    """Its submission, made now or before; or why it is not taken. Nothing of the medium is changed.

    Raises:
        WorkFolderFullError, StoreFullError: no room here.
    """
    began = clock.now()
    with work_place(services.work_folder, "transfer-") as place:
        copy = place / wanted.file
        trouble = _copied(path, copy, wanted)
        if trouble is not None:
            return trouble
        try:
            ids = submit(copy, actor=actor, services=services)
        except InputError as refused:
            facts = {name: str(value) for name, value in refused.facts.items()}
            return Refusal("package-refused", {"error": refused.code, "facts": facts})
    if len(ids) != 1:
        _drop_new(services, ids, began, actor)
        return Refusal("package-several", {"count": len(ids)})
    return ids[0]


def _drop_new(services: Services, ids: Sequence[UUID], began: dt.datetime, actor: Actor) -> None:
    """A package is one case file: of several none stays at the door; what was there before does."""
    new = Submission.id.in_(ids) & (Submission.received_at >= began)
    with services.unit_of_work() as uow:
        for one in uow.session.scalars(select(Submission.id).where(new)).all():
            drop_submission(services, uow, one, reason="package-several", actor=actor)
        uow.commit()


def _copied(path: Path, copy: Path, wanted: Wanted) -> Refusal | None:
    """All of it into ``copy``, hashed on the way; why it is not what the manifest names."""
    digest, size = hashlib.sha256(), 0
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return Refusal("package-unreadable", {"reason": "special-file"})
        source = open_regular(path, wanted.file)
    except (OSError, ObjectUnreadableError, ObjectNotFoundError) as trouble:
        return Refusal("package-unreadable", {"reason": type(trouble).__name__})
    with source, copy.open("xb") as out:
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
    if size != wanted.size_bytes or digest.hexdigest() != wanted.sha256:
        facts = {"sha256": wanted.sha256, "size_bytes": wanted.size_bytes}
        return Refusal("package-damaged", facts)
    return None
