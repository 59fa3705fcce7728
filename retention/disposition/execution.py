"""A decision is carried out: approved case files are claimed at the gate, and the list closed."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.retention.disposition import (
    MAKE_JOB,
    Disposition,
    DispositionItem,
    DispositionState,
    ItemState,
    Outcome,
)
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.held import require_paper_free
from retention.clock_check import is_clock_believed
from retention.destruction.acts import claim_items, require_erasers
from retention.disposition.acts import words
from retention.disposition.appraisal import Cause, why_not
from retention.disposition.custody_acts import tell, tell_items
from retention.disposition.documents import DispositionDocument
from retention.disposition.given import ListShown
from retention.disposition.list_digest import require_shown
from retention.disposition.listing import disposition_document, get_disposition, open_disposition
from retention.disposition.papers.acts import queue_papers
from retention.disposition.papers.certificate import EXECUTING
from retention.disposition.papers.kinds import OF_AGENCY
from retention.disposition.papers.signatures import (
    heads_of,
    unsigned_before,
    unsigned_papers,
)
from retention.disposition.transitions import TRANSITIONS

CARRY_OUT_JOB = "carry-out-disposition"
_TOGETHER = 25  # case files claimed in one transaction: so long others wait for their rows
# Over by itself: the next round tries again.
PASSES = {
    "behind", "busy", "clock", "copy-unknown", "keeper-busy", "keeper-unreachable", "not-stored",
    "rolled-back",
}  # fmt: skip


class DispositionUnsignedError(ConflictError):
    """Papers are unsigned that the law wants signed before anything is destroyed."""


class DispositionPaperEarlyError(ConflictError):
    """The gate has not claimed the case file yet: a hold may still keep its paper."""


class DispositionPaperNoneError(InputError):
    """No paper goes by this list under this code; ``why``: of ``labels.paper-stays``."""


class DispositionPaperDayError(InputError):
    """The day lies ahead: paper is noted when it is gone."""


def execute(
    services: Services,
    disposition_id: UUID,
    given: ListShown,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Set an approved destruction going; jobs do it, and a second call changes nothing.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError, DispositionStaleError
        DispositionUnsignedError: decision, council decision or minutes wait for a signature, and
            no setting says why it may go on without.
        EraseCredentialsMissingError: a copy is a bucket, and nobody is named who may erase there.
    """
    with acting(services, "disposition:execute", actor) as session:
        row = open_disposition(session, disposition_id, "execute", actor=actor)
        require_shown(row, given.list_sha256)
        if row.state is DispositionState.APPROVED:
            require_erasers(services)  # else the job alone would fail, and nobody sees why
            facts = _unsigned(session, row, reason=services.settings.destruction.unsigned)
            TRANSITIONS.move(row, "execute")
            row.executed_by, row.executing_at = actor.account, clock.now()
            tell(session, row, EXECUTING, actor=actor, **facts)
        services.jobs.add(session, CARRY_OUT_JOB, subject_id=row.id)
        services.jobs.add(session, MAKE_JOB, subject_id=row.id)
        return disposition_document(session, row, lang)


def _unsigned(session: Session, row: Disposition, *, reason: str) -> dict[str, Any]:
    """What the event tells of papers that were not signed; nothing where all were."""
    lacking = unsigned_papers(session, [row]).get(row.id, [])
    found = unsigned_before(row, lacking)
    if not found:
        return {}
    if not reason:
        forms = {sign.form for sign in found}
        waited = [who for paper in lacking if paper.form in forms for who in paper.lacks]
        accountless = sorted({who.name for who in waited if who.name and not who.account})
        raise DispositionUnsignedError(
            number=f"{row.number:02}/{row.year}",
            papers=[sign.form for sign in found],
            by=", ".join(sorted({name for sign in found for name in sign.by if name})) or "–",
            heads=heads_of(session, row) if OF_AGENCY & forms else "",
            accountless=", ".join(accountless),
        )
    return {"unsigned": [sign.form for sign in found], "reason": reason}


