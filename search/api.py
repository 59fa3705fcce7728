"""Full text search, within what the account may see."""

import datetime as dt
from http import HTTPMethod
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BeforeValidator, Field

from archive_service.api.offered import offer
from archive_service.api.paging import MAX_LIMIT, repeated
from archive_service.api.request import language
from archive_service.given import Given
from archive_service.request import current_actor, services
from archive_service.web.lists import written
from search.acts import find
from search.conditions import Conditions, Shown
from search.documents import SearchDocument
from search.export.acts import MEDIA_TYPES, Form, Taken, export_hits
from search.export.columns import COLUMNS, Column
from search.order import By, Order
from search.similar import similar_documents
from search.suggest import SuggestionsDocument, suggest
from search.tally import count_search

bp = APIBlueprint("api_search", __name__, tag="search", url_prefix="/search")

_Texts = Annotated[tuple[str, ...], BeforeValidator(repeated)]
_Years = Annotated[tuple[Annotated[int, Field(ge=1000, le=9999)], ...], BeforeValidator(repeated)]


class WordsQuery(Given):
    """Words and what narrows them; days are those of the document.

    Each condition may be given several times: it widens what this condition lets through.
    """

    q: str = Field(
        default="",
        description='Words, "phrases", -word, A OR B, begin*, and conditions by name: code, number,'
        " title, signer, year, type, agency, date, from, to, fonds, case_file, access, term,"
        " format, language, also in Vietnamese; -year:2025 leaves that year out.",
    )
    agency: _Texts = ()
    fonds: _Texts = ()
    series: _Texts = ()
    year: _Years = ()
    type: _Texts = ()
    issuer: _Texts = ()
    signer: _Texts = ()
    mode: _Texts = ()
    term: _Texts = ()
    format: _Texts = ()
    source: _Texts = ()
    language: _Texts = ()
    case_file: _Texts = ()
    from_on: dt.date | None = Field(default=None, alias="from")
    to_on: dt.date | None = Field(default=None, alias="to")
    sort: Order = "relevance"

    def conditions(self) -> Conditions:
        """What narrows it, as every door takes it."""
        return Conditions.of_dimensions(dict(self), self.case_file, self.from_on, self.to_on)


class SearchQuery(WordsQuery):
    """How hits are told; with ``facets`` also how many hits each value would leave."""

    by: By = "page"
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT)
    cursor: str | None = None
    facets: bool = False


class HitsQuery(WordsQuery):
    """Columns and form of the table of all hits."""

    form: Form = "xlsx"
    column: Annotated[tuple[Column, ...], BeforeValidator(repeated)] = COLUMNS


@bp.get("")
@bp.input(SearchQuery, location="query")
@bp.output(SearchDocument)
def search(query_data: SearchQuery) -> SearchDocument:
    """Pages, or documents each once, that hold every word; where none does, what comes nearest.

    Conditions without words list documents, the newest first.
    """
    asked, conditions = query_data, query_data.conditions()
    shown = Shown(
        by=asked.by, order=asked.sort, limit=asked.limit, cursor=asked.cursor, facets=asked.facets
    )
    found = find(services(), asked.q, actor=current_actor(), conditions=conditions, shown=shown)
    if asked.cursor is None:
        count_search(services(), found)
    return found


@bp.get("/export")
@bp.input(HitsQuery, location="query")
@bp.doc(responses={200: "XLSX, CSV, DOCX or PDF by form"})
def export(query_data: HitsQuery) -> Response:
    """Each document found once, as a table; the trail tells who took how many."""
    asked = query_data
    given = Taken(
        form=asked.form,
        columns=asked.column or COLUMNS,
        order=asked.sort,
        conditions=asked.conditions(),
    )
    actor = current_actor()
    return written(
        "search",
        given.form,
        lambda target: export_hits(
            services(), asked.q, given, actor=actor, lang=language(), target=target
        ),
        MEDIA_TYPES[given.form],
    )


offer(bp, "/similar/<uuid:document_id>", similar_documents, method=HTTPMethod.GET)


class BegunQuery(Given):
    """What is being typed."""

    q: str = Field(max_length=1000)


@bp.get("/suggestions")
@bp.input(BegunQuery, location="query")
@bp.output(SuggestionsDocument)
def suggestions(query_data: BegunQuery) -> SuggestionsDocument:
    """Case files, documents and signers that what is being typed may mean."""
    return suggest(services(), query_data.q, actor=current_actor())
