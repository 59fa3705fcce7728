"""Requests to use: asked, clarified, granted, refused, taken back, revoked."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.opening import DocumentUnknownError
from archive_service.catalogue.holdings.uses import ContentRestrictedError, require_readable
from archive_service.catalogue.use_requests import rules
from archive_service.catalogue.use_requests.documents import (
    AccessRequestDocument,
    AccessRequestList,
    request_document,
)
from archive_service.catalogue.use_requests.given import Grant, Wish, Words
from archive_service.domain.case_files.access_request import (
    GRANTED_STATES,
    LONGEST_TERM,
    LONGEST_WORDS,
    OPEN_STATES,
    WORKING_DAYS,
    AccessRequest,
    AccessRequestState,
)
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Account, Actor
from archive_service.evidence.acting import acting
from archive_service.formats.pdf.use_copy import parse_pages
from archive_service.notices import inbox
from archive_service.office_hours import office_hours
from archive_service.services import Services
from archive_service.signing.copies.check_codes import check_code, note_withdrawn

PAGE = "/use-requests"
COPY = "ban-sao"  # the form of copy
_WAITING = "access-request-waiting"
_MOST_PAGES = 1_000_000
_SHORTEST_WORDS = 2  # characters
_SHOWN = 500


def make_access_request(services: Services, given: Wish, *, actor: Actor) -> AccessRequestDocument:
    """Ask to read a document that is open on conditions, for oneself or for somebody here.

    It is decided within six working days (TT 05/2025).

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, DocumentUnknownError
        DocumentRecalledError, DocumentQuarantinedError, CaseFileDestroyedError …: nobody reads it.
        AccessRequestNeedlessError: the account may read it as it is.
        AccessRequestOpenError: it was asked for before.
        AccessRequestWordsError: for what it is wanted is not said.
    """
    purpose, person = _words(given.purpose, "purpose"), " ".join(given.person.split())[:200]
    with acting(services, rules.MAKE, actor) as session:
        row = holdings_rows.get_case_file(session, given.code, actor=actor)
        _require_closed(row, given.document, actor, for_another=bool(person))
        if actor.account_id is None:
            raise access.not_allowed(actor, rules.MAKE)
        _require_first(session, row, given.document, actor, person)
        own = session.get_one(Account, actor.account_id)
        now = clock.now()
        calendar = office_hours(services.settings.home)
        due_on = calendar.working_days_after(clock.local(now).date(), WORKING_DAYS)
        made = AccessRequest(
            case_file_id=row.id,
            code=row.code,
            ordinal=given.document,
            agency_id=row.agency_id,
            state=AccessRequestState.ASKED,
            person=person or own.person,
            purpose=purpose,
            kind=given.kind,
            fee_class=given.fee_class,
            asked_by=actor.account,
            asked_by_id=own.id,
            asked_at=now,
            due_on=due_on.isoformat(),
        )
        session.add(made)
        session.flush()
        told = {"due_on": made.due_on, "kind": made.kind, "fee_class": made.fee_class}
        record(session, "access-request:made", made, actor, **told)
        _tell_deciders(session, made)
        return request_document(made)


def list_access_requests(services: Services, *, actor: Actor) -> AccessRequestList:
    """What is to be decided, the earliest due first; then the others, the newest first.

    Who decides on none sees their own.
    """
    access.require(actor, rules.LIST)
    first = case((AccessRequest.state.in_(OPEN_STATES), AccessRequest.due_on), else_="9999")
    query = select(AccessRequest).order_by(first, AccessRequest.asked_at.desc()).limit(_SHOWN)
    mine = AccessRequest.asked_by_id == actor.account_id
    if sees_others(actor):
        visible = access.visible(actor, rules.LIST, AccessRequest.agency_id)
        query = query.where(or_(mine, visible))
    else:
        query = query.where(mine)
    with services.read_only() as session:
        return AccessRequestList(requests=[request_document(one) for one in session.scalars(query)])


def sees_others(actor: Actor) -> bool:
    """Whether requests of others are told to this account: who decides, and who looks after it."""
    return access.may(actor, rules.DECIDE) or access.may(actor, "audit:read")


def grant_access_request(
    services: Services, request_id: UUID, given: Grant, *, actor: Actor
) -> AccessRequestDocument:
    """Let the document, or some pages of it, be read page by page for some days.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
        AccessRequestOwnError: who asked does not decide.
        AccessRequestTermError, AccessRequestPagesError
    """
    if not 1 <= given.days <= LONGEST_TERM.days:
        raise rules.AccessRequestTermError(days=given.days, most=LONGEST_TERM.days)
    try:
        parse_pages(given.pages, _MOST_PAGES)
    except ValueError:
        raise rules.AccessRequestPagesError(pages=given.pages) from None
    with acting(services, rules.DECIDE, actor) as session:
        row = rules.to_decide(session, request_id, "grant", actor)
        row.pages, row.reason = given.pages.strip()[:200], given.reason.strip()[:LONGEST_WORDS]
        row.until = clock.now() + dt.timedelta(days=given.days)
        copied, read = AccessRequestState.COPY_GRANTED, AccessRequestState.GRANTED
        _decide(session, row, copied if given.copy_too else read, actor)
        return request_document(row)


def refuse_access_request(
    services: Services, request_id: UUID, given: Words, *, actor: Actor
) -> AccessRequestDocument:
    """Refuse it, with the reason and the article of law that it rests on.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
        AccessRequestOwnError: who asked does not decide.
        AccessRequestWordsError: without a reason.
    """
    reason = _words(given.text, "reason")
    with acting(services, rules.DECIDE, actor) as session:
        row = rules.to_decide(session, request_id, "refuse", actor)
        row.reason = reason
        _decide(session, row, AccessRequestState.REFUSED, actor)
        return request_document(row)


def ask_about_access_request(
    services: Services, request_id: UUID, given: Words, *, actor: Actor
) -> AccessRequestDocument:
    """Ask back what must be known before it is decided.

    Raises: as ``refuse_access_request``.
    """
    question = _words(given.text, "question")
    with acting(services, rules.DECIDE, actor) as session:
        row = rules.to_decide(session, request_id, "ask", actor)
        row.question, row.state = question, AccessRequestState.CLARIFYING
        record(session, "access-request:clarifying", row, actor)
        _tell_asker(session, row, actor)
        return request_document(row)


def revoke_access_request(
    services: Services, request_id: UUID, given: Words, *, actor: Actor
) -> AccessRequestDocument:
    """End early what was granted, with the reason; its copy counts as withdrawn from here on.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
        AccessRequestOwnError: who asked takes it back instead.
        AccessRequestWordsError: without a reason.
    """
    reason = _words(given.text, "reason")
    with acting(services, rules.DECIDE, actor) as session:
        row = rules.to_decide(session, request_id, "revoke", actor)
        _end_copy(session, row, reason, actor)
        row.reason = reason
        _decide(session, row, AccessRequestState.REVOKED, actor)
        return request_document(row)


def answer_access_request(
    services: Services, request_id: UUID, given: Words, *, actor: Actor
) -> AccessRequestDocument:
    """Answer what was asked back about one's own request.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
        AccessRequestWordsError
    """
    answer = _words(given.text, "answer")
    with acting(services, rules.MAKE, actor) as session:
        row = rules.own(session, request_id, "answer", actor)
        row.answer, row.state = answer, AccessRequestState.ASKED
        record(session, "access-request:answered", row, actor)
        _tell_deciders(session, row)
        return request_document(row)


def withdraw_access_request(
    services: Services, request_id: UUID, *, actor: Actor
) -> AccessRequestDocument:
    """Take one's own request back; what was granted is not read any more.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
    """
    with acting(services, rules.MAKE, actor) as session:
        row = rules.own(session, request_id, "withdraw", actor)
        _end_copy(session, row, rules.MAKE, actor)
        row.state = AccessRequestState.WITHDRAWN
        inbox.settle(session, _WAITING, row.id)
        record(session, "access-request:withdrawn", row, actor)
        return request_document(row)


def copy_code(row: AccessRequest) -> str:
    """The code that the copy of a request bears."""
    return check_code(f"access-request {row.id}")


def _end_copy(session: Session, row: AccessRequest, reason: str, actor: Actor) -> None:
    if row.state is AccessRequestState.COPY_GRANTED:
        check, agency = copy_code(row), row.agency_id
        note_withdrawn(session, check, reason, actor=actor, agency_id=agency)


def _require_closed(row: CaseFile, ordinal: int, actor: Actor, *, for_another: bool) -> None:
    document = next((one for one in row.documents if one.ordinal == ordinal), None)
    if document is None:
        raise DocumentUnknownError(id=f"{row.code}.{ordinal}")
    try:
        require_readable(actor, row, document)
    except ContentRestrictedError:
        return
    if not for_another:
        raise rules.AccessRequestNeedlessError(code=row.code, ordinal=ordinal)


def _require_first(
    session: Session, row: CaseFile, ordinal: int, actor: Actor, person: str
) -> None:
    before = select(AccessRequest).where(
        AccessRequest.case_file_id == row.id,
        AccessRequest.ordinal == ordinal,
        AccessRequest.asked_by_id == actor.account_id,
        or_(
            AccessRequest.state.in_(OPEN_STATES),
            AccessRequest.state.in_(GRANTED_STATES) & (AccessRequest.until > clock.now()),
        ),
    )
    if person:
        before = before.where(AccessRequest.person == person)
    if session.scalar(before.limit(1)) is not None:
        raise rules.AccessRequestOpenError(code=row.code, ordinal=ordinal)


def _decide(session: Session, row: AccessRequest, state: AccessRequestState, actor: Actor) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.account, clock.now()
    inbox.settle(session, _WAITING, row.id)
    until = None if row.until is None else clock.iso(row.until)
    tag = f"access-request:{state.value}"
    record(session, tag, row, actor, reason=row.reason, pages=row.pages, until=until)
    _tell_asker(session, row, actor)


def record(session: Session, tag: str, row: AccessRequest, actor: Actor, **data: Any) -> None:
    """The event of an act on a request, which tells of what document and for whom."""
    about = {"code": row.code, "ordinal": row.ordinal, "person": row.person}
    record_event(session, tag, of=row, actor=actor, data=about | data)


def _tell_deciders(session: Session, row: AccessRequest) -> None:
    roles = access.ACTS[rules.DECIDE]
    people = inbox.people(session, roles=roles, agency_id=row.agency_id)
    inbox.tell(
        session,
        "access-request-waiting",
        to=[one for one in people if one != row.asked_by_id],
        subject_id=row.id,
        facts={
            "person": row.person,
            "code": row.code,
            "ordinal": row.ordinal,
            "due_on": row.due_on,
        },
        href=PAGE,
    )


def _tell_asker(session: Session, row: AccessRequest, actor: Actor) -> None:
    inbox.tell(
        session,
        "access-request-moved",
        to=[row.asked_by_id],
        subject_id=row.id,
        facts={
            "code": row.code,
            "ordinal": row.ordinal,
            "state": row.state.value,
            "by": actor.account,
        },
        href=PAGE,
        urgent=True,
    )


def _words(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not _SHORTEST_WORDS <= len(words) <= LONGEST_WORDS:
        raise rules.AccessRequestWordsError(what=what, least=_SHORTEST_WORDS, most=LONGEST_WORDS)
    return words
