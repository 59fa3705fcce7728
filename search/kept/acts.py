"""Searches of an account's own: kept, renamed, removed, and the last ones, which nobody else sees.

What a search finds is asked anew whenever it is run, by the rights of that moment.
"""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.document import Document, Moment
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.kept_search import KeptSearch
from archive_service.errors import BackendError, ConflictError, InputError, NotFoundError
from archive_service.given import Given, Typed
from archive_service.log import logger
from archive_service.services import Services
from archive_service.text import fold, nfc
from search.conditions import Conditions
from search.kept.news import MOST_WATCHED, hits_of, settle
from search.order import Order

MOST_KEPT, MOST_LAST = 100, 50
_LONGEST_NAME, _LONGEST_TEXT = 120, 2_000


class KeptSearchUnknownError(NotFoundError):
    """None of one's own searches has this id."""


class KeptSearchNameError(InputError):
    """A search is kept under a name of at most 120 letters."""


class KeptSearchThereError(ConflictError):
    """One of one's own searches has this name already."""


class KeptSearchesFullError(ConflictError):
    """So many searches are kept that one has to go first."""


class KeptSearchTooWideError(ConflictError):
    """It finds more than can be watched."""


class Keep(Given):
    """A search to come back to."""

    name: str = Field(description="By which one finds it again.")
    text: str = Field(default="", max_length=_LONGEST_TEXT, description="The words.")
    order: Order = "relevance"
    conditions: Conditions = Conditions()


class Renamed(Given):
    """Another name of a search that is kept."""

    name: Annotated[str, Typed(is_argument=True, may_be_blank=True)] = Field(
        description="The new name."
    )


class Watched(Given):
    """Whether one is told of what is new."""

    watched: bool = Field(description="Whether new hits are told.")


class History(Given):
    """Whether one's last searches are kept."""

    history: bool = Field(description="Whether the last searches are kept.")


class KeptSearchDocument(Document):
    """One search; of the last ones ``name`` is empty. ``at``: kept, or asked last.

    Of one that is ``watched`` new hits are told.
    """

    id: UUID
    name: str
    text: str
    order: Order
    conditions: Conditions
    at: Moment
    watched: bool


class KeptSearchList(Document):
    """What is kept, by name; and the last ones, the newest first, where ``history`` is kept."""

    kept: list[KeptSearchDocument]
    last: list[KeptSearchDocument]
    history: bool


def list_kept_searches(services: Services, *, actor: Actor) -> KeptSearchList:
    """Searches that one keeps, by name; and the last searches at pages, the newest first.

    Raises:
        ActNotAllowedError: the account does not search.
    """
    access.require(actor, "search")
    own = select(KeptSearch).where(KeptSearch.account_id == actor.account_id)
    with services.read_only() as session:
        found = session.scalars(own.order_by(KeptSearch.at.desc(), KeptSearch.id)).all()
        history = _keeps_history(session, actor.account_id)
    kept = [_document(row) for row in found if row.name]
    last = [_document(row) for row in found if not row.name]
    kept.sort(key=lambda search: fold(search.name))
    return KeptSearchList(kept=kept, last=last, history=history)


def keep_search(services: Services, given: Keep, *, actor: Actor) -> KeptSearchDocument:
    """Keep a search under a name.

    Raises:
        ActNotAllowedError: the account does not search, or nobody's account asks.
        KeptSearchNameError, KeptSearchThereError, KeptSearchesFullError
    """
    account_id = _own_id(actor)
    name = _name(given.name)
    with services.writing() as session:
        names = _names(session, account_id)
        if len(names) >= MOST_KEPT:
            raise KeptSearchesFullError(most=MOST_KEPT)
        _require_free(names, name)
        row = _row(account_id, name, given.text, given.conditions, given.order)
        session.add(row)
    return _document(row)


def rename_kept_search(
    services: Services, kept_id: UUID, given: Renamed, *, actor: Actor
) -> KeptSearchDocument:
    """Give a search that is kept another name.

    Raises:
        ActNotAllowedError, KeptSearchUnknownError
        KeptSearchNameError, KeptSearchThereError
    """
    account_id, name = _own_id(actor), _name(given.name)
    with services.writing() as session:
        row = _own(session, kept_id, account_id)
        names = _names(session, account_id)
        names.pop(row.id, None)
        _require_free(names, name)
        row.name = name
    return _document(row)


def remove_kept_search(services: Services, kept_id: UUID, *, actor: Actor) -> KeptSearchDocument:
    """Remove one of one's own searches, kept or of the last ones.

    Raises:
        ActNotAllowedError, KeptSearchUnknownError
    """
    account_id = _own_id(actor)
    with services.writing() as session:
        row = _own(session, kept_id, account_id)
        settle(session, row.id)
        session.delete(row)
    return _document(row)


