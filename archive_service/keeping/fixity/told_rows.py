"""Rows that acts tell of: what the newest act of each says is what its row has to say.

Who decides on lists, transfers, partners, seals, schedules and file plans stands in the copies
that way, and not only in the database; and receipts stand there as they were given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanHeading
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.collection import (
    COLLECTION,
    KEEP_BACK,
    CollectionList,
    KeepBack,
)
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.retention.disposition import (
    DISPOSITION,
    CouncilMember,
    Disposition,
    DispositionPaper,
    DispositionState,
)
from archive_service.domain.retention.hold import HOLD_ORDER, HoldOrder
from archive_service.domain.retention.removal import REMOVAL, Removal
from archive_service.domain.retention.retention import RETENTION_SCHEDULE, RetentionSchedule
from archive_service.domain.signing.seal_custody import SEAL_CUSTODY, SealCustody
from archive_service.domain.transfer.partner import PARTNER, TransferPartner
from archive_service.domain.transfer.transfer import TRANSFER, Transfer
from archive_service.packaging.catalogue import as_json

FILE_PLAN = "file-plan"
_DECIDED = (DispositionState.APPROVED, DispositionState.EXECUTING, DispositionState.EXECUTED)
_TOGETHER = 500
_OF_RECEIPTS = ("number", "year", "sha256", "issued_at")
# What a plan says of the case files to come; who opened one, and when, is told as it happens.
_OF_ENTRIES = {"notation", "title", "term", "years", "permanent", "rule_code", "rule_set"}
# Nothing of these stands in the database that no act tells of: kind of act, of its documents the
# part, and the rows.
_ONLY_BY_ACTS: Sequence[tuple[str, str, type[Any]]] = (
    (PARTNER, "partner", TransferPartner),
    (SEAL_CUSTODY, "", SealCustody),
    (REMOVAL, "", Removal),
)
# Kind of act -> the parts of its document with the rows that they are of; "": the document itself.
_TOLD: Mapping[str, Sequence[tuple[str, type[Base]]]] = {
    "agency": (("agency", Agency), ("fonds", Fonds)),
    FILE_PLAN: (("", FilePlan), ("headings", FilePlanHeading), ("entries", FilePlanEntry)),
    DISPOSITION: (
        *(("disposition", Disposition), ("members", CouncilMember)),
        ("papers", DispositionPaper),
    ),
    HOLD_ORDER: (("", HoldOrder),),
    KEEP_BACK: (("", KeepBack),),
    COLLECTION: (("", CollectionList),),
    PARTNER: (("partner", TransferPartner),),
    REMOVAL: (("", Removal),),
    RETENTION_SCHEDULE: (("", RetentionSchedule),),
    SEAL_CUSTODY: (("", SealCustody),),
    TRANSFER: (("transfer", Transfer),),
}


def contradicted(session: Session, acts: Iterable[Act]) -> Iterator[Act]:
    """Those of these acts that are the newest of their subject, and that its rows contradict."""
    whole = [one for one in acts if one.kind in (*_TOLD, RECEIPT)]
    for start in range(0, len(whole), _TOGETHER):
        some = whole[start : start + _TOGETHER]
        newest = _newest(session, some)
        receipts = _receipts(session, [one for one in some if one.kind == RECEIPT])
        for act in some:
            if act.id not in newest:
                continue
            told = (
                _receipt_differing(receipts, act)
                if act.kind == RECEIPT
                else _differing(session, act)
            )
            if any(told):
                yield act


def _newest(session: Session, acts: Sequence[Act]) -> set[UUID]:
    """Ids of the newest act of each of their subjects."""
    found: dict[tuple[str, str], UUID] = {}
    columns = select(Act.kind, Act.subject_id, Act.id)
    of_them = (
        Act.kind.in_({act.kind for act in acts}),
        Act.subject_id.in_({act.subject_id for act in acts}),
    )
    for kind, subject, id_ in session.execute(columns.where(*of_them).order_by(Act.at, Act.id)):
        found[kind, subject] = id_
    return set(found.values())


def _receipts(session: Session, acts: Sequence[Act]) -> dict[UUID, tuple[Any, ...]]:
    """What rows say of receipts: that of a case file stands in its own row, that of what was added
    in the submission's.
    """
    ids = [UUID(act.subject_id) for act in acts]
    found: dict[UUID, tuple[Any, ...]] = {}
    kinds: tuple[type[Any], ...] = (Submission, CaseFile)
    for kind in kinds if ids else ():
        columns = [getattr(kind, f"receipt_{name}") for name in _OF_RECEIPTS]
        for id_, *held in session.execute(select(kind.id, *columns).where(kind.id.in_(ids))):
            if kind is CaseFile or id_ not in found:
                found[id_] = tuple(held)
    return found


def untold(session: Session) -> Iterator[str]:
    """Rows that somebody slipped in: kind and id of each that no act tells of."""
    for kind, part, rows in _ONLY_BY_ACTS:
        path = (part, "id") if part else ("id",)
        told = set(session.scalars(select(Act.document[path].as_string()).where(Act.kind == kind)))
        for id_ in session.scalars(select(rows.id).order_by(rows.id)):
            if str(id_) not in told:
                yield f"{kind} {id_}"


def _differing(session: Session, act: Act) -> Iterator[str]:
    """Names of what rows tell otherwise."""
    for part, kind in _TOLD.get(act.kind, ()):
        found = act.document.get(part, []) if part else act.document
        told = [one for one in ([found] if isinstance(found, dict) else found) if "id" in one]
        rows = _rows(session, kind, [UUID(entry["id"]) for entry in told])
        for one in told:
            row = rows.get(UUID(one["id"]))
            if row is None:
                yield part or "id"
                continue
            yield from (
                name
                for name in (one.keys() & kind.__table__.columns.keys()) - _lost(row)
                if as_json(getattr(row, name)) != one[name]
            )
    if act.kind == "agency" and "agency" in act.document:
        yield from _identifiers_differing(session, act.document)
    if act.kind == DISPOSITION and "disposition" in act.document:
        yield from _list_differing(session, act.document["disposition"])
    if act.kind == FILE_PLAN:
        yield from _entries_slipped_in(session, act.document)


def _rows(session: Session, kind: type[Any], ids: Sequence[UUID]) -> dict[UUID, Any]:
    found: dict[UUID, Any] = {}
    for start in range(0, len(ids), _TOGETHER):
        some = select(kind).where(kind.id.in_(ids[start : start + _TOGETHER]))
        found |= {row.id: row for row in session.scalars(some)}
    return found


def _identifiers_differing(session: Session, document: Mapping[str, Any]) -> Iterator[str]:
    """Identifiers of an agency have no ids in its act: all of them are compared together."""
    told = document.get("identifiers", [])
    of_it = AgencyIdentifier.agency_id == UUID(document["agency"]["id"])
    names = sorted({name for one in told for name in one} or {"code"})
    found = [
        {name: as_json(getattr(row, name)) for name in names}
        for row in session.scalars(select(AgencyIdentifier).where(of_it))
    ]
    if sorted(map(_by_code, told)) != sorted(map(_by_code, found)):
        yield "identifiers"


def _by_code(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in one.items())


def _list_differing(session: Session, told: Mapping[str, Any]) -> Iterator[str]:
    """The case files of a list, by the digest of what was decided on."""
    row = session.get(Disposition, UUID(told["id"]))
    if row is None or told["state"] not in _DECIDED:
        return
    if row.digest_of_list() != told.get("list_sha256"):
        yield "items"


def _entries_slipped_in(session: Session, document: Mapping[str, Any]) -> Iterator[str]:
    """Entries beside those that were approved, but for what was opened outside the plan."""
    told = {entry["id"] for entry in document["entries"] if "id" in entry}
    of_it = FilePlanEntry.plan_id == UUID(document["id"]), FilePlanEntry.outside.is_(False)
    found = {str(id_) for id_ in session.scalars(select(FilePlanEntry.id).where(*of_it))}
    if told and found - told:
        yield "entries"


def _receipt_differing(held: Mapping[UUID, tuple[Any, ...]], act: Act) -> Iterator[str]:
    """Number, day and digest of a receipt; of what is gone since, nothing is asked."""
    row = held.get(UUID(act.subject_id))
    if row is None or row[_OF_RECEIPTS.index("sha256")] is None:
        return
    for name, value in zip(_OF_RECEIPTS, row, strict=True):
        if name in act.document and as_json(value) != act.document[name]:
            yield name


def _lost(row: Base) -> set[str]:
    """A partner may lose its account by a rebuild: no copy holds accounts.

    Of an entry of a plan what happens to it later is left out.
    """
    if isinstance(row, FilePlanEntry):
        return set(row.__table__.columns.keys()) - _OF_ENTRIES
    return {"account_id"} if isinstance(row, TransferPartner) and not row.account_id else set()
