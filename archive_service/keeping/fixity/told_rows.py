"""Rows that acts tell of: what the newest act of each says is what its row has to say.

Who decides on lists, transfers, partners, seals, schedules and file plans stands in the copies
that way, and not only in the database; and receipts stand there as they were given.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanState
from archive_service.domain.agencies.fonds import Series
from archive_service.domain.agencies.own_field import OWN_FIELD, OwnField
from archive_service.domain.agencies.term import TERM, Term
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.mode_change import MODE_CHANGE, ModeChange
from archive_service.domain.intake.collection import (
    COLLECTION,
    KEEP_BACK,
    CollectionList,
    KeepBack,
)
from archive_service.domain.intake.delivery import DELIVERY, Delivery
from archive_service.domain.intake.handover import HANDOVER_RECORD, HandoverRecord
from archive_service.domain.intake.late_entry import LATE_ENTRY, LateEntry
from archive_service.domain.intake.outage import OUTAGE, Outage
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.enrolled_copy import COPY_ACT, CopyStanding, EnrolledCopy
from archive_service.domain.keeping.report import REGISTER, ClosedRegister
from archive_service.domain.retention.disposition import (
    DISPOSITION,
    Disposition,
    DispositionState,
)
from archive_service.domain.retention.hold import HOLD_ORDER, HoldOrder
from archive_service.domain.retention.removal import REMOVAL, Removal
from archive_service.domain.retention.retention import (
    RETENTION_CHANGE,
    RETENTION_EVENT,
    RETENTION_SCHEDULE,
    RetentionChange,
    RetentionEvent,
    RetentionSchedule,
    ScheduleState,
)
from archive_service.domain.signing.seal_custody import SEAL_CUSTODY, SealCustody
from archive_service.domain.signing.signing_request import (
    SIGNED_PAPER,
    SigningRequest,
    SigningState,
)
from archive_service.domain.transfer.partner import PARTNER, TransferPartner
from archive_service.domain.transfer.transfer import (
    BEGUN_AGAIN,
    GOING,
    TOLD_TOGETHER,
    TRANSFER,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
)
from archive_service.keeping.fixity.told_kinds import (
    AGENCY,
    BY_SUBJECT,
    COMPARED,
    FILE_PLAN,
    LISTS,
    MAY_BE_GONE,
    RENAMED,
    SERIES,
    TOLD,
    WHOLE,
    ToldList,
    WholePart,
)
from archive_service.packaging.catalogue import as_json

_DECIDED = (DispositionState.APPROVED, DispositionState.EXECUTING, DispositionState.EXECUTED)
_TOGETHER = 500
# What a document of another shape meets: somebody wrote it into the database.
_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
_OF_RECEIPTS = ("number", "year", "sha256", "issued_at")
# Nothing of these stands in the database that no act tells of: kind of act, of its documents the
# part, and the rows.
ONLY_BY_ACTS: Sequence[tuple[str, str, type[Any]]] = (
    (PARTNER, "partner", TransferPartner),
    (SEAL_CUSTODY, "", SealCustody),
    (REMOVAL, "", Removal),
)
# The same by the subjects of acts; of plans, schedules and papers once they count, of copies once
# they are used no more: those of the first setting up have no act.
WITH_ACTS: Sequence[tuple[str, type[Any], ColumnElement[bool] | None]] = (
    (AGENCY, Agency, None),
    (COLLECTION, CollectionList, None),
    (COPY_ACT, EnrolledCopy, EnrolledCopy.state == CopyStanding.RETIRED),
    (DELIVERY, Delivery, None),
    (DISPOSITION, Disposition, None),
    (FILE_PLAN, FilePlan, FilePlan.state == FilePlanState.APPROVED),
    (HANDOVER_RECORD, HandoverRecord, HandoverRecord.sha256.is_not(None)),
    (HOLD_ORDER, HoldOrder, None),
    (KEEP_BACK, KeepBack, None),
    (LATE_ENTRY, LateEntry, None),
    (MODE_CHANGE, ModeChange, None),
    (OUTAGE, Outage, None),
    (OWN_FIELD, OwnField, None),
    (REGISTER, ClosedRegister, None),
    (RETENTION_CHANGE, RetentionChange, None),
    (RETENTION_EVENT, RetentionEvent, None),
    (RETENTION_SCHEDULE, RetentionSchedule, RetentionSchedule.state == ScheduleState.ADOPTED),
    (SIGNED_PAPER, SigningRequest, SigningRequest.state == SigningState.SIGNED),
    (TERM, Term, None),
    (TRANSFER, Transfer, None),
    (SERIES, Series, None),
)
# Of an item, what the building of its package writes before the act that tells of all of them.
_BY_BUILDING = {"state", "refusal", "package", "file", "sha256", "size_bytes", "medium"}
_TO_BUILD = (*GOING, TransferItemState.SENT)
_Rows = Mapping[type[Base], Mapping[Any, Any]]  # by their keys


def contradicted(session: Session, acts: Iterable[Act]) -> Iterator[Act]:
    """Those of these acts that are the newest of their subject, and that its rows contradict."""
    whole = [one for one in acts if one.kind in (*TOLD, RECEIPT)]
    for start in range(0, len(whole), _TOGETHER):
        some = whole[start : start + _TOGETHER]
        newest = _newest(session, some)
        receipts = _receipts(session, [one for one in some if one.kind == RECEIPT])
        rows = _rows_of(session, [one for one in some if one.id in newest])
        for act in some:
            if act.id in newest and _is_contradicted(session, act, rows, receipts):
                yield act


def _is_contradicted(
    session: Session, act: Act, rows: "_Rows", receipts: Mapping[UUID, Sequence[tuple[Any, ...]]]
) -> bool:
    """Whether rows tell otherwise; a document that no act of its kind has fits none."""
    try:
        if act.kind == RECEIPT:
            return any(_receipt_differing(receipts, act))
        return any(_differing(session, act, rows))
    except _UNREADABLE:
        return True


def _newest(session: Session, acts: Sequence[Act]) -> set[UUID]:
    """Ids of those of these acts after which none of the same subject was done."""
    later = aliased(Act)
    same = later.kind == Act.kind, later.subject_id == Act.subject_id
    after = or_(later.at > Act.at, and_(later.at == Act.at, later.id > Act.id))
    of_them = Act.id.in_([act.id for act in acts])
    return set(session.scalars(select(Act.id).where(of_them, ~exists().where(*same, after))))


def _receipts(session: Session, acts: Sequence[Act]) -> dict[UUID, list[tuple[Any, ...]]]:
    """What rows say of receipts, and whether they say all: a submission may forget its own.

    That of a case file stands in its own row and in that of the submission that became it, that of
    what was added in the submission's alone.
    """
    ids = list[UUID]()
    for act in acts:
        with suppress(*_UNREADABLE):
            ids.append(UUID(act.subject_id))
    found = defaultdict[UUID, list[tuple[Any, ...]]](list)
    kinds: tuple[type[Any], ...] = (Submission, CaseFile)
    for kind in kinds if ids else ():
        columns = [getattr(kind, f"receipt_{name}") for name in _OF_RECEIPTS]
        for id_, *held in session.execute(select(kind.id, *columns).where(kind.id.in_(ids))):
            is_whole = kind is CaseFile or held[_OF_RECEIPTS.index("sha256")] is not None
            found[id_].append((is_whole, *held))
    return found


def untold(session: Session) -> Iterator[str]:
    """Rows that somebody slipped in: kind and id of each that no act tells of."""
    for kind, part, rows in ONLY_BY_ACTS:
        path = (part, "id") if part else ("id",)
        known = set(session.scalars(select(Act.document[path].as_string()).where(Act.kind == kind)))
        for id_ in session.scalars(select(rows.id).order_by(rows.id)):
            if str(id_) not in known:
                yield f"{kind} {id_}"
    for kind, rows, where in WITH_ACTS:
        key = _key_of(rows)
        query = select(key).order_by(key)
        found = session.scalars(query if where is None else query.where(where)).all()
        for start in range(0, len(found), _TOGETHER):
            some = list(map(str, found[start : start + _TOGETHER]))
            subjects = select(Act.subject_id).where(Act.kind == kind, Act.subject_id.in_(some))
            known = set(session.scalars(subjects))
            yield from (f"{kind} {name}" for name in some if name not in known)


def _differing(session: Session, act: Act, rows: _Rows) -> Iterator[str]:
    """Names of what rows tell otherwise."""
    for part, kind, key, state in _parts_of(act):
        row = rows[kind].get(key)
        if row is None:
            if kind not in MAY_BE_GONE and not _was_left_out(session, act, kind, state):
                yield part or "id"
            continue
        columns = _compared(row, state, rows)
        named = ((name, RENAMED.get(kind, {}).get(name, name)) for name in state)
        yield from (
            name
            for name, column in named
            if column in columns and as_json(getattr(row, column)) != state[name]
        )
    for told_list in LISTS.get(act.kind, ()):
        if told_list.part in act.document:  # acts of older releases tell less
            yield from _list_of_rows_differing(session, act, told_list)
    if act.kind == DISPOSITION and "disposition" in act.document:
        yield from _list_differing(session, act.document["disposition"])
    if act.kind == TRANSFER:
        yield from _items_slipped_in(session, act.document)
    for whole in WHOLE.get(act.kind, ()):
        yield from _slipped_in(session, act.document, whole)


def _was_left_out(session: Session, act: Act, kind: type[Base], facts: Mapping[str, Any]) -> bool:
    """Whether a register became shorter than the part that tells of this item.

    A rebuild brings none back whose case file is in no copy.
    """
    if kind is not TransferItem:
        return False
    newest = select(Act.document).where(Act.kind == TRANSFER, Act.subject_id == act.document["of"])
    register = session.scalars(newest.order_by(Act.at.desc(), Act.id.desc()).limit(1)).first()
    if register is None or facts["ordinal"] > register["items"]:
        return True
    case_file = facts["case_file_id"]
    return case_file is not None and session.get(CaseFile, UUID(case_file)) is None


def _parts_of(act: Act) -> Iterator[tuple[str, type[Any], Any, Mapping[str, Any]]]:
    """Each row that an act tells of: the part, its kind, its key, and what is told of it."""
    for part, kind in TOLD.get(act.kind, ()):
        found = act.document.get(part, []) if part else act.document
        several = found if isinstance(found, list) else [found]
        for entry in filter(_is_row, several):  # a transfer tells how many ``items`` it has, too
            if kind in BY_SUBJECT:
                yield part, kind, _typed(kind, act.subject_id), entry
            elif "id" in entry:
                yield part, kind, _typed(kind, entry["id"]), entry


def _is_row(value: object) -> bool:
    return isinstance(value, dict)


def _rows_of(session: Session, acts: Sequence[Act]) -> _Rows:
    """All that these acts tell of, read together."""
    keys: dict[type[Base], list[Any]] = defaultdict(list)
    for act in acts:
        with suppress(*_UNREADABLE):  # told of the act itself
            for _, kind, key, _ in _parts_of(act):
                keys[kind].append(key)
            # Where the transfer of items stands decides what of them is compared.
            if act.kind == TRANSFER and "of" in act.document:
                keys[Transfer].append(UUID(act.document["of"]))
    return {kind: _rows(session, kind, of_kind) for kind, of_kind in keys.items()}


def _rows(session: Session, kind: type[Any], keys: Sequence[Any]) -> dict[Any, Any]:
    column = _key_of(kind)
    found: dict[Any, Any] = {}
    for start in range(0, len(keys), _TOGETHER):
        some = select(kind).where(column.in_(keys[start : start + _TOGETHER]))
        found |= {getattr(row, column.key): row for row in session.scalars(some)}
    return found


def _key_of(kind: type[Any]) -> Column[Any]:
    return next(iter(kind.__table__.primary_key.columns))


def _typed(kind: type[Any], key: str) -> UUID | str:
    return UUID(key) if _key_of(kind).type.python_type is UUID else key


def _list_of_rows_differing(session: Session, act: Act, listed: ToldList) -> Iterator[str]:
    """The part, where the rows of the subject are not those that it tells."""
    rows = [
        entry if isinstance(entry, dict) else {listed.word: entry}
        for entry in act.document[listed.part]
    ]
    names = sorted({name for row in rows for name in row})
    of_it = select(listed.owner.class_).where(listed.owner == UUID(act.subject_id))
    found = [
        {name: as_json(getattr(row, listed.columns.get(name, name))) for name in names}
        for row in session.scalars(of_it)
    ]
    if sorted(map(_by_name, rows)) != sorted(map(_by_name, found)):
        yield listed.part


def _by_name(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in row.items())


def _list_differing(session: Session, facts: Mapping[str, Any]) -> Iterator[str]:
    """The case files of a list, by the digest of what was decided on."""
    row = session.get(Disposition, UUID(facts["id"]))
    if row is None or facts["state"] not in _DECIDED:
        return
    if row.digest_of_list() != facts.get("list_sha256"):
        yield "items"


def _slipped_in(session: Session, document: Mapping[str, Any], whole: WholePart) -> Iterator[str]:
    """The part, where rows of its subject stand beside those that it tells."""
    subject = document.get(whole.above) if whole.above else document
    if subject is None:
        return  # the items of a list
    ids = {entry["id"] for entry in document.get(whole.part, ()) if "id" in entry}
    if document.get(whole.part) and not ids:
        return  # older releases told no ids
    query = select(whole.owner.class_.id).where(whole.owner == UUID(subject["id"]))
    if whole.but is not None:
        query = query.where(~whole.but)
    if not set(map(str, session.scalars(query))) <= ids:
        yield whole.part


def _items_slipped_in(session: Session, document: Mapping[str, Any]) -> Iterator[str]:
    """Case files beside those of a transfer: among the ordinals of a part, or after the last."""
    ids = set[str]()
    if "part" in document:
        ids = {item["id"] for item in document["items"]}
        first = document["part"] * TOLD_TOGETHER
        where = TransferItem.ordinal.between(first + 1, first + TOLD_TOGETHER)
        transfer_id = UUID(document["of"])
    elif isinstance(document.get("items"), int):
        where = TransferItem.ordinal > document["items"]
        transfer_id = UUID(document["transfer"]["id"])
    else:
        return
    of_it = select(TransferItem.id).where(TransferItem.transfer_id == transfer_id, where)
    if {str(id_) for id_ in session.scalars(of_it)} - ids:
        yield "items"


def _receipt_differing(held: Mapping[UUID, Sequence[tuple[Any, ...]]], act: Act) -> Iterator[str]:
    """Number, day and digest of a receipt; of what is gone since, nothing is asked."""
    for is_whole, *row in held.get(UUID(act.subject_id), ()):
        for name, value in zip(_OF_RECEIPTS, row, strict=True):
            is_told = name in act.document and (is_whole or value is not None)
            if is_told and as_json(value) != act.document[name]:
                yield name


def _compared(row: Base, facts: Mapping[str, Any], rows: _Rows) -> AbstractSet[str]:
    """Columns that are compared with an act.

    A partner may lose its account by a rebuild: no copy holds accounts.
    """
    columns: AbstractSet[str] = set(row.__table__.columns.keys())
    if isinstance(row, TransferPartner) and not row.account_id:
        columns -= {"account_id"}
    if isinstance(row, TransferItem):
        columns -= _ahead(row, facts.get("state"), rows[Transfer].get(row.transfer_id))
    return columns & COMPARED.get(type(row), columns)


def _ahead(row: TransferItem, value: object, transfer: Transfer | None) -> AbstractSet[str]:
    """Columns in which an item may be ahead of its act.

    The gate has acts of its own, and a rebuild awaits once more. Packages are built one by one,
    and the act tells of all once the building closes; till then the transfer stands where it did.
    """
    steps = {
        TransferItemState.REMOVED: {TransferItemState.TRANSFERRED},
        TransferItemState.TRANSFERRED: {TransferItemState.REMOVED},
        TransferItemState.AWAITED: {TransferItemState.ARRIVED, TransferItemState.ACCEPTED},
    }
    if value in steps.get(row.state, ()):
        return {"state", "case_file_id", "submission_id"}
    is_to_build = (
        transfer is not None
        and transfer.direction is TransferDirection.OUT
        and transfer.state in BEGUN_AGAIN
    )
    is_done = row.state in (TransferItemState.BUILT, TransferItemState.STOPPED)
    return _BY_BUILDING if is_to_build and is_done and value in _TO_BUILD else frozenset()
