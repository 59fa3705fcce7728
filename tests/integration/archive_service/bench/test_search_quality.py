"""The measure of search: the archive it makes, what it calls right, and its figures."""

import json
import os
import subprocess
import sys
from random import Random

import pytest

from archive_service.bench.backends import BenchSearchServerError
from archive_service.bench.search_quality import mistakes
from archive_service.bench.search_quality.classes import CLASSES
from archive_service.bench.search_quality.making import make_cases
from archive_service.bench.search_quality.measure import interval, run
from archive_service.bench.search_quality.papers import Case, entries_of
from archive_service.bench.search_quality.queries import draw_queries
from archive_service.bench.search_quality.shelf import Shelf, alike, bare, marked
from archive_service.text import fold
from tests.services.servers import Elasticsearch


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return make_cases(300)


def test_the_same_archive_is_made_from_one_number_of_documents(cases: list[Case]) -> None:
    entries = list(entries_of(cases))
    assert entries == list(entries_of(make_cases(300)))
    papers = [paper for case in cases for paper in case.papers]
    assert len(papers) == 300
    pages = [len(page.split()) for paper in papers for page in paper.pages]
    assert len(pages) > 500
    assert sum(40 <= count <= 190 for count in pages) > 0.97 * len(pages)
    assert len(entries) == len(cases) + len(papers) + len(pages)
    assert 0.1 < sum(paper.spoilt for paper in papers) / len(papers) < 0.3
    assert len({word for page in entries for word in marked(page.text) if word.isalpha()}) > 700


def test_some_papers_are_nearly_the_same(cases: list[Case]) -> None:
    first_pages = [paper.pages[0] for case in cases for paper in case.papers]
    assert len(set(first_pages)) < len(first_pages)


def test_what_is_right_is_read_from_the_printed_words(cases: list[Case]) -> None:
    shelf = Shelf(cases)
    for record in shelf.records[:40]:
        words = marked(record.texts[-1])[:6]
        assert record in shelf.with_run(words, marked)
        assert record in shelf.on_a_page(sorted(words), marked)
        folded = {it.key for it in shelf.with_run(bare(" ".join(words)), bare)}
        assert {it.key for it in shelf.with_run(words, marked)} <= folded
        if record.paper is not None:
            assert record in shelf.anywhere([*words, *marked(record.case.title)], marked)
            assert record in shelf.on_day(record.paper.on)


def test_other_ways_of_writing_are_alike() -> None:
    assert alike("UBND tỉnh, 6.480 kỹ thuật") == alike("ủy ban nhân dân tỉnh 6480 kĩ thuật")


def test_mistakes_are_those_of_people() -> None:
    random = Random(1)
    assert {mistakes.telex("trạm", random) for _ in range(9)} == {"trajm", "tramj"}
    assert "dduwowngf" in {mistakes.telex("đường", random) for _ in range(20)}
    assert {mistakes.vni("bơm", random) for _ in range(9)} == {"bo7m"}
    assert mistakes.i_for_y("kỹ") == "kĩ"
    assert mistakes.i_for_y("lĩnh") == "lĩnh"
    assert fold(mistakes.other_tone("duyệt", random)) == "duyet"
    assert mistakes.run_together(["trạm", "bơm"], random) == ["trạmbơm"]
    assert "".join(mistakes.torn_apart(["trạm", "bơm"], random)) == "trạmbơm"
    for _ in range(50):
        assert fold(mistakes.slip("trạm", random)) != "tram"


def test_each_half_asks_every_class_of_other_case_files(cases: list[Case]) -> None:
    numbers = {case.id: case.number for case in cases}
    asked = {half: list(draw_queries(cases, half, 2)) for half in ("tune", "gate")}
    for queries in asked.values():
        assert {query.of.name for query in queries} == {of.name for of in CLASSES}
        assert all(query.right for query in queries)
    texts = [{query.text for query in queries} for queries in asked.values()]
    assert not texts[0] & texts[1]
    codes = [
        [case for query in queries if query.of.name == "code" for case, _ in query.right]
        for queries in asked.values()
    ]
    assert [{numbers[case] % 2 for case in found} for found in codes] == [{1}, {0}]


def test_an_interval_of_all_right_is_no_point() -> None:
    low, high = interval(1.0, 30)
    assert 0.88 < low < 0.9
    assert high == 1.0
    assert interval(0.5, 100)[0] == pytest.approx(0.404, abs=0.001)


def test_elasticsearch_without_a_server_is_refused() -> None:
    with pytest.raises(BenchSearchServerError):
        run(100, engine="elasticsearch", server="fts5:///search.db")


@pytest.mark.long
@pytest.mark.parametrize("engine", ["fts5", "elasticsearch"])
def test_every_class_has_its_figures_beside_what_is_wanted(
    engine: str, elasticsearch: Elasticsearch
) -> None:
    asked = ("--documents", "200", "--each", "2", "--engine", engine, "--json")
    printed = subprocess.run(
        [sys.executable, "-m", "archive_service.main", "bench", "search-quality", *asked],
        capture_output=True,
        text=True,
        env=os.environ | {"ARCHIVE_SEARCH__URL": elasticsearch.new_prefix_url()},
        check=True,
    )
    document = json.loads(printed.stdout)
    assert document.keys() >= {"name", "machine", "ours", "reference", "ratio", "runs"}
    assert (document["documents"], document["engine"]) == (200, engine)
    names = {of.name for of in CLASSES}
    assert set(document["ours"]) <= names == set(document["reference"]) - {"name"}
    assert document["runs"] == sum(figures["queries"] for figures in document["ours"].values())
    assert document["ours"]["run-marks"]["recall"] == 1.0
    assert document["ours"]["code"]["mrr"] == 1.0
