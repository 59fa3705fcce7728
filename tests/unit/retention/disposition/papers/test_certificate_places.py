"""What a certificate says of a place in which nothing was found, and of a medium stated as gone."""

from typing import Any

import pytest

from archive_service.forms.letter import LetterTable
from retention.disposition.papers.certificate_form import (
    certificate_letter,
    certificate_lists,
    proof_words,
)
from tests.worlds.papers.destruction_papers import SHA256, certificate

STATEMENT = {
    "fate": "destroyed",
    "on": "2026-10-20",
    "by": "Trần Văn Sáu",
    "how": "nghiền vụn",
    "minutes": "12/BB-LT",
    "told_by": "quan",
    "told_by_name": "Vũ Minh Quân",
    "told_at": "2026-10-21T03:00:00Z",
}


@pytest.fixture
def told() -> dict[str, Any]:
    """A certificate of two case files: in one copy nothing was found, one medium was destroyed."""
    data = certificate(2)
    for case_file in data["case_files"]:
        places = {place["place"]: place for place in case_file["places"]}
        places["copy:second"] |= {"state": "nothing", "proof": {"found": 0, "left": 0}}
        places["reserve:tape"] |= {"state": "stated", "proof": {"statement": STATEMENT}}
    data["never_in"] = [
        {"copy": "old", "retired_at": "2026-01-05T03:00:00Z", "case_files": len(data["case_files"])}
    ]
    return data


def places_of(told: dict[str, Any]) -> LetterTable:
    letter = certificate_letter(told, place="Sơn Lam", sha256=SHA256)
    tables = [part for part in letter.parts if isinstance(part, LetterTable)]
    return next(table for table in tables if "Không thấy gì" in table.heads)


def test_nothing_found_and_stated_are_columns_of_their_own(told: dict[str, Any]) -> None:
    table = places_of(told)
    assert table.heads[1:] == ["Đã hủy", "Không thấy gì", "Khép theo biên bản", "Chưa khép"]
    rows = {row[0]: row[1:] for row in table.rows}
    count = f"{len(told['case_files']):02}"
    assert rows["Kho objects, mọi phiên bản"] == [count, "00", "00", "00"]
    assert rows["Kho second, mọi phiên bản"] == ["00", count, "00", "00"]
    assert rows["Kho dự phòng tape"] == ["00", "00", count, "00"]


def test_what_was_not_found_is_not_told_as_removed(told: dict[str, Any]) -> None:
    place = told["case_files"][0]["places"][1]
    assert proof_words(place).startswith("Không thấy gì khi tìm trước khi xóa")
    assert proof_words(place, "en").startswith("Nothing was found")


def test_a_statement_names_who_stated_it_and_when(told: dict[str, Any]) -> None:
    (listed,) = certificate_lists(told)
    said = [row[4] for row in listed.rows if row[3] == "Khép theo biên bản"]
    assert len(said) == len(told["case_files"])
    for part in (
        "bị hủy ngày 20/10/2026",
        "người thực hiện: Trần Văn Sáu",
        "cách hủy: nghiền vụn",
        "biên bản số 12/BB-LT",
        "Vũ Minh Quân ghi vào hệ thống lúc 21/10/2026 10:00",
        "không phải kết quả phần mềm đọc lại",
    ):
        assert part in said[0]


def test_a_retired_copy_that_never_held_them_is_told(told: dict[str, Any]) -> None:
    letter = certificate_letter(told, place="Sơn Lam", sha256=SHA256)
    words = [getattr(part, "words", "") for part in letter.parts]
    assert any("Kho old đã thôi dùng từ ngày 05/01/2026" in word for word in words)
    del told["never_in"]
    letter = certificate_letter(told, place="Sơn Lam", sha256=SHA256)
    assert not any("Kho old" in getattr(part, "words", "") for part in letter.parts)


def test_what_a_rebuild_lost_is_told_as_not_known(told: dict[str, Any]) -> None:
    place = told["case_files"][0]["places"][1]
    place["proof"] |= {"again": True}
    assert proof_words(place).startswith("Không thấy gì khi tìm lại sau khi việc hủy được dựng lại")
    assert "nay không còn biết" in proof_words(place)
    assert "not known any more" in proof_words(place, "en")


def test_a_mark_tells_the_day_on_which_a_key_was_destroyed(told: dict[str, Any]) -> None:
    place = told["case_files"][0]["places"][0]
    place["proof"] |= {"marked_at": "2026-10-20T18:00:00Z"}
    assert "Khóa đã bị hủy ngày 21/10/2026" in proof_words(place)
    assert "destroyed on 21/10/2026" in proof_words(place, "en")
