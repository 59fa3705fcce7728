"""Searching: the rights of the account are part of the query."""

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, literal_column, or_, select, true
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.linking.links import also_in
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document, DocumentRelation
from archive_service.domain.case_files.indexes import IS_OUTDATED
from archive_service.domain.case_files.recall import CORRECTED_BY, REPLACED_BY
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from archive_service.services import Services
from search.asking import ask
from search.conditions import Conditions, Shown, filters_of, with_names, without_unknown
from search.documents import HitDocument, SearchDocument, ToldDocument, ValueDocument
from search.facets import named_facets
from search.port import Query, Visibility, document_key
from search.query import parse_query

_IS_OUTDATED: ColumnElement[bool] = literal_column(IS_OUTDATED)
_IS_OUT = or_(Document.quarantined, Document.moved_to.is_not(None))
_MOST_TOLD = 12  # words of a query in one line
_GRANTS_ASKED = 5_000  # each is named once for each of its places; PostgreSQL takes 65,535 values
_SCOPES = {
    "fonds": CaseFile.fonds_id,
    "series": CaseFile.series_id,
    "agency_id": CaseFile.agency_id,
}
_LEAVING = (
    select(Removal.case_file_id)
    .join(RemovalPlace)
    .where(RemovalPlace.place == "index", RemovalPlace.state == PlaceState.OPEN)
)


def find(
    services: Services,
    text: str,
    *,
    actor: Actor,
    conditions: Conditions | None = None,
    shown: Shown | None = None,
) -> SearchDocument:
    """A page of hits; found words in a snippet stand between « and ».

    Where the words as typed find nothing, ``told`` says what was asked in their place
    (``search.asking``). Conditions in the query narrow, too, and alone they list documents.
    ``facets``, where they are asked for, tell of each value how many hits it would leave. Of a
    document that is open on conditions only, its title and data are found where each document is
    told once, as on the page and in suggestions; ``locked`` says so.

    Raises:
        ActNotAllowedError: the role does not search.
        EmptyQueryError, CursorInvalidError, AgencyNotFoundError, UnknownCodeError: input.
    """
    access.require(actor, "search")
    started = time.perf_counter()
    conditions, shown = conditions or Conditions(), shown or Shown()
    words = parse_query(with_names(services, text), narrowed=bool(conditions.chosen()))
    words = without_unknown(services, words, actor=actor)
    query = Query(
        words=words,
        visible=visibility(services, actor, titles=shown.by == "document"),
        filters=filters_of(services, words, conditions),
        by=shown.by,
        order=shown.order,
        limit=shown.limit,
        cursor=shown.cursor,
    )
    with services.index.at_once() as index:
        asked = ask(index, query)
        page = asked.page or index.search(asked.query)
        facets = index.facets(asked.query) if shown.facets else {}
    with services.read_only() as session:
        documents = [hit.document_id for hit in page.hits if hit.document_id]
        elsewhere = also_in(session, documents)
        outdated = outdated_among(session, documents)
        counts = named_facets(session, facets) if shown.facets else {}
    values = {name: [ValueDocument.of(*value) for value in counts[name]] for name in counts}
    return SearchDocument(
        total=page.total,
        hits=[HitDocument.of(hit, elsewhere, outdated) for hit in page.hits],
        cursor=page.cursor,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        told=ToldDocument.of(asked, page.hits),
        facets=values if shown.facets else None,
    )


def notes_of(told: ToldDocument | None, words: Callable[..., str]) -> Iterator[tuple[str, str]]:
    """Each thing that is ``told`` in a line, and what was asked in place of the typed words or "".

    Args:
        words: the text of a key in the reader's language, with the facts in it.
    """
    if told is None:
        return
    if told.cut:
        yield words("labels.search-told.cut"), ""
    if told.encoding:
        yield words("labels.search-told.turned", encoding=told.encoding), told.turned
    for name in ("unknown_fields", "guessed_fields", "ignored"):
        if values := getattr(told, name):
            yield words(f"labels.search-told.{name}", names=_listed(values)), ""
    if told.step != "all":
        yield words(f"labels.search-told.{told.step}"), told.instead
    if told.left_out:
        yield words("labels.search-told.left_out", words=_listed(told.left_out)), ""
    for it in told.renamed:
        since = dt.date.fromisoformat(it.since).strftime("%d/%m/%Y")
        line = words("labels.search-told.merged", old=it.old, new=it.new, since=since)
        yield line, "" if it.query == told.instead else it.query


