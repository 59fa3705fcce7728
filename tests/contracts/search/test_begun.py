"""What is being typed is found in the data of case files and documents, on every engine."""

from uuid import UUID, uuid4

import pytest

from search.port import Begun, SearchIndex, Visibility
from tests.worlds.servers.indexes import SEES_ALL, WARD, WORKS, entry, found, put


def begun(index: SearchIndex, typed: str, visible: Visibility = SEES_ALL) -> list[Begun]:
    return list(index.begun(typed.split(), visible, limit=10))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("tra", ["Trạm bơm", "Biên bản trạm bơm"]),
        ("bom tram", ["Trạm bơm", "Biên bản trạm bơm"]),
        ("tram b", ["Trạm bơm", "Biên bản trạm bơm"]),
        ("bien ban tr", ["Biên bản trạm bơm"]),
        ("bo tram", []),
        ("hoa", []),
        ("", []),
    ],
)
def test_words_of_the_data_are_found_by_their_beginning(
    index: SearchIndex, typed: str, wanted: list[str]
) -> None:
    case_file_id, document = uuid4(), uuid4()
    index.replace_many(
        [case_file_id],
        [
            entry(case_file_id, "Trạm bơm", page=None, document_id=None, document_title="Trạm bơm"),
            entry(case_file_id, "Biên bản trạm bơm", page=None, document_id=document,
                  document_title="Biên bản trạm bơm", signer="Đỗ Văn Mẫu"),
            entry(case_file_id, "Trang có hoa và trạm bơm", document_id=document),
        ],
    )  # fmt: skip
    found = begun(index, typed)
    assert [one.title for one in found] == wanted
    assert {one.signer for one in found if one.document_id} <= {"Đỗ Văn Mẫu"}


def test_what_may_not_be_seen_is_no_suggestion_and_moves_none(index: SearchIndex) -> None:
    for number in range(4):
        put(index, f"trạm bơm {number}", page=None, document_title=f"Trạm bơm {number}")
    put(index, "trạm bơm kín, hộ bà Mẫu", page=None, mode="02", document_title="Trạm bơm kín")
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)
    before = [begun(index, typed, visible) for typed in ("tra", "tram b", "bom", "mau")]
    assert [len(found) for found in before] == [4, 4, 4, 0]
    for number in range(20):
        put(index, "trạm bơm", page=None, agency_id=WARD, document_title="Trạm")
        put(index, "trạm bơm mẫu", page=None, mode="03", document_title=f"Trạm {number}")
    assert [begun(index, typed, visible) for typed in ("tra", "tram b", "bom", "mau")] == before
    assert begun(index, "tra", Visibility(frozenset[UUID](), None)) == []


def test_reduced_data_are_suggested_as_they_are_found(index: SearchIndex) -> None:
    case_file_id = uuid4()
    index.replace_many(
        [case_file_id],
        [
            entry(case_file_id, "Danh sách hộ bà Mẫu", page=None, mode="02"),
            entry(case_file_id, "Danh sách", page=None, mode="02", reduced=True),
        ],
    )
    reader = Visibility(None, frozenset({"01"}), titles=True)
    assert len(begun(index, "danh s", reader)) == 1
    assert begun(index, "ba mau", reader) == []
    assert len(begun(index, "ba mau")) == 1


def test_a_phrase_whose_last_word_begins_very_many_is_answered(index: SearchIndex) -> None:
    wanted = put(index, " ".join(f"số {number}" for number in range(10_000, 19_000)))
    assert found(index, '"số 100"*') == [wanted]
    assert found(index, '"mã 1"*') == []
    assert found(index, '"số 1"*') == [wanted]
