"""What another archive may still deliver by network: which packages, and how much of a day."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.transfer.partner import TransferPartner, TransferPartnerDay
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
)
from archive_service.errors import ConflictError, InputError, NotFoundError
from retention.transfer.listing import TransferNotFoundError

# What an item says that is to come again: its bytes were not those of the manifest, or no bytes.
_AGAIN = ("package-damaged", "package-missing", "package-unreadable")
_NAMES_AT_ONCE = 1000


class _ComesAgain:
    """What was sent is to come again later, in ``retry_after_s``."""

    facts: dict[str, object]

    def headers(self) -> dict[str, str]:
        """See ``ArchiveError.headers``."""
        return {"Retry-After": str(self.facts["retry_after_s"])}


class DeliveryQuotaError(_ComesAgain, ConflictError):
    """So much came from this archive today that the rest waits."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class DeliveryRoomError(_ComesAgain, ConflictError):
    """The disk here has no room for the package."""

    status = HTTPStatus.INSUFFICIENT_STORAGE


class DeliveryOtherGiverError(InputError):
    """The manifest is of another archive than the one that signs in, or of another transfer."""


class DeliveryIncompleteError(ConflictError):
    """Packages are still to come: ``count``."""


class PackageUnknownError(NotFoundError):
    """The manifest names no package of this ordinal."""

    code = "delivery-package-unknown"


class SendingNoneError(NotFoundError):
    """The transfer is not sent over the network."""

    code = "transfer-no-sending"


class ReplyNoneError(NotFoundError):
    """No reply was given yet."""

    code = "delivery-no-reply"


class AnswerNoneError(NotFoundError):
    """The register was not answered yet."""

    code = "delivery-no-answer"


def own_transfer(session: Session, transfer_id: UUID, partner: TransferPartner) -> Transfer:
    """The transfer that this archive hands over to us; ``TransferNotFoundError`` for others'."""
    row = session.get(Transfer, transfer_id)
    is_own = row is not None and row.direction is TransferDirection.IN
    if row is None or not is_own or row.partner_code != partner.code:
        raise TransferNotFoundError(id=transfer_id)
    return row


def wanted_items(
    session: Session, transfer_id: UUID, *, after: int = 0, limit: int
) -> Sequence[TransferItem]:
    """Items whose package is to come, in their order, after this ordinal."""
    query = select(TransferItem).where(_is_wanted(transfer_id), TransferItem.ordinal > after)
    return session.scalars(query.order_by(TransferItem.ordinal).limit(limit)).all()


def count_wanted(session: Session, transfer_id: UUID) -> int:
    """How many those are."""
    query = select(func.count()).select_from(TransferItem).where(_is_wanted(transfer_id))
    return session.scalar(query) or 0


def wanted_names(session: Session, transfer_id: UUID) -> Iterator[str]:
    """The files of all packages that are to come."""
    query = select(TransferItem.file).where(_is_wanted(transfer_id))
    return iter(session.scalars(query.execution_options(yield_per=_NAMES_AT_ONCE)))


def packages_of(
    session: Session, transfer_id: UUID, ordinals: Collection[int]
) -> dict[int, tuple[TransferItem, bool]]:
    """The items of these ordinals, each with whether its package is to come.

    Raises:
        PackageUnknownError: the first for which there is none.
    """
    query = select(TransferItem, _is_wanted(transfer_id)).where(
        TransferItem.transfer_id == transfer_id, TransferItem.ordinal.in_(ordinals)
    )
    found = {item.ordinal: (item, bool(wanted)) for item, wanted in session.execute(query)}
    for ordinal in ordinals:
        if ordinal not in found:
            raise PackageUnknownError(ordinal=ordinal)
    return found


def wanted_item(session: Session, transfer_id: UUID, ordinal: int) -> tuple[TransferItem, bool]:
    """The item of this ordinal, and whether its package is to come."""
    return packages_of(session, transfer_id, [ordinal])[ordinal]


def reserve_bytes(session: Session, partner: TransferPartner, size_bytes: int) -> None:
    """Count a piece towards the quota of the day, before it comes; the last one may go beyond.

    Raises:
        DeliveryQuotaError: the bytes of the day came already, or are on their way.
    """
    query = select(TransferPartnerDay).where(
        TransferPartnerDay.partner_id == partner.id, TransferPartnerDay.on == clock.today()
    )
    row = session.scalar(query.with_for_update())
    if row is None:
        row = TransferPartnerDay(partner_id=partner.id, on=clock.today(), size_bytes=0)
        session.add(row)
    if size_bytes > 0 and row.size_bytes >= partner.quota_bytes:
        now = clock.local(clock.now())
        midnight = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), now.tzinfo)
        facts = {"came": row.size_bytes, "quota": partner.quota_bytes}
        left_s = int((midnight - now).total_seconds()) + 1
        raise DeliveryQuotaError(**facts, retry_after_s=left_s)
    row.size_bytes = max(row.size_bytes + size_bytes, 0)


def _is_wanted(transfer_id: UUID) -> ColumnElement[bool]:
    code = TransferItem.refusal["code"].as_string()
    return (
        (TransferItem.transfer_id == transfer_id)
        & (TransferItem.state == TransferItemState.AWAITED)
        & or_(code.is_(None), code.in_(_AGAIN))
    )
