"""Persons are found as people write them: with initials, with a title before, on every engine."""

import pytest

from search.asking import ask
from search.port import SearchIndex, Visibility
from tests.worlds.servers.indexes import answer, put, query


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


@pytest.mark.parametrize(
    ("typed", "written", "also"),
    [
        ("quyết định chủ tịch xã Trà Xuân", "Chủ tịch UBND xã Trà Xuân", "Thôn 2, xã Trà Xuân"),
        ("quyết định trưởng phòng văn hóa", "Trưởng phòng Y tế, Văn hóa", "nhà văn hóa"),
        ("quyết định bí thư đoàn thanh niên", "bí thư chi Đoàn thanh niên", "Đoàn thanh niên"),
        ("quyết định PCT Ngô Anh Khuê", "Phó Chủ tịch Ngô Anh Khuê", "Ngô Anh Khuê"),
        ("quyết định ba hộ dân", "ba bốn hộ dân", "hộ dân"),
    ],
)
def test_a_title_that_a_document_has_beside_the_name_is_kept(
    index: SearchIndex, typed: str, written: str, also: str
) -> None:
    wanted = put(index, f"Quyết định. {written}")
    put(index, f"Quyết định. {also}")
    asked, hits = answer(index, typed)
    assert (asked.step, asked.left_out, hits) == ("all", (), [wanted])


def test_a_title_may_miss_that_was_typed_without_marks(index: SearchIndex) -> None:
    wanted = put(index, "Nạo vét kênh. Ngô Anh Khuê")
    asked, hits = answer(index, "nao vet kenh dong chi ngo anh khue")
    assert (asked.step, asked.left_out, hits) == ("main", ("dong", "chi"), [wanted])


@pytest.mark.parametrize("typed", ["nạo vét P. Trần Phú", "nạo vét Đ. Trần Phú"])
def test_a_letter_before_a_name_may_stand_for_a_place(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Nạo vét phường Trần Phú, đường Trần Phú")
    other = put(index, "Nạo vét. Phạm Trần Phú, Đỗ Trần Phú")
    asked, hits = answer(index, typed)
    assert (asked.step, {*hits}) == ("repaired", {wanted, other})
    assert "ường Trần Phú" in asked.instead


def test_initials_beside_an_or_are_words_as_they_are_typed(index: SearchIndex) -> None:
    wanted = {put(index, "Cống. Ngô Anh Khuê"), put(index, "Cống. Khuê")}
    asked, hits = answer(index, "cống OR N.A. Khuê")
    assert (asked.step, {*hits}) == ("all", wanted)
