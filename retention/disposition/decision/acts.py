"""The head of the agency decides on a list; what is kept on, or for ever, is so from then on."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    require_second_factor,
)
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    MAKE_JOB,
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    ItemState,
    Outcome,
)
from archive_service.errors import NotAllowedError
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.text import telling_line
from retention.disposition.acts import (
    DispositionWordsError,
    require_unchanged,
    words,
)
from retention.disposition.appraisal import Verdict, rule_after
from retention.disposition.council.council import needs_council
from retention.disposition.council.heard import require_heard
from retention.disposition.custody_acts import tell
from retention.disposition.documents import DispositionDocument
from retention.disposition.given import DecisionApproval, DecisionRejection
from retention.disposition.list_digest import require_shown
from retention.disposition.listing import disposition_document, open_disposition
from retention.disposition.stopped_now import why_items_not
from retention.disposition.transitions import TRANSITIONS
from retention.due.deadlines import execute_by
from retention.terms.changes import set_term

CAUSE = "disposition"  # labels.retention-cause
LONGEST_NUMBER = 100


class DispositionOwnError(NotAllowedError):
    """Who proposed, reviewed or submitted a list does not decide on it."""


def approve(
    services: Services,
    disposition_id: UUID,
    given: DecisionApproval,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Decide as the list says; the head of the agency alone.

    New terms are in force at once, what is to go may be carried out. What a hold or a link stops
    meanwhile is left out, and says by what.

    Raises:
        ActNotAllowedError: not the head of this agency.
        DispositionNotFoundError, DispositionStateError, DispositionOwnError,
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError,
        DispositionWordsError
        DispositionChangedError: the list is not the one that was reviewed.
        DispositionBeyondCouncilError: it destroys what the council did not vote to destroy.
        DispositionStaleError: it is not the one that the head was shown.
    """
    access.require(actor, "disposition:approve")
    if len(given.number) > LONGEST_NUMBER:
        raise DispositionWordsError(field="number", longest=LONGEST_NUMBER, given=len(given.number))
    try:
        document = _approved(services, disposition_id, given, actor, lang)
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    write_out_evidence(services)
    return document


def _approved(
    services: Services,
    disposition_id: UUID,
    given: DecisionApproval,
    actor: Actor,
    lang: str,
) -> DispositionDocument:
    with services.writing() as session:
        row = _open_to_decide(session, disposition_id, "approve", actor, given.list_sha256)
        if needs_council(row):
            home = services.settings.home
            require_second_factor(session, actor.account_id, given.otp, home=home)
        now = require_unchanged(session, row)
        require_heard(row)
        _decide(row, actor, given.reason)
        row.decision_number = given.number.strip()
        _decide_items(session, services, row, now, actor)
        if any(item.state is ItemState.APPROVED for item in row.items):
            TRANSITIONS.move(row, "approve")
            row.execute_by = execute_by(clock.today())
        else:  # nothing is to be destroyed: all that was decided is done
            TRANSITIONS.move(row, "approve", DispositionState.EXECUTED)
            row.executed_at = row.decided_at
        sha256 = row.list_sha256 or ""
        tell(session, row, "disposition:approved", actor=actor, items=True, list_sha256=sha256)
        services.jobs.add(session, MAKE_JOB, subject_id=row.id)
        to, facts = _whom_to_tell(session, row)
        inbox.tell(
            session,
            "disposition-approved",
            to=to,
            subject_id=row.id,
            facts=facts,
            href=_href(row),
        )
        return disposition_document(session, row, lang)


def reject(
    services: Services,
    disposition_id: UUID,
    given: DecisionRejection,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Refuse a list; the head of the agency alone.

    Its case files stay as they are, and may be proposed again.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        DispositionOwnError, DispositionWordsError, DispositionStaleError
    """
    with acting(services, "disposition:approve", actor) as session:
        reason = words("reason", given.reason)
        row = _open_to_decide(session, disposition_id, "reject", actor, given.list_sha256)
        _decide(row, actor, reason)
        TRANSITIONS.move(row, "reject")
        tell(session, row, "disposition:rejected", actor=actor, reason=reason)
        to, facts = _whom_to_tell(session, row)
        inbox.tell(
            session,
            "disposition-rejected",
            to=to,
            subject_id=row.id,
            facts=facts,
            href=_href(row),
        )
        return disposition_document(session, row, lang)


def _open_to_decide(
    session: Session, disposition_id: UUID, act: str, actor: Actor, list_sha256: str | None
) -> Disposition:
    row = open_disposition(session, disposition_id, act, actor=actor)
    if actor.account in (row.proposed_by, row.reviewed_by, row.submitted_by):
        raise DispositionOwnError(account=actor.account)
    require_shown(row, list_sha256)
    return row


def _decide(row: Disposition, actor: Actor, reason: str) -> None:
    row.decided_by, row.decided_at = actor.account, clock.now()
    row.decision_reason = telling_line(reason)[:1000]


def _decide_items(
    session: Session,
    services: Services,
    row: Disposition,
    now: Mapping[UUID, CaseFile],
    actor: Actor,
) -> None:
    for item in row.items:
        if item.state is not ItemState.REFUSED:
            item.state = ItemState.APPROVED
    _leave_out(session, row, now, actor)
    for item in row.items:
        if item.state is ItemState.APPROVED and item.outcome is not Outcome.DESTROY:
            _apply(session, services, item, now[item.case_file_id], actor)


def _leave_out(
    session: Session, row: Disposition, now: Mapping[UUID, CaseFile], actor: Actor
) -> None:
    """What may no longer be destroyed, or extended, since it was reviewed."""
    moved = (Outcome.DESTROY, Outcome.KEEP, Outcome.PERMANENT)
    for outcome in moved:
        items = [item for item in row.items if item.outcome is outcome and _stands(item)]
        kind = DispositionKind.DESTROY if outcome is Outcome.DESTROY else DispositionKind.EXTEND
        found = why_items_not(session, items, now, kind, but=[row.id])
        for item in items:
            if (refusal := found.get(item.id)) is not None:
                item.state, item.refusal = ItemState.LEFT_OUT, refusal.as_document()
                record_event(
                    session,
                    "disposition:left-out",
                    subject_id=item.case_file_id,
                    actor=actor,
                    agency_id=row.agency_id,
                    data=refusal.as_event(item.code),
                )


def _stands(item: DispositionItem) -> bool:
    return item.state is ItemState.APPROVED


def _apply(
    session: Session, services: Services, item: DispositionItem, case_file: CaseFile, actor: Actor
) -> None:
    """A new term, or none: the case file waits; either way nothing more is to be done."""
    if item.outcome in (Outcome.KEEP, Outcome.PERMANENT):
        verdict = Verdict(item.outcome, item.years)
        rule = rule_after(case_file, verdict)
        set_term(session, case_file, rule, cause=CAUSE, by=actor.account)
        note_edited(session, case_file, services, words_alone=True)
    item.state, item.done_at = ItemState.DONE, clock.now()


def _whom_to_tell(session: Session, row: Disposition) -> tuple[list[UUID], dict[str, str]]:
    """Who reviewed and submitted it, and what they are told; nobody else has to decide any more."""
    inbox.settle(session, "disposition-submitted", row.id)
    to = inbox.named(session, [row.submitted_by or "", row.reviewed_by or ""])
    return to, {"number": f"{row.number:02}/{row.year}", "reason": row.decision_reason}


def _href(row: Disposition) -> str:
    return f"/dispositions/{row.id}"
