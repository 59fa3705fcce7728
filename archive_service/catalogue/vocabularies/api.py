"""Controlled lists of keywords, persons and places: kept, merged, suggested."""

from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.paging import PartQuery
from archive_service.catalogue.vocabularies import acts as vocabularies_acts
from archive_service.catalogue.vocabularies.documents import (
    CandidateList,
    DescribedAnew,
    MergedTerm,
    SuggestedNames,
    TermDocument,
    TermList,
)
from archive_service.domain.agencies.term import TermKind
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_terms", __name__, tag="terms", url_prefix="/terms")

Kind = Literal["keyword", "person", "place"]


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


class TermIn(Given):
    """A term to add."""

    kind: Kind
    name: str
    variants: list[str] = Field(default=[])
    note: str = ""


class TermChange(Given):
    """What is not named stays; a former name becomes a variant unless ``variants`` are given."""

    name: str | None = None
    variants: list[str] | None = None
    note: str | None = None


class MergeIn(Given):
    """The term that stands."""

    into: UUID


class ReasonIn(Given):
    """Why the case files are described anew."""

    reason: str


@bp.get("")
@bp.input(TermQuery, location="query")
@bp.output(TermList)
def list_all(query_data: TermQuery) -> dict[str, Any]:
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
def suggest(query_data: SuggestQuery) -> dict[str, Any]:
    """Names that fit what was typed."""
    kind = TermKind(query_data.kind)
    return {
        "names": vocabularies_acts.suggest(services(), kind, query_data.text, actor=current_actor())
    }


@bp.get("/candidates")
@bp.input(CandidateQuery, location="query")
@bp.output(CandidateList)
def list_candidates(query_data: CandidateQuery) -> dict[str, Any]:
    """Texts of the holdings that no term is written like."""
    kind = TermKind(query_data.kind)
    found = vocabularies_acts.candidates(
        services(), kind, actor=current_actor(), limit=query_data.limit
    )
    return {"candidates": found}


@bp.post("")
@bp.input(TermIn)
@bp.output(TermDocument, status_code=201)
def create(json_data: TermIn) -> Answer:
    """Add a term."""

    def made() -> dict[str, Any]:
        return vocabularies_acts.add(
            services(),
            TermKind(json_data.kind),
            json_data.name,
            variants=json_data.variants,
            note=json_data.note,
            actor=current_actor(),
        )

    return answer_once(json_data.model_dump_json(), made)


@bp.get("/<uuid:term_id>")
@bp.output(TermDocument)
def show(term_id: UUID) -> dict[str, Any]:
    """One term."""
    return vocabularies_acts.one(services(), term_id, actor=current_actor())


@bp.patch("/<uuid:term_id>")
@bp.input(TermChange)
@bp.output(TermDocument)
def change(term_id: UUID, json_data: TermChange) -> dict[str, Any]:
    """Change name, variants or note."""
    return vocabularies_acts.change(
        services(), term_id, actor=current_actor(), **json_data.model_dump()
    )


@bp.post("/<uuid:term_id>/merge")
@bp.input(MergeIn)
@bp.output(MergedTerm)
def merge(term_id: UUID, json_data: MergeIn) -> dict[str, Any]:
    """Let another term stand in the place of this one."""
    return vocabularies_acts.merge(services(), term_id, json_data.into, actor=current_actor())


@bp.post("/<uuid:term_id>/describe-anew")
@bp.input(ReasonIn)
@bp.output(DescribedAnew)
def describe_anew(term_id: UUID, json_data: ReasonIn) -> dict[str, Any]:
    """Write the name in place of the variants, in at most fifty case files."""
    reason = json_data.reason
    return vocabularies_acts.describe_anew(
        services(), term_id, reason=reason, actor=current_actor()
    )
