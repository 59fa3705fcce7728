"""Gửi gói tin: the job that sends a transfer over the network, in its hours, when cut again."""

import datetime as dt
import hashlib
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.people.account import WORKER
from archive_service.domain.transfer.partner import TransferPartner, TransferSending
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ArchiveError, ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.services import Services
from retention.transfer.compared_rows import require_as_stored
from retention.transfer.custody_acts import tell
from retention.transfer.disks.disk import BuiltDamagedError
from retention.transfer.disks.media import built_folder, media_of
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.network.batch_format import Part
from retention.transfer.network.client import (
    PartnerLaterError,
    PartnerRefusedError,
    PartnerServer,
    Stretch,
    Throttle,
)
from retention.transfer.network.send import require_sendable, server_of
from retention.transfer.network.troubles import NOT_SENT, note_over, note_trouble, trouble_document
from retention.transfer.packages.folder import (
    MANIFEST,
)
from retention.transfer.transitions import TRANSITIONS

PIECE_BYTES = 64 << 20  # of one package in one request
BATCH_BYTES = 16 << 20  # of several
BATCH_PACKAGES = 125
_TELL_S = 2.0  # seconds between two notes of how far it is
_TRIES = 3  # of a package whose bytes came otherwise than they are here


class TransferBehindError(ConflictError):
    """The other archive has a newer manifest of this transfer than this archive knows."""


def send_transfer(lease: Lease, services: Services) -> None:
    """All that the other archive lacks; outside of the hours for it, or asked to, later."""
    if lease.subject_id is None:
        raise ValueError(lease.job)
    try:
        _send(services, lease, lease.subject_id)
    except _HoursOverError as over:
        services.jobs.wait_out(lease, {"code": "transfer-hours", "facts": {}}, pause=over.pause)
    except PartnerLaterError as later:
        note_trouble(services, lease.subject_id, later, kind=NOT_SENT)
        pause = dt.timedelta(seconds=int(str(later.facts["retry_after_s"])))
        services.jobs.wait_out(lease, trouble_document(later), pause=pause)
    except ArchiveError as trouble:
        note_trouble(services, lease.subject_id, trouble, kind=NOT_SENT)
        raise
    write_out_evidence(services)


def hours_pause(hours: str, now: dt.datetime) -> dt.timedelta | None:
    """How long until packages may be sent; ``None``: they may now.

    Args:
        hours: ``HH:MM-HH:MM``, over midnight where it ends before it begins; empty: always.
        now: local.
    """
    if not hours:
        return None
    begins, ends = (dt.time.fromisoformat(part) for part in hours.split("-"))
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
    lock: threading.Lock = field(default_factory=threading.Lock)

    def require_hours(self) -> None:
        pause = hours_pause(self.services.settings.transfer.hours, clock.local(clock.now()))
        if pause is not None and not self.at_once:
            raise _HoursOverError(pause)

    def count(self, size_bytes: int) -> None:
        """So many bytes more went; from any thread."""
        with self.lock:
            self.size_bytes += size_bytes

    def package(self, facts: Mapping[str, Any]) -> Path:
        """Where a package lies that the other side asks for: one of ours, or a refusal."""
        name = str(facts["file"])
        if Path(name).name == name:
            for number in self.media:
                place = built_folder(self.folder, number) / PACKAGES / name
                with suppress(FileNotFoundError):
                    held = place.lstat()
                    if stat.S_ISREG(held.st_mode) and held.st_size == facts["size_bytes"]:
                        return place
        raise BuiltDamagedError(folder=str(self.folder), name=name)


def _opened(services: Services, transfer_id: UUID) -> _Run | None:
    """``None``: nothing is to be sent any more."""
    with services.read_only() as session:
        row, sending = session.get(Transfer, transfer_id), session.get(TransferSending, transfer_id)
        if row is None or sending is None or not TRANSITIONS.is_open(row, "send"):
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
            [medium.number for medium in media_of(session, row)],
            sending.at_once,
        )


def _send(services: Services, lease: Lease, transfer_id: UUID) -> None:
    run = _opened(services, transfer_id)
    if run is None:
        with services.writing() as session:
            services.jobs.finish(session, lease)
        return
    try:
        _send_all(run, lease)
    finally:
        run.server.close()


def _send_all(run: _Run, lease: Lease) -> None:
    run.require_hours()
    require_as_stored(run.services, run.id, run.media)
    _note_leaving(run)
    document = (built_folder(run.folder, run.media[0]) / MANIFEST).read_bytes()
    answer = run.server.put_manifest(run.id, document)
    manifest = hashlib.sha256(document).hexdigest()
    del document
    if not answer["is_newest"]:
        raise TransferBehindError(sequence=answer["sequence"])
    _note_begun(run, int(answer["wanted"]))
    most = Batch(
        min(BATCH_BYTES, int(answer.get("batch_bytes", 0))),  # an older archive tells neither
        min(BATCH_PACKAGES, int(answer.get("batch_packages", 0))),
    )
    _send_packages(run, batches(_wanted(run), most), lease)
    run.server.complete(run.id)
    with run.services.writing() as session:
        _note_sent(session, run, manifest)
        run.services.jobs.finish(session, lease)


