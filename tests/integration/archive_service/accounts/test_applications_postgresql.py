"""Accounts asked for at the same moment, on a real PostgreSQL."""

from dataclasses import replace
from pathlib import Path

from archive_service.accounts.applications.acts import ask_for_account
from archive_service.accounts.applications.documents import AccountWish
from archive_service.accounts.tries import Place
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home
from tests.worlds.at_once import at_once

WISH = AccountWish(person="Trần Thị Hoa", name="hoa", purpose="Tra cứu lịch sử xã")


def test_of_those_who_ask_at_once_no_more_are_taken_in_than_there_is_room(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        limits = {"applications_open": 1}
        accounts = services.settings.accounts.model_copy(update=limits)
        settings = services.settings.model_copy(update={"accounts": accounts})
        one = replace(services, settings=settings)
        places = [Place(f"10.0.{number}.1") for number in range(6)]
        done = at_once(
            lambda number: ask_for_account(one, WISH, place=places[number], lang="vi"), len(places)
        )
        assert done.count("account-applications-full") == len(places) - 1
