"""Controlled lists of keywords, persons and places: kept, merged, suggested."""

from http import HTTPMethod

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery
from archive_service.catalogue.vocabularies import acts as vocabularies_acts
from archive_service.catalogue.vocabularies.documents import (
    CandidateList,
    SuggestedNames,
    TermList,
)
from archive_service.catalogue.vocabularies.given import Kind
from archive_service.domain.agencies.term import TermKind
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_terms", __name__, tag="terms", url_prefix="/terms")


class TermQuery(PartQuery):
    """Of one list; ``text`` is a part of a name or variant, marks optional."""

    kind: Kind | None = None
    text: str = ""


class SuggestQuery(Given):
    """What was typed of a name."""

    kind: Kind
    text: str = Field(max_length=300)


class CandidateQuery(Given):
    """Of one list."""

    kind: Kind
    limit: int = Field(50, ge=1, le=200)


@bp.get("")
@bp.input(TermQuery, location="query")
@bp.output(TermList)
def list_all(query_data: TermQuery) -> TermList:
    """Terms with their uses, by list and name."""
    kind = query_data.kind
    return vocabularies_acts.list_part(
        services(),
        actor=current_actor(),
        kind=TermKind(kind) if kind else None,
        text=query_data.text,
        limit=query_data.limit,
        cursor=query_data.cursor,
    )


@bp.get("/suggest")
@bp.input(SuggestQuery, location="query")
@bp.output(SuggestedNames)
def suggest(query_data: SuggestQuery) -> SuggestedNames:
    """Names that fit what was typed."""
    kind = TermKind(query_data.kind)
    found = vocabularies_acts.suggest(services(), kind, query_data.text, actor=current_actor())
    return SuggestedNames(names=found)


@bp.get("/candidates")
@bp.input(CandidateQuery, location="query")
@bp.output(CandidateList)
def list_candidates(query_data: CandidateQuery) -> CandidateList:
    """Texts of the holdings that no term is written like."""
    kind = TermKind(query_data.kind)
    found = vocabularies_acts.candidates(
        services(), kind, actor=current_actor(), limit=query_data.limit
    )
    return CandidateList(candidates=found)


offer(bp, "", vocabularies_acts.add, creates=True)
offer(bp, "/<uuid:term_id>", vocabularies_acts.one, method=HTTPMethod.GET)
offer(bp, "/<uuid:term_id>", vocabularies_acts.change, method=HTTPMethod.PATCH)
offer(bp, "/<uuid:term_id>/merge", vocabularies_acts.merge)
offer(bp, "/<uuid:term_id>/describe-anew", vocabularies_acts.describe_anew)