def note_paper(
    services: Services,
    disposition_id: UUID,
    code: str,
    *,
    by: str,
    on: dt.date,
    method: str,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Who destroyed the paper half of a case file, when and how.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        DispositionWordsError
        DispositionPaperNoneError: nothing on paper is destroyed by this list under this code.
        DispositionPaperDayError: the day is after today.
        CaseFileHeldError, DispositionPaperEarlyError: the gate has not claimed the case file.
    """
    with acting(services, "disposition:execute", actor) as session:
        code = code.strip()
        row = open_disposition(session, disposition_id, "paper", actor=actor)
        item = _on_paper(row, code)
        if item.state is ItemState.APPROVED:  # only the gate's claim lets its paper go
            require_paper_free(session, code, act="disposition:execute", actor=actor)
            raise DispositionPaperEarlyError(code=code)
        if on > clock.today():
            raise DispositionPaperDayError(day=on, today=clock.today())
        item.paper_destroyed_by = words("by", by, 200)
        item.paper_method = words("method", method, 300)
        item.paper_destroyed_on = on
        facts = {"code": code, "by": by, "on": on.isoformat()}
        tell(session, row, "disposition:paper", actor=actor, items=True, **facts)
        if close_if_done(session, row):
            services.jobs.add(session, MAKE_JOB, subject_id=row.id)
        return disposition_document(session, row, lang)


def _on_paper(row: Disposition, code: str) -> DispositionItem:
    item = next(
        (disposition_item for disposition_item in row.items if disposition_item.code == code), None
    )
    if item is None:
        raise DispositionPaperNoneError(code=code, why="not-listed")
    if not _goes_on_paper(item):
        goes = item.outcome is Outcome.DESTROY and item.state not in _STAYS
        raise DispositionPaperNoneError(code=code, why="no-paper" if goes else "kept")
    return item


def carry_out(lease: Lease, services: Services) -> None:
    """Claim what is approved, a few in a transaction; safe to repeat and to kill.

    A case file whose documents another one of the list names goes after that one. What the gate
    refuses for good is left out, and says why; what is only busy, or waits for a clock that can be
    believed, is tried by the next round.
    """
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a list")
    refused: dict[UUID, RemovalRefusedError] = {}
    is_clock_believed(services)  # if not, an incident; the gate refuses by itself
    while True:
        waiting = [
            identifier
            for identifier in _approved(services, lease.subject_id)
            if identifier not in refused
        ]
        before = len(refused)
        for start in range(0, len(waiting), _TOGETHER):
            refused |= _claim(services, waiting[start : start + _TOGETHER])
        if len(refused) - before == len(waiting):
            break
        refused = {  # one that names it may have gone meanwhile
            identifier: why
            for identifier, why in refused.items()
            if why.facts["reason"] != "linked"
        }
    with services.writing() as session:
        row = get_disposition(session, lease.subject_id, actor=WORKER, locked=True)
        left_out = [
            _leave_out(session, row, item, refused[item.id])
            for item in row.items
            if item.id in refused and item.state is ItemState.APPROVED
        ]
        if close_if_done(session, row):
            services.jobs.add(session, MAKE_JOB, subject_id=row.id)
        elif any(left_out):  # a rebuild before the end knows it
            tell_items(session, row)
        services.jobs.finish(session, lease)
    write_out_evidence(services)


def watch(lease: Lease, services: Services) -> None:
    """Go on with lists that are being carried out, and close those of which nothing is open."""
    with services.read_only() as session:
        open_ones = select(Disposition.id).where(Disposition.state == DispositionState.EXECUTING)
        found = session.scalars(open_ones.order_by(Disposition.executing_at)).all()
    for disposition_id in found:
        with services.writing() as session:
            row = get_disposition(session, disposition_id, actor=WORKER, locked=True)
            if any(item.state is ItemState.APPROVED for item in row.items):
                services.jobs.add(session, CARRY_OUT_JOB, subject_id=row.id)
            close_if_done(session, row)
    with services.writing() as session:
        queue_papers(session, services)
        services.jobs.finish(session, lease)
    write_out_evidence(services)


def close_if_done(session: Session, row: Disposition) -> bool:
    """Close a list when all that was to go is gone, its paper as well; whether it is closed."""
    if not TRANSITIONS.is_open(row, "close"):
        return False
    going = (ItemState.APPROVED, ItemState.CLAIMED)
    if any(item.state in going for item in row.items):
        return False
    if any(_goes_on_paper(item) and item.paper_destroyed_on is None for item in row.items):
        return False
    TRANSITIONS.move(row, "close")
    row.executed_at = clock.now()
    gone = sum(
        item.state is ItemState.DONE and item.outcome is Outcome.DESTROY for item in row.items
    )
    tell(session, row, "disposition:executed", actor=WORKER, items=True, destroyed=gone)
    return True


_STAYS = (ItemState.REFUSED, ItemState.LEFT_OUT)


def _goes_on_paper(item: DispositionItem) -> bool:
    return bool(item.paper) and item.outcome is Outcome.DESTROY and item.state not in _STAYS


def _approved(services: Services, disposition_id: UUID) -> list[UUID]:
    with services.read_only() as session:
        found = select(DispositionItem.id).where(
            DispositionItem.disposition_id == disposition_id,
            DispositionItem.state == ItemState.APPROVED,
        )
        return list(session.scalars(found.order_by(DispositionItem.ordinal)))


def _claim(services: Services, item_ids: Sequence[UUID]) -> dict[UUID, RemovalRefusedError]:
    """Those that are refused; the others are claimed, by this call or another."""
    with services.writing() as session:
        claims = claim_items(services, session, item_ids)
    return {
        identifier: why
        for identifier, why in claims.items()
        if isinstance(why, RemovalRefusedError)
    }


def _leave_out(
    session: Session, row: Disposition, item: DispositionItem, refused: RemovalRefusedError
) -> bool:
    """Whether it is left out for good, with an event of its own."""
    if refused.facts["reason"] in PASSES:
        return False
    case_file = session.get_one(CaseFile, item.case_file_id)
    causes = {case_file.id: Cause.of(item)}
    found = why_not(session, [case_file], clock.today(), causes=causes, but=[row.id])
    refusal = found.get(case_file.id) or refused.refusal()
    item.state, item.refusal = ItemState.LEFT_OUT, refusal.as_document()
    record_event(
        session,
        "disposition:left-out",
        subject_id=item.case_file_id,
        actor=WORKER,
        agency_id=row.agency_id,
        data=refusal.as_event(item.code),
    )
    return True
