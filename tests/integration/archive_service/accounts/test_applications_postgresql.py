"""Accounts asked for at the same moment, on a real PostgreSQL."""

from dataclasses import replace
from pathlib import Path

from archive_service.accounts.applications.acts import ask_for_account
from archive_service.accounts.applications.documents import AccountWish
from archive_service.accounts.tries import Place
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home
from tests.worlds.at_once import at_once

NAMES = [f"hoa{number}" for number in range(6)]  # of one person fewer are taken in


def test_of_those_who_ask_at_once_no_more_are_taken_in_than_there_is_room(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        limits = {"applications_open": 1}
        accounts = services.settings.accounts.model_copy(update=limits)
        settings = services.settings.model_copy(update={"accounts": accounts})
        one = replace(services, settings=settings)

        def ask(number: int) -> object:
            wish = AccountWish(person="Trần Thị Hoa", name=NAMES[number], purpose="Lịch sử xã")
            return ask_for_account(one, wish, place=Place(f"10.0.{number}.1"), lang="vi")

        done = at_once(ask, len(NAMES))
        assert done.count("account-applications-full") == len(NAMES) - 1
