"""A copy leaves: twice it is made sure that nothing goes with it."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.case_files.case_file import CopyState
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.people.account import Actor
from archive_service.errors import IntegrityViolationError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.copies.acts import (
    CopyStandingError,
    require_another,
    require_standing,
    tell_of_copy,
)
from archive_service.keeping.fixity.check import CopyNameError, FixityRun, conclude, iter_check
from archive_service.keeping.fixity.troubles import forget_readings
from archive_service.keeping.reserve import settle_proofs
from archive_service.notices.silent_copies import forget_copy
from archive_service.services import Services
from archive_service.storage.copies.enrolment import active_names
from archive_service.storage.destroy.copies import note_holdings
from retention.holds.locks import forget_locks


class CopiesNotProvedError(IntegrityViolationError):
    """The remaining copies were not all proved to hold everything; nothing was retired."""


def retire_copy(
    services: Services,
    name: str,
    *,
    reason: str,
    actor: Actor,
) -> EnrolledCopy:
    """Use a copy no longer; nothing in it is deleted.

    Twice it is made sure that nothing goes with it: every byte of the remaining copies is read
    again, and each is compared by record with what the leaving one holds.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        CopyNameError: never enrolled.
        CopyStandingError: it is retired already.
        LastCopyError: no other active copy is left.
        CopiesNotProvedError: a remaining copy is damaged, lacks something, or did not answer.
    """
    access.require(actor, "copy:retire")
    with services.read_only() as session:
        row = session.get(EnrolledCopy, name)
        if row is None:
            raise CopyNameError(name=name, known=[copy.name for copy in services.copies])
        if row.state is CopyStanding.RETIRED:
            raise CopyStandingError(copy=name, state=row.state.value, role=row.role.value)
        if row.role is CopyRole.COPY and row.state is CopyStanding.ACTIVE:
            require_another(session, row)
    if row.role is CopyRole.COPY and row.state is CopyStanding.ACTIVE:
        _prove_the_others(services, name, actor)
    retired = _retired(services, name, reason, actor)
    write_out_evidence(services)
    return retired


def _prove_the_others(services: Services, name: str, actor: Actor) -> None:
    for copy in services.copies:
        if copy.name == name:
            continue
        run = FixityRun(clock.now())
        for _ in iter_check(services, run, copy=copy.name):
            pass
        conclude(services, run, actor=actor, copy=copy.name)
        tally = run.tally
        if tally.damaged or tally.missing or tally.unreachable:
            raise CopiesNotProvedError(
                copy=copy.name,
                damaged=len(tally.damaged),
                missing=len(tally.missing),
                unreachable=len(tally.unreachable),
            )


def _retired(services: Services, name: str, reason: str, actor: Actor) -> EnrolledCopy:
    with services.writing() as session:
        row = require_standing(session, name)
        if row.state is CopyStanding.RETIRED:
            raise CopyStandingError(copy=name, state=row.state.value, role=row.role.value)
        if row.role is CopyRole.COPY and row.state is CopyStanding.ACTIVE:
            require_another(session, row)
            _require_nothing_alone(session, row)
        row.holdings_known = row.state is CopyStanding.ACTIVE  # of one that was filled not all is
        row.state, row.retired_at = CopyStanding.RETIRED, clock.now()
        note_retired(session, row)
        tell_of_copy(session, row, "copy:retired", actor=actor, reason=reason)
    return row


def note_retired(session: Session, row: EnrolledCopy) -> None:
    """What may lie in a copy from now on; whatever else was known of it is forgotten."""
    note_holdings(session, row)
    forget_copy(session, row.name)
    forget_readings(session, row.name, at=clock.now())
    session.execute(delete(CopyState).where(CopyState.copy == row.name))
    forget_locks(session, row.name)
    settle_proofs(session)


def _require_nothing_alone(session: Session, leaving: EnrolledCopy) -> None:
    """By record: what the leaving copy holds, each remaining one holds too, and whole."""
    for other in sorted(active_names(session) - {leaving.name}):
        mine, theirs = select(CopyState).subquery(), select(CopyState).subquery()
        same = (mine.c.case_file_id == theirs.c.case_file_id) & (theirs.c.copy == other)
        lacking = session.scalar(
            select(func.count())
            .select_from(mine.outerjoin(theirs, same))
            .where(
                mine.c.copy == leaving.name,
                (theirs.c.version.is_(None))
                | (theirs.c.version < mine.c.version)
                | (theirs.c.state != "verified"),
            )
        )
        if lacking:
            raise CopiesNotProvedError(copy=other, damaged=0, missing=lacking, unreachable=0)
