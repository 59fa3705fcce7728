"""Nhận qua mạng: another archive delivers a transfer of its own, piece by piece.

First the manifest, judged as that of a disk is; then the packages it names, each proved when it is
whole; then the ordinary receiving, as of a folder. Each step may be asked for again.
"""

from dataclasses import replace
from typing import IO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.job import IS_OPEN, Job
from archive_service.domain.people.account import WORKER, Account, Actor
from archive_service.domain.transfer.transfer import (
    OVER,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferMessageKind,
    TransferState,
)
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.transfer_inbox import Package, TransferInbox
from retention.transfer.messages.form import parse
from retention.transfer.messages.kept import newest_message, next_sequence
from retention.transfer.messages.tables import NOTICE_FORM, REGISTER_FORM
from retention.transfer.network.batch_format import MOST_BYTES, MOST_PACKAGES
from retention.transfer.network.deliveries.documents import (
    DeliveryInDocument,
    PackageInDocument,
    PackageInList,
)
from retention.transfer.network.deliveries.given import AfterQuery
from retention.transfer.network.delivery_allowance import (
    AnswerNoneError,
    DeliveryIncompleteError,
    DeliveryOtherGiverError,
    ReplyNoneError,
    count_wanted,
    own_transfer,
    wanted_item,
    wanted_items,
    wanted_names,
)
from retention.transfer.packages.manifest_reader import read_manifest
from retention.transfer.papers.acts import read_paper
from retention.transfer.papers.kinds import MINUTES
from retention.transfer.papers.minutes import minutes_sha256, take_countersigned
from retention.transfer.partners.rules import find_partner, partner_of
from retention.transfer.receiving.addressee import TransferAgencyNotItsOwnError
from retention.transfer.receiving.receive import receive
from retention.transfer.register.read_register import read_register
from retention.transfer.stopping.read_notice import read_notice

RECEIVE_JOB = "receive-delivery"
AT_ONCE = 500  # packages in one list


def inbox(services: Services) -> TransferInbox:
    """Where transfers arrive in this home."""
    return TransferInbox(services.settings.home / "transfer-inbox")


def take_manifest(
    services: Services, transfer_id: UUID, document: IO[bytes], *, actor: Actor
) -> DeliveryInDocument:
    """DELIVERY once the manifest is in the rows: from now on its packages are taken.

    It is written down as it comes, and read from there. The same again changes nothing; one of an
    older sequence neither, and ``is_newest`` says so.

    Raises:
        ActNotAllowedError: the token is no giver's.
        DeliveryOtherGiverError: it is of another archive, or of another transfer.
        TransferAgencyNotItsOwnError: the giver is told to hand over for no agency, or not for this.
        and what ``transfer_receive.receive`` refuses a disk for.
    """
    with services.read_only() as session:
        partner = partner_of(session, actor)
    place = inbox(services).lay_out(document)
    try:
        manifest = read_manifest(place)
        if (manifest.id, manifest.archive) != (transfer_id, partner.code):
            raise DeliveryOtherGiverError(archive=manifest.archive, partner=partner.code)
        if not partner.agencies:  # a disk is carried in by people; nobody looks at the network
            raise TransferAgencyNotItsOwnError(agency=manifest.agency, archive=manifest.archive)
        del manifest  # as long as its packages are many
        received = receive(services, place, actor=_as_worker(actor))
        if received.is_newest:
            inbox(services).keep_manifest(transfer_id, place)
    finally:
        inbox(services).drop(place)
    stands = standing(services, transfer_id, actor=actor)
    return stands.model_copy(update={"is_newest": received.is_newest})


