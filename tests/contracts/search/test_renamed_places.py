"""Places that were merged are found under either name, on every engine."""

import pytest

from search.asking import ask
from search.port import SearchIndex, Visibility
from tests.worlds.servers.indexes import answer, put, query


@pytest.mark.parametrize(
    ("typed", "words", "instead"),
    [
        ("nạo vét kênh tỉnh Bắc Giang", "Nạo vét kênh tỉnh Bắc Ninh", "tỉnh Bắc Ninh"),
        ("nạo vét kênh Bình Dương", "Nạo vét kênh Thành phố Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
        ("nao vet kenh tinh binh duong", "Nạo vét kênh TP.HCM", "Thành phố Hồ Chí Minh"),
        ("nạo vét kênh TPHCM", "Nạo vét kênh tỉnh Bình Dương", "Bình Dương"),
        ("nạo vét kênh TP. Đà Nẵng", "Nạo vét kênh tỉnh Quảng Nam", "tỉnh Quảng Nam"),
        ("nạo vét kênh Bà Rịa Vũng Tàu", "Nạo vét kênh Thành phố Hồ Chí Minh", "Thành phố Hồ Chí"),
        ('"nạo vét kênh Hoà Bình"', "Nạo vét kênh Phú Thọ", '"nạo vét kênh Phú Thọ"'),
    ],
)
def test_the_other_name_is_asked_where_nothing_has_the_typed_one(
    index: SearchIndex, typed: str, words: str, instead: str
) -> None:
    wanted = put(index, words)
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("renamed", [wanted])
    assert instead in asked.instead


def test_of_several_old_names_those_are_told_that_find_something(index: SearchIndex) -> None:
    wanted = put(index, "Nạo vét kênh thành phố Hồ Chí Minh")
    put(index, "Nạo vét kênh tỉnh Bình Dương")
    put(index, "Sửa cầu tỉnh Bà Rịa - Vũng Tàu")
    asked, hits = answer(index, "nạo vét kênh TP.HCM")
    assert (asked.step, hits) == ("all", [wanted])
    assert [(it.old, it.new, it.text) for it in asked.renamed] == [
        ("Bình Dương", "Thành phố Hồ Chí Minh", 'nạo vét kênh "Bình Dương"')
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "nạo vét kênh",
        "nạo vét kênh Hồ Chí Minh",  # a man, a road
        "nạo vét kênh bình dưỡng",
        "nạo vét kênh -Bình Dương",
        'nạo vét kênh -"Bình Dương"',
        "nạo vét kênh NOT Bình Dương",
        "nạo vét kênh Bình Dương thành phố Hồ Chí Minh",
        "nạo vét kênh Ninh Bình",  # 5 ha năm 2019 are not Hà Nam
    ],
)
def test_other_words_are_no_place_that_was_merged(index: SearchIndex, typed: str) -> None:
    put(index, "Nạo vét kênh thành phố Hồ Chí Minh bình dưỡng")
    put(index, "Nạo vét kênh tỉnh Bình Dương, nay thuộc thành phố Hồ Chí Minh")
    put(index, "Nạo vét kênh tưới 5 ha năm 2019")
    put(index, "Nạo vét kênh ở hạ lưu năm 2019, Ninh Bình")
    assert answer(index, typed)[0].renamed == ()


def test_a_name_that_stands_in_hidden_documents_alone_is_not_told(index: SearchIndex) -> None:
    put(index, "Nạo vét kênh tỉnh Bình Dương")
    put(index, "Nạo vét kênh thành phố Hồ Chí Minh", mode="02")
    visible = Visibility(None, frozenset({"01"}))
    asked = ask(index, query("nạo vét kênh Bình Dương", by="document", visible=visible))
    assert (asked.step, asked.renamed) == ("all", ())
