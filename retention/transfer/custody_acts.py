"""A transfer on its way into every copy, and its rows written again from there.

Acts of one kind: the register with who decided what; its items, 500 in an act, told when they
change; its media; and each signed document that one archive sent the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.acts import each_newest, of_case_files
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.removal import Removal
from archive_service.domain.transfer.transfer import (
    TRANSFER,
    Transfer,
    TransferItem,
    TransferItemState,
    TransferMedium,
    TransferMessage,
)
from archive_service.packaging.catalogue import as_json, plain_row, row_from
from retention.transfer.items import AT_ONCE, last_ordinal


def tell(
    session: Session,
    row: Transfer,
    tag: str,
    *,
    actor: Actor,
    items: bool = False,
    changed: Iterable[TransferItem | int] | None = None,
    **facts: Any,  # Any: whatever the event tells
) -> None:
    """The transfer as it is now, into every copy, and the event beside it.

    Args:
        items: all of its items as well.
        changed: only these of them, or those of these ordinals.
    """
    session.flush()
    last = last_ordinal(session, row.id)
    media = session.scalars(select(TransferMedium).where(TransferMedium.transfer_id == row.id))
    body = {
        "transfer": plain_row(row),
        "items": last,
        "media": [plain_row(medium) for medium in media],
    }
    _add(session, str(row.id), body)
    parts = range(-(-last // AT_ONCE)) if items else sorted(_parts_of(changed or ()))
    for part in parts:
        _tell_part(session, row.id, part)
    record_event(
        session,
        tag,
        of=row,
        actor=actor,
        data={"number": row.name, "list_sha256": row.list_sha256} | facts,
    )


def tell_items(session: Session, row: Transfer, changed: Iterable[TransferItem]) -> None:
    """Items as they are now, into every copy; the event is that of the act that goes on."""
    session.flush()
    for part in sorted(_parts_of(changed)):
        _tell_part(session, row.id, part)


def add_items(session: Session, transfer_id: UUID, given: Sequence[Mapping[str, Any]]) -> None:
    """New items, one part of them, into the rows and into every copy; no row is read again.

    Args:
        given: columns of each that are not as they are by default, by ``ordinal``.
    """
    if not given:
        return
    unsaid = {column.name: _by_default(column) for column in TransferItem.__table__.columns}
    rows = [{"id": uuid4(), "transfer_id": transfer_id, **facts} for facts in given]
    session.execute(insert(TransferItem), rows)
    items = [{name: as_json(value) for name, value in (unsaid | row).items()} for row in rows]
    _add_part(session, transfer_id, (given[0]["ordinal"] - 1) // AT_ONCE, items)


def _by_default(column: ColumnElement[Any]) -> Any:  # Any: whatever a column holds
    default = getattr(column, "default", None)
    return default.arg if default is not None and default.is_scalar else None


def tell_message(session: Session, message: TransferMessage) -> None:
    """A document of one archive to the other, into every copy; its delivery as well."""
    session.flush()
    number = f"{message.transfer_id}:{message.kind}:{message.direction}:{message.sequence}"
    _add(session, number, {"message": plain_row(message)})


def _parts_of(changed: Iterable[TransferItem | int]) -> set[int]:
    ordinals = (item if isinstance(item, int) else item.ordinal for item in changed)
    return {(ordinal - 1) // AT_ONCE for ordinal in ordinals}


def _tell_part(session: Session, transfer_id: UUID, part: int) -> None:
    first = part * AT_ONCE
    query = select(*TransferItem.__table__.columns).where(
        TransferItem.transfer_id == transfer_id,
        TransferItem.ordinal.between(first + 1, first + AT_ONCE),
    )
    rows = session.execute(query.order_by(TransferItem.ordinal)).mappings()
    items = [{name: as_json(value) for name, value in row.items()} for row in rows]
    _add_part(session, transfer_id, part, items)


def _add_part(
    session: Session, transfer_id: UUID, part: int, items: Sequence[Mapping[str, Any]]
) -> None:
    facts = {"items": items, "part": part, "of": str(transfer_id)}
    _add(session, f"{transfer_id}:items:{part}", facts)


def _add(session: Session, subject_id: str, document: dict[str, Any]) -> None:
    act = Act(kind=TRANSFER, subject_id=subject_id, at=clock.now(), document=document)
    session.add(act)
    session.flush()
    session.expunge(act)  # many of them are much


def restore_transfers(session: Session) -> None:
    """Rows of the newest acts, once agencies and case files are back; one body at a time.

    An item whose case file is in no copy is left out: no register of ours stands without it. What
    was to be taken over and is in none is awaited again.
    """
    items: dict[str, int] = {}
    for body in each_newest(session, TRANSFER, lambda subject: ":" not in subject):
        session.add(row_from(Transfer, body["transfer"]))
        session.flush()
        session.add_all(row_from(TransferMedium, medium) for medium in body["media"])
        items[body["transfer"]["id"]] = body["items"]
    for body in each_newest(session, TRANSFER, lambda subject: ":" in subject):
        if "message" in body and body["message"]["transfer_id"] in items:
            message = row_from(TransferMessage, body["message"])
            session.add(message)
            session.flush()
            session.expunge(message)  # its document may be of 30 MB
        if "part" in body and body["of"] in items:
            _restore_items(session, body["items"], items[body["of"]])
    session.flush()
    _note_handed_over(session)


def _note_handed_over(session: Session) -> None:
    """Case files of which a closed transfer says so are the other archive's; some are gone."""
    gone = select(Removal.ground_id).where(Removal.done_at.is_not(None))
    for state, condition in (
        (TransferItemState.REMOVED, TransferItem.id.in_(gone)),
        (TransferItemState.TRANSFERRED, TransferItem.id.not_in(gone)),
    ):
        handed = TransferItem.state.in_((TransferItemState.TRANSFERRED, TransferItemState.REMOVED))
        ours = select(TransferItem.case_file_id).where(handed, condition)
        session.execute(
            update(CaseFile)
            .where(CaseFile.id.in_(ours))
            .values(state=CaseState.TRANSFERRED)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(TransferItem)
            .where(handed, condition)
            .values(state=state)
            .execution_options(synchronize_session=False)
        )
    session.expire_all()


def _restore_items(session: Session, told: list[dict[str, Any]], last: int) -> None:
    """Those that are on it still: a register may have become shorter."""
    there = [entry for entry in told if entry["ordinal"] <= last]
    coming = [entry for entry in there if entry["case_file_id"] is None]
    of_ours = [entry for entry in there if entry["case_file_id"] is not None]
    known, ids = of_case_files(session, of_ours)
    accepted = TransferItemState.ACCEPTED.value  # and never stored: its package is awaited again
    awaited = {
        "state": TransferItemState.AWAITED.value,
        "case_file_id": None,
        "submission_id": None,
    }
    lost = [
        entry | awaited
        for entry in of_ours
        if entry["state"] == accepted and UUID(entry["case_file_id"]) not in ids
    ]
    session.add_all(row_from(TransferItem, entry) for entry in [*coming, *known, *lost])
    session.flush()
