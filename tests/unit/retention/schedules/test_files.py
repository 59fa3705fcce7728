"""A schedule that is loaded: every fault by its line, from TOML and from tables alike."""

from typing import Any

import pytest

from archive_service.messages import labels
from retention.schedules.files import HEAD as FIELDS
from retention.schedules.files import (
    LONGEST,
    Fault,
    csv_rows,
    read_file,
    read_table,
    read_toml,
    words_of,
)
from retention.schedules.schedules import compared
from tests.worlds.retention.schedule_files import CSV, HEAD, TOML


def table(text: str, **head: Any) -> Any:
    return read_table(list(csv_rows(text)), HEAD | head)


def test_a_sound_file_is_read_whole() -> None:
    read = read_toml(TOML)
    assert not read.faults
    assert [rule["code"] for rule in read.rules] == ["A.1", "A.2"]
    assert read.lines == [8, 15]
    assert read.rule_set["valid_from"] == "2026-01-01"


@pytest.mark.parametrize(
    ("was", "becomes", "line", "code"),
    [
        ('article = "mục 2"', "", 15, "citation-missing"),
        ("years = 5", "years = -5", 8, "term-negative"),
        ("years = 5", "years = 2000", 8, "term-malformed"),
        ("years = 5", 'years = "many"', 8, "term-malformed"),
        ("permanent = true", "", 15, "term-missing"),
        ("permanent = true", "permanent = true\nyears = 5", 15, "term-twice"),
        ('"contract-ends"', '"moon"', 8, "event-unknown"),
        ('"A.2"', '"A.1"', 15, "code-twice"),
        ('code = "A.2"', "", 15, "code-missing"),
        ('title = "Vĩnh viễn"', "", 15, "title-missing"),
        ("2026-01-01", "2026-01-01\nvalid_to = 2025-01-01", 1, "validity-reversed"),
        ("valid_from = 2026-01-01", "", 1, "head-missing"),
        ("2026-01-01", '"mai"', 1, "head-date"),
        ("[[rule]]", "[[rule", 8, "unreadable"),
        ('event = "contract-ends"', 'evnet = "contract-ends"', 8, "key-unknown"),
        (
            "valid_from = 2026-01-01",
            "valid_from = 2026-01-01\nvalidto = 2027-01-01",
            1,
            "key-unknown",
        ),
        ("permanent = true", 'permanent = "mãi"', 15, "term-malformed"),
        ("permanent = true", 'kind = "mãi"\nyears = 5', 15, "term-malformed"),
        ("permanent = true", 'kind = "years"\nyears = 5\nevent = "death"', 15, "term-contradicts"),
        ("permanent = true", 'permanent = true\nevent = "death"', 15, "term-twice"),
    ],
)
def test_each_fault_names_its_line(was: str, becomes: str, line: int, code: str) -> None:
    read = read_toml(TOML.replace(was, becomes, 1))
    assert (line, code) in [(fault.line, fault.code) for fault in read.faults]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(0, "head-missing", "code"), "thiếu thông tin chung của bảng: mã"),
        (Fault(1, "head-missing", "code"), "thiếu thông tin chung của bảng: mã (trong tệp: code)"),
        (Fault(0, "too-long", "title: 500"), "tên dài quá 500 ký tự"),
        (
            Fault(0, "head-date", "valid_to: mai: 2"),
            "ngày hết hiệu lực chưa đúng dạng ngày: mai: 2",
        ),
        (
            Fault(3, "unwritten", "U+0000"),
            "có ký tự điều khiển không phải chữ (U+0000); hãy xóa ký tự đó",
        ),
    ],
)
def test_a_page_names_a_field_in_words_and_a_file_its_key_as_well(fault: Fault, told: str) -> None:
    assert words_of(fault, "vi") == told


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_each_field_of_a_schedule_has_its_words(lang: str) -> None:
    words = labels("schedule-fields", lang)
    assert set(words) == {*FIELDS, *LONGEST}


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (b"", [Fault(0, "empty")]),
        (b"\xef\xbb\xbf \r\n", [Fault(0, "empty")]),
        (TOML.encode("utf-16"), [Fault(1, "not-utf8")]),
        (TOML.replace("Hợp", "Hop").encode("cp1258", "replace"), [Fault(4, "not-utf8")]),
        (TOML.replace("A.1", "A\0").encode(), [Fault(9, "unwritten", "U+0000")]),
        (TOML.replace("A.1", "A\\u0001").encode(), [Fault(8, "unwritten", "code: U+0001")]),
        (TOML.replace("2026-01-01", "2026-02-31").encode(), [Fault(6, "unreadable", "14")]),
        (b"a = " + b"[" * 5000, [Fault(1, "unreadable")]),
        (b"a = " + b"1" * 5000, [Fault(1, "unreadable")]),
    ],
    ids=["empty", "blank", "utf-16", "cp1258", "nul", "by-number", "no-day", "nested", "number"],
)
def test_what_is_no_text_of_a_schedule_is_told_by_its_line(
    data: bytes, faults: list[Fault]
) -> None:
    assert read_file(data, as_table=False, head={}).faults == faults


