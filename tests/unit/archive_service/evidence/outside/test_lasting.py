"""The table of algorithms: last days of digests and keys, and what it lacks."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from archive_service import clock
from archive_service.evidence.outside.lasting import NEVER, Algorithms, end_of, load_algorithms

TABLE = Algorithms(
    {"sha256": None, "sha1": dt.date(2017, 12, 31)},
    {"rsa": {2048: dt.date(2030, 12, 31), 3072: dt.date(2035, 12, 31)}},
)


def test_a_key_ends_with_the_largest_size_that_it_reaches() -> None:
    assert TABLE.of_key("rsa", 2048) == clock.begins(dt.date(2031, 1, 1))
    assert TABLE.of_key("rsa", 4096) == clock.begins(dt.date(2036, 1, 1))


def test_what_is_too_short_or_unknown_never_proved() -> None:
    assert TABLE.of_key("rsa", 1024) == NEVER
    assert TABLE.of_key("dsa", 3072) == NEVER
    assert TABLE.of_digest("md5") == NEVER


def test_a_digest_has_its_last_day_or_none() -> None:
    assert TABLE.of_digest("sha256") is None
    assert TABLE.of_digest("sha1") == clock.begins(dt.date(2018, 1, 1))


def test_the_table_of_the_product_reads() -> None:
    shipped = load_algorithms()
    assert shipped.of_digest("sha256") is None
    assert shipped.of_key("rsa", 2048) == TABLE.of_key("rsa", 2048)


@given(st.binary(max_size=80))
def test_what_is_no_token_never_proved(token: bytes) -> None:
    assert end_of(token, TABLE) == NEVER
