"""Requests to use: asked, clarified, granted, refused, taken back, revoked."""

import datetime as dt
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.describing.fields import DocumentNotInCaseFileError
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.identity import identity_number, keep_identity
from archive_service.catalogue.holdings.opening import DocumentUnknownError, get_document
from archive_service.catalogue.holdings.uses import (
    ContentRestrictedError,
    require_open,
    require_readable,
)
from archive_service.catalogue.linking.links import document_at
from archive_service.catalogue.use_requests import deadlines, rules
from archive_service.catalogue.use_requests.documents import (
    AccessRequestDocument,
    AccessRequestList,
    request_document,
)
from archive_service.catalogue.use_requests.given import Grant, Wish, Words
from archive_service.catalogue.use_requests.news import (
    record,
    settle,
    tell_asker,
    tell_clerks,
    tell_desk,
)
from archive_service.catalogue.use_requests.scanning import as_they_stand
from archive_service.domain.case_files.access_request import (
    LONGEST_PAGES,
    LONGEST_TERM,
    LONGEST_WORDS,
    OPEN_STATES,
    AccessRequest,
    AccessRequestState,
    Wanted,
)
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Account, Actor
from archive_service.evidence.acting import acting
from archive_service.evidence.check_codes import check_code
from archive_service.formats.pdf.use_copy import parse_pages
from archive_service.services import Services
from archive_service.text import telling, telling_line

COPY = "ban-sao"  # the form of copy
_MOST_PAGES = 1_000_000
_SHORTEST_WORDS = 2  # characters
_SHOWN = 500


def make_access_request(services: Services, given: Wish, *, actor: Actor) -> AccessRequestDocument:
    """Ask to read a document that is open on conditions, or who used it, for oneself or another.

    It is decided within the days of use_deadlines.toml. Of what is not digitized yet it orders
    the digitization: until then nothing is granted. A linked document is asked for where it lies.
    Of what is destroyed or open to the account the uses may be asked for as well.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, DocumentUnknownError
        DocumentRecalledError, DocumentQuarantinedError, CaseFileDestroyedError …: nobody reads it.
        AccessRequestNeedlessError: the account may read it as it is.
        AccessRequestOpenError: it was asked for before.
        AccessRequestWordsError: for what it is wanted is not said.
        AccessRequestIdentityError: another is to read, and showed no identity paper.
        DocumentPlaceChangedError: another document came to stand there meanwhile.
    """
    purpose, person = _words(given.purpose, "purpose"), " ".join(given.person.split())[:200]
    number = identity_number(given.identity, is_needed=bool(person))
    with acting(services, rules.MAKE, actor) as session:
        named = holdings_rows.get_case_file(session, given.code, actor=actor)
        row, ordinal, to_scan = _wanted(named, given, actor, for_another=bool(person))
        rules.hold_place(session, row, ordinal)
        if actor.account_id is None:
            raise access.not_allowed(actor, rules.MAKE)
        own = session.get_one(Account, actor.account_id)
        now = clock.now()
        stands_still = to_scan and deadlines.stand_still()
        made = AccessRequest(
            case_file_id=row.id,
            code=row.code,
            ordinal=ordinal,
            wants=given.wants,
            agency_id=row.agency_id,
            state=AccessRequestState.ASKED,
            person=person or own.person,
            purpose=purpose,
            kind=given.kind,
            fee_class=given.fee_class,
            asked_by=actor.account,
            asked_by_id=own.id,
            asked_at=now,
            due_on="" if stands_still else deadlines.due_on(services, now),
            scan_ordered_at=now if to_scan else None,
        )
        keep_identity(made, number, services.settings.home)
        _require_first(session, made, person)
        session.add(made)
        session.flush()
        facts = {"due_on": made.due_on, "kind": made.kind, "fee_class": made.fee_class}
        facts["wants"] = made.wants.value
        record(session, "access-request:made", made, actor, to_scan=to_scan, **facts)
        tell_desk(session, made)
        return as_they_stand(session, [made])[0]


def list_access_requests(services: Services, *, actor: Actor) -> AccessRequestList:
    """What is to be decided, the earliest due first; then the others, the newest first.

    Who decides on none sees their own, and a clerk those whose copy is to be sealed.
    """
    access.require(actor, rules.LIST)
    due = func.coalesce(func.nullif(AccessRequest.due_on, ""), "9998")
    first = case((AccessRequest.state.in_(OPEN_STATES), due), else_="9999")
    query = select(AccessRequest).order_by(first, AccessRequest.asked_at.desc()).limit(_SHOWN)
    mine = AccessRequest.asked_by_id == actor.account_id
    if sees_others(actor):
        visible = access.visible(actor, rules.LIST, AccessRequest.agency_id)
        query = query.where(or_(mine, visible))
    elif access.may(actor, rules.SEAL):
        of_agency = access.visible(actor, rules.LIST, AccessRequest.agency_id)
        query = query.where(or_(mine, of_agency & AccessRequest.awaiting_seal()))
    else:
        query = query.where(mine)
    with services.read_only() as session:
        rows = session.scalars(query).all()
        return AccessRequestList(requests=as_they_stand(session, rows))


