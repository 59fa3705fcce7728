"""The reserve copy (lưu trữ dự phòng): what is marked riskRecovery goes there too, and is proved.

Nghị định 113/2025/NĐ-CP, Điều 26 to 32. riskRecoveryStatus 01 stands only for bytes that were read
back from every reserve copy, and only as long as no check finds them otherwise.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.people.account import WORKER
from archive_service.errors import ConflictError
from archive_service.evidence.outbox import answering
from archive_service.jobs.due import RESERVE_JOB
from archive_service.keeping.publishing import note_held
from archive_service.notices.silent_copies import note_answers
from archive_service.services import Services
from archive_service.storage.copies.catch_up import copy_object
from archive_service.storage.copies.lag import FOR_RESERVE, IS_HELD
from archive_service.storage.locks import term_end

PROVED, UNPROVED = "01", "02"  # riskRecoveryStatus of TT 05/2025: đã dự phòng, chưa dự phòng
_AT_ONCE = 500  # case files queued by one look


class NoReserveError(ConflictError):
    """A record is marked for the reserve, and no reserve copy is in use any more."""


@dataclass(frozen=True, slots=True)
class ReserveFilled:
    """A version that lies in every reserve copy; ``copies``: when each was read back."""

    version: int
    inventory_sha256: str | None
    copies: dict[str, str]


def fill_reserve(case_file: CaseFile, services: Services) -> ReserveFilled:
    """Put the stored version into every reserve copy, read back."""
    reserves = services.reserves
    if not reserves:
        raise NoReserveError(code=case_file.code)
    here, away = answering(services.database, reserves)
    note_answers(services.database, here=[copy.name for copy in here], away=away)
    for trouble in away.values():
        raise trouble
    digests = [
        version.inventory_sha256 for version in case_file.versions[: case_file.version_stored]
    ]
    filled = {
        copy.name: copy_object(
            case_file.ocfl_id,
            digests,
            sources=services.copies,
            target=copy,
            locked_until=term_end(case_file.ends_on),
        )
        for copy in here
    }
    verified = {name: clock.iso(copied.verified_at) for name, copied in filled.items()}
    return ReserveFilled(case_file.version_stored, digests[-1], verified)


def note_reserved(session: Session, row: CaseFile, filled: ReserveFilled) -> None:
    """The proof into the rows: who holds it, and riskRecoveryStatus 01 where it is marked."""
    for name, at in filled.copies.items():
        note_held(session, row.id, name, filled.version, at=clock.parse_iso(at))
    row.version_reserved = filled.version
    if row.risk_recovery:
        row.risk_recovery_status = PROVED
    for document in row.documents:
        if document.risk_recovery:
            document.risk_recovery_status = PROVED


def settle_proofs(session: Session, *, tell: bool = True) -> None:
    """Make riskRecoveryStatus say what the last look at the reserve copies proved; an event tells.

    Called after every check, repair and change of the copies, in the same transaction. Without
    ``tell`` no event is made: what is replayed was told already.
    """
    session.flush()
    names = _reserve_names(session)
    sound = (
        select(func.count())
        .select_from(CopyState)
        .where(
            CopyState.case_file_id == CaseFile.id,
            CopyState.copy.in_(names),
            CopyState.state == "verified",
            CopyState.version >= CaseFile.version_reserved,
        )
        .scalar_subquery()
    )
    proved = select(CaseFile.id).where(CaseFile.version_reserved > 0, sound == len(names))
    proved = proved if names else proved.where(CaseFile.version_reserved < 0)
    facts: dict[str, list[str]] = {}
    for status, holds in ((PROVED, True), (UNPROVED, False)):
        changed = set()
        for table, key in ((CaseFile, CaseFile.id), (Document, Document.case_file_id)):
            where = key.in_(proved) if holds else key.not_in(proved)
            changed |= set(session.scalars(_settled(table, status, where).returning(key)))
        facts[status] = sorted(str(change) for change in changed)
    if tell and any(facts.values()):
        data = {"proved": facts[PROVED], "lost": facts[UNPROVED]}
        record_event(session, "reserve:settled", subject_id=None, actor=WORKER, data=data)
    session.expire_all()


def queue_lacking(session: Session, services: Services) -> None:
    """Queue what the reserve copies lack: marked later, a copy that came later or was renewed."""
    names = _reserve_names(session)
    settle_proofs(session)
    if not names:
        return
    holders = (
        select(func.count())
        .select_from(CopyState)
        .where(
            CopyState.case_file_id == CaseFile.id,
            CopyState.copy.in_(names),
            CopyState.version >= CaseFile.version_reserved,
        )
        .scalar_subquery()
    )
    session.execute(
        update(CaseFile)
        .where(CaseFile.version_reserved > 0, holders < len(names))
        .values(version_reserved=0)
        .execution_options(synchronize_session=False)
    )
    lacking = select(CaseFile.id).where(
        FOR_RESERVE, IS_HELD, CaseFile.version_stored > CaseFile.version_reserved
    )
    for case_file_id in session.scalars(lacking.limit(_AT_ONCE)).all():
        services.jobs.add(session, RESERVE_JOB, subject_id=case_file_id)


def reserved_objects(session: Session) -> list[tuple[str, int]]:
    """OCFL id and version of every case file that all reserve copies must hold."""
    query = select(CaseFile.ocfl_id, CaseFile.version_reserved).where(
        CaseFile.version_reserved > 0, IS_HELD
    )
    return [(row.ocfl_id, row.version_reserved) for row in session.execute(query)]


def _reserve_names(session: Session) -> list[str]:
    return list(
        session.scalars(
            select(EnrolledCopy.name).where(
                EnrolledCopy.role == CopyRole.RESERVE, EnrolledCopy.state == CopyStanding.ACTIVE
            )
        )
    )


def _settled(table: Any, status: str, where: ColumnElement[bool]) -> Any:
    return (
        update(table)
        .where(table.risk_recovery, func.coalesce(table.risk_recovery_status, "") != status, where)
        .values(risk_recovery_status=status)
        .execution_options(synchronize_session=False)
    )
