"""Nhận từng phần qua mạng: bytes of packages as another archive sends them, alone or several."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.domain.transfer.transfer import TransferItem
from archive_service.services import Services
from archive_service.storage.transfer_inbox import (
    DeliveryDigestError,
    DeliveryOffsetError,
    TransferInbox,
)
from retention.transfer.network.batch_format import DeliveryPackageOtherError, Part, open_body
from retention.transfer.network.deliveries.acts import inbox, package_document, package_of
from retention.transfer.network.deliveries.documents import PackageInDocument
from retention.transfer.network.delivery_allowance import (
    DeliveryRoomError,
    own_transfer,
    packages_of,
    reserve_bytes,
    wanted_item,
)
from retention.transfer.partners.rules import partner_of

_ROOM_AGAIN_S = 600  # seconds after which a full disk is worth another try
_SKIP_BYTES = 1 << 20


def take_piece(
    services: Services,
    transfer_id: UUID,
    ordinal: int,
    source: IO[bytes],
    *,
    offset: int,
    length: int,
    actor: Actor,
) -> PackageInDocument:
    """PACKAGE after its next piece; what came before the sender broke off stays.

    Raises:
        ActNotAllowedError, TransferNotFoundError, PackageUnknownError
        DeliveryQuotaError, DeliveryRoomError: later.
        DeliveryOffsetError, DeliveryTooLongError, DeliveryDigestError
    """
    with services.read_only() as session:
        partner = partner_of(session, actor)
        row = own_transfer(session, transfer_id, partner)
        item, is_wanted = wanted_item(session, row.id, ordinal)
    document = package_document(services, item, received=item.size_bytes)
    if not is_wanted:
        return document
    box, here = inbox(services), offset
    _require_room(services, box, item.size_bytes - offset)
    with _counted(services, partner, length) as came:
        here = box.append(transfer_id, package_of(item), source, offset=offset, length=length)
        came.size_bytes = here - offset
    return document.model_copy(update={"received": here})


def take_batch(
    services: Services, transfer_id: UUID, source: IO[bytes], *, length: int, actor: Actor
) -> list[PackageInDocument]:
    """PACKAGEs of one body of ``length`` bytes (``network.batch_format``) after what of it came.

    Each is proved when it is whole. One that is not as named, is here already, or comes by another
    request at the same moment, keeps none of the others back: ``received`` says how it stands.

    Raises:
        ActNotAllowedError, TransferNotFoundError
        DeliveryBatchError, PackageUnknownError, DeliveryPackageOtherError: nothing was taken.
        DeliveryQuotaError, DeliveryRoomError: later, likewise.
        StoreFullError: no room; what came stays.
    """
    with services.read_only() as session:
        partner = partner_of(session, actor)
        own_transfer(session, transfer_id, partner)
    parts, body = open_body(source, length=length)
    with services.read_only() as session:
        found = packages_of(session, transfer_id, [part.ordinal for part in parts])
    for part in parts:
        _require_same(part, found[part.ordinal][0])
    box, size_bytes = inbox(services), sum(part.size_bytes for part in parts)
    _require_room(services, box, size_bytes)
    taken = []
    with _counted(services, partner, size_bytes) as came:
        for part in parts:
            item, is_wanted = found[part.ordinal]
            received = part.size_bytes
            if is_wanted:
                received = _taken(box, item, body, came)
            else:
                _skip(body, part.size_bytes)
            taken.append(package_document(services, item, received=received))
    return taken


@dataclass(slots=True)
class _Came:
    """How much came of what was announced."""

    size_bytes: int = 0


@contextmanager
def _counted(services: Services, partner: TransferPartner, size_bytes: int) -> Iterator[_Came]:
    """Towards the quota of the day before it comes; what did not come is not counted."""
    _reserve(services, partner, size_bytes)
    came = _Came()
    try:
        yield came
    finally:
        _reserve(services, partner, came.size_bytes - size_bytes)


def _reserve(services: Services, partner: TransferPartner, size_bytes: int) -> None:
    if partner.quota_bytes and size_bytes:
        with services.writing() as session:
            reserve_bytes(session, partner, size_bytes)


def _require_room(services: Services, box: TransferInbox, size_bytes: int) -> None:
    """Twice: a package goes from here through staging into the copies."""
    needs = 2 * size_bytes + services.settings.transfer.keep_free_bytes
    if box.free_bytes() < needs:
        raise DeliveryRoomError(size=size_bytes, retry_after_s=_ROOM_AGAIN_S)


def _require_same(told: Part, item: TransferItem) -> None:
    if (told.size_bytes, told.sha256) != (item.size_bytes, item.sha256):
        raise DeliveryPackageOtherError(ordinal=told.ordinal)


def _taken(box: TransferInbox, item: TransferItem, body: IO[bytes], came: _Came) -> int:
    """How much of the package is here after its bytes were read."""
    package = package_of(item)
    try:
        here = box.append(item.transfer_id, package, body, offset=0, length=item.size_bytes)
    except DeliveryOffsetError:  # nothing of it was read
        _skip(body, item.size_bytes)
        return box.received(item.transfer_id, package)
    except DeliveryDigestError:  # all of it
        return 0
    came.size_bytes += here
    return here


def _skip(body: IO[bytes], size_bytes: int) -> None:
    left = size_bytes
    while left and (passed := len(body.read(min(left, _SKIP_BYTES)))):
        left -= passed
