"""Searches as Elasticsearch understands them: words, rights, filters, totals and facets."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from search.elasticsearch.form import Json, joined
from search.elasticsearch.turns import Turn
from search.port import FILTER_OF, VALUE_OF, Filters, Query, Visibility
from search.query import Term
from search.relevance import NEAR, NEAR_WORDS, OFTEN, PHRASE, SHORT, VERY_MARKS

FURTHER = 2  # more pages shown of one document
EXACT_UP_TO = 1_000  # so many case files or documents are counted one by one
_PRECISION = 40_000  # the highest the server has; above EXACT_UP_TO about 0.1 %, far above 1 %
_MOST_VALUES = 10_000  # of one facet


def hits(query: Query, turn: Turn, *, offset: int, limit: int) -> Json:
    """The body that brings ``limit`` hits and one more, and the totals."""
    order: list[Json] = [{"_score": "desc"}, {"at": "asc"}]
    body: Json = {
        "query": _found(query, turn, _narrowed(query.filters)),
        "from": offset,
        "size": limit + 1,
        "track_total_hits": True,
        "track_scores": True,
        "sort": order,
        "aggs": _distinct("case_file_id"),
    }
    if query.order == "newest":
        body["sort"] = [{"date": {"order": "desc", "missing": "_last"}}, *order]
    if query.by == "document":
        further = {"name": "pages", "size": 1 + FURTHER, "sort": order}
        body["collapse"] = {"field": "document_key", "inner_hits": further}
        body["aggs"] |= _distinct("document_key")
    return body


def distinct(answer: Json, field: str) -> int:
    """How many values of the field the search found; exact up to ``EXACT_UP_TO``."""
    few = len(answer[f"{field}:few"]["buckets"])
    return few if few < EXACT_UP_TO else max(few, int(answer[f"{field}:many"]["value"]))


def case_files(query: Query, turn: Turn, after: Json | None) -> Json:
    """The body that brings the next ``EXACT_UP_TO`` case files in which something is found."""
    request = _distinct("case_file_id")["case_file_id:few"]
    if after is not None:
        request["composite"]["after"] = after
    return {
        "query": _found(query, turn, _narrowed(query.filters)),
        "size": 0,
        "aggs": {"case_files": request},
    }


def facets(query: Query, turn: Turn) -> Json:
    """The body that counts each dimension without its own filter."""
    values: dict[str, Json] = {}
    for dimension, field in VALUE_OF.items():
        unfiltered = cast("dict[str, Any]", {FILTER_OF[dimension]: frozenset()})
        counted: Json = {"terms": {"field": field, "size": _MOST_VALUES}}
        if query.by == "document":
            unique = {"field": "document_key", "precision_threshold": _PRECISION}
            counted["aggs"] = {"hits": {"cardinality": unique}}
        values[dimension] = {
            "filter": {"bool": {"filter": _narrowed(replace(query.filters, **unfiltered))}},
            "aggs": {"values": counted},
        }
    return {"query": _found(query, turn, []), "size": 0, "aggs": values}


def facet(answer: Json) -> dict[str, int]:
    """The counts of one dimension, most first."""
    counts = {
        str(bucket["key"]): int(bucket.get("hits", {}).get("value", bucket["doc_count"]))
        for bucket in answer["values"]["buckets"]
    }
    return dict(sorted(counts.items(), key=lambda name: (-name[1], name[0])))


def entries_that_count(turn: Turn) -> Json:
    """Every entry, without the document that is none."""
    return {
        "bool": {"filter": [{"exists": {"field": "case_file_id"}}], "must_not": turn.conditions()}
    }


def _found(query: Query, turn: Turn, filters: list[Json]) -> Json:
    terms = query.words.terms
    found = [_phrase("folded", term.folded) for term in terms]
    return {
        "bool": {
            "filter": [*found, *_rights(query.visible), *filters],
            "must_not": turn.conditions(),
            "should": [
                {"constant_score": {"filter": clause, "boost": worth}}
                for worth, clause in _worth(query)
            ],
        }
    }


def _worth(query: Query) -> Iterator[tuple[int, Json]]:
    """Summands, as ``search.relevance`` says."""
    terms = query.words.terms
    for at, (size, worth) in enumerate(SHORT):
        less = SHORT[at + 1][1] if at + 1 < len(SHORT) else 0
        yield worth - less, {"range": {"size": {"lte": size}}}
    for term in terms:
        yield OFTEN, {"bool": {"filter": [_phrase("often", [word]) for word in term.folded]}}
    if query.words.marked:
        yield VERY_MARKS, {"bool": {"filter": [_as_typed(term) for term in terms]}}
    if len(terms) > 1:
        together = joined(word for term in terms for word in term.folded)
        yield PHRASE, {"match_phrase": {"folded": {"query": together}}}
        yield NEAR, {"match_phrase": {"folded": {"query": together, "slop": NEAR_WORDS}}}


def _as_typed(term: Term) -> Json:
    return _phrase("exact", term.exact) if term.marked else _phrase("folded", term.folded)


def _phrase(field: str, words: Iterable[str]) -> Json:
    return {"match_phrase": {field: {"query": joined(words)}}}


def _rights(visible: Visibility) -> list[Json]:
    parts = []
    if visible.agencies is not None:
        parts.append(_among("agency_id", map(str, visible.agencies)))
    whole: Json = {"term": {"reduced": False}}
    if visible.modes is None:
        return [*parts, whole]
    readable = _among("mode", visible.modes)
    if not visible.titles:
        return [*parts, readable, whole]
    closed = {"bool": {"filter": [{"term": {"reduced": True}}], "must_not": [readable]}}
    either = [{"bool": {"filter": [readable, whole]}}, closed]
    return [*parts, {"bool": {"should": either, "minimum_should_match": 1}}]


def _narrowed(filters: Filters) -> list[Json]:
    wanted: Mapping[str, Iterable[Any]] = {
        "agency_id": {str(agency) for agency in filters.agencies},
        "year": filters.years,
        "type": filters.types,
        "mode": filters.modes,
        "source": filters.sources,
    }
    parts = [_among(field, values) for field, values in wanted.items() if values]
    if filters.from_on is not None:
        parts.append({"range": {"last_day": {"gte": filters.from_on.isoformat()}}})
    if filters.to_on is not None:
        parts.append({"range": {"date": {"lte": filters.to_on.isoformat()}}})
    return parts


def _among(field: str, values: Iterable[Any]) -> Json:
    return {"terms": {field: sorted(values, key=str)}}


def _distinct(field: str) -> dict[str, Json]:
    one_by_one = {"size": EXACT_UP_TO, "sources": [{"value": {"terms": {"field": field}}}]}
    return {
        f"{field}:few": {"composite": one_by_one},
        f"{field}:many": {"cardinality": {"field": field, "precision_threshold": _PRECISION}},
    }