def _listed(names: Sequence[str]) -> str:
    """In one line; of very many the first ones."""
    more = ["…"] if len(names) > _MOST_TOLD else []
    return ", ".join([*names[:_MOST_TOLD], *more])


def visibility(services: Services, actor: Actor, *, titles: bool = False) -> Visibility:
    """The limits of what the account may find, by the rules of ``access.py`` and by the rows of
    this moment: what an index that lags behind still tells of them counts no more.
    """
    agencies = None if actor.agency_id is None else frozenset({actor.agency_id})
    modes = access.modes_visible(actor)
    visible = Visibility(agencies, modes, titles=titles, granted=actor.granted)
    with services.read_only() as session:
        return _as_of_now(session, visible)


def _as_of_now(session: Session, visible: Visibility) -> Visibility:
    """Without what is in quarantine, stands elsewhere, is being destroyed or is closed by now."""
    shut = _is_shut(visible)
    few = or_(_IS_OUT, and_(~shut, _is_closed(visible)))
    changed = (
        select(CaseFile.id, Document.id, CaseFile.mode, Document.mode, _IS_OUT, *_SCOPES.values())
        .outerjoin(Document, Document.case_file_id == CaseFile.id)
        .where(_IS_OUTDATED, few)
    )
    leaving = frozenset(map(str, session.scalars(_LEAVING)))  # rows of documents may be gone
    gone, closed = set(), set()
    for case_file_id, document_id, mode, own, is_out, *ids in session.execute(changed):
        if is_out:
            gone.add(document_key(case_file_id, document_id))
        for of, now in ((None, mode), (document_id, access.stricter_mode(mode, own or mode))):
            kept = {"case_file_id": case_file_id, "document_id": of, "mode": now}
            if not visible.reads(kept | dict(zip(_SCOPES, ids, strict=True))):
                closed.add(document_key(case_file_id, of))
    shut_now = frozenset(map(str, session.scalars(select(CaseFile.id).where(_IS_OUTDATED, shut))))
    return replace(
        visible, leaving=leaving, gone=frozenset(gone), closed=frozenset(closed), shut=shut_now
    )


def _is_closed(visible: Visibility) -> ColumnElement[bool]:
    if visible.modes is None:
        return false()
    return or_(CaseFile.mode.not_in(visible.modes), Document.mode.not_in(visible.modes))


def _is_shut(visible: Visibility) -> ColumnElement[bool]:
    """That nothing of the case file may be read: by its mode, and nothing of it was granted.

    An order over a whole fonds closes as many as these; one key of each says all. Of very many
    grants a database takes no list: each document that is closed to them then has its own key.
    """
    if visible.modes is None or len(visible.granted) > _GRANTS_ASKED:
        return false()
    ids = [UUID(case_file_id) for case_file_id, _ in visible.granted]
    theirs = select(Document.case_file_id).where(Document.id.in_(ids))
    granted: list[ColumnElement[bool]] = [CaseFile.id.in_(ids), CaseFile.id.in_(theirs)]
    granted += [and_(scope.is_not(None), scope.in_(ids)) for scope in _SCOPES.values()]
    return and_(CaseFile.mode.not_in(visible.modes), ~or_(*granted) if ids else true())


def outdated_among(session: Session, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Of these documents those that were replaced or corrected, and which of the two."""
    rows = session.execute(
        select(DocumentRelation.document_id, DocumentRelation.relation)
        .where(
            DocumentRelation.document_id.in_(ids),
            DocumentRelation.relation.in_((REPLACED_BY, CORRECTED_BY)),
        )
        .distinct()
        .order_by(DocumentRelation.relation)
    )
    found: dict[UUID, list[str]] = {}
    for document_id, relation in rows:
        found.setdefault(document_id, []).append(relation)
    return found
