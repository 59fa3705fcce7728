"""Searches as Elasticsearch understands them: words, rights, filters, totals and facets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from search.clauses import (
    Clause,
    Column,
    Either,
    Itself,
    Near,
    Phrase,
    holds,
    must_hold,
    worth,
)
from search.elasticsearch.form import Json, joined
from search.elasticsearch.turns import Turn
from search.port import (
    FILTER_OF,
    MAX_LIMIT,
    SCOPES,
    VALUE_OF,
    Estimate,
    Filters,
    Query,
    Visibility,
)
from search.relevance import SHORT, WEIGHED

FURTHER = 2  # more pages shown of one document
EXACT_UP_TO = 1_000  # so many case files or documents are counted one by one
_PRECISION = 40_000  # the highest the server has; above EXACT_UP_TO about 0.1 %, far above 1 %
_ENTRIES_AT_ONCE = 100  # whole pages of text
_MOST_VALUES = 10_000  # of one facet
_MOST_BEGUN = "top_terms_1000"  # words that begin so behind others; of more the server refuses all
_MOST_KEYS = 50_000  # of one condition; the server takes 65,536
_FIRST: Mapping[str, list[Json]] = {  # before the score
    "relevance": [],
    "newest": [{"date": {"order": "desc", "missing": "_last"}}],
    "oldest": [{"date": {"order": "asc", "missing": "_last"}}],
    "code": [{"code": "asc"}, {"at": "asc"}],
    "title": [{"title_key": "asc"}, {"code": "asc"}, {"at": "asc"}],
}
_EQUALS: list[Json] = [{"year": "desc"}, {"code": "asc"}, {"at": "asc"}]  # as in the other engine


def hits(query: Query, turn: Turn, *, offset: int, limit: int) -> Json:
    """The body that brings ``limit`` hits and one more, and the totals."""
    return {
        **_asked(query, turn, _narrowed(query.filters)),
        "from": offset,
        "size": limit + 1,
        "track_total_hits": True,
        "track_scores": True,
        "sort": [*_FIRST[query.order], {"_score": "desc"}, *_EQUALS],
        "aggs": _distinct("case_file_id"),
    }


def total(query: Query, turn: Turn) -> Json:
    """The body that only counts the hits."""
    asked = _asked(query, turn, _narrowed(query.filters))
    return {**asked, "size": 0, "track_total_hits": True}


def best_pages(query: Query, turn: Turn, keys: Iterable[str]) -> Json:
    """The body that brings of each of these documents the pages with the most terms."""
    by_page = replace(query, by="page")
    terms = [clause(holds(term, by_page)) for term in query.words.terms]
    weights = query.words.weights or (1,) * len(terms)
    order: list[Json] = [{"_score": "desc"}, {"at": "asc"}]
    further = {"name": "pages", "size": 1 + FURTHER, "sort": order, "track_scores": True}
    held = [
        {"constant_score": {"filter": term, "boost": WEIGHED * weight}}
        for term, weight in zip(terms, weights, strict=True)
    ]
    filters = [_among("document_key", keys), {"term": {"whole": False}}]
    return {
        "query": {
            "bool": {
                "filter": [{"bool": {"should": terms}}, {"term": {"reduced": False}}, *filters],
                "must_not": turn.conditions(),
                "should": [*held, *_worth(by_page)],
            }
        },
        "size": MAX_LIMIT,
        "collapse": {"field": "document_key", "inner_hits": further},
        "aggs": {
            "of": {
                "terms": {"field": "document_key", "size": MAX_LIMIT},
                "aggs": {"all": {"filter": {"bool": {"filter": terms}}}},
            }
        },
    }


def known(words: Iterable[str], visible: Visibility, turn: Turn) -> Json:
    """The body that counts the documents that may be seen with each of the words or phrases."""
    columns: tuple[Column, ...] = ("exact", "folded", "around")
    each = {run: clause(Phrase(columns, tuple(run.split(" ")))) for run in words}
    return {
        "query": {
            "bool": {
                "filter": [*_rights(visible), {"term": {"whole": True}}],
                "must_not": turn.conditions(),
            }
        },
        "size": 0,
        "aggs": {"with": {"filters": {"filters": each}}},
    }


def begun(words: Sequence[str], visible: Visibility, turn: Turn, limit: int) -> Json:
    """The body that brings those whose data hold the words, the last one only begun."""
    each = [clause(Phrase(("data",), (word,))) for word in words[:-1]]
    last = clause(Phrase(("data",), (words[-1],), prefix=True))
    order = ("size", "title_key", "code", "at")
    return {
        "query": {
            "bool": {
                "filter": [*each, last, {"term": {"whole": True}}, *_rights(visible)],
                "must_not": turn.conditions(),
            }
        },
        "size": limit,
        "_source": ["code", "document_title", "document_id", "signer"],
        "sort": [{"of_case_file": "desc"}, *({name: "asc"} for name in order)],
    }


def distinct(answer: Json, field: str) -> int:
    """How many values of the field the search found; exact up to ``EXACT_UP_TO``."""
    few = len(answer[f"{field}:few"]["buckets"])
    if few < EXACT_UP_TO:
        return few
    return Estimate(max(few, int(answer[f"{field}:many"]["value"])))


def case_files(query: Query, turn: Turn, after: Json | None) -> Json:
    """The body that brings the next ``EXACT_UP_TO`` case files in which something is found."""
    request = _distinct("case_file_id")["case_file_id:few"]
    if after is not None:
        request["composite"]["after"] = after
    asked = _asked(query, turn, _narrowed(query.filters))
    return {**asked, "size": 0, "aggs": {"case_files": request}}


def facets(query: Query, turn: Turn) -> Json:
    """The body that counts each dimension without its own filter."""
    values: dict[str, Json] = {}
    for dimension, field in VALUE_OF.items():
        unfiltered = cast("dict[str, Any]", {FILTER_OF[dimension]: frozenset()})
        values[dimension] = {
            "filter": {"bool": {"filter": _narrowed(replace(query.filters, **unfiltered))}},
            "aggs": {"values": {"terms": {"field": field, "size": _MOST_VALUES}}},
        }
    return {**_asked(query, turn, []), "size": 0, "aggs": values}


def facet(answer: Json) -> dict[str, int]:
    """The counts of one dimension, most first."""
    counts = {
        str(bucket["key"]): int(bucket["doc_count"])
        for bucket in answer["values"]["buckets"]
        if bucket["key"] != ""
    }
    return dict(sorted(counts.items(), key=lambda name: (-name[1], name[0])))


def entries_that_count(turn: Turn) -> Json:
    """Every entry, without the document that is none."""
    return {"bool": {"filter": [{"term": {"whole": False}}], "must_not": turn.conditions()}}


def entries(case_file_ids: Iterable[UUID] | None, turn: Turn, after: list[str] | None) -> Json:
    """The body that brings the next entries whole, case file by case file."""
    filters: list[Json] = [{"term": {"whole": False}}]
    if case_file_ids is not None:
        filters.append(_among("case_file_id", map(str, case_file_ids)))
    body: Json = {
        "query": {"bool": {"filter": filters, "must_not": turn.conditions()}},
        "size": _ENTRIES_AT_ONCE,
        "sort": [{"at": "asc"}],
    }
    return body if after is None else {**body, "search_after": after}


def _asked(query: Query, turn: Turn, filters: list[Json]) -> Json:
    """The query, and the least score of a hit where not every word must be found."""
    required = clause(must_hold(query))
    weighed: list[Json] = []
    least: Json = {}
    if query.words.weights:
        weighed = [
            {"constant_score": {"filter": clause(holds(term, query)), "boost": WEIGHED * weight}}
            for term, weight in zip(query.words.terms, query.words.weights, strict=True)
        ]
        least = {"min_score": WEIGHED * query.words.least}
    kind = {"term": {"whole": query.by == "document"}}
    return least | {
        "query": {
            "bool": {
                "filter": [required, kind, *_rights(query.visible), *filters],
                "must_not": turn.conditions(),
                "should": [*weighed, *_worth(query)],
            }
        }
    }


def _worth(query: Query) -> list[Json]:
    """Summands, as ``search.relevance`` says."""
    summands: list[tuple[int, Json]] = []
    for at, (size, value) in enumerate(SHORT):
        less = SHORT[at + 1][1] if at + 1 < len(SHORT) else 0
        summands.append((value - less, {"range": {"size": {"lte": size}}}))
    for value, wanted in worth(query):
        if isinstance(wanted, Itself):
            itself = {"term": {"of_case_file": wanted.case_file}}
            summands.append((value, {"bool": {"filter": [itself, clause(wanted.clause)]}}))
        else:
            summands.append((value, clause(wanted)))
    return [{"constant_score": {"filter": part, "boost": value}} for value, part in summands]


def clause(wanted: Clause) -> Json:
    """A clause as the server understands it."""
    if isinstance(wanted, Phrase):
        each = [_phrase(column, wanted) for column in wanted.columns]
        return each[0] if len(each) == 1 else {"bool": {"should": each}}
    if isinstance(wanted, Near):
        each = [
            {"match": {"query": joined(words), "max_gaps": 0, "ordered": True}}
            for words in wanted.phrases
        ]
        sizes = sorted(map(len, wanted.phrases))
        inner = sum(sizes[:-2])  # the other engine counts what stands between as a distance, too
        near = {"all_of": {"intervals": each, "max_gaps": max(0, wanted.distance - inner)}}
        return {"intervals": {wanted.column: near}}
    if isinstance(wanted, Either):
        return {"bool": {"should": [clause(part) for part in wanted.clauses]}}
    without = [clause(part) for part in wanted.without]
    return {"bool": {"filter": [clause(part) for part in wanted.clauses], "must_not": without}}


def _phrase(column: str, wanted: Phrase) -> Json:
    if not wanted.prefix:
        return {"match_phrase": {column: {"query": joined(wanted.words)}}}
    begins = {"prefix": {column: {"value": wanted.words[-1]}}}
    if len(wanted.words) == 1:
        return begins
    parts: list[Json] = [{"span_term": {column: joined([word])}} for word in wanted.words[:-1]]
    begins = {"prefix": {column: {"value": wanted.words[-1], "rewrite": _MOST_BEGUN}}}
    parts.append({"span_multi": {"match": begins}})
    return {"span_near": {"clauses": parts, "slop": 0, "in_order": True}}


def _rights(visible: Visibility) -> list[Json]:
    parts = [*_as_of_now(visible)]
    if visible.agencies is not None:
        parts.append(_among("agency_id", map(str, visible.agencies)))
    whole: Json = {"term": {"reduced": False}}
    if visible.modes is None:
        return [*parts, whole]
    readable = _readable(visible.modes, visible.granted)
    if not visible.titles:
        return [*parts, readable, whole]
    closed = {"bool": {"filter": [{"term": {"reduced": True}}], "must_not": [readable]}}
    either = [{"bool": {"filter": [readable, whole]}}, closed]
    return [*parts, {"bool": {"should": either, "minimum_should_match": 1}}]


def _as_of_now(visible: Visibility) -> Iterator[Json]:
    """That the rows do not tell otherwise meanwhile."""
    whole: Json = {"term": {"reduced": False}}
    for field, keys, beside in (
        ("case_file_id", visible.leaving, []),
        ("case_file_id", visible.shut, [whole]),
        ("document_key", visible.gone, []),
        ("document_key", visible.closed, [whole]),
    ):
        in_order = sorted(keys)
        for at in range(0, len(in_order), _MOST_KEYS):
            filters = [_among(field, in_order[at : at + _MOST_KEYS]), *beside]
            yield {"bool": {"must_not": [{"bool": {"filter": filters}}]}}


def _readable(modes: Iterable[str], granted: frozenset[tuple[str, str]]) -> Json:
    """What is of one of the modes, or of what was granted under its own."""
    either = [_among("mode", modes)]
    for mode in sorted({mode for _, mode in granted}):
        ids = [subject for subject, under in granted if under == mode]
        scopes: Json = {"bool": {"should": [_among(field, ids) for field in SCOPES]}}
        either.append({"bool": {"filter": [{"term": {"mode": mode}}, scopes]}})
    return {"bool": {"should": either}}


def _narrowed(filters: Filters) -> list[Json]:
    wanted: Mapping[str, Iterable[Any]] = {
        "case_file_id": filters.case_files,
        **{field: getattr(filters, FILTER_OF[name]) for name, field in VALUE_OF.items()},
    }
    parts = [_among(field, values) for field, values in wanted.items() if values]
    if filters.from_on is not None:
        parts.append({"range": {"last_day": {"gte": filters.from_on.isoformat()}}})
    if filters.to_on is not None:
        parts.append({"range": {"date": {"lte": filters.to_on.isoformat()}}})
    without = [{"bool": {"filter": _narrowed(narrowing)}} for narrowing in filters.without]
    return [*parts, {"bool": {"must_not": without}}] if without else parts


def _among(field: str, values: Iterable[Any]) -> Json:
    plain = [value if isinstance(value, int) else str(value) for value in values]
    return {"terms": {field: sorted(plain, key=str)}}


def _distinct(field: str) -> dict[str, Json]:
    one_by_one = {"size": EXACT_UP_TO, "sources": [{"value": {"terms": {"field": field}}}]}
    return {
        f"{field}:few": {"composite": one_by_one},
        f"{field}:many": {"cardinality": {"field": field, "precision_threshold": _PRECISION}},
    }
