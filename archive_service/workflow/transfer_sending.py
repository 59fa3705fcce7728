"""Gửi gói tin: the job that sends a transfer over the network, in its hours, when cut again."""

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.account import WORKER
from archive_service.domain.transfer import Transfer, TransferItem, TransferItemState, TransferState
from archive_service.domain.transfer_partner import TransferPartner, TransferSending
from archive_service.errors import ArchiveError, ConflictError
from archive_service.jobs.port import Lease
from archive_service.transfer.acts import tell
from archive_service.transfer.disk import BuiltDamagedError
from archive_service.transfer.folder import MANIFEST, PACKAGES
from archive_service.transfer.media import built_folder, media_of
from archive_service.transfer.network import (
    PartnerLaterError,
    PartnerRefusedError,
    PartnerServer,
    Throttle,
)
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.transfer_network import SENDABLE, require_sendable, server_of

PIECE_BYTES = 64 << 20
_TELL_S = 2.0  # seconds between two notes of how far it is
_TRIES = 3  # of a package whose bytes came otherwise than they are here


class TransferBehindError(ConflictError):
    """The other archive has a newer manifest of this transfer than this archive knows."""

    code = "transfer-behind"


def send_transfer(lease: Lease, services: Services) -> None:
    """All that the other archive lacks; outside of the hours for it, or asked to, later."""
    if lease.subject_id is None:
        raise ValueError(lease.job)
    run = _opened(services, lease.subject_id)
    if run is None:
        with services.unit_of_work() as uow:
            services.jobs.finish(uow.session, lease)
            uow.commit()
        return
    try:
        _send_all(run, lease)
    except _HoursOverError as over:
        services.jobs.wait_out(lease, {"code": "transfer-hours", "facts": {}}, pause=over.pause)
    except PartnerLaterError as later:
        _note_trouble(services, run.id, later)
        pause = dt.timedelta(seconds=int(str(later.facts["retry_after_s"])))
        services.jobs.wait_out(lease, _told(later), pause=pause)
    except ArchiveError as trouble:
        _note_trouble(services, run.id, trouble)
        raise
    finally:
        run.server.close()
    write_out_evidence(services)


def hours_pause(hours: str, now: dt.datetime) -> dt.timedelta | None:
    """How long until packages may be sent; ``None``: they may now.

    Args:
        hours: ``HH:MM-HH:MM``, over midnight where it ends before it begins; empty: always.
        now: local.
    """
    if not hours:
        return None
    begins, ends = (dt.time.fromisoformat(one) for one in hours.split("-"))
    at = now.time().replace(tzinfo=None)
    is_open = begins <= at < ends if begins < ends else at >= begins or at < ends
    if is_open or begins == ends:
        return None
    start = dt.datetime.combine(now.date(), begins, now.tzinfo)
    return (start if start > now else start + dt.timedelta(days=1)) - now


class _HoursOverError(Exception):
    """The hours for sending are over; it goes on after ``pause``."""

    def __init__(self, pause: dt.timedelta) -> None:
        super().__init__()
        self.pause = pause


@dataclass(slots=True)
class _Run:
    """One try at sending."""

    services: Services
    id: UUID
    server: PartnerServer
    folder: Path
    media: list[int]
    at_once: bool
    packages: int = 0
    size_bytes: int = 0
    told_at: float = field(default_factory=time.monotonic)

    def require_hours(self) -> None:
        pause = hours_pause(self.services.settings.transfer.hours, clock.local(clock.now()))
        if pause is not None and not self.at_once:
            raise _HoursOverError(pause)

    def path_of(self, name: str) -> Path:
        """Of a package that the other side asks for: one of ours, or a refusal."""
        if Path(name).name == name:
            for number in self.media:
                place = built_folder(self.folder, number) / PACKAGES / name
                if place.is_file() and not place.is_symlink():
                    return place
        raise BuiltDamagedError(folder=str(self.folder), name=name)


def _opened(services: Services, transfer_id: UUID) -> _Run | None:
    """``None``: nothing is to be sent any more."""
    with services.read_only() as session:
        row, sending = session.get(Transfer, transfer_id), session.get(TransferSending, transfer_id)
        if row is None or sending is None or row.state not in SENDABLE:
            return None
        partner = session.get_one(TransferPartner, sending.partner_id)
        throttle = Throttle(services.settings.transfer.bandwidth_bytes_per_s)
        folder = Path(sending.folder)
        require_sendable(session, row, folder)
        return _Run(
            services,
            row.id,
            server_of(services, partner, throttle=throttle),
            folder,
            [one.number for one in media_of(session, row)],
            sending.at_once,
        )


