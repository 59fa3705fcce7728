"""Days and moments as people write them."""

import datetime as dt

import pytest

from archive_service import clock


@pytest.mark.parametrize(
    "written", ["25/7/2025", "25/07/2025", "25.07.2025", "25-7-2025", "25072025", " 2025-07-25 "]
)
def test_a_day_is_read_with_and_without_its_signs(written: str) -> None:
    assert clock.day_of(written) == dt.date(2025, 7, 25)


@pytest.mark.parametrize(
    "written", ["31/02/2025", "31022025", "2025-02-31", "7/2025", "250725", "mai", ""]
)
def test_what_no_calendar_has_is_no_day(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clock.day_of(written)


@pytest.mark.parametrize(
    "written",
    [
        "21/11/2026 18:00",
        "21112026 1800",
        "21/11/2026 18h00",
        "21-11-2026 18",
        "2026-11-21T18:00",
        "2026-11-21T11:00Z",
    ],
)
def test_a_moment_is_on_a_vietnamese_clock(written: str) -> None:
    assert clock.local_moment(written) == dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)


def test_a_day_alone_begins_at_midnight() -> None:
    assert clock.local_moment("21112026") == clock.local_moment("2026-11-21T00:00")


@pytest.mark.parametrize("written", ["31/02/2026 18:00", "21/11/2026 25:00", "21/11/2026 mai", ""])
def test_what_is_no_moment_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clock.local_moment(written)


@pytest.mark.parametrize("day", [dt.date.min, dt.date(2026, 11, 21), dt.date.max])
def test_any_day_that_is_typed_begins_and_ends_at_a_moment_of_utc(day: dt.date) -> None:
    begins, ends = (moment.astimezone(dt.UTC) for moment in (clock.begins(day), clock.ends(day)))
    assert begins <= ends


def test_a_day_ends_as_the_next_one_begins() -> None:
    assert clock.ends(dt.date(2026, 12, 31)) == clock.begins(dt.date(2027, 1, 1))
