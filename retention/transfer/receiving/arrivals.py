"""Packages of a transfer that were handed in at the door, or were not: rows of their items."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferMedium,
    TransferState,
)
from archive_service.services import Services
from archive_service.text import nfc
from retention.transfer.custody_acts import tell
from retention.transfer.documents import PackageTrouble
from retention.transfer.listing import get_transfer
from retention.transfer.receiving.drop_submission import drop_submission
from retention.transfer.receiving.manifest_rows import begin_anew
from retention.transfer.receiving.packages import Taken
from retention.transfer.register.announced_rows import differs


def note_arrived(
    services: Services,
    transfer_id: UUID,
    taken: Sequence[Taken],
    here: Collection[int],
    actor: Actor,
) -> list[PackageTrouble]:
    """Rows of what was handed in, and of what was not; the troubles. Nothing twice.

    ``here``: numbers of the media that lie here.
    """
    troubles: list[PackageTrouble] = []
    changed: list[TransferItem] = []
    with services.unit_of_work() as uow:
        session = uow.session
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        here_now = _Here.of(session, taken)
        for arrival in taken:
            item = here_now.items[arrival.item_id]
            if not here_now.awaits(item):  # another who received at the same time has it
                if isinstance(arrival.outcome, UUID) and arrival.outcome != item.submission_id:
                    drop_submission(services, uow, arrival.outcome, reason=row.name, actor=actor)
                continue
            refusal = _noted(here_now, row, item, arrival)
            if session.is_modified(item):
                changed.append(item)
            if refusal is not None:
                troubles.append(PackageTrouble(code=item.code, refusal=refusal.as_document()))
        count = len(taken) - len(troubles)
        if count and row.state in (TransferState.DECIDED, TransferState.REPLIED):
            begin_anew(row)
        if _arrive(session, row, here) or changed:
            tell(
                session,
                row,
                "transfer:arrived",
                actor=actor,
                changed=changed,
                arrived=count,
                troubles=[trouble.code for trouble in troubles],
            )
        uow.commit()
    return troubles


@dataclass(frozen=True, slots=True)
class _Here:
    """What rows say of some items and of what was handed in for them, read with a few statements.

    ``bound``: by submission the items that have it, with the name of their transfer.
    """

    items: Mapping[UUID, TransferItem]
    submissions: Mapping[UUID, Row[Any]]
    bound: dict[UUID, dict[UUID, str]]

    @classmethod
    def of(cls, session: Session, taken: Sequence[Taken]) -> "_Here":
        """Of the items of ``taken``, in the caller's transaction."""
        wanted = TransferItem.id.in_([arrival.item_id for arrival in taken])
        items = {
            transfer_item.id: transfer_item
            for transfer_item in session.scalars(select(TransferItem).where(wanted))
        }
        ids = {arrival.outcome for arrival in taken if isinstance(arrival.outcome, UUID)}
        had = {
            transfer_item.submission_id
            for transfer_item in items.values()
            if transfer_item.submission_id is not None
        }
        columns = (
            Submission.id, Submission.code, Submission.title, Submission.document_count,
            Submission.declared,
        )  # fmt: skip
        rows = session.execute(select(*columns).where(Submission.id.in_(ids | had)))
        bound: dict[UUID, dict[UUID, str]] = {}
        query = (
            select(TransferItem.submission_id, TransferItem.id, Transfer.number, Transfer.year)
            .join(Transfer, Transfer.id == TransferItem.transfer_id)
            .where(TransferItem.submission_id.in_(ids))
        )
        for submission_id, item_id, number, year in session.execute(query):
            if submission_id is not None:
                bound.setdefault(submission_id, {})[item_id] = f"{number:02}/{year}"
        return cls(items, {row.id: row for row in rows}, bound)

    def awaits(self, item: TransferItem) -> bool:
        """Also one whose submission no restored archive knows any more."""
        if item.state is TransferItemState.ARRIVED:
            return item.submission_id not in self.submissions
        return item.state is TransferItemState.AWAITED

    def bind(self, item: TransferItem, submission_id: UUID | None, register: str) -> None:
        """From now on the item has this one, or none."""
        if item.submission_id is not None:
            self.bound.get(item.submission_id, {}).pop(item.id, None)
        item.submission_id = submission_id
        if submission_id is not None:
            self.bound.setdefault(submission_id, {})[item.id] = register

    def bound_elsewhere(self, item: TransferItem, submission_id: UUID) -> Refusal | None:
        """The same content is that of another item: it is taken once."""
        others = (
            name
            for identifier, name in self.bound.get(submission_id, {}).items()
            if identifier != item.id
        )
        register = next(others, None)
        return Refusal("package-twice", {"register": register}) if register else None


def _noted(here: _Here, row: Transfer, item: TransferItem, taken: Taken) -> Refusal | None:
    """What the item says of it now; why it is not taken, or is not as it was registered."""
    outcome = taken.outcome
    if isinstance(outcome, UUID):
        other = here.bound_elsewhere(item, outcome)
        refusal = other or differs(item, row) or _differs(item, here.submissions[outcome])
        if other is None:
            item.state = TransferItemState.ARRIVED
            here.bind(item, outcome, row.name)
    else:
        refusal = outcome
        item.state = TransferItemState.AWAITED
        here.bind(item, None, "")
    document = refusal.as_document() if refusal is not None else None
    if item.refusal != document:
        item.refusal = document
    return refusal


def _differs(item: TransferItem, submission: Row[Any]) -> Refusal | None:
    """Where register and package do not say the same: code, title, how many documents."""
    declared = submission.declared["fields"]
    counted = {str(submission.document_count), declared.get("totalDoc", "")}
    event_facts = {
        "code": (item.code, submission.code, item.code == submission.code),
        "title": (item.title, submission.title, _plain(item.title) == _plain(submission.title)),
        "documents": (
            item.documents, submission.document_count, str(item.documents) in counted,
        ),
    }  # fmt: skip
    for field, (registered, packed, is_same) in event_facts.items():
        if not is_same:
            facts = {"field": field, "registered": registered, "packed": packed}
            return Refusal("package-differs", facts)
    return None


def _plain(text: str) -> str:
    return " ".join(nfc(text).split())


def _arrive(session: Session, row: Transfer, here: Collection[int]) -> bool:
    """Media that came for the first time are noted; whether there were any."""
    query = select(TransferMedium).where(TransferMedium.transfer_id == row.id)
    known = {transfer_medium.number: transfer_medium for transfer_medium in session.scalars(query)}
    new = [number for number in sorted(here) if number not in known]
    for number in new:
        of_it = (
            TransferItem.transfer_id == row.id,
            TransferItem.medium == number,
            TransferItem.sha256.is_not(None),  # a register announces without packages
        )
        count, size = session.execute(
            select(func.count(), func.coalesce(func.sum(TransferItem.size_bytes), 0)).where(*of_it)
        ).one()
        session.add(
            TransferMedium(
                transfer_id=row.id,
                number=number,
                packages=count,
                size_bytes=size,
                arrived_at=clock.now(),
            )
        )
    return bool(new)
