"""Both forms of an agency identifier are read, and nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.agencies.agency_identifier import (
    MalformedAgencyIdentifierError,
    parse_agency_identifier,
)

OLD = st.from_regex(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-K][0-9]{2}", fullmatch=True)
NEW = st.from_regex(r"[A-K][0-9]{2}(\.[0-9]{2,3}){0,6}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "form", "level", "parent"),
    [
        ("000.00.18.H40", "old", 2, "000.00.00.H40"),
        ("000.00.00.G22", "old", 1, None),
        ("001.02.18.H40", "old", 4, "000.02.18.H40"),
        ("000.02.18.H40", "old", 3, "000.00.18.H40"),
        ("H40", "new", 1, None),
        ("H40.18", "new", 2, "H40"),
        ("H49.64.33", "new", 3, "H49.64"),
        ("  G09.01\n", "new", 2, "G09"),
    ],
)
def test_an_identifier_tells_its_form_level_and_parent(
    text: str, form: str, level: int, parent: str | None
) -> None:
    identifier = parse_agency_identifier(text)
    assert (identifier.form, identifier.level) == (form, level)
    assert str(identifier) == text.strip()
    assert (identifier.parent and identifier.parent.text) == parent


@pytest.mark.parametrize(
    "text",
    [
        "",
        "18.H40",
        "h40.18",
        "H40..18",
        "H40.",
        "000.00.18.40H",
        "0000.00.18.H40",
        "H40 .18",
        "H４0.18",
        "H40.18-2",
        "H40.đ1",
        "H40." + ".".join(["123"] * 9),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(MalformedAgencyIdentifierError):
        parse_agency_identifier(text)


@given(st.one_of(OLD, NEW))
def test_an_identifier_is_given_back_as_it_was(text: str) -> None:
    assert parse_agency_identifier(text).text == text


@given(st.one_of(OLD, NEW))
def test_every_way_up_ends_at_level_one(text: str) -> None:
    identifier = parse_agency_identifier(text)
    first = identifier.levels[0]
    while (parent := identifier.parent) is not None:
        assert parent.level < identifier.level
        assert parse_agency_identifier(parent.text) == parent
        identifier = parent
    assert identifier.level == 1
    assert re.search(first, identifier.text)
