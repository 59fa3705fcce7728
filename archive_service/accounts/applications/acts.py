"""Accounts asked for by people who have none: nobody's account is made by the asker."""

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.adding import AccountRequest, MadeAccountDocument, made_account
from archive_service.accounts.applications import rules
from archive_service.accounts.applications.details import Details, details_of, seal
from archive_service.accounts.applications.documents import (
    AccountApplicationDocument,
    AccountApplicationList,
    AccountWish,
    AccountWishReceipt,
    ApplicationGrant,
    ApplicationRefusal,
    application_document,
)
from archive_service.accounts.person_name import person_name
from archive_service.accounts.tries import Place, counted, network_of
from archive_service.audit import record_event
from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.catalogue.holdings.rows import agency_codes
from archive_service.catalogue.use_requests import deadlines
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.people.account import WORKER, Actor, Role
from archive_service.domain.people.account_application import (
    AccountApplication,
    AnswerWay,
    ApplicationState,
)
from archive_service.notices import inbox
from archive_service.notices.mail import require_address
from archive_service.services import Services

ANSWER_JOB = "answer-account-application"
WAITING, OVERDUE = "account-application-waiting", "account-application-overdue"
_DECIDED_SHOWN = 100
_LETTERS = 32  # of a digest


def ask_for_account(
    services: Services, given: AccountWish, *, place: Place, lang: str
) -> AccountWishReceipt:
    """Take in a request for a reader's account, from anybody.

    What is told does not depend on whether the name is somebody's. Refused ones are counted as
    wrong tries at the sign-in are, those of one person apart: colleagues share an address.

    Raises:
        TriesExceededError, AgencyNotFoundError, PersonNameError, MailAddressError
        AccountApplicationWordsError
        AccountApplicationAddressError, AccountApplicationsFullError: enough of them wait.
    """
    address = network_of(place.address)
    with counted(_try_of(given), place, database=services.database) as begun:
        details = Details(
            person=person_name(given.person),
            name=rules.words_of(given.name, "name", most=rules.LONGEST_NAME),
            email=require_address(given.email),
            purpose=rules.words_of(given.purpose, "purpose"),
        )
        agency_id, now = agency_id_of(services, given.agency.strip() or None), clock.now()
        with services.writing() as session:
            take_write_lock(session)  # of those who come at once, each sees the one before
            rules.require_room(session, services, address)
            row = AccountApplication(
                agency_id=agency_id,
                state=ApplicationState.ASKED,
                sealed=seal(details, services.settings.home),
                language=lang,
                address=address,
                asked_at=now,
                due_on=deadlines.due_on(services, now, deadlines.ACCOUNT),
            )
            session.add(row)
            session.flush()
            _record(session, "account-application:made", row, WORKER, due_on=row.due_on)
            _tell_waiting(session, row)
            receipt = AccountWishReceipt.of_row(row)
        begun.went_well = True
    return receipt


