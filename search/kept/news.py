"""What is new among the hits of searches that are kept: looked for hourly, told to their owners.

Each search is asked as its owner may ask it at that moment. A document is told of once.
"""

from collections.abc import Collection
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.accounts.granted import granted_to
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.kept_search import KeptSearch
from archive_service.domain.people.notice import IS_UNREAD, Notice
from archive_service.errors import InputError, NotAllowedError, NotFoundError
from archive_service.jobs.port import Lease
from archive_service.notices import inbox
from archive_service.services import Services
from search.by_document import document_query
from search.conditions import Conditions, in_address
from search.order import sort_of
from search.port import MAX_LIMIT

NEWS_JOB = "watch-searches"
NEWS, TOO_WIDE = "kept-search-news", "kept-search-grown"  # kinds of notices
MOST_WATCHED = 2_000  # hits of one search
_LONGEST_HREF = 500
_PAGE = "/search"


def watch_searches(lease: Lease, services: Services) -> None:
    """Tell each owner of what a watched search finds and did not find before; safe to repeat.

    A search that cannot be asked now, by its words or by the rights of its owner, tells nothing.
    """
    watched = select(KeptSearch.id).where(KeptSearch.watched).order_by(KeptSearch.id)
    with services.read_only() as session:
        ids = list(session.scalars(watched))
    for kept_id in ids:
        _look(lease, services, kept_id)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def hits_of(services: Services, row: KeptSearch, *, actor: Actor) -> list[str] | None:
    """Ids of all documents and case files that the search finds; ``None`` if they are too many.

    Raises:
        ActNotAllowedError: the account does not search.
        EmptyQueryError, AgencyNotFoundError, UnknownCodeError, FieldValueError: it cannot be asked.
    """
    access.require(actor, "search")
    conditions = Conditions.model_validate(row.conditions)
    query = document_query(services, row.text, actor, conditions)
    query = replace(query, order="newest", limit=MAX_LIMIT)
    found: list[str] = []
    while True:
        page = services.index.search(query)
        if page.total > MOST_WATCHED:
            return None
        found += [str(hit.document_id or hit.case_file_id) for hit in page.hits]
        if page.cursor is None:
            return found
        query = replace(query, cursor=page.cursor)


def settle(session: Session, kept_id: UUID) -> None:
    """Nothing is told of it any more."""
    for kind in (NEWS, TOO_WIDE):
        inbox.settle(session, kind, kept_id)


def _look(lease: Lease, services: Services, kept_id: UUID) -> None:
    with services.read_only() as session:
        row = session.get(KeptSearch, kept_id)
        account = session.get(Account, row.account_id) if row else None
        granted = granted_to(session, account) if account else frozenset()
    if row is None or account is None or not account.active:
        return
    try:
        found = hits_of(services, row, actor=account.as_actor(granted=granted))
    except (InputError, NotAllowedError, NotFoundError):
        return
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, {"search": str(kept_id)})
        held = session.get(KeptSearch, kept_id, with_for_update=True)
        if held is not None and held.watched:
            _tell(session, held, found)


def _tell(session: Session, row: KeptSearch, found: Collection[str] | None) -> None:
    to, href = [row.account_id], _address(row)
    if found is None:
        row.watched, row.seen = False, []
        settle(session, row.id)
        grown = {"name": row.name, "most": MOST_WATCHED}
        inbox.tell(session, "kept-search-grown", to=to, subject_id=row.id, facts=grown, href=href)
        return
    seen = set(row.seen)
    new = [hit for hit in found if hit not in seen]
    if not new:
        return
    row.seen = [*row.seen, *new][-2 * MOST_WATCHED :]
    facts = {"name": row.name, "count": len(new) + _unread(session, row)}
    inbox.tell(session, "kept-search-news", to=to, subject_id=row.id, facts=facts, href=href)


def _unread(session: Session, row: KeptSearch) -> int:
    """How many were told before and not looked at yet."""
    query = select(Notice.facts).where(
        Notice.account_id == row.account_id,
        Notice.kind == NEWS,
        Notice.about == str(row.id),
        IS_UNREAD,
    )
    facts = session.scalar(query)
    return int(facts["count"]) if facts else 0


def _address(row: KeptSearch) -> str:
    """The search, the newest documents first; the page with all that is kept where it is long."""
    newest = sort_of("newest")
    asked = [("q", row.text)] if row.text else []
    narrowed = in_address(Conditions.model_validate(row.conditions))
    href = f"{_PAGE}?{urlencode([*asked, ('sort', newest), *narrowed])}"
    return href if len(href) <= _LONGEST_HREF else _PAGE
