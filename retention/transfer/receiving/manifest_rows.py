"""What a manifest brings into the rows of the receiving archive: the transfer and its items.

The same manifest again changes nothing, one of an older sequence neither. A newer one names all
that stands: what is not stored yet is awaited anew, what is stored stays as it is.
"""

import datetime as dt
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, load_only

from archive_service import clock
from archive_service.domain.kept_document import Kept
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from archive_service.errors import ConflictError, InputError
from retention.transfer.custody_acts import tell_message
from retention.transfer.items import AT_ONCE, items_named, last_ordinal, next_number, parts_of
from retention.transfer.messages.tables import MANIFEST_FORM, Manifest, PackageLine, Register
from retention.transfer.packages.manifest_reader import open_manifest
from retention.transfer.register.deadlines import decide_days
from retention.transfer.transitions import TRANSITIONS

# A submission that is not wanted any more; whether it is gone: what is accepted stays.
Drop = Callable[[UUID], bool]
_KEPT = (TransferItemState.ACCEPTED, TransferItemState.STORED)
_OPEN = (TransferItemState.AWAITED, TransferItemState.ARRIVED)


class TransferToOneselfError(InputError):
    """The archive that gives is the one that is to receive."""


class TransferManifestOtherError(ConflictError):
    """Another manifest of the same transfer and sequence is here: ``sequence``."""


@dataclass(slots=True)
class Incoming:
    """The transfer as it stands after its manifest; ``is_newest``: packages of it are taken."""

    row: Transfer
    is_newest: bool = True
    is_new: bool = False  # this manifest was not here before
    recalled: list[str] = field(default_factory=list)


def take_over(
    session: Session, manifest: Manifest, *, agency_id: UUID, account: str, drop: Drop
) -> Incoming:
    """Row, message and items as the manifest has them, in the caller's transaction.

    Args:
        account: who receives.
        drop: called for each submission of an item that comes anew, or comes no more.

    Raises:
        TransferToOneselfError: the transfer went out from here.
        TransferManifestOtherError: see there; also where another archive uses its id.
        TransferStateError: it was withdrawn.
    """
    row = session.get(Transfer, manifest.id, with_for_update=True)
    if row is not None and row.direction is TransferDirection.OUT:
        raise TransferToOneselfError(archive=manifest.archive)
    if row is None:
        row = new_row(session, manifest, agency_id, account)
    elif (row.partner_code, row.agency_id) != (manifest.archive, agency_id):
        raise TransferManifestOtherError(number=row.name, sequence=manifest.sequence)
    TRANSITIONS.require_open(row, "receive")
    newest = _newest(session, row.id)
    if newest is not None and manifest.sequence < newest.sequence:
        return Incoming(row, is_newest=False)
    if newest is not None and manifest.sequence == newest.sequence:
        if newest.sha256 != manifest.sha256:
            raise TransferManifestOtherError(number=row.name, sequence=manifest.sequence)
        return Incoming(row)
    _tell_of(row, manifest)
    incoming = Incoming(row, is_new=True)
    incoming.recalled = _Merging(session, row, drop).all_of(manifest)
    _keep(session, manifest)
    return incoming


def _keep(session: Session, manifest: Manifest) -> None:
    """The document itself; nowhere all of it is in memory."""
    with open_manifest(manifest) as document:
        kept = Kept.read_from(document)
    message = TransferMessage(
        transfer_id=manifest.id,
        kind=TransferMessageKind.MANIFEST,
        direction=TransferDirection.IN,
        sequence=manifest.sequence,
        sha256=manifest.sha256,
        document=kept.text,
        at=manifest.created,
        delivered_at=clock.now(),
    )
    session.add(message)
    tell_message(session, message)
    session.expunge(message)


def begin_anew(row: Transfer) -> None:
    """More of it came: it is to be decided, within the days that the circular gives."""
    TRANSITIONS.move(row, "receive")
    row.received_at = clock.now()
    row.decide_by = clock.today() + dt.timedelta(days=decide_days())


def _newest(session: Session, transfer_id: UUID) -> TransferMessage | None:
    """Sequence and digest of the newest manifest; the document stays where it is."""
    mine = (
        TransferMessage.transfer_id == transfer_id,
        TransferMessage.kind == TransferMessageKind.MANIFEST,
        TransferMessage.direction == TransferDirection.IN,
    )
    last = select(func.max(TransferMessage.sequence)).where(*mine).scalar_subquery()
    query = select(TransferMessage).where(*mine, TransferMessage.sequence == last)
    return session.scalar(
        query.options(load_only(TransferMessage.sequence, TransferMessage.sha256))
    )


