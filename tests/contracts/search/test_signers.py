"""Who signed, asked for in words, is sought where it is written who signed, on every engine."""

import pytest

from search.asking import ask
from search.port import SearchIndex
from tests.worlds.servers.indexes import put, query

SIGNER = "Hoàng Đình Lưu"


@pytest.mark.parametrize(
    "typed",
    [
        "do Hoàng Đình Lưu ký",
        "các văn bản do ông Hoàng Đình Lưu đã ký",
        "ký bởi hoàng đình lưu",
        "tài liệu có chữ ký của Hoàng Đình Lưu",
        "nguoi ky la hoang dinh luu",
        "người ký Hoàng Đình Lưu nạo vét",
    ],
)
def test_the_name_is_sought_among_those_who_signed(index: SearchIndex, typed: str) -> None:
    signed = put(index, f"Nạo vét kênh {SIGNER}", page=None)
    put(index, "Ông Hoàng Đình Lưu nhận bản do bên A ký, nạo vét các kênh; tài liệu, văn bản là có")
    asked = ask(index, query(typed))
    assert [hit.case_file_id for hit in index.search(asked.query).hits] == [signed]
    assert asked.step == "signer"
    assert asked.instead.lower().startswith('người ký:"ho')


@pytest.mark.parametrize(
    "typed", ["do Trần Văn Mẫu ký", "thời kỳ của Hoàng Đình Lưu", "đo Hoàng Đình Lưu ký"]
)
def test_of_nobody_who_signed_the_words_are_sought_as_they_are(
    index: SearchIndex, typed: str
) -> None:
    put(index, f"Nạo vét kênh {SIGNER}", page=None)
    written = put(index, f"Biên bản: {typed}.")
    asked = ask(index, query(typed))
    assert [hit.case_file_id for hit in index.search(asked.query).hits] == [written]
    assert asked.step == "all"


def test_words_that_stand_so_in_a_paper_are_found_there(index: SearchIndex) -> None:
    put(index, f"Nạo vét kênh {SIGNER}", page=None)
    written = put(index, f"Theo văn bản do {SIGNER} ký ngày 3 tháng 4")
    asked = ask(index, query(f"văn bản do {SIGNER} ký"))
    assert [hit.case_file_id for hit in index.search(asked.query).hits] == [written]