def list_applications(services: Services, *, actor: Actor) -> AccountApplicationList:
    """Who asks for an account, the earliest due first; then the last hundred that were answered.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, rules.LIST)
    reached = access.visible(actor, rules.LIST, AccountApplication.agency_id)
    query = select(AccountApplication).where(reached)
    waits = AccountApplication.state == ApplicationState.ASKED
    open_ones = query.where(waits).order_by(AccountApplication.due_on, AccountApplication.asked_at)
    others = query.where(~waits).order_by(AccountApplication.decided_at.desc())
    with services.read_only() as session:
        codes, home = agency_codes(session), services.settings.home
        rows = [
            *session.scalars(open_ones.limit(services.settings.accounts.applications_open)),
            *session.scalars(others.limit(_DECIDED_SHOWN)),
        ]
        return AccountApplicationList(
            applications=[
                application_document(row, details_of(row, home), _agency(row, codes))
                for row in rows
            ]
        )


def count_overdue(services: Services, *, actor: Actor) -> int:
    """How many that this account answers should have been answered before today."""
    reached = access.visible(actor, rules.LIST, AccountApplication.agency_id)
    with services.read_only() as session:
        return session.scalar(select(func.count()).where(reached, rules.overdue())) or 0


def grant_application(
    services: Services, application_id: UUID, given: ApplicationGrant, *, actor: Actor
) -> MadeAccountDocument:
    """Make the reader's account that was asked for; its password stands on this answer alone.

    Raises:
        ActNotAllowedError, AccountApplicationNotFoundError, AccountApplicationStateError
        AccountNameError, AccountPersonError, AccountExistsError, AccountNameTakenError
    """
    access.require(actor, rules.DECIDE)
    with services.unit_of_work() as uow:
        row = _open_one(uow.session, application_id, actor)
        details = details_of(row, services.settings.home)
        wanted = AccountRequest(
            name=given.name.strip() or details.name,
            role=Role.READER,
            display_name=details.person,
        )
        made = made_account(services, wanted, row.agency_id, actor=actor, uow=uow)
        _decide(services, uow.session, row, ApplicationState.GRANTED, details, actor)
        _record(uow.session, "account-application:granted", row, actor, account=made.name)
        uow.commit()
    return made


def refuse_application(
    services: Services, application_id: UUID, given: ApplicationRefusal, *, actor: Actor
) -> AccountApplicationDocument:
    """Refuse it with the reason that the asker is told.

    Raises:
        ActNotAllowedError, AccountApplicationNotFoundError, AccountApplicationStateError
        AccountApplicationWordsError: without a reason.
    """
    access.require(actor, rules.DECIDE)
    reason = rules.words_of(given.reason, "reason")
    with services.writing() as session:
        row = _open_one(session, application_id, actor)
        details = details_of(row, services.settings.home)
        row.reason = reason
        _decide(services, session, row, ApplicationState.REFUSED, details, actor)
        _record(session, "account-application:refused", row, actor, reason=reason)
        return application_document(row, details, _agency(row, agency_codes(session)))


def tell_overdue(session: Session, row: AccountApplication) -> None:
    """Whoever should have answered it."""
    facts = {"number": row.number, "due_on": row.due_on}
    inbox.tell(
        session,
        "account-application-overdue",
        to=_desk(session, row),
        subject_id=row.id,
        facts=facts,
        href=rules.PAGE,
        urgent=True,
    )


def _try_of(given: AccountWish) -> str:
    """By what tries of one person are known; it tells nobody's name."""
    typed = f"{given.name.strip()}\n{given.person.strip()}".casefold()
    return f"account:{sha256(typed.encode()).hexdigest()[:_LETTERS]}"


def _tell_waiting(session: Session, row: AccountApplication) -> None:
    facts = {"number": row.number, "due_on": row.due_on}
    inbox.tell(
        session,
        "account-application-waiting",
        to=_desk(session, row),
        subject_id=row.id,
        facts=facts,
        href=rules.PAGE,
    )


def _desk(session: Session, row: AccountApplication) -> list[UUID]:
    """Whoever answers it; of no agency the administrators of all."""
    roles = access.ACTS[rules.DECIDE] if row.agency_id else {Role.ADMIN}
    return inbox.people(session, roles=roles, agency_id=row.agency_id)


def _agency(row: AccountApplication, codes: Mapping[UUID, str]) -> str:
    return codes[row.agency_id] if row.agency_id else ""


def _open_one(session: Session, application_id: UUID, actor: Actor) -> AccountApplication:
    row = session.get(AccountApplication, application_id, with_for_update=True)
    if row is None or not access.may(actor, rules.LIST, row):
        raise rules.AccountApplicationNotFoundError(id=application_id)
    if row.state is not ApplicationState.ASKED:
        raise rules.AccountApplicationStateError(number=row.number, state=row.state)
    return row


def _decide(
    services: Services,
    session: Session,
    row: AccountApplication,
    state: ApplicationState,
    details: Details,
    actor: Actor,
) -> None:
    row.state, row.decided_by, row.decided_at, row.address = state, actor.account, clock.now(), ""
    by_mail = bool(details.email) and services.mailer.is_used
    row.answered_by = AnswerWay.MAIL if by_mail else AnswerWay.COUNTER
    if by_mail:
        services.jobs.add(session, ANSWER_JOB, subject_id=row.id)
    for kind in (WAITING, OVERDUE):
        inbox.settle(session, kind, row.id)


def _record(session: Session, tag: str, row: AccountApplication, actor: Actor, **data: str) -> None:
    """The event tells nothing of the person: the trail does not forget."""
    facts = {"number": row.number} | data
    record_event(session, tag, subject_id=row.id, actor=actor, agency_id=row.agency_id, data=facts)
