"""The counters of receipts after a rebuild: each year's goes on where it stood."""

from datetime import UTC, datetime

from archive_service import clock
from ingest.acceptance.receipt import last_numbers

NEW_YEAR = clock.iso(datetime(2027, 1, 2, 3, tzinfo=UTC))


def test_a_number_drawn_last_year_and_signed_this_year_counts_for_last_year() -> None:
    receipts = [
        {"number": "112/GTN-LT", "year": 2026, "issued_at": NEW_YEAR},
        {"number": "01/GTN-LT", "year": 2027, "issued_at": NEW_YEAR},
    ]
    assert last_numbers(receipts) == {2026: 112, 2027: 1}


def test_an_act_that_does_not_tell_the_year_counts_for_the_year_of_signing() -> None:
    assert last_numbers([{"number": "07/GTN-LT", "issued_at": NEW_YEAR}]) == {2027: 7}


def test_the_year_of_signing_is_that_of_the_local_calendar() -> None:
    eve = clock.iso(datetime(2026, 12, 31, 18, tzinfo=UTC))
    assert last_numbers([{"number": "01/GTN-LT", "issued_at": eve}]) == {2027: 1}
