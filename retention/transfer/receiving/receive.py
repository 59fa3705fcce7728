"""Nhận gói tin nộp lưu: a folder or disk of another archive, each package through the door.

The manifest first: signed by the archive that gives, whole, for us. Then package by package: it is
copied while it is hashed, and what is as the manifest says is handed in at the ordinary door.
Whoever was killed receives again: what was handed in before is known by its content.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import TransferItem, TransferItemState, TransferState
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.disks.decryption import NO_KEYS, KeyFiles
from retention.transfer.disks.local_media import Medium, TransferNoManifestError, media_here
from retention.transfer.documents import Arrivals, PackageTrouble, ReceivedDocument
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.tables import Manifest
from retention.transfer.receiving.addressee import require_for_us, require_historical, the_same
from retention.transfer.receiving.arrivals import note_arrived
from retention.transfer.receiving.drop_submission import drop_submission
from retention.transfer.receiving.manifest_rows import Incoming, take_over
from retention.transfer.receiving.packages import (
    Found,
    Taken,
    Wanted,
    beside_in,
    damaged_in,
    found_in,
    named_in,
)
from retention.transfer.receiving.side_by_side import SideBySide, processes_for
from retention.transfer.register.read_register import read_register_in
from retention.transfer.stopping.read_notice import read_notice_in

AT_ONCE = 100  # packages whose rows are written in one transaction
_MOST_NAMED = 100  # files that nobody named, told by name


def receive(
    services: Services,
    folder: Path,
    *,
    actor: Actor,
    keys: KeyFiles = NO_KEYS,
    lang: str = "vi",
    processes: int | None = None,
) -> ReceivedDocument:
    """TRANSFER with what came of it now; safe to kill and to repeat, also with half of it.

    Beside the fields of TRANSFER: ``arrived``, how many packages came now; ``troubles``, those
    that are not as the manifest says, each ``{code, refusal}``; ``unknown``, files beside the
    packages that it does not name; ``damaged``, lists and papers that are not as ``SHA256SUMS``
    says; ``is_newest``, whether it is the newest manifest known here.

    Args:
        folder: of the transfer, one of its media, or the one that all its media lie in; or what
            holds a notice of the giver alone.
        keys: open what is encrypted, beside the archive's own key.
        processes: that hand packages in; by default one a core where there are very many.

    Raises:
        ActNotAllowedError, TransferNotHistoricalError
        TransferNoManifestError: nothing of a transfer lies there.
        TransferEncryptedError, TransferKeyError, TransferKeyOtherError, TransferSealedDamagedError
        TransferManifestError, XmlForbiddenError, XmlBrokenError: the manifest cannot be read.
        TransferSignatureError: it is not signed by the archive that it names.
        TransferOtherReceiverError, TransferToOneselfError
        TransferAgencyUnknownError, TransferAgencyNotItsOwnError
        TransferManifestOtherError: it says something else than one of its number before.
        TransferStateError: the transfer was withdrawn or is closed.
        WorkFolderFullError, StoreFullError: no room; what came is here, and gone on with.
        TransferNoticeOtherError, TransferNoticeContradictsError: see ``read_notice``.
        TransferRegisterOtherError, TransferRegisterContradictsError: see ``read_register``.
    """
    access.require(actor, "transfer:receive")
    require_historical(services)
    try:
        with media_here(services, folder, keys) as media:
            return _received(services, folder, media, actor, lang, processes)
    except TransferNoManifestError:
        read = read_register_in(services, folder, actor=actor, lang=lang)
        read = read or read_notice_in(services, folder, actor=actor, lang=lang)
        if read is None:
            raise
        return read.extended(ReceivedDocument, is_newest=True)


def _received(
    services: Services,
    folder: Path,
    media: Sequence[Medium],
    actor: Actor,
    lang: str,
    processes: int | None,
) -> ReceivedDocument:
    manifest = the_same([medium.lists for medium in media])
    agency_id = require_for_us(services, manifest)
    incoming = _taken_over(services, manifest, agency_id, actor)
    noticed = read_notice_in(services, folder, actor=actor, lang=lang)
    arrivals = Arrivals()
    is_withdrawn = noticed is not None and noticed.state is TransferState.WITHDRAWN
    if incoming.is_newest and not is_withdrawn:
        arrivals = _take_packages(services, manifest.id, media, actor, processes)
    write_out_evidence(services)
    with services.read_only() as session:
        row = get_transfer(session, manifest.id, actor=actor)
        document = transfer_document(session, row, lang)
        return document.extended(ReceivedDocument, is_newest=incoming.is_newest, **dict(arrivals))


def _taken_over(services: Services, manifest: Manifest, agency_id: UUID, actor: Actor) -> Incoming:
    with services.unit_of_work() as uow:

        def drop(submission_id: UUID) -> bool:
            why = f"{manifest.number}:{manifest.sequence}"
            return drop_submission(services, uow, submission_id, reason=why, actor=actor)

        incoming = take_over(
            uow.session, manifest, agency_id=agency_id, account=actor.account, drop=drop
        )
        if incoming.is_new:
            tell(
                uow.session,
                incoming.row,
                "transfer:received",
                actor=actor,
                items=True,
                partner=manifest.archive,
                sequence=manifest.sequence,
                manifest=manifest.sha256,
                count=manifest.lines,
                recalled=incoming.recalled[:_MOST_NAMED],
            )
        uow.commit()
    return incoming


def _take_packages(
    services: Services,
    transfer_id: UUID,
    media: Sequence[Medium],
    actor: Actor,
    processes: int | None,
) -> Arrivals:
    """Hand in what is awaited and lies here; what is not as it should be is told of its item."""
    found, named = found_in(media), named_in(media)
    if not (found or named):  # a manifest alone
        return Arrivals(unknown=beside_in(media)[:_MOST_NAMED])
    with services.read_only() as session:
        here = _media_here(session, transfer_id, found.keys() | named)
    if processes is None:
        processes = processes_for(_awaited(services, transfer_id), found)
    arrived, troubles = 0, list[PackageTrouble]()
    with SideBySide(services, actor, processes) as hands:
        for some, coming in _handed_in(services, transfer_id, found, hands):
            taken = list(chain.from_iterable(coming))
            taken += [
                Taken(item.id, Refusal("package-missing", {"file": item.file}))
                for item in some
                if item.file not in found and item.medium in here
            ]
            noted = note_arrived(services, transfer_id, taken, here, actor)
            troubles += noted
            arrived += len(taken) - len(noted)
    with services.read_only() as session:
        known = set(session.scalars(_of(transfer_id, TransferItem.file)))
    unknown = [*sorted(found.keys() - known), *beside_in(media)][:_MOST_NAMED]
    damaged = damaged_in(media)[:_MOST_NAMED]
    return Arrivals(arrived=arrived, troubles=troubles, unknown=unknown, damaged=damaged)


def _handed_in(
    services: Services, transfer_id: UUID, found: Mapping[str, Found], hands: SideBySide
) -> Iterator[tuple[list[Wanted], Iterator[list[Taken]]]]:
    """Some hundred at a time with what comes of them; the next are in hand meanwhile."""
    last, before = 0, None
    while some := _wanted(services, transfer_id, last):
        last = some[-1].ordinal
        here = [(item, found[item.file]) for item in some if item.file in found]
        ahead = some, hands.hand_in(here)
        if before is not None:
            yield before
        before = ahead
    if before is not None:
        yield before


def _awaited(services: Services, transfer_id: UUID) -> int:
    query = _of(transfer_id, func.count()).where(TransferItem.state == TransferItemState.AWAITED)
    with services.read_only() as session:
        return session.scalar(query) or 0


def _media_here(session: Session, transfer_id: UUID, found: Collection[str]) -> set[int]:
    """Numbers of the media of which at least one package lies here, or is said to."""
    query = select(TransferItem.medium, TransferItem.file).where(
        TransferItem.transfer_id == transfer_id
    )
    rows = session.execute(query.execution_options(yield_per=AT_ONCE))
    return {medium for medium, file in rows if file in found}


def _wanted(services: Services, transfer_id: UUID, after: int) -> list[Wanted]:
    """The next that are awaited; also those whose submission no restored archive knows any more."""
    lost = (TransferItem.state == TransferItemState.ARRIVED) & TransferItem.submission_id.not_in(
        select(Submission.id)
    )
    columns = (
        TransferItem.id, TransferItem.ordinal, TransferItem.file, TransferItem.medium,
        TransferItem.sha256, TransferItem.size_bytes,
    )  # fmt: skip
    query = _of(transfer_id, *columns).where(
        TransferItem.ordinal > after, (TransferItem.state == TransferItemState.AWAITED) | lost
    )
    with services.read_only() as session:
        rows = session.execute(query.order_by(TransferItem.ordinal).limit(AT_ONCE))
        return [Wanted(*row) for row in rows]


def _of(transfer_id: UUID, *columns: Any) -> Select[Any]:
    return select(*columns).where(TransferItem.transfer_id == transfer_id)
