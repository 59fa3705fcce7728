"""No class of queries is found worse than is wanted of it, in an archive small enough for each run.

The sizes that count are those of ``archive bench search-quality``; here a change that spoils a
class is seen at once. One query of a class may be missed more than wanted: there are few of each.
"""

from collections.abc import Sequence

import pytest

from archive_service.bench.search_quality.classes import CLASSES, QueryClass
from archive_service.bench.search_quality.making import make_cases
from archive_service.bench.search_quality.measure import Figures, fill, measure, wanted_of
from archive_service.bench.search_quality.queries import Asked, draw_queries
from tests.search_quality.engines import Opened

DOCUMENTS, EACH = 400, 16
ON_BOTH = 8  # every eighth query is asked of the server, too


@pytest.fixture(scope="module")
def queries(opened: Opened) -> list[Asked]:
    """The tuning half; both engines hold what it is drawn from."""
    cases = make_cases(DOCUMENTS)
    for index in opened.values():
        fill(index, cases)
    return list(draw_queries(cases, "tune", EACH))


@pytest.fixture(scope="module")
def figures(opened: Opened, queries: Sequence[Asked]) -> dict[str, Figures]:
    return measure(opened["fts5"], queries)


@pytest.mark.parametrize("of", CLASSES, ids=lambda of: of.name)
def test_every_class_is_found_as_is_wanted(figures: dict[str, Figures], of: QueryClass) -> None:
    found = figures[of.name]
    assert found["queries"] >= EACH // 2
    for name, least in wanted_of(of).items():
        assert found[name] >= least - 1 / found["queries"], (name, found[name])


def test_both_engines_find_alike(opened: Opened, queries: Sequence[Asked]) -> None:
    some = queries[::ON_BOTH]
    ours, server = (measure(opened[name], some) for name in ("fts5", "elasticsearch"))
    for name, told in ours.items():
        one = 1 / told["queries"]
        assert abs(told["recall"] - server[name]["recall"]) <= one, name
    mean = [sum(entry["recall"] for entry in told.values()) / len(told) for told in (ours, server)]
    assert abs(mean[0] - mean[1]) <= 0.02
