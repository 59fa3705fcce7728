"""Controlled lists at work: kept, counted, and case files described anew after a merge."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.describing.fields import subjects, values_of
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.describing.term_effects import Edits
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.holdings.term_fields import SOURCES
from archive_service.catalogue.vocabularies import lists as vocabularies_lists
from archive_service.catalogue.vocabularies import uses as vocabularies_uses
from archive_service.catalogue.vocabularies.documents import (
    CandidateDocument,
    DescribedAnew,
    MergedTerm,
    RefusedCase,
    TermDocument,
    TermList,
)
from archive_service.catalogue.vocabularies.given import MergeIn, ReasonIn, TermChange, TermIn
from archive_service.db.paging import Order, part_of
from archive_service.domain.agencies.term import Term, TermKind
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services

MOST_AT_ONCE = 50  # case files that one act describes anew
_MOST_TRIED = 200  # of which some may be held, or refused by the checks

_ORDER = Order(
    columns=(Term.kind, Term.plain, Term.id),
    write=(str, str, str),
    read=(TermKind, str, UUID),
)


def add(services: Services, given: TermIn, *, actor: Actor) -> TermDocument:
    """Add a term."""
    facts = dict(given) | {"kind": TermKind(given.kind)}
    with services.writing() as session:
        term_id = vocabularies_lists.add_term(session, actor=actor, **facts).id
    write_out_evidence(services)
    return _term_document(services, term_id, actor)


def change(services: Services, term_id: UUID, given: TermChange, *, actor: Actor) -> TermDocument:
    """Change name, variants or note."""
    with services.writing() as session:
        vocabularies_lists.change_term(session, term_id, actor=actor, **dict(given))
    write_out_evidence(services)
    return _term_document(services, term_id, actor)


def merge(services: Services, term_id: UUID, given: MergeIn, *, actor: Actor) -> MergedTerm:
    """Let another term stand in the place of this one; no package is changed."""
    with services.writing() as session:
        vocabularies_lists.merge_terms(session, term_id, given.into, actor=actor)
    write_out_evidence(services)
    to_describe = named_otherwise(services, given.into, actor=actor)
    return MergedTerm(term=_term_document(services, given.into, actor), case_files=len(to_describe))


def describe_anew(
    services: Services, term_id: UUID, given: ReasonIn, *, actor: Actor
) -> DescribedAnew:
    """Write the name in place of the variants, in at most fifty case files.

    Each case file is described by itself, with one more version; called again, it goes on.

    Raises:
        ActNotAllowedError, TermNotFoundError, TermMergedError, CatalogueReasonError
    """
    access.require(actor, "term:edit")
    access.require(actor, "case-file:describe")
    reason = reason_of(given.reason)
    with services.read_only() as session:
        row = vocabularies_lists.standing_term(session, term_id)
        writings = {name.folded for name in vocabularies_lists.names_of(session, [row.id])}
        codes = list(vocabularies_uses.named_otherwise(session, row, actor=actor))
    described: list[str] = []
    refused: list[RefusedCase] = []
    for code in codes[:_MOST_TRIED]:
        if len(described) == MOST_AT_ONCE:
            break
        try:
            edition, edits = _edits(services, code, row, writings, actor)
            done = describe_case_file(
                services, code, edits, reason=reason, actor=actor, edition=edition
            )
        except ArchiveError as trouble:
            refused.append(RefusedCase(code=code, error=trouble.code))
        else:
            if done.changes:
                described.append(code)
    return DescribedAnew(described=described, refused=refused, left=len(codes) - len(described))


def named_otherwise(services: Services, term_id: UUID, *, actor: Actor) -> list[str]:
    """Codes of the case files that name a term, and not by its name.

    Raises:
        ActNotAllowedError, TermNotFoundError, TermMergedError
    """
    access.require(actor, "term:edit")
    with services.read_only() as session:
        row = vocabularies_lists.standing_term(session, term_id)
        return list(vocabularies_uses.named_otherwise(session, row, actor=actor))


def find(services: Services, kind: TermKind, name: str, *, actor: Actor) -> UUID:
    """The id of the term that is called or written like this.

    Raises:
        ActNotAllowedError, TermNotFoundError
    """
    access.require(actor, "term:list")
    with services.read_only() as session:
        return vocabularies_lists.find_term(session, kind, name).id


def one(services: Services, term_id: UUID, *, actor: Actor) -> TermDocument:
    """One term that stands.

    Raises:
        ActNotAllowedError, TermNotFoundError, TermMergedError
    """
    access.require(actor, "term:list")
    return _term_document(services, term_id, actor)


def list_part(
    services: Services,
    *,
    actor: Actor,
    kind: TermKind | None = None,
    text: str = "",
    limit: int,
    cursor: str | None = None,
) -> TermList:
    """Standing terms by list and name, with their uses."""
    query = vocabularies_lists.matching_terms(actor=actor, kind=kind, text=text)
    with services.read_only() as session:
        part = part_of(session, query, _ORDER, limit=limit, cursor=cursor)
        return TermList(terms=_term_documents(session, part.rows, actor), cursor=part.cursor)


def list_page(
    services: Services,
    *,
    actor: Actor,
    kind: TermKind | None,
    text: str,
    limit: int | None,
    offset: int = 0,
) -> tuple[list[TermDocument], int]:
    """Some of the same, and how many there are; ``limit`` ``None``: all of them."""
    query = vocabularies_lists.matching_terms(actor=actor, kind=kind, text=text)
    with services.read_only() as session:
        total = vocabularies_lists.count_of(session, query)
        rows = session.scalars(query.order_by(*_ORDER.columns).limit(limit).offset(offset)).all()
        return _term_documents(session, rows, actor), total


def candidates(
    services: Services, kind: TermKind, *, actor: Actor, limit: int
) -> list[CandidateDocument]:
    """See ``vocabularies.uses.candidates``."""
    with services.read_only() as session:
        return vocabularies_uses.candidates(session, kind, actor=actor, limit=limit)


def suggest(services: Services, kind: TermKind, typed: str, *, actor: Actor) -> list[str]:
    """See ``vocabularies.uses.suggest``."""
    with services.read_only() as session:
        return vocabularies_uses.suggest(session, kind, typed, actor=actor)


def _term_document(services: Services, term_id: UUID, actor: Actor) -> TermDocument:
    with services.read_only() as session:
        return _term_documents(
            session, [vocabularies_lists.standing_term(session, term_id)], actor
        )[0]


def _edits(
    services: Services, code: str, term: Term, writings: set[str], actor: Actor
) -> tuple[int, Edits]:
    """What is to be written in a case file, and the edition that was seen."""
    fields = {source.field for source in SOURCES[term.kind]}
    edits: dict[int, dict[str, str]] = {}
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        for ordinal, subject in subjects(row):
            for name, text in values_of(subject).items():
                if name in fields:
                    wanted = vocabularies_uses.renamed(term.kind, text, writings, term.name)
                    if wanted != text:
                        edits.setdefault(ordinal, {})[name] = wanted
        return row.edition, edits


def _term_documents(session: Session, rows: Sequence[Term], actor: Actor) -> list[TermDocument]:
    """TERM as pages, commands and API tell it."""
    uses = vocabularies_uses.count_uses(session, rows, actor=actor)
    variants: dict[UUID, list[str]] = {row.id: [] for row in rows}
    for name in vocabularies_lists.names_of(session, list(variants)):
        if not name.is_name:
            variants[name.term_id].append(name.text)
    return [
        TermDocument.of_row(
            row,
            id=str(row.id),
            variants=variants[row.id],
            uses=uses[row.id].total,
            otherwise=uses[row.id].otherwise,
        )
        for row in rows
    ]