@dataclass(frozen=True, slots=True)
class Batch:
    """How much goes in one request."""

    size_bytes: int
    packages: int


def batches(
    packages: Iterable[Mapping[str, Any]], most: Batch
) -> Iterator[list[Mapping[str, Any]]]:
    """PACKAGEs by the requests they go with, in their order as far as possible.

    Alone go those of which something is there already, those too large, and those left over.
    """
    some: list[Mapping[str, Any]] = []
    size_bytes = 0
    for package in packages:
        size = int(package["size_bytes"])
        if package["received"] or size > most.size_bytes or most.packages < 2:
            yield [package]
            continue
        if some and (size_bytes + size > most.size_bytes or len(some) == most.packages):
            yield some
            some, size_bytes = [], 0
        some.append(package)
        size_bytes += size
    if some:
        yield some


def _wanted(run: _Run) -> Iterator[dict[str, Any]]:
    """One after another, asked for some hundred at a time."""
    after = 0
    while some := run.server.wanted(run.id, after=after):
        after = int(some[-1]["ordinal"])
        yield from (entry for entry in some if entry["received"] < entry["size_bytes"])


def _send_packages(
    run: _Run, requests: Iterable[Sequence[Mapping[str, Any]]], lease: Lease
) -> None:
    """Several at once; the first trouble ends it, once those on their way have ended."""
    connections = run.services.settings.transfer.connections
    waiting: set[Future[int]] = set()
    with ThreadPoolExecutor(connections, "sending") as threads:
        try:
            for some in requests:
                waiting.add(threads.submit(_send_some, run, some))
                while len(waiting) >= 2 * connections:
                    waiting = _ended(run, waiting, lease)
            while waiting:
                waiting = _ended(run, waiting, lease)
        finally:
            for future in waiting:
                future.cancel()
    _note_progress(run, lease)


def _ended(run: _Run, waiting: set[Future[int]], lease: Lease) -> set[Future[int]]:
    """Those that are still on their way, once another one is not; its trouble flies."""
    done, left = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        run.packages += future.result()
    if time.monotonic() - run.told_at > _TELL_S:
        _note_progress(run, lease)
    return left


def _send_some(run: _Run, some: Sequence[Mapping[str, Any]]) -> int:
    """How many packages went; what of them did not arrive in one body goes once more, alone."""
    if len(some) == 1:
        _send_one(run, some[0])
        return 1
    run.require_hours()
    parts = [
        (
            Part(int(item["ordinal"]), int(item["size_bytes"]), str(item["sha256"])),
            run.package(item),
        )
        for item in some
    ]
    answer = run.server.send_batch(run.id, parts)
    here = {int(entry["ordinal"]): int(entry["received"]) for entry in answer}
    for item in some:
        received = here.get(int(item["ordinal"]), 0)
        run.count(received)
        if received < item["size_bytes"]:
            _send_one(run, {**item, "received": received})
    return len(some)


def _send_one(run: _Run, package: Mapping[str, Any]) -> None:
    """Its bytes from where those end that are there."""
    path = run.package(package)
    ordinal, here = int(package["ordinal"]), int(package["received"])
    tries = _TRIES
    while here < package["size_bytes"]:
        run.require_hours()
        piece = Stretch(path, here, min(PIECE_BYTES, package["size_bytes"] - here))
        try:
            answer = run.server.send_piece(run.id, ordinal, piece)
        except PartnerRefusedError as refused:
            tries -= 1
            if refused.facts["said"] not in ("delivery-offset", "delivery-digest") or not tries:
                raise
            answer = run.server.package(run.id, ordinal)
        run.count(max(int(answer["received"]) - here, 0))
        here = int(answer["received"])


def _note_leaving(run: _Run) -> None:
    """From now on the other side may know of it: who withdraws it has to tell."""
    with run.services.unit_of_work() as uow:
        row = uow.session.get_one(Transfer, run.id, with_for_update=True)
        if row.sent_at is None and TRANSITIONS.is_open(row, "send"):
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
    sending.finished_at = clock.now()
    note_over(session, sending, NOT_SENT)
    if not TRANSITIONS.is_open(row, "send") or row.manifest_sha256 != manifest:
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
    TRANSITIONS.move(row, "send")
    row.sent_at = clock.now()
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