def take_register(
    services: Services, transfer_id: UUID, document: bytes, *, actor: Actor
) -> DeliveryInDocument:
    """DELIVERY once what the giver registers is announced, or withdrawn; see ``read_register``.

    Raises:
        ActNotAllowedError: the token is no giver's.
        DeliveryOtherGiverError: it is of another archive, or of another transfer.
        TransferAgencyNotItsOwnError: the giver is told to hand over for no agency, or not for this.
        and what ``read_register`` refuses.
    """
    with services.read_only() as session:
        partner = partner_of(session, actor)
    head = parse(REGISTER_FORM, document)
    if (head.id, head.archive) != (transfer_id, partner.code):
        raise DeliveryOtherGiverError(archive=head.archive, partner=partner.code)
    if not partner.agencies:
        raise TransferAgencyNotItsOwnError(agency=head.agency, archive=head.archive)
    read_register(services, document, actor=_as_worker(actor))
    return standing(services, transfer_id, actor=actor)


def standing(services: Services, transfer_id: UUID, *, actor: Actor) -> DeliveryInDocument:
    """How far it is: packages that are still wanted, and the newest reply."""
    with services.read_only() as session:
        row = _own(session, transfer_id, actor)
        kind, direction = TransferMessageKind.MANIFEST, TransferDirection.IN
        receiving = select(Job.id).where(Job.name == RECEIVE_JOB, Job.subject_id == row.id, IS_OPEN)
        return DeliveryInDocument(
            id=str(row.id),
            number=row.name,
            state=row.state.value,
            sequence=next_sequence(session, row, kind, direction) - 1,
            wanted=count_wanted(session, row.id),
            receiving=session.scalar(receiving.limit(1)) is not None,
            register_sequence=row.register_sequence,
            answer_sequence=row.answer_sequence,
            reply_sequence=row.reply_sequence,
            minutes_sha256=minutes_sha256(session, row),
            is_newest=True,
            batch_bytes=MOST_BYTES,
            batch_packages=MOST_PACKAGES,
        )


def wanted(
    services: Services, transfer_id: UUID, given: AfterQuery, *, actor: Actor
) -> PackageInList:
    """Packages that are wanted, at most 500 after an ordinal, each with what is here of it."""
    with services.read_only() as session:
        row = _own(session, transfer_id, actor)
        items = wanted_items(session, row.id, after=given.after, limit=AT_ONCE)
        return PackageInList(packages=[package_document(services, item) for item in items])


def package(
    services: Services, transfer_id: UUID, ordinal: int, *, actor: Actor
) -> PackageInDocument:
    """One package, and how much of it is here; of one that is not wanted any more all is."""
    with services.read_only() as session:
        row = _own(session, transfer_id, actor)
        item, is_wanted = wanted_item(session, row.id, ordinal)
        return package_document(services, item, received=None if is_wanted else item.size_bytes)


def complete(services: Services, transfer_id: UUID, *, actor: Actor) -> DeliveryInDocument:
    """All that was wanted is here: it is received now, by a job; safe to repeat.

    Raises:
        ActNotAllowedError, TransferNotFoundError
        DeliveryIncompleteError: some are not.
    """
    with services.writing() as session:
        row = _own(session, transfer_id, actor)
        whole = inbox(services).names_whole(row.id)
        lacking = sum(name not in whole for name in wanted_names(session, row.id))
        if lacking:
            raise DeliveryIncompleteError(number=row.name, count=lacking)
        if whole:
            services.jobs.add(session, RECEIVE_JOB, subject_id=row.id)
    if not whole:  # all went to the door before: only a manifest that came once more lies here
        inbox(services).discard(transfer_id)
    return standing(services, transfer_id, actor=actor)


def newest_reply(services: Services, transfer_id: UUID, *, actor: Actor) -> tuple[int, bytes]:
    """Sequence of the newest reply, and its document; ``ReplyNoneError`` before the first."""
    return _newest_said(services, transfer_id, TransferMessageKind.REPLY, actor)


def newest_answer(services: Services, transfer_id: UUID, *, actor: Actor) -> tuple[int, bytes]:
    """The same of the newest answer to a register; ``AnswerNoneError`` before the first."""
    return _newest_said(services, transfer_id, TransferMessageKind.ANSWER, actor)


