"""Office hours: what a receipt counts for, around noon, nights, weekends and days off."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service import clock
from archive_service.office_hours import CalendarError, HomeCalendarError, OfficeHours, office_hours
from ingest.answers.rules import first_answer_by


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL_ZONE)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-20T08:00", "2026-11-20T17:00"),  # a Friday
        ("2026-11-20T12:10", "2026-11-20T17:00"),  # the pause at noon
        ("2026-11-20T06:00", "2026-11-20T17:00"),  # before the office opens
        ("2026-11-20T17:00", "2026-11-23T17:00"),  # it has closed: Monday
        ("2026-11-21T09:00", "2026-11-23T17:00"),  # a Saturday
        ("2026-04-30T09:00", "2026-05-04T17:00"),  # two days off and a weekend
        ("2026-02-13T18:00", "2026-02-23T17:00"),  # Tết
        ("2025-04-26T09:00", "2025-04-26T17:00"),  # a Saturday that was worked
    ],
)
def test_the_answer_is_due_when_the_office_closes_on_the_day_it_counts_for(
    received: str, due: str
) -> None:
    assert first_answer_by(at(received)) == at(due)


@given(st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 12, 1)))  # noqa: DTZ001 - made local below
def test_an_answer_is_never_due_before_its_receipt_and_always_on_a_working_day(
    moment: dt.datetime,
) -> None:
    received = moment.replace(tzinfo=clock.LOCAL_ZONE)
    due = first_answer_by(received)
    assert due > received
    assert office_hours().is_worked(clock.local(due).date())


def test_working_days_pass_over_what_is_off() -> None:
    calendar = office_hours()
    assert calendar.working_days_after(dt.date(2026, 4, 29), 1) == dt.date(2026, 5, 4)
    assert calendar.working_days_after(dt.date(2026, 11, 20), 7) == dt.date(2026, 12, 1)


def test_a_home_adds_days_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "calendars" / "office_hours.toml"
    own.parent.mkdir()
    head = (
        '[rule_set]\ncode = "own"\ntitle = "Riêng"\ninstrument = "QĐ 1/QĐ-UBND"\n'
        'article = "Điều 1"\nvalid_from = 2026-01-01\nsource = "own"\ncertainty = "own"\n'
    )
    own.write_text(head + '[[rule]]\nkind = "off"\ntitle = "Lễ hội"\ndays = ["2026-11-20"]\n')
    assert first_answer_by(at("2026-11-20T08:00"), home=tmp_path) == at("2026-11-23T17:00")
    own.write_text(head + '[[rule]]\nkind = "off"\ntitle = "Sai"\ndays = ["20/11/2026"]\n')
    with pytest.raises(HomeCalendarError, match="20/11/2026"):
        first_answer_by(at("2026-11-20T08:00"), home=tmp_path)


def test_a_calendar_without_a_day_of_work_tells_so() -> None:
    with pytest.raises(CalendarError) as refused:
        OfficeHours({}).end_of_day(at("2026-11-20T08:00"))
    assert refused.value.code == "calendar-invalid"