def place_of(services: Services, document_id: UUID, *, actor: Actor) -> tuple[str, int]:
    """The case file of a document and its ordinal there; ``DocumentUnknownError``."""
    with services.read_only() as session:
        case_file, document = get_document(session, document_id, actor=actor)
        return case_file.code, document.ordinal


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
        AccessRequestUnscannedError: the document is not digitized yet.
        AccessRequestTermError, AccessRequestPagesError
        DocumentRecalledError, DocumentQuarantinedError, CaseFileDestroyedError …: nobody reads it.
        AccessRequestUsesError: who used it is asked, and pages or a copy are granted.
    """
    if not 1 <= given.days <= LONGEST_TERM.days:
        raise rules.AccessRequestTermError(days=given.days, most=LONGEST_TERM.days)
    pages = _pages(given.pages)
    with acting(services, rules.DECIDE, actor) as session:
        row = rules.to_decide(session, request_id, "grant", actor)
        if row.wants is Wanted.USES and (pages or given.copy_too or given.authenticated):
            raise rules.AccessRequestUsesError(code=row.code)
        if row.awaits_scan:
            raise rules.AccessRequestUnscannedError(code=row.code, ordinal=row.ordinal)
        if row.wants is Wanted.CONTENT:
            _require_open(session, row)
        row.pages, row.reason = pages, telling(given.reason)[:LONGEST_WORDS]
        row.until = clock.now() + dt.timedelta(days=given.days)
        _decide(session, row, _grade(row, given), actor)
        return request_document(row)


def _require_open(session: Session, row: AccessRequest) -> None:
    """What became of the document since it was asked for: nobody is granted what is closed."""
    case_file = session.get(CaseFile, row.case_file_id)
    document = None if case_file is None else case_file.document_at(row.ordinal)
    if case_file is None or document is None:
        raise DocumentUnknownError(id=f"{row.code}.{row.ordinal}")
    require_open(case_file, document)


def _pages(text: str) -> str:
    """As they are kept, whole: cut short they would name others than were meant."""
    pages = text.strip()
    try:
        if len(pages) > LONGEST_PAGES or bool(pages) != bool(parse_pages(pages, _MOST_PAGES)):
            raise ValueError(pages)
    except ValueError:
        raise rules.AccessRequestPagesError(pages=pages[:LONGEST_PAGES]) from None
    return pages


def _grade(row: AccessRequest, given: Grant) -> AccessRequestState:
    if row.wants is Wanted.USES:
        return AccessRequestState.USES_GRANTED
    if given.authenticated:
        return AccessRequestState.AUTHENTICATED
    return AccessRequestState.COPY_GRANTED if given.copy_too else AccessRequestState.GRANTED


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
        tell_asker(session, row, actor)
        return as_they_stand(session, [row])[0]


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
        tell_desk(session, row)
        return as_they_stand(session, [row])[0]


def withdraw_access_request(
    services: Services, request_id: UUID, *, actor: Actor
) -> AccessRequestDocument:
    """Take one's own request back; what was granted is not read any more.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
    """
    with acting(services, rules.MAKE, actor) as session:
        row = rules.own(session, request_id, "withdraw", actor)
        row.state = AccessRequestState.WITHDRAWN
        settle(session, row)
        record(session, "access-request:withdrawn", row, actor)
        return request_document(row)


def copy_code(row: AccessRequest) -> str:
    """The code that the copy of a request bears."""
    return check_code(f"access-request {row.id}")


def _wanted(
    named: CaseFile, given: Wish, actor: Actor, *, for_another: bool
) -> tuple[CaseFile, int, bool]:
    """Where the document lies, and whether it is still to be scanned.

    It is closed to the account, nothing of it can be read yet, or its uses are asked for.
    """
    ordinal = given.document
    if given.wants is Wanted.USES and ordinal == 0:
        return named, ordinal, False
    try:
        row, document = document_at(named, ordinal)
    except DocumentNotInCaseFileError:
        raise DocumentUnknownError(id=f"{named.code}.{ordinal}") from None
    if given.wants is Wanted.USES:
        return row, document.ordinal, False
    to_scan = document.is_undigitized(row.version_stored)
    try:
        require_readable(actor, row, document)
    except ContentRestrictedError:
        return row, document.ordinal, to_scan
    if not for_another and not to_scan:
        raise rules.AccessRequestNeedlessError(code=row.code, ordinal=document.ordinal)
    return row, document.ordinal, to_scan


def _require_first(session: Session, made: AccessRequest, person: str) -> None:
    before = select(AccessRequest).where(
        AccessRequest.case_file_id == made.case_file_id,
        AccessRequest.ordinal == made.ordinal,
        AccessRequest.wants == made.wants,
        AccessRequest.asked_by_id == made.asked_by_id,
        or_(
            AccessRequest.state.in_(OPEN_STATES),
            AccessRequest.going_on(),
        ),
    )
    if person:
        before = before.where(AccessRequest.person == person)
    if session.scalar(before.limit(1)) is not None:
        raise rules.AccessRequestOpenError(code=made.code, ordinal=made.ordinal)


def _decide(session: Session, row: AccessRequest, state: AccessRequestState, actor: Actor) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.account, clock.now()
    settle(session, row)
    until = None if row.until is None else clock.iso(row.until)
    tag = f"access-request:{state.value}"
    record(session, tag, row, actor, reason=row.reason, pages=row.pages, until=until)
    if state is AccessRequestState.AUTHENTICATED:
        tell_clerks(session, row)
    tell_asker(session, row, actor)


def _words(text: str, what: str) -> str:
    words = telling_line(text)
    if not _SHORTEST_WORDS <= len(words) <= LONGEST_WORDS:
        raise rules.AccessRequestWordsError(what=what, least=_SHORTEST_WORDS, most=LONGEST_WORDS)
    return words
