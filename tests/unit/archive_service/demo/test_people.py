"""The people of a demo."""

import pytest

from archive_service import messages
from archive_service.demo.people import COUNCIL_CHAIR, HISTORICAL_PEOPLE, PEOPLE, POSTS
from archive_service.domain.people.account import Role


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("role", [*PEOPLE, Role.ADMIN])
def test_the_closing_lines_say_for_what_each_signs_in(role: Role, lang: str) -> None:
    key = f"demo.waits.{role.value}"
    assert messages.text(key, lang) != key


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("role", [*HISTORICAL_PEOPLE, Role.ADMIN])
def test_they_say_it_of_the_historical_archive_too(role: Role, lang: str) -> None:
    key = f"demo.waits-second.{role.value}"
    assert messages.text(key, lang) != key


def test_nobody_is_called_the_same_in_both() -> None:
    first, second = ({name for name, _, _ in each.values()} for each in (PEOPLE, HISTORICAL_PEOPLE))
    assert not first & second
    assert COUNCIL_CHAIR[0] not in first | second


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_chair_of_the_council_is_told_as_no_other_officer(lang: str) -> None:
    assert messages.has(f"demo.waits.{COUNCIL_CHAIR[0]}", lang)
    name, _, position = messages.text("demo.council-chair", "vi").partition(";")
    assert (name, position) == (COUNCIL_CHAIR[1], POSTS[COUNCIL_CHAIR[0]])
