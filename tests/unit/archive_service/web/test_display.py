"""Values as pages write them."""

import datetime as dt
from typing import Any

import pytest

from archive_service.domain.intake.finding_place import numbered_place, row_place
from archive_service.web import display


def test_a_moment_is_told_by_the_vietnamese_clock() -> None:
    assert display.moment("2026-11-20T02:43:00Z") == "20/11/2026 09:43"
    assert display.day("2026-12-31T18:00:00Z") == "01/01/2027"


def test_a_plain_day_has_no_hour() -> None:
    assert display.moment(dt.date(2026, 12, 31)) == "31/12/2026"
    assert display.time_of_day("2026-12-31") == ""


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_written_as_nothing(nothing: str | None) -> None:
    assert display.moment(nothing) == display.day(nothing) == display.time_of_day(nothing) == ""


def test_days_count_down_and_then_below_zero() -> None:
    today = dt.date(2026, 11, 20)
    assert display.days_until("2026-12-15", today) == 25
    assert display.days_until("2026-11-01", today) == -19


def test_numbers_follow_the_language() -> None:
    assert display.number(1210, "vi") == "1.210"
    assert display.number(1210, "en") == "1,210"
    assert display.percent(0.083, "vi") == "8,3 %"


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(0, "0 B"), (999, "999 B"), (1_240_000, "1,2 MB"), (84_300_000, "84 MB"), (5e9, "5 GB")],
)
def test_a_size_has_its_unit(size_bytes: float, shown: str) -> None:
    assert display.size(size_bytes, "vi") == shown


def test_a_span_takes_the_largest_unit_that_fits() -> None:
    assert display.span(1260, "vi") == "21 phút"
    assert display.span(40, "vi") == "40 giây"
    assert display.span(0, "vi") == "dưới 1 giây"


def test_initials_are_those_of_family_and_given_name() -> None:
    assert display.initials("Nguyễn Thị Hạnh") == "NH"
    assert display.initials("hanh.nt") == "HN"
    assert display.initials("") == ""


@pytest.mark.parametrize(("told", "shown"), [("2011", "2011"), ("2011-03", "03/2011"), ("", "")])
def test_a_date_may_be_a_year_or_a_month_alone(told: str, shown: str) -> None:
    assert display.day(told) == shown


@pytest.mark.parametrize(
    ("took_ms", "shown"),
    [(0.0, "0,1 mili giây"), (3.2, "3,2 mili giây"), (40, "0,04 giây"), (1250.4, "1,25 giây")],
)
def test_no_search_is_said_to_take_no_time(took_ms: float, shown: str) -> None:
    assert display.milliseconds(took_ms) == shown


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (row_place("case-file", 2, "fileCode"), "Hồ sơ, dòng 2, Mã hồ sơ"),
        (row_place("document", 3, "issuedDate"), "Văn bản, dòng 3, "),
        (row_place("case-file", 2), "Hồ sơ, dòng 2"),
        (f"{numbered_place(12)}, issuedDate", "Tài liệu 12, Ngày"),
        (f"{numbered_place(0)}, fileCode", "Hồ sơ, Mã hồ sơ"),
        ("01 Tờ trình.pdf, fileCode", "01 Tờ trình.pdf, fileCode"),
        ("", ""),
    ],
)
def test_a_place_names_the_field_as_people_know_it(place: str, shown: str) -> None:
    told = display.place(place)
    assert told.startswith(shown)
    assert "issuedDate" not in told


def test_what_a_rule_decided_is_told_as_the_systems() -> None:
    assert display.decider("worker") == "Hệ thống, theo quy tắc"
    assert display.decider("Nguyễn Thị Mai") == "Nguyễn Thị Mai"


def found(place: str, message: str = "Chưa ký.", **more: Any) -> dict[str, Any]:
    return {"severity": "warning", "message": message, "remedy": "", "place": place} | more


def test_what_is_said_of_several_places_is_said_once_with_all_of_them() -> None:
    one, other = display.together([found("a", href="#a"), found("b"), found("a", "Thiếu ngày.")])
    assert one["places"] == [{"place": "a", "href": "#a"}, {"place": "b", "href": None}]
    assert [told["place"] for told in other["places"]] == ["a"]


def test_what_is_marked_on_the_page_stays_by_itself() -> None:
    assert (
        len(display.together([found("a", number=1), found("b", number=2), found("c"), found("d")]))
        == 3
    )


def test_the_worst_stands_first_and_the_same_words_of_another_severity_by_themselves() -> None:
    told = display.together([found("a"), found("b", severity="error"), found("c", severity="info")])
    assert [entry["severity"] for entry in told] == ["error", "warning", "info"]


def test_one_without_a_place_has_none() -> None:
    (told,) = display.together([found("")])
    assert told["places"] == []
