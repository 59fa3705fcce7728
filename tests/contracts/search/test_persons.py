"""Persons are found as people write them: with initials, with a title before, on every engine."""

from uuid import UUID

import pytest

from search.asked import Asked
from search.asking import ask
from search.port import SearchIndex, Visibility
from tests.worlds.servers.indexes import put, query


def answer(index: SearchIndex, typed: str) -> tuple[Asked, list[UUID]]:
    asked = ask(index, query(typed, by="document"))
    return asked, [hit.case_file_id for hit in index.search(asked.query).hits]


@pytest.mark.parametrize(
    "typed",
    [
        "nạo vét kênh N.A. Khuê",
        "nạo vét kênh N.A.Khuê",
        "nạo vét kênh n. a. khuê",
        "nạo vét kênh Ngô A. Khuê",
        "nạo vét kênh Ng. Anh Khuê",
        "N.A. Khuê nạo vét kênh",
    ],
)
def test_initials_stand_for_the_names_that_documents_have(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Nạo vét kênh. Ngô Anh Khuê")
    put(index, "Nạo vét kênh. Nguyễn Thị Khuê, Đỗ Văn An")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])
    assert "Ngô Anh" in asked.instead


def test_initials_that_stand_so_in_a_document_are_found_there(index: SearchIndex) -> None:
    wanted = put(index, "Nạo vét kênh. N. A. Khuê")
    put(index, "Nạo vét kênh. Ngô Anh Khuê")
    asked, hits = answer(index, "nạo vét N.A. Khuê")
    assert (asked.step, hits) == ("all", [wanted])


def test_initials_are_read_by_names_that_may_be_seen_alone(index: SearchIndex) -> None:
    put(index, "Nạo vét kênh. Nguyễn Anh Khuê", mode="02")
    wanted = put(index, "Nạo vét kênh. Ngô Anh Khuê")
    visible = Visibility(None, frozenset({"01"}))
    asked = ask(index, query("nạo vét N.A. Khuê", by="document", visible=visible))
    hits = index.search(asked.query).hits
    assert [hit.case_file_id for hit in hits] == [wanted]
    assert "Nguyễn" not in f"{asked.instead} {asked.query.words.terms}"
    assert "nguyen" not in str(asked.query.words.terms)


@pytest.mark.parametrize(
    "title", ["ông", "Bà", "đồng chí", "đ/c", "TS.", "ThS.", "Mr", "PGĐ", "phó giám đốc"]
)
def test_a_title_before_a_name_may_miss(index: SearchIndex, title: str) -> None:
    wanted = put(index, "Nạo vét kênh. Ngô Anh Khuê")
    other = put(index, "Phó giám đốc, đồng chí, ông, bà. Khuê nạo vét kênh của Ngô cho anh em")
    asked, hits = answer(index, f"nạo vét kênh {title} Ngô Anh Khuê")
    assert (asked.step, hits) == ("main", [wanted])
    assert asked.left_out
    assert other not in hits


@pytest.mark.parametrize("typed", ["nạo vét ông Ngô Anh Khuê", "thu chi Ngô Anh Khuê"])
def test_a_title_that_stands_before_the_name_is_sought_with_it(
    index: SearchIndex, typed: str
) -> None:
    wanted = put(index, "Nạo vét kênh do ông Ngô Anh Khuê, thu chi")
    put(index, "Nạo vét kênh. Ngô Anh Khuê")
    asked, hits = answer(index, typed)
    assert (asked.step != "main", hits[0]) == (True, wanted)