def _newest_said(
    services: Services, transfer_id: UUID, kind: TransferMessageKind, actor: Actor
) -> tuple[int, bytes]:
    with services.read_only() as session:
        row = _own(session, transfer_id, actor)
        message = newest_message(session, row, kind, TransferDirection.OUT)
        if message is None:
            none = ReplyNoneError if kind is TransferMessageKind.REPLY else AnswerNoneError
            raise none(number=row.name)
        return message.sequence, message.kept.read()


def minutes(services: Services, transfer_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of the minutes, with the signatures given so far.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferPaperMissingError, NoSoundCopyError
    """
    with services.read_only() as session:
        _own(session, transfer_id, actor)
    return read_paper(services, transfer_id, MINUTES, actor=_as_worker(actor))


def take_minutes(
    services: Services, transfer_id: UUID, document: bytes, *, actor: Actor
) -> DeliveryInDocument:
    """DELIVERY with the minutes as the giver signed them; the same again changes nothing.

    Raises:
        ActNotAllowedError, TransferNotFoundError
        and what ``take_countersigned`` refuses.
    """
    with services.read_only() as session:
        _own(session, transfer_id, actor)
    take_countersigned(services, transfer_id, document, actor=_as_worker(actor))
    return standing(services, transfer_id, actor=actor)


def take_notice(
    services: Services, transfer_id: UUID, document: bytes, *, actor: Actor
) -> DeliveryInDocument:
    """DELIVERY after the giver stopped something of it, or all; see ``read_notice``.

    Raises:
        ActNotAllowedError, TransferNotFoundError, DeliveryOtherGiverError
        and what ``read_notice`` refuses.
    """
    with services.read_only() as session:
        row = _own(session, transfer_id, actor)
    if parse(NOTICE_FORM, document).transfer != row.id:
        raise DeliveryOtherGiverError(archive=row.partner_code, partner=row.partner_code)
    transfer = read_notice(services, document, actor=_as_worker(actor))
    if transfer.state == TransferState.WITHDRAWN.value:
        inbox(services).discard(row.id)
    return standing(services, transfer_id, actor=actor)


def receive_delivery(lease: Lease, services: Services) -> None:
    """What came by network goes to the door; then it lies here no more."""
    if lease.subject_id is None:
        raise ValueError(lease.job)
    box = inbox(services)
    with services.read_only() as session:
        row = session.get(Transfer, lease.subject_id)
        actor = _partner_actor(session, row.partner_code) if row is not None else WORKER
    if row is not None and row.state in OVER:
        box.discard(row.id)
    elif row is not None and box.names_whole(row.id):
        receive(services, box.folder(row.id), actor=actor)
        box.discard(row.id)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _own(session: Session, transfer_id: UUID, actor: Actor) -> Transfer:
    return own_transfer(session, transfer_id, partner_of(session, actor))


def _as_worker(actor: Actor) -> Actor:
    """Its account stands in the trail; what it may do is deliver, and the archive receives."""
    return replace(WORKER, account=actor.account, account_id=actor.account_id)


def _partner_actor(session: Session, code: str) -> Actor:
    partner = find_partner(session, code)
    account = partner and partner.account_id and session.get(Account, partner.account_id)
    return _as_worker(account.as_actor()) if account else WORKER


def package_of(item: TransferItem) -> Package:
    """What the manifest says of it."""
    return Package(item.file, item.size_bytes, item.sha256 or "")


def package_document(
    services: Services, item: TransferItem, *, received: int | None = None
) -> PackageInDocument:
    """PACKAGE; ``None``: it is looked how much of it is here."""
    if received is None:
        received = inbox(services).received(item.transfer_id, package_of(item))
    return PackageInDocument.of_row(item, sha256=item.sha256 or "", received=received)