def test_a_table_that_is_no_table_is_told() -> None:
    long = b'title,article\n"' + b"x" * 200_000
    assert read_file(long, as_table=True, head=HEAD).faults == [Fault(0, "not-csv")]
    nul = CSV.replace("Tổng kết", "\0").encode()
    assert read_file(nul, as_table=True, head=HEAD).faults == [Fault(3, "unwritten", "U+0000")]


def test_all_faults_are_told_at_once() -> None:
    text = TOML.replace("years = 5", "years = -5").replace('article = "mục 2"', "")
    assert {fault.code for fault in read_toml(text).faults} == {"term-negative", "citation-missing"}


def test_a_published_table_is_read_with_its_events() -> None:
    read = table(CSV)
    assert not read.faults
    told = [(rule["code"], rule.get("years"), rule.get("event")) for rule in read.rules]
    assert told == [
        ("own.1.01", 0, "document-expires"),
        ("own.1.02", None, None),
        ("own.2.01", 5, "contract-ends"),
        ("own.2.02", 0, "works-end"),
        ("own.2.03", 15, None),
    ]
    assert read.rules[1]["title"] == "Hội nghị: Tổng kết"
    assert {rule["instrument"] for rule in read.rules} == {"TT 1"}
    assert read.rules[0]["article"] == "1. Tổng hợp"


def test_a_wrong_row_of_a_table_names_its_line() -> None:
    wrong = CSV.replace("15 năm,years,15", "-3 năm,years,-3").replace(
        "Theo tuổi thọ công trình", "Khi trăng tròn"
    )
    assert set(table(wrong).faults) == {
        Fault(5, "event-unknown", "Khi trăng tròn"),
        Fault(6, "term-negative", "-3"),
    }
    assert table("a,b\n1,2\n").faults[0].code == "columns"
    assert [fault.code for fault in table("").faults] == ["no-rules"]


def test_two_editions_are_compared_by_entry() -> None:
    before = read_toml(TOML).document()
    text = TOML.replace("years = 5", "years = 7").replace('"A.2"', '"A.3"')
    told = compared(before, read_toml(text).document())
    assert [entry["code"] for entry in told["added"]] == ["A.3"]
    assert [entry["code"] for entry in told["removed"]] == ["A.2"]
    assert [(entry["before"]["years"], entry["after"]["years"]) for entry in told["changed"]] == [
        (5, 7)
    ]
    assert told["same"] == 0


# The words of a period, without a column that says which kind of term it is.
PERIODS = """code,title,article,period{more}
P.01,Hồ sơ,mục 1,{period}{cells}
"""


@pytest.mark.parametrize(
    ("period", "years", "event"),
    [
        ("5 năm sau khi hợp đồng hết hiệu lực", 5, "contract-ends"),
        ("10 năm sau khi chết", 10, "death"),
        ("Đến khi văn bản hết hiệu lực", 0, "document-expires"),
        ("15 năm", 15, None),
        ("Vĩnh viễn", None, None),
    ],
)
def test_words_of_a_period_tell_the_event(
    period: str, years: int | None, event: str | None
) -> None:
    read = table(PERIODS.format(period=period, more="", cells=""))
    assert not read.faults
    assert [(rule.get("years"), rule.get("event")) for rule in read.rules] == [(years, event)]


@pytest.mark.parametrize(
    ("period", "more", "cells", "code"),
    [
        ("5 năm 6 tháng", "", "", "term-malformed"),
        ("5 năm kể từ khi về hưu", "", "", "event-unknown"),
        ("Theo quy định riêng", "", "", "event-unknown"),
        ("10 năm sau khi chết", ",kind", ",years", "term-contradicts"),
        ("10 năm", ",years", ",5", "term-contradicts"),
        ("Vĩnh viễn", ",years", ",5", "term-twice"),
        ("10 năm", ",kỳ hạn", ",sau khi chết", "key-unknown"),
        ("10 năm", "", ",sau khi chết", "cell-unnamed"),
    ],
)
def test_words_of_a_period_that_are_not_understood_or_do_not_agree_are_a_fault(
    period: str, more: str, cells: str, code: str
) -> None:
    read = table(PERIODS.format(period=period, more=more, cells=cells))
    assert [(fault.line, fault.code) for fault in read.faults] == [(2, code)]
