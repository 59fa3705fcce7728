"""Why a case file is kept until a day, what moves that day, and what falls due."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.db.held import held_among, in_force
from archive_service.db.listed import listed_for_destruction
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.case_standing import DESTROYING, is_gone, standing_of
from archive_service.domain.people.account import Actor
from archive_service.evidence.acting import acting
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from retention.terms.changes import changes_of, events_of, reckoned
from retention.terms.documents import (
    DueDocument,
    DueList,
    ExplainedDocument,
    ForcingDocument,
    MovedDocument,
    RetentionChangeDocument,
    RetentionEventDocument,
    TermPageDocument,
    TriedEventDocument,
)
from retention.terms.events import (
    get_happening,
    happenings,
    record_happening,
    require_possible,
    withdraw_happening,
)
from retention.terms.explain import RetentionFacts, explain
from retention.terms.given import EventIn, WithdrawIn
from retention.terms.known_schedules import known_schedules, newer_rule
from retention.terms.longer_documents import forcing_documents
from retention.terms.rule_choice import may_be_chosen
from retention.terms.rules import RetentionRule, waits_for


def explain_case_file(
    services: Services, code: str, *, actor: Actor, lang: str = "vi"
) -> ExplainedDocument:
    """Why a case file is kept until its last day, by steps with citations, and what moved it."""
    access.require(actor, "retention:explain")
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor, whole=False)
        return _explained(session, row, actor, lang)


def record_case_event(
    services: Services, code: str, given: EventIn, *, actor: Actor, lang: str = "vi"
) -> MovedDocument:
    """Record what a term counts from.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError
        RetentionEventKindError, RetentionEventDayError, RetentionEventWordsError
        CaseFileHeldError
    """
    with acting(services, "retention:event", actor) as session:
        row = _case_file(session, code, actor)
        _, moved = record_happening(
            session, row, kind=given.kind, on=given.on, basis=given.basis, actor=actor
        )
        return _after(session, services, row, moved=moved, actor=actor, lang=lang)


def try_case_event(
    services: Services, code: str, *, kind: str, on: dt.date, actor: Actor
) -> TriedEventDocument:
    """The term if this had happened; nothing is written.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError
        RetentionEventKindError, RetentionEventDayError
    """
    access.require(actor, "retention:event")
    require_possible(kind, on)
    with services.read_only() as session:
        row = _case_file(session, code, actor)
        rule = RetentionRule.from_document(row.rule)
        counts = rule.event == kind and not rule.permanent
        term = reckoned(session, row, rule, also_on=on if counts else None)
        return term.extended(TriedEventDocument, counts=counts)


def term_page(services: Services, code: str, *, actor: Actor, lang: str = "vi") -> TermPageDocument:
    """What ``explain_case_file`` tells, and what its page offers.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError
    """
    access.require(actor, "retention:explain")
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor, whole=False)
        explained = _explained(session, row, actor, lang)
        here = row.state in (CaseState.ACCEPTED, CaseState.STORED) and row.removing_since is None
        held = bool(held_among(session, [row.id]))
        chooses = here and access.may(actor, "retention:choose-rule", row)
        rule = RetentionRule.from_document(row.rule)
        may = {
            "event": here and access.may(actor, "retention:event", row),
            "choose": chooses and may_be_chosen(rule),
            "renew": chooses and explained.newer is not None,
        }
        may = {name: able and not held for name, able in may.items()}
        return explained.extended(
            TermPageDocument, title=row.title, rule=row.rule, held=held, may=may
        )


def is_stub(services: Services, code: str, *, actor: Actor) -> bool:
    """Whether a stub is what is left of it, so that no page of its term stands.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor, whole=False)
        return is_gone(row.state, row.removing_since)


