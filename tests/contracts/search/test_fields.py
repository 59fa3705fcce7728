"""Conditions that are left out, and words of a title, on every engine."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest

from search.asking import ask
from search.port import Filters, SearchIndex
from tests.worlds.servers.indexes import WARD, WORKS, entry, put, query

TEXT = "Hồ sơ trạm bơm"


@pytest.mark.parametrize("by", ["page", "document"])
def test_what_a_condition_lets_through_is_left_out(index: SearchIndex, by: str) -> None:
    new = put(index, TEXT, year=2025, date="2025-03-18", type="02", agency_id=WARD)
    old = put(index, TEXT, date="2011", type="20", signer="Lò Văn Hải", agency_id=WORKS)
    bare = put(index, TEXT, date=None, type=None, agency_id=WORKS)

    def found(*without: Filters, typed: str = "bơm", **more: Any) -> set[UUID]:
        filters = Filters(without=without, **more)
        asked = ask(index, query(typed, by=by, filters=filters)).query
        hits = {hit.case_file_id for hit in index.search(asked).hits}
        assert index.counts([asked]) == [len(hits)]
        assert set(index.case_files(asked)) == hits
        years = index.facets(asked)["year"]
        assert more or years.get("2025", 0) == (new in hits)
        return hits

    year = Filters(years=frozenset({2025}))
    kind = Filters(types=frozenset({"20"}))
    assert found(year) == {old, bare}
    assert found(kind) == {new, bare}
    assert found(year, kind) == {bare}
    assert found(Filters(agencies=frozenset({WORKS}))) == {new}
    assert found(Filters(signers=frozenset({"Lò Văn Hải"}))) == {new, bare}
    assert found(Filters(case_files=frozenset({new})), kind) == {bare}
    assert found(Filters(from_on=dt.date(2025, 3, 1))) == {old, bare}
    assert found(Filters(to_on=dt.date(2024, 12, 31)), year) == {bare}
    in_march = Filters(from_on=dt.date(2025, 3, 1), to_on=dt.date(2025, 3, 31))
    assert found(in_march, Filters(from_on=dt.date(2011, 5, 1), to_on=dt.date(2011, 5, 31))) == {
        bare
    }
    assert found(in_march, from_on=dt.date(2011, 1, 1), years=frozenset({2011, 2025})) == {old}
    assert found(year, typed="-năm:1901") == {old, bare}
    assert found(year, typed="tram bơm không có nhiều lắm") == {old, bare}  # most words


@pytest.mark.parametrize("by", ["page", "document"])
def test_words_of_a_title_are_sought_in_titles_alone(index: SearchIndex, by: str) -> None:
    titled, case_file = uuid4(), uuid4()
    title = "Công văn hướng dẫn thu gom"
    index.replace_many(
        [titled],
        [
            entry(titled, f"{title}\nLò Văn Hải", page=None, document_title=title),
            entry(titled, "Kính gửi các xã trong huyện", document_title=title),
        ],
    )
    whole = entry(case_file, "Hướng tuyến", page=None, document_id=None, document_title="Tuyến")
    index.replace_many([case_file], [whole, entry(case_file, "tuyến", document_title="Sơ đồ")])
    put(index, "Công văn hướng dẫn thu gom", page=None, document_title="Công văn 12")

    def found(typed: str) -> tuple[str, set[UUID]]:
        asked = ask(index, query(typed, by=by))
        return asked.step, {hit.case_file_id for hit in index.search(asked.query).hits}

    assert found('title:"hướng dẫn"') == ("all", {titled})
    assert found('"tiêu đề":huong "kính gửi"') == ("all", {titled})
    assert found("trích yếu:hướ* title:gom") == ("all", {titled})
    assert found("công văn -title:dẫn")[1].isdisjoint({titled})
    assert found("title:Hải")[0] != "all"  # its signer: found as words, and told


@pytest.mark.parametrize(
    "typed",
    [
        "kè cơ quan ban hành: Sở Y tế",
        'kè "nơi ban hành":"Sở Y tế"',
        "co quan ban hanh: so y te kè",
        "tác giả: Sở Y tế năm: 2011 kè",
        "kè issuer:SYT",
    ],
)
def test_who_issued_a_document_is_a_condition(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Sửa kè\nSở Y tế (SYT)", page=None)
    put(index, "Sửa kè, gửi Sở Y tế, SYT")
    asked = ask(index, query(typed, by="document"))
    assert [hit.case_file_id for hit in index.search(asked.query).hits] == [wanted]
    assert asked.step == "all"


def test_who_issued_a_document_may_be_written_short(index: SearchIndex) -> None:
    wanted = put(index, "Sửa kè\nỦy ban nhân dân tỉnh Sơn Lam", page=None)
    asked = ask(index, query("kè cơ quan ban hành: UBND tỉnh", by="document"))
    assert [hit.case_file_id for hit in index.search(asked.query).hits] == [wanted]
