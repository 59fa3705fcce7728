"""Codes of old fonds without a year, by the scheme that the fonds declares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.agencies.code_scheme import (
    CodeSchemeError,
    FondsScheme,
    checked_scheme,
    read_by_scheme,
)

SCHEME = FondsScheme("H40.18", "P-CU", "{agency}.ML{inventory}.{number}")


@pytest.mark.parametrize(
    "scheme",
    ["{agency}.{number}", "{agency}.ML{inventory}.{number}", "{agency}.HS-{number}.{symbol}", ""],
)
def test_a_scheme_begins_with_the_agency_and_has_a_number(scheme: str) -> None:
    assert checked_scheme(f" {scheme} ") == scheme


@pytest.mark.parametrize(
    "scheme",
    [
        "{number}",
        "{agency}.ML01",
        "{agency}.{year}.{number}",
        "{agency}.{number}.{number}",
        "{agency}.{number} {symbol}",
        "{agency}.{number}.{",
        "{agency}{number}",
        "{agency}.({inventory}|x){number}",
    ],
)
def test_anything_else_is_refused(scheme: str) -> None:
    with pytest.raises(CodeSchemeError):
        checked_scheme(scheme)


@given(st.integers(1, 99), st.integers(1, 99_999))
def test_what_follows_the_scheme_is_read_and_told_as_it_was_written(
    inventory: int, number: int
) -> None:
    text = f"H40.18.ML{inventory:02}.{number}"
    code = read_by_scheme(f" {text} ", [SCHEME])
    assert code is not None
    assert (str(code), code.agency, code.fonds, code.year) == (text, "H40.18", "P-CU", 0)
    assert (code.number, code.symbol) == (str(number), f"{inventory:02}")


@pytest.mark.parametrize(
    "text", ["H40.18.125", "H40.19.ML01.125", "H40.18.ML01.a", "H40.18.ML.1", ""]
)
def test_what_does_not_follow_it_is_none(text: str) -> None:
    assert read_by_scheme(text, [SCHEME]) is None


def test_the_scheme_is_shown_as_a_person_fills_it_in() -> None:
    assert SCHEME.shown == "H40.18.ML{inventory}.{number}"