def withdraw_case_event(
    services: Services,
    code: str,
    event_id: UUID,
    given: WithdrawIn,
    *,
    actor: Actor,
    lang: str = "vi",
) -> MovedDocument:
    """Take an event back.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, RetentionEventNotFoundError
        RetentionEventWithdrawnError, RetentionEventWordsError, CaseFileHeldError
    """
    with acting(services, "retention:event", actor) as session:
        row = _case_file(session, code, actor)
        event = get_happening(session, row, event_id)
        moved = withdraw_happening(session, event, row, reason=given.reason, actor=actor)
        return _after(session, services, row, moved=moved, actor=actor, lang=lang)


def list_due(services: Services, *, actor: Actor, on: dt.date | None = None) -> DueList:
    """Case files whose last day lies before ``on`` (default today), soonest first."""
    day = on or clock.today()
    with services.read_only() as session:
        query = (
            select(CaseFile)
            .where(
                access.visible(actor, "case-file:list", CaseFile.agency_id),
                CaseFile.ends_on < day,
                CaseFile.state == CaseState.STORED,
                CaseFile.removing_since.is_(None),
            )
            .order_by(CaseFile.ends_on, CaseFile.code)
        )
        rows = session.scalars(query).all()
        held = held_among(session, [row.id for row in rows])
        return DueList(
            due=[
                DueDocument.of_row(
                    row,
                    ends_on=row.ends_on and row.ends_on.isoformat(),
                    rule=row.rule_code,
                    citation=row.rule.get("citation"),
                    held=row.id in held,
                )
                for row in rows
            ]
        )


def _case_file(session: Session, code: str, actor: Actor) -> CaseFile:
    row = holdings_rows.get_case_file(session, code, actor=actor)
    access.require(actor, "retention:event", row)
    return row


def _after(
    session: Session, services: Services, row: CaseFile, *, moved: bool, actor: Actor, lang: str
) -> MovedDocument:
    """A term that moved is told by the next version of the package as well."""
    if moved:
        note_edited(session, row, services, words_alone=True)
    session.flush()
    return _explained(session, row, actor, lang).extended(MovedDocument, moved=moved)


def _explained(session: Session, row: CaseFile, actor: Actor, lang: str) -> ExplainedDocument:
    held = in_force(session, row.id) if access.may(actor, "hold:list", row) else []
    rule = RetentionRule.from_document(row.rule)
    recorded = happenings(session, row.id)
    happened_on = events_of(session, [row.id]).get(row.id, {}).get(rule.event or "")
    changes = changes_of(session, row.id)
    newer = newer_rule(known_schedules(session), row.rule, clock.today())
    sees_lists = access.may(actor, "disposition:list", row)
    standing = standing_of(row.state, row.removing_since)
    gone = standing if standing in (DESTROYING, CaseState.DESTROYED.value) else ""
    listed, number = None, ""
    if sees_lists and not gone:
        listed, number = listed_for_destruction(session, row.id)
    forced_by = forcing_documents(session, row.id, rule)
    facts = RetentionFacts(
        rule=rule,
        end_date=row.end_date,
        on=clock.today(),
        holds=[hold.reason for hold in held],
        happened_on=happened_on,
        basis=next(
            (
                retention_event.basis
                for retention_event in recorded
                if retention_event.withdrawn_at is None
                and (retention_event.kind, retention_event.happened_on) == (rule.event, happened_on)
            ),
            "",
        ),
        changes=changes,
        newer=newer,
        listed=listed,
        list_number=number,
        gone=gone,
        forced_by=forced_by,
        people=display_names(session, {change.by for change in changes}) if changes else {},
    )
    return ExplainedDocument.of_row(
        row,
        steps=explain(facts, lang),
        ends_on=row.ends_on and row.ends_on.isoformat(),
        waits_for=waits_for(row),
        forced_by=[
            ForcingDocument.of_row(forcing, permanent=forcing.years is None)
            for forcing in forced_by
        ],
        newer=newer and newer.as_document(),
        events=[RetentionEventDocument.of_row(event) for event in recorded],
        changes=[RetentionChangeDocument.of_row(change) for change in changes],
    )