def new_row(session: Session, told: Manifest | Register, agency_id: UUID, account: str) -> Transfer:
    """The row of a transfer that comes in, as its first message names it."""
    now = clock.now()
    row = Transfer(
        id=told.id,
        direction=TransferDirection.IN,
        state=TransferState.REGISTERED,
        agency_id=agency_id,
        year=clock.today().year,
        partner=told.archive_name,
        partner_code=told.archive,
        partner_number=told.number,
        list_sha256=told.list_sha256,
        composed_by=account,
        composed_at=now,
    )
    row.number = next_number(session, row)
    session.add(row)
    return row


def _tell_of(row: Transfer, manifest: Manifest) -> None:
    """What a newer manifest says of the transfer itself."""
    begin_anew(row)
    row.partner, row.partner_number = manifest.archive_name, manifest.number
    row.edition, row.media = manifest.edition, manifest.media
    row.list_sha256, row.manifest_sha256 = manifest.list_sha256, manifest.sha256
    row.register_number, row.answer_number = manifest.register_number, manifest.answer_number
    row.built_at = manifest.created


class _Merging:
    """Items as a newer manifest names them, some hundred at a time."""

    def __init__(self, session: Session, row: Transfer, drop: Drop) -> None:
        self._session, self._row, self._drop = session, row, drop
        session.flush()
        self._last = last_ordinal(session, row.id)
        self._before = self._last
        self._was_there = self._last > 0
        self._lines: list[PackageLine] = []
        self._named = array("q")  # ordinals of items that were there, and are named again

    def all_of(self, manifest: Manifest) -> list[str]:
        """Codes of what was announced, awaited, or waited for a decision, and is named no more."""
        with open_manifest(manifest) as document:
            MANIFEST_FORM.read(document, self._add)
        self._merge()
        return self._recall() if self._was_there else []

    def _add(self, line: PackageLine) -> None:
        self._lines.append(line)
        if len(self._lines) == AT_ONCE:
            self._merge()

    def _merge(self) -> None:
        session, codes = self._session, [line.code for line in self._lines]
        named = list(items_named(session, self._row.id, codes)) if self._was_there else []
        self._named.extend(transfer_item.ordinal for transfer_item in named)
        known = {transfer_item.code: transfer_item for transfer_item in named}
        new: list[dict[str, Any]] = []
        for line in self._lines:
            item = known.get(line.code)
            if item is None:
                new.append(self._new(line))
            else:
                self._again(item, line)
        session.flush()
        if new:
            session.execute(insert(TransferItem), new)
        for item in known.values():
            session.expunge(item)
        self._lines.clear()

    def _new(self, line: PackageLine) -> dict[str, Any]:
        """The values of a row; what nobody told of yet bears the manifest's own ordinals."""
        ordinal = line.ordinal
        if self._was_there:
            self._last = ordinal = self._last + 1
        return {
            "id": uuid4(),
            "transfer_id": self._row.id,
            "code": line.code,
            "ordinal": ordinal,
            "state": TransferItemState.AWAITED,
        } | _described(line)

    def _again(self, item: TransferItem, line: PackageLine) -> None:
        is_same = item.sha256 == line.sha256
        if is_same and item.state in (*_KEPT, *_OPEN):
            if item.state not in _KEPT:
                item.medium, item.file = line.medium, line.file
            return
        if item.state in _KEPT or not self._is_gone(item):
            item.refusal = Refusal("stored-otherwise", {"sha256": line.sha256}).as_document()
            return
        if item.state is TransferItemState.RETURNED:
            item.registered = {}  # see ``announced.differs``
        item.state, item.refusal, item.reason = TransferItemState.AWAITED, None, ""
        item.submission_id = None
        for name, value in _described(line).items():
            setattr(item, name, value)

    def _is_gone(self, item: TransferItem) -> bool:
        """Nothing of it is here any more; what was accepted at the desk stays."""
        if item.state is not TransferItemState.ARRIVED or item.submission_id is None:
            return True
        return self._drop(item.submission_id)

    def _recall(self) -> list[str]:
        recalled = []
        named = array("q", sorted(self._named))
        for part in parts_of(self._session, self._row.id, *_OPEN, TransferItemState.LISTED):
            for item in part:
                if item.ordinal > self._before or _is_in(named, item.ordinal):
                    continue
                if not self._is_gone(item):
                    continue
                item.state, item.submission_id = TransferItemState.RECALLED, None
                item.refusal = Refusal("not-named", {}).as_document()
                recalled.append(item.code)
        return recalled


def _is_in(numbers: Sequence[int], number: int) -> bool:
    """Whether it is one of these, which are in order."""
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number


def _described(line: PackageLine) -> dict[str, Any]:
    return {
        "title": line.title,
        "version": line.version,
        "documents": line.documents,
        "package": line.kind,
        "file": line.file,
        "medium": line.medium,
        "sha256": line.sha256,
        "size_bytes": line.size_bytes,
        "pages": 0,
    }
