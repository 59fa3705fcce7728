"""Searches of an account's own: kept, renamed, removed, and the last ones, which nobody else sees.

What a search finds is asked anew whenever it is run, by the rights of that moment.
"""

from uuid import UUID

from pydantic import Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.document import Document, Moment
from archive_service.domain.people.account import Actor
from archive_service.domain.people.kept_search import KeptSearch
from archive_service.errors import BackendError, ConflictError, InputError, NotFoundError
from archive_service.given import Given
from archive_service.log import logger
from archive_service.services import Services
from archive_service.text import fold, nfc
from search.conditions import Conditions
from search.order import Order

MOST_KEPT, MOST_LAST = 100, 50
_LONGEST_NAME, _LONGEST_TEXT = 120, 2_000


class KeptSearchUnknownError(NotFoundError):
    """None of one's own searches has this id."""

    code = "kept-search-unknown"


class KeptSearchNameError(InputError):
    """A search is kept under a name of at most 120 letters."""

    code = "kept-search-name"


class KeptSearchThereError(ConflictError):
    """One of one's own searches has this name already."""

    code = "kept-search-there"


class KeptSearchesFullError(ConflictError):
    """So many searches are kept that one has to go first."""

    code = "kept-searches-full"


class Keep(Given):
    """A search to come back to."""

    name: str = Field(description="By which one finds it again.")
    text: str = Field(default="", max_length=_LONGEST_TEXT, description="The words.")
    order: Order = "relevance"
    conditions: Conditions = Conditions()


class Renamed(Given):
    """Another name of a search that is kept."""

    name: str = Field(description="The new name.")


class KeptSearchDocument(Document):
    """One search; of the last ones ``name`` is empty. ``at``: kept, or asked last."""

    id: UUID
    name: str
    text: str
    order: Order
    conditions: Conditions
    at: Moment


class KeptSearchList(Document):
    """What is kept, by name; and the last ones, the newest first."""

    kept: list[KeptSearchDocument]
    last: list[KeptSearchDocument]


def list_kept_searches(services: Services, *, actor: Actor) -> KeptSearchList:
    """One's own searches.

    Raises:
        ActNotAllowedError: the account does not search.
    """
    access.require(actor, "search")
    own = select(KeptSearch).where(KeptSearch.account_id == actor.account_id)
    with services.read_only() as session:
        found = session.scalars(own.order_by(KeptSearch.at.desc(), KeptSearch.id)).all()
    kept = [_document(row) for row in found if row.name]
    last = [_document(row) for row in found if not row.name]
    return KeptSearchList(kept=sorted(kept, key=lambda one: fold(one.name)), last=last)


def keep_search(services: Services, given: Keep, *, actor: Actor) -> KeptSearchDocument:
    """Keep a search under a name.

    Raises:
        ActNotAllowedError: the account does not search, or nobody's account asks.
        KeptSearchNameError, KeptSearchThereError, KeptSearchesFullError
    """
    account_id = _own_id(actor)
    name = _name(given.name)
    with services.unit_of_work() as uow:
        names = _names(uow.session, account_id)
        if len(names) >= MOST_KEPT:
            raise KeptSearchesFullError(most=MOST_KEPT)
        _require_free(names, name)
        row = _row(account_id, name, given.text, given.conditions, given.order)
        uow.session.add(row)
        uow.commit()
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
    with services.unit_of_work() as uow:
        row = _own(uow.session, kept_id, account_id)
        names = _names(uow.session, account_id)
        names.pop(row.id, None)
        _require_free(names, name)
        row.name = name
        uow.commit()
    return _document(row)


def remove_kept_search(services: Services, kept_id: UUID, *, actor: Actor) -> KeptSearchDocument:
    """Remove one of one's own searches, kept or of the last ones.

    Raises:
        ActNotAllowedError, KeptSearchUnknownError
    """
    account_id = _own_id(actor)
    with services.unit_of_work() as uow:
        row = _own(uow.session, kept_id, account_id)
        uow.session.delete(row)
        uow.commit()
    return _document(row)


def forget_searches(services: Services, *, actor: Actor) -> KeptSearchList:
    """Remove one's last searches; those that are kept stay."""
    account_id = _own_id(actor)
    own = KeptSearch.account_id == account_id
    with services.unit_of_work() as uow:
        uow.session.execute(delete(KeptSearch).where(own, KeptSearch.name == ""))
        uow.commit()
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
            last = session.scalars(own.order_by(KeptSearch.at.desc(), KeptSearch.id)).all()
            same = [one for one in last if _asked(one) == _asked(row)]
            for gone in {*same, *last[MOST_LAST - 1 :]}:
                session.delete(gone)
            session.add(row)
            uow.commit()
    except BackendError as silent:
        logger().warning("search-not-noted", code=silent.code)


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
    if fold(name) in {fold(one) for one in names.values()}:
        raise KeptSearchThereError(name=name)


def _document(row: KeptSearch) -> KeptSearchDocument:
    conditions = Conditions.model_validate(row.conditions)
    return KeptSearchDocument.of_row(row, conditions=conditions)
