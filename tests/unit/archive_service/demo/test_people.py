"""The people of a demo."""

import pytest

from archive_service import messages
from archive_service.demo.people import PEOPLE
from archive_service.domain.people.account import Role


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("role", [*PEOPLE, Role.ADMIN])
def test_the_closing_lines_say_for_what_each_signs_in(role: Role, lang: str) -> None:
    key = f"demo.waits.{role.value}"
    assert messages.text(key, lang) != key
