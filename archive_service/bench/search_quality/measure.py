"""Asks an engine every query and counts, class by class, what came and how far up."""

import math
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from archive_service.bench.backends import emptied_index
from archive_service.bench.measure import machine
from archive_service.bench.search_quality.classes import CLASSES, QueryClass
from archive_service.bench.search_quality.draw import Half
from archive_service.bench.search_quality.making import make_cases
from archive_service.bench.search_quality.papers import Case, entries_of
from archive_service.bench.search_quality.queries import Asked, draw_queries
from archive_service.bench.search_quality.shelf import Key
from archive_service.bootstrap import open_index
from search import asking
from search.fts5.index import Fts5Index
from search.port import Query, SearchIndex, Visibility
from search.query import EmptyQueryError, parse_query

Engine = Literal["fts5", "elasticsearch"]
Figures = dict[str, float]

REFERENCE = "what is wanted of each class"
NAME = "quality"  # of the index on a server
_DEPTH, _FIRST = 10, 3
_AT_ONCE = 100  # case files
_SURE = 1.96  # standard errors of an interval of 95 per cent


def run(
    documents: int = 5000,
    *,
    half: Half = "tune",
    engine: Engine = "fts5",
    each: int = 30,
    server: str = "",
) -> dict[str, Any]:
    """Recall@10, MRR and, where it is wanted, precision@3 of every class.

    Args:
        documents: how many are made and indexed, with about two pages each.
        half: which queries: those to tune on, or those kept for the gate.
        engine: which index.
        each: queries of a class.
        server: ``search.url`` of the server, for Elasticsearch.

    Raises:
        BenchSearchServerError: Elasticsearch without a server.
    """
    cases = make_cases(documents)
    queries = list(draw_queries(cases, half, each))
    with _opened(engine, server) as index:
        fill(index, cases)
        ours = measure(index, queries)
    wanted = {of.name: wanted_of(of) for of in CLASSES}
    reached = [
        figures[name] >= least for of, figures in ours.items() for name, least in wanted[of].items()
    ]
    return {
        "name": "search-quality",
        "machine": machine(),
        "documents": documents,
        "pages": sum(len(paper.pages) for case in cases for paper in case.papers),
        "half": half,
        "engine": engine,
        "ours": ours,
        "reference": {"name": REFERENCE, **wanted},
        "ratio": round(sum(reached) / len(reached), 3),
        "runs": len(queries),
    }


def fill(index: SearchIndex, cases: Sequence[Case]) -> None:
    """Every entry of the case files."""
    for start in range(0, len(cases), _AT_ONCE):
        some = cases[start : start + _AT_ONCE]
        index.replace_many([case.id for case in some], entries_of(some))


def ask(index: SearchIndex, text: str) -> list[Key]:
    """The first hits as a person gets them who may see everything; none where nothing is asked."""
    everything = Visibility(agencies=None, modes=None)
    try:
        words = parse_query(text)
    except EmptyQueryError:
        return []
    query = Query(words, everything, by="document", limit=_DEPTH)
    page = index.search(asking.ask(index, query).query)
    return [(hit.case_file_id, hit.document_id) for hit in page.hits]


def measure(index: SearchIndex, queries: Iterable[Asked]) -> dict[str, Figures]:
    """The figures of every class that has queries."""
    by_class: dict[QueryClass, list[tuple[list[Key], frozenset[Key]]]] = defaultdict(list)
    for query in queries:
        by_class[query.of].append((ask(index, query.text), query.right))
    return {of.name: _figures(of, answers) for of, answers in by_class.items()}


def wanted_of(of: QueryClass) -> Figures:
    """What is wanted of the class, by the names of the figures."""
    wanted = {"recall": of.recall, "mrr": of.mrr, "precision": of.precision}
    return {name: least for name, least in wanted.items() if least is not None}


def rows(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A line of the table for each class: figures, and in brackets what is wanted."""
    for name, figures in document["ours"].items():
        wanted = document["reference"][name]
        yield (
            name,
            str(figures["queries"]),
            _cell(figures, wanted, "recall"),
            f"{figures['recall_low']:.2f}-{figures['recall_high']:.2f}",
            _cell(figures, wanted, "mrr"),
            f"{figures['mrr_low']:.2f}-{figures['mrr_high']:.2f}",
            _cell(figures, wanted, "precision"),
            f"{figures['nothing']:.2f}",
        )


def _cell(figures: Figures, wanted: Figures, name: str) -> str:
    if name not in figures:
        return ""
    least = f" ({wanted[name]:.2f})" if name in wanted else ""
    return f"{figures[name]:.2f}{least}"


@contextmanager
def _opened(engine: Engine, server: str) -> Iterator[SearchIndex]:
    """A new index, which is gone or empty when the block ends."""
    if engine == "fts5":
        with tempfile.TemporaryDirectory(prefix="archive-bench-") as folder:
            yield Fts5Index(Path(folder, "search.db"))
        return
    with emptied_index(server, NAME) as url:
        yield open_index(url, home=Path())


def _figures(of: QueryClass, answers: Sequence[tuple[list[Key], frozenset[Key]]]) -> Figures:
    recall = [len(right.intersection(found)) / min(_DEPTH, len(right)) for found, right in answers]
    ranks = [_reciprocal(found, right) for found, right in answers]
    figures: Figures = {"queries": len(answers)}
    for name, values in (("recall", recall), ("mrr", ranks)):
        mean = sum(values) / len(values)
        low, high = interval(mean, len(values))
        figures |= {
            name: round(mean, 3), f"{name}_low": round(low, 3), f"{name}_high": round(high, 3)
        }  # fmt: skip
    if of.precision is not None:
        first = [_precise(found, right) for found, right in answers]
        figures["precision"] = round(sum(first) / len(first), 3)
    figures["nothing"] = round(sum(not found for found, _ in answers) / len(answers), 3)
    return figures


def _reciprocal(found: Sequence[Key], right: frozenset[Key]) -> float:
    return next((1 / rank for rank, key in enumerate(found, start=1) if key in right), 0.0)


def _precise(found: Sequence[Key], right: frozenset[Key]) -> float:
    """Of the first three, or as many as are right if those are fewer, the share that is right."""
    places = min(_FIRST, len(right))
    return sum(key in right for key in found[:places]) / places


def interval(mean: float, count: int) -> tuple[float, float]:
    """Wilson's interval of 95 per cent; of values between none and all it is rather too wide."""
    share = _SURE**2 / count
    middle = (mean + share / 2) / (1 + share)
    half = _SURE / (1 + share) * math.sqrt(mean * (1 - mean) / count + share / (4 * count))
    return max(0.0, middle - half), min(1.0, middle + half)
