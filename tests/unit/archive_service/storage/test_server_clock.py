"""The clock of a store's server, as its answers tell it."""

import datetime as dt

import pytest

from archive_service.storage.server_clock import ServerClock

HEARD = "Sun, 22 Nov 2026 01:38:33 GMT"


def test_it_goes_on_from_what_was_heard_last() -> None:
    server = ServerClock()
    assert server.now() is None
    server.hear("Sun, 01 Mar 2015 00:00:00 GMT")
    server.hear(HEARD)
    first, second = server.now(), server.now()
    assert first is not None
    assert second is not None
    assert dt.datetime(2026, 11, 22, 1, 38, 33, tzinfo=dt.UTC) <= first <= second


@pytest.mark.parametrize("date", [None, "", "tomorrow", "Sun, 22 Nov 2026 01:38:33"])
def test_what_is_no_date_tells_nothing(date: str | None) -> None:
    server = ServerClock()
    server.hear(date)
    assert server.now() is None
    server.hear(HEARD)
    server.hear(date)
    assert server.now() is not None