def _send_all(run: _Run, lease: Lease) -> None:
    run.require_hours()
    _note_leaving(run)
    document = (built_folder(run.folder, run.media[0]) / MANIFEST).read_bytes()
    told = run.server.put_manifest(run.id, document)
    if not told["is_newest"]:
        raise TransferBehindError(sequence=told["sequence"])
    _note_begun(run, int(told["wanted"]))
    for some in _wanted(run):
        _send_some(run, some, lease)
    run.server.complete(run.id)
    with run.services.unit_of_work() as uow:
        _note_sent(uow.session, run, hashlib.sha256(document).hexdigest())
        run.services.jobs.finish(uow.session, lease)
        uow.commit()


def _wanted(run: _Run) -> Iterator[Sequence[dict[str, Any]]]:
    after = 0
    while some := run.server.wanted(run.id, after=after):
        after = int(some[-1]["ordinal"])
        yield [one for one in some if one["received"] < one["size_bytes"]]


def _send_some(run: _Run, some: Sequence[dict[str, Any]], lease: Lease) -> None:
    """Several at once; the first trouble ends it, once those on their way have ended."""
    with ThreadPoolExecutor(run.services.settings.transfer.connections) as threads:
        waiting: set[Future[int]] = {threads.submit(_send_one, run, one) for one in some}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for one in done:
                    run.size_bytes += one.result()
                    run.packages += 1
                if time.monotonic() - run.told_at > _TELL_S:
                    _note_progress(run, lease)
        finally:
            for one in waiting:
                one.cancel()
    _note_progress(run, lease)


def _send_one(run: _Run, package: dict[str, Any]) -> int:
    """Bytes that went; from where those end that are there."""
    path = run.path_of(str(package["file"]))
    size = path.stat().st_size
    if size != package["size_bytes"]:
        raise BuiltDamagedError(folder=str(run.folder), name=path.name)
    ordinal, here, went = int(package["ordinal"]), int(package["received"]), 0
    tries = _TRIES
    while here < size:
        run.require_hours()
        length = min(PIECE_BYTES, size - here)
        try:
            told = run.server.send_piece(run.id, ordinal, path, offset=here, length=length)
        except PartnerRefusedError as refused:
            tries -= 1
            if refused.facts["said"] not in ("delivery-offset", "delivery-digest") or not tries:
                raise
            told = run.server.package(run.id, ordinal)
        went += max(int(told["received"]) - here, 0)
        here = int(told["received"])
    return went


def _note_leaving(run: _Run) -> None:
    """From now on the other side may know of it: who withdraws it has to tell."""
    with run.services.unit_of_work() as uow:
        row = uow.session.get_one(Transfer, run.id, with_for_update=True)
        if row.sent_at is None and row.state in SENDABLE:
            row.sent_at = clock.now()
            tell(uow.session, row, "transfer:leaving", actor=WORKER, partner=row.partner_code)
            uow.commit()


def _note_begun(run: _Run, wanted: int) -> None:
    def begun(sending: TransferSending) -> None:
        sending.packages, sending.packages_sent, sending.bytes_sent = wanted, 0, 0

    _note(run.services, run.id, begun)


def _note_progress(run: _Run, lease: Lease) -> None:
    run.told_at = time.monotonic()
    total = 1

    def progress(sending: TransferSending) -> None:
        nonlocal total
        sending.packages_sent, sending.bytes_sent = run.packages, run.size_bytes
        total = max(sending.packages, 1)

    _note(run.services, run.id, progress)
    run.services.jobs.heartbeat(lease, progress=min(run.packages / total, 1.0))


def _note_trouble(services: Services, transfer_id: UUID, trouble: ArchiveError) -> None:
    def troubled(sending: TransferSending) -> None:
        sending.trouble, sending.trouble_at = _told(trouble), clock.now()

    _note(services, transfer_id, troubled)


def _note(services: Services, transfer_id: UUID, change: Callable[[TransferSending], None]) -> None:
    with services.unit_of_work() as uow:
        sending = uow.session.get(TransferSending, transfer_id, with_for_update=True)
        if sending is not None:
            change(sending)
            uow.commit()


def _note_sent(session: Session, run: _Run, manifest: str) -> None:
    """The packages left, if what was sent is still what is built."""
    row = session.get_one(Transfer, run.id, with_for_update=True)
    sending = session.get_one(TransferSending, run.id)
    sending.finished_at, sending.trouble, sending.trouble_at = clock.now(), None, None
    if row.state not in SENDABLE or row.manifest_sha256 != manifest:
        return
    gone = session.execute(
        update(TransferItem)
        .where(TransferItem.transfer_id == row.id, TransferItem.state == TransferItemState.BUILT)
        .values(state=TransferItemState.SENT)
        .returning(TransferItem.id)
    )
    count = sum(1 for _ in gone)
    if not count and row.state is TransferState.SENT:
        return
    row.state, row.sent_at = TransferState.SENT, clock.now()
    tell(
        session,
        row,
        "transfer:sent",
        actor=WORKER,
        items=True,
        manifest=manifest,
        partner=row.partner_code,
        count=count,
    )


def _told(trouble: ArchiveError) -> dict[str, Any]:
    return {"code": trouble.code, "facts": {name: str(one) for name, one in trouble.facts.items()}}
