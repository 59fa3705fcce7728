"""Đóng gói, ghi đĩa, nhận đĩa từ trang: what a person at a page asks for, done by a job.

Nobody gives a path: packages are built in a folder of this home, and disks are those that are
attached where the settings say so. The job acts as the account that asked, by its rights then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.db.doubted import RowDiffersError, RowsDifferError
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.transfer.transfer import (
    LONGEST_PARTNER,
    OVER,
    Transfer,
    TransferDirection,
)
from archive_service.errors import NotAllowedError
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.transfer_inbox import TransferInbox
from archive_service.storage.work_folder import work_errors
from ingest.uploads.acts import Sent, upload_folder
from retention.transfer.disks.attached import (
    AttachedDisk,
    attached,
    carried_in,
    folder_on,
    require_attached,
    require_carried,
)
from retention.transfer.disks.disk import DiskAwayError, DiskFullError
from retention.transfer.disks.encryption import Lock, lock_of
from retention.transfer.disks.media import get_medium
from retention.transfer.disks.write import Onto, TransferKeptBackError, send
from retention.transfer.listing import get_transfer, open_transfer
from retention.transfer.network.deliveries.acts import inbox
from retention.transfer.packages.build import build
from retention.transfer.receiving.addressee import TransferNotHistoricalError
from retention.transfer.receiving.receive import receive
from retention.transfer.refusals import words

BUILD_JOB, WRITE_JOB, RECEIVE_JOB = "build-transfer", "write-transfer", "receive-transfer"
_TOLD_AT_ONCE = (
    DiskFullError, DiskAwayError, TransferKeptBackError, RowDiffersError, RowsDifferError,
)  # fmt: skip
_OF_ONE = (BUILD_JOB, WRITE_JOB)
_TOLD = 20  # files beside the packages, and runs, that a page names
_LONGEST_KEYS = 64 << 10  # bytes


class TransferAskerGoneError(NotAllowedError):
    """The account that asked for the work may not act any more."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A disk as it is asked for at a page.

    ``medium`` is one of several, 0 all of them; ``keys`` what it is encrypted for, a certificate
    or public keys; empty: it is written plain.
    """

    disk: str
    medium: int = 0
    label: str = ""
    place: str = ""
    keys: bytes = b""


def disks_attached(services: Services, *, actor: Actor) -> list[AttachedDisk]:
    """Disks that a transfer may be written onto."""
    access.require(actor, "transfer:compose")
    return attached(services.settings.transfer.disks)


def folders_carried(services: Services, *, actor: Actor) -> list[Path]:
    """Folders on attached disks that another archive wrote."""
    access.require(actor, "transfer:list")
    return carried_in(services.settings.transfer.disks)


def carried_folder(services: Services, path: str, *, actor: Actor) -> Path:
    """One of them, by its path.

    Raises:
        ActNotAllowedError, DiskNotOfferedError
    """
    access.require(actor, "transfer:list")
    return require_carried(services.settings.transfer.disks, path)


def ask_build(
    services: Services,
    transfer_id: UUID,
    *,
    medium_bytes: int | None = None,
    bag: bool = False,
    actor: Actor,
) -> None:
    """Let a worker build the packages; where one builds already, nothing is added.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError
    """
    with services.writing() as session:
        row = open_transfer(session, transfer_id, "build", actor=actor)
        asked = _asked(actor) | {"medium_bytes": medium_bytes, "bag": bag}
        services.jobs.add(session, BUILD_JOB, subject_id=row.id, checkpoint=asked)


def ask_write(services: Services, transfer_id: UUID, writing: Writing, *, actor: Actor) -> None:
    """Let a worker write what is built onto a disk.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, MediumUnknownError
        DiskNotOfferedError, TransferLockError, TransferWordsError
    """
    disk = require_attached(services.settings.transfer.disks, writing.disk)
    _lock(writing.keys)
    facts = {
        name: words(name, text, LONGEST_PARTNER) if text.strip() else ""
        for name, text in (("label", writing.label), ("place", writing.place))
    }
    with services.writing() as session:
        row = open_transfer(session, transfer_id, "send", actor=actor)
        if writing.medium:
            get_medium(session, row, writing.medium)
        asked = _asked(actor) | facts
        asked |= {"disk": str(disk), "medium": writing.medium, "keys": writing.keys.decode("latin")}
        services.jobs.add(session, WRITE_JOB, subject_id=row.id, checkpoint=asked)


def ask_receive(services: Services, path: str, *, actor: Actor) -> None:
    """Let a worker take in what lies on an attached disk.

    Raises:
        ActNotAllowedError, TransferNotHistoricalError, DiskNotOfferedError
    """
    _require_receives(services, actor)
    folder = require_carried(services.settings.transfer.disks, path)
    _add_receive(services, folder, actor, name=folder.name)


def ask_receive_uploads(services: Services, sent: Sequence[Sent], *, actor: Actor) -> None:
    """The same of files that were uploaded, at their paths in the folder that they came from.

    Raises:
        ActNotAllowedError, TransferNotHistoricalError
        UploadUnknownError, UploadIncompleteError, InboxPathError: nothing was taken.
    """
    _require_receives(services, actor)
    uploads = upload_folder(services)
    for file in sent:
        uploads.whole(file.upload, owner=actor.account)
    folder = inbox(services).lay_out_files(
        (path, uploads.path(file.upload)) for file, path in zip(sent, _below(sent), strict=True)
    )
    top = {file.path.partition("/")[0] for file in sent}
    name = top.pop() if len(top) == 1 else ""
    _add_receive(services, folder, actor, name=name, uploaded=True)
    uploads.discard([file.upload for file in sent])


def asked_of(session: Session, row: Transfer) -> dict[str, Job]:
    """The newest job of building and of writing, by its name."""
    query = select(Job).where(Job.subject_id == row.id, Job.name.in_(_OF_ONE))
    found = session.scalars(query.order_by(Job.created_at))
    return {job.name: job for job in found}


def received_lately(services: Services, *, actor: Actor) -> list[Job]:
    """Folders that people had taken in, the newest first; ``checkpoint`` tells what came of it."""
    access.require(actor, "transfer:receive")
    query = select(Job).where(Job.name == RECEIVE_JOB).order_by(Job.created_at.desc())
    with services.read_only() as session:
        rows = list(session.scalars(query.limit(_TOLD)))
        session.expunge_all()
    return rows


def build_asked(lease: Lease, services: Services) -> None:
    """The job; a folder for each layout, for what was laid out otherwise stays as it is."""
    asked, actor = lease.checkpoint, _asker(lease, services)
    row_id, medium_bytes = _subject(lease), asked["medium_bytes"]
    root = _outbox(services)
    with work_errors(root):
        root.mkdir(parents=True, exist_ok=True)
    size = f"-{medium_bytes}" if medium_bytes else ""
    folder = root / f"{row_id.hex}{size}"
    build(services, row_id, folder=folder, actor=actor, medium_bytes=medium_bytes, bag=asked["bag"])
    _finish(lease, services)


def write_asked(lease: Lease, services: Services) -> None:
    """The job; a disk that is full or pulled, and a hold, are told at once: people see to them."""
    asked, actor = lease.checkpoint, _asker(lease, services)
    disk = require_attached(services.settings.transfer.disks, asked["disk"])
    lock = _lock(asked["keys"].encode("latin"))
    with services.read_only() as session:
        row = get_transfer(session, _subject(lease), actor=actor)
        folder = folder_on(disk, row)
    onto = Onto(
        folder,
        asked["medium"] or None,
        asked["label"],
        asked["place"],
        (lambda _: lock) if lock is not None else None,
    )
    try:
        send(services, _subject(lease), onto, actor=actor)
    except _TOLD_AT_ONCE as trouble:
        facts = {
            name: fact if isinstance(fact, list) else str(fact)
            for name, fact in trouble.facts.items()
        }
        services.jobs.refuse(lease, {"code": trouble.code, "facts": facts})
        return
    _finish(lease, services)


def receive_asked(lease: Lease, services: Services) -> None:
    """The job; what was uploaded lies here no more once it is taken in."""
    asked, actor = lease.checkpoint, _asker(lease, services)
    folder = Path(asked["folder"])
    if not asked["uploaded"]:
        folder = require_carried(services.settings.transfer.disks, asked["folder"])
    received = receive(services, folder, actor=actor)
    facts = {
        "id": str(received.id),
        "number": received.number,
        "arrived": received.arrived,
        "troubles": len(received.troubles),
        "unknown": received.unknown[:_TOLD],
        "damaged": received.damaged[:_TOLD],
        "is_newest": received.is_newest,
    }
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, asked | {"told": facts})
        services.jobs.finish(session, lease)
    if asked["uploaded"]:
        inbox(services).drop(folder)


def sweep_built(services: Services) -> None:
    """What was built at a page goes once its transfer is over: the copies hold the case files."""
    root = _outbox(services)
    folders = {
        path: UUID(hex=path.name.partition("-")[0])
        for path in (root.iterdir() if root.is_dir() else ())
        if path.is_dir() and _is_ours(path.name)
    }
    going = (Transfer.direction == TransferDirection.OUT) & Transfer.state.not_in(OVER)
    with services.read_only() as session:
        wanted = set(session.scalars(select(Transfer.id).where(going)))
    for folder, transfer_id in folders.items():
        if transfer_id not in wanted:
            TransferInbox(root).drop(folder)


def _add_receive(
    services: Services, folder: Path, actor: Actor, *, name: str, uploaded: bool = False
) -> None:
    asked = _asked(actor) | {"folder": str(folder), "name": name, "uploaded": uploaded}
    with services.writing() as session:
        subject = uuid5(NAMESPACE_URL, str(folder))  # one folder is taken in by one worker
        services.jobs.add(session, RECEIVE_JOB, subject_id=subject, checkpoint=asked)


def _below(sent: Sequence[Sent]) -> list[str]:
    """Paths without the folder that all of them lie in, as a browser names what it was given."""
    tops = {file.path.partition("/")[0] for file in sent if "/" in file.path}
    if len(tops) == 1 and not tops & {"", ".", ".."} and all("/" in file.path for file in sent):
        return [file.path.partition("/")[2] for file in sent]
    return [file.path for file in sent]


def _is_ours(name: str) -> bool:
    head, _, size = name.partition("-")
    try:
        return UUID(hex=head).hex == head and (not size or size.isdecimal())
    except ValueError:
        return False


def _outbox(services: Services) -> Path:
    return services.settings.home / services.settings.transfer.folder


def _require_receives(services: Services, actor: Actor) -> None:
    access.require(actor, "transfer:receive")
    if services.settings.archive.role != "historical":
        raise TransferNotHistoricalError(archive=services.settings.archive.name)


def _lock(keys: bytes) -> Lock | None:
    """Of a certificate or public keys; ``TransferLockError`` where they are none."""
    return lock_of(keys[:_LONGEST_KEYS], Path("keys")) if keys else None


def _asked(actor: Actor) -> dict[str, Any]:
    return {"account_id": str(actor.account_id), "asked_at": clock.iso(clock.now())}


def _asker(lease: Lease, services: Services) -> Actor:
    with services.read_only() as session:
        account = session.get(Account, UUID(lease.checkpoint["account_id"]))
        if account is None or not account.active:
            raise TransferAskerGoneError(job=lease.job)
        return account.as_actor()


def _subject(lease: Lease) -> UUID:
    if lease.subject_id is None:
        raise ValueError(lease.job)
    return lease.subject_id


def _finish(lease: Lease, services: Services) -> None:
    with services.writing() as session:
        services.jobs.finish(session, lease)
