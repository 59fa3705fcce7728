"""No search shows or counts an entry beyond what one may see, whatever is asked, on any engine."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.order import By
from search.port import (
    FILTER_OF,
    VALUE_OF,
    Dimension,
    Entry,
    Filters,
    Hit,
    Query,
    Visibility,
    document_key,
)
from search.query import parse_query
from tests.search_quality.engines import Opened

AGENCIES = tuple(UUID(int=number) for number in (1, 2, 3))
MODES = ("01", "02", "03")
YEARS = (2011, 2019)
WORD = "mặt bằng"


def _entries() -> list[Entry]:
    """Of each agency, mode and year a case file with a document: data, perhaps reduced, a page."""
    entries = []
    for number, (agency, mode, year) in enumerate(product(AGENCIES, MODES, YEARS)):
        data = Entry(
            UUID(int=100 + number), "000.1", f"{WORD} dữ liệu", agency, year, mode,
            UUID(int=200 + number), "Biên bản", None, type=str(20 + number % 3),
            date=f"{year}-05-1{number % 9}" if number % 2 else str(year),
            source=("scan", "born-digital", None)[number % 3],
        )  # fmt: skip
        entries.append(data)
        if mode != "01":
            entries.append(replace(data, text=f"{WORD} rút gọn", reduced=True))
        entries.append(replace(data, text=f"{WORD} nội dung trang", page=1))
    return entries


ENTRIES = _entries()


@pytest.fixture(scope="module")
def filled(opened: Opened) -> Opened:
    """Both engines with the same entries."""
    for index in opened.values():
        index.replace_many({entry.case_file_id for entry in ENTRIES}, ENTRIES)
    return opened


def some(values: tuple[object, ...]) -> st.SearchStrategy[frozenset[object]]:
    return st.frozensets(st.sampled_from(values))


days = st.none() | st.dates(dt.date(2010, 12, 30), dt.date(2020, 1, 2))
# Of a document, of a case file, and of an agency; each under a mode that it may have or not.
GRANTS = tuple(
    (str(UUID(int=number)), mode) for number in (1, 3, 102, 104, 203, 216) for mode in MODES[1:]
)
# What the rows tell otherwise than the index.
KEYS = tuple(document_key(one.case_file_id, one.document_id) for one in ENTRIES[::5])
LEAVING = tuple(str(one.case_file_id) for one in ENTRIES[::7])
COUNTED: tuple[Dimension, ...] = ("agency", "year", "type", "mode", "source")
visibilities = st.builds(
    Visibility,
    st.none() | some(AGENCIES),
    st.none() | some(MODES),
    titles=st.booleans(),
    granted=some(GRANTS),
    leaving=some(LEAVING),
    gone=some(KEYS),
    closed=some(KEYS),
    shut=some(LEAVING),
)
filters = st.builds(
    Filters,
    agencies=some(AGENCIES),
    years=some(YEARS),
    types=some(("20", "21", "22")),
    modes=some(MODES),
    sources=some(("scan", "born-digital")),
    from_on=days,
    to_on=days,
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    visible=visibilities,
    narrowed=st.just(Filters()) | filters,
    by=st.sampled_from(("page", "document")),
    typed=st.sampled_from((WORD, "mat bang", "noi dung", "dữ liệu", "rut gon")),
)
def test_just_what_may_be_seen_is_found_and_counted(
    filled: Opened,
    visible: Visibility,
    narrowed: Filters,
    by: By,
    typed: str,
) -> None:
    wanted = [entry for entry in ENTRIES if _is_wanted(entry, visible, narrowed, typed)]
    if by == "page":
        expected = {(entry.document_id, entry.page) for entry in wanted}
        total = len(wanted)
    else:
        expected = {(entry.document_id, None) for entry in wanted}
        total = len(expected)
    query = Query(parse_query(typed), visible, narrowed, by=by, limit=200)
    for index in filled.values():
        page = index.search(query)
        shown = {(hit.document_id, hit.page if by == "page" else None) for hit in page.hits}
        assert shown == expected
        assert (page.total, len(page.hits)) == (total, total)
        assert page.case_files == len({entry.case_file_id for entry in wanted})
        for hit in page.hits:
            assert hit.reduced == (not _reads(hit, visible))
            if hit.reduced:
                assert (hit.snippet, hit.page, list(hit.further)) == ("", None, [])
    told = [index.facets(query) for index in filled.values()]
    assert told[0] == told[1]
    for dimension in COUNTED:
        left = replace(narrowed, **_without(dimension))
        some_more = (entry for entry in ENTRIES if _is_wanted(entry, visible, left, typed))
        assert told[0][dimension] == _counted(some_more, dimension, by)
    seen = [entry for entry in ENTRIES if _may(entry, visible)]
    for index in filled.values():
        known = index.known({"trang", "khong"}, visible)
        assert ("trang" in known) == any("trang" in entry.text for entry in seen)
        begun = index.begun(("mat", "bang", "du", "li"), visible, limit=100)
        assert {one.document_id for one in begun} == {
            entry.document_id for entry in seen if "dữ liệu" in entry.text
        }


def _without(dimension: Dimension) -> Mapping[str, Any]:
    return {FILTER_OF[dimension]: frozenset()}


def _counted(entries: Iterable[Entry], dimension: Dimension, by: By) -> dict[str, int]:
    values = {
        (entry.document_id, by == "page" and entry.text): getattr(entry, VALUE_OF[dimension])
        for entry in entries
    }
    return Counter(str(value) for value in values.values() if value is not None)


def _is_wanted(entry: Entry, visible: Visibility, narrowed: Filters, typed: str) -> bool:
    asked = {"noi dung": "nội dung", "rut gon": "rút gọn"}.get(typed, typed)
    if asked != "mat bang" and asked not in entry.text:
        return False
    return _may(entry, visible) and _fits(entry, narrowed)


def _may(entry: Entry, visible: Visibility) -> bool:
    """The rule once more, as ``Visibility`` tells it."""
    if visible.agencies is not None and entry.agency_id not in visible.agencies:
        return False
    key = document_key(entry.case_file_id, entry.document_id)
    if str(entry.case_file_id) in visible.leaving or key in visible.gone:
        return False
    is_closed = key in visible.closed or str(entry.case_file_id) in visible.shut
    if is_closed and not entry.reduced:
        return False
    if _reads(entry, visible):
        return not entry.reduced
    return visible.titles and entry.reduced


def _reads(of: Entry | Hit, visible: Visibility) -> bool:
    if visible.modes is None or of.mode in visible.modes:
        return True
    ids = (of.agency_id, of.case_file_id, of.document_id)
    return any((str(identifier), of.mode) in visible.granted for identifier in ids)


def _fits(entry: Entry, narrowed: Filters) -> bool:
    chosen = (
        (narrowed.agencies, entry.agency_id),
        (narrowed.years, entry.year),
        (narrowed.types, entry.type),
        (narrowed.modes, entry.mode),
        (narrowed.sources, entry.source),
    )
    if not all(value in values for values, value in chosen if values):
        return False
    date = str(entry.date)
    last = date if len(date) == 10 else f"{date}-12-31"
    first = date if len(date) == 10 else f"{date}-01-01"
    return (narrowed.from_on is None or last >= narrowed.from_on.isoformat()) and (
        narrowed.to_on is None or first <= narrowed.to_on.isoformat()
    )