def watch_kept_search(
    services: Services, kept_id: UUID, given: Watched, *, actor: Actor
) -> KeptSearchDocument:
    """Be told of what a kept search finds from now on, or no more.

    Raises:
        ActNotAllowedError, KeptSearchUnknownError
        KeptSearchTooWideError: it finds too much.
        EmptyQueryError, AgencyNotFoundError, UnknownCodeError, FieldValueError: it asks nothing.
    """
    account_id = _own_id(actor)
    with services.read_only() as session:
        row = session.get(KeptSearch, kept_id)
    found: list[str] | None = []
    if given.watched and row is not None and row.account_id == account_id and row.name:
        found = hits_of(services, row, actor=actor)
    if found is None:
        raise KeptSearchTooWideError(most=MOST_WATCHED)
    with services.writing() as session:
        row = _own(session, kept_id, account_id)
        if not row.name:
            raise KeptSearchUnknownError(id=kept_id)
        if row.watched != given.watched:
            row.watched, row.seen = given.watched, found
            settle(session, row.id)
    return _document(row)


def set_history(services: Services, given: History, *, actor: Actor) -> KeptSearchList:
    """Keep one's last searches from now on; or none, and forget those of before."""
    account_id = _own_id(actor)
    with services.writing() as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        account.keeps_searches = given.history
        if not given.history:
            own = KeptSearch.account_id == account_id
            session.execute(delete(KeptSearch).where(own, KeptSearch.name == ""))
    return list_kept_searches(services, actor=actor)


def forget_searches(services: Services, *, actor: Actor) -> KeptSearchList:
    """Remove one's last searches; those that are kept stay."""
    account_id = _own_id(actor)
    own = KeptSearch.account_id == account_id
    with services.writing() as session:
        session.execute(delete(KeptSearch).where(own, KeptSearch.name == ""))
    return list_kept_searches(services, actor=actor)


def note_search(
    services: Services, text: str, conditions: Conditions, order: Order, *, actor: Actor
) -> None:
    """Put a search among one's last ones, once; programs and the shell leave none.

    One that the database does not take now is not noted: the search is not held up by it.
    """
    account_id = actor.account_id
    if account_id is None or actor.scopes is not None or actor.os_user:
        return
    row = _row(account_id, "", text, conditions, order)
    own = select(KeptSearch).where(KeptSearch.account_id == account_id, KeptSearch.name == "")
    try:
        with services.unit_of_work() as uow:
            session = uow.session
            if not _keeps_history(session, account_id):
                return
            last = session.scalars(own.order_by(KeptSearch.at.desc(), KeptSearch.id)).all()
            same = [kept_search for kept_search in last if _asked(kept_search) == _asked(row)]
            for gone in {*same, *last[MOST_LAST - 1 :]}:
                session.delete(gone)
            session.add(row)
            uow.commit()
    except BackendError as silent:
        logger().warning("search-not-noted", code=silent.code)


def _keeps_history(session: Session, account_id: UUID | None) -> bool:
    """Whether the account keeps its last searches; nobody's account has none."""
    kept = select(Account.keeps_searches).where(Account.id == account_id)
    return bool(session.scalar(kept))


def _asked(row: KeptSearch) -> tuple[str, str, dict[str, object]]:
    return row.text, row.order, row.conditions


def _row(
    account_id: UUID, name: str, text: str, conditions: Conditions, order: Order
) -> KeptSearch:
    return KeptSearch(
        account_id=account_id,
        name=name,
        text=nfc(text).strip()[:_LONGEST_TEXT],
        conditions=conditions.model_dump(mode="json", exclude_defaults=True),
        order=order,
        at=clock.now(),
    )


def _own_id(actor: Actor) -> UUID:
    access.require(actor, "search")
    if actor.account_id is None:
        raise access.not_allowed(actor, "search")
    return actor.account_id


def _own(session: Session, kept_id: UUID, account_id: UUID) -> KeptSearch:
    row = session.get(KeptSearch, kept_id, with_for_update=True)
    if row is None or row.account_id != account_id:
        raise KeptSearchUnknownError(id=kept_id)
    return row


def _name(text: str) -> str:
    name = " ".join(nfc(text).split())
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise KeptSearchNameError(most=_LONGEST_NAME)
    return name


def _names(session: Session, account_id: UUID) -> dict[UUID, str]:
    own = select(KeptSearch.id, KeptSearch.name).where(
        KeptSearch.account_id == account_id, KeptSearch.name != ""
    )
    return {row.id: row.name for row in session.execute(own)}


def _require_free(names: dict[UUID, str], name: str) -> None:
    if fold(name) in {fold(given) for given in names.values()}:
        raise KeptSearchThereError(name=name)


def _document(row: KeptSearch) -> KeptSearchDocument:
    conditions = Conditions.model_validate(row.conditions)
    return KeptSearchDocument.of_row(row, conditions=conditions)
