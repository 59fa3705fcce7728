"""An account may be named by its person's citizen number: lists show the person, and mask it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from archive_service.accounts.acts import AccountPersonError, add_account
from archive_service.accounts.person_name import PersonNameError
from archive_service.accounts.tokens import NewToken, make_token
from archive_service.domain.people.account import Role, masked
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import add_person
from tests.worlds.command import Command

NUMBER, SHOWN = "001099123456", "••••••••3456"
PERSON = "Đinh Thị Lụa"


@pytest.fixture
def page(app: Flask, services: Services) -> Callable[[str], str]:
    """What the administrator reads at an address, once an account bears such a name."""
    with services.unit_of_work() as uow:
        add_account(NUMBER, role=Role.READER, actor=OPERATOR, uow=uow, display_name=PERSON)
        uow.commit()
    add_person(services, "quantri", Role.ADMIN)
    browser = browser_of(app, services, "quantri")

    def shown(address: str) -> str:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        return answer.get_data(as_text=True)

    return shown


def test_the_list_of_accounts_shows_the_person_and_no_number(page: Callable[[str], str]) -> None:
    told = page("/system/accounts")
    assert PERSON in told
    assert SHOWN in told
    assert f">{NUMBER}<" not in told


def test_tokens_and_the_shell_mask_it_as_well(
    page: Callable[[str], str], services: Services, home: Path
) -> None:
    given = NewToken(account=NUMBER, name="tra cứu", scopes=["search"])
    make_token(services, given, actor=person(services, "quantri"))
    assert NUMBER not in page("/system/tokens")
    command = Command(home)
    listed = command.run("account", "list").stdout
    assert SHOWN in listed
    assert NUMBER not in listed
    accounts = command.ask("account", "list")["accounts"]  # a program has to call it by its name
    assert NUMBER in [account["name"] for account in accounts]


def test_without_a_person_such_a_name_is_refused(services: Services) -> None:
    with services.unit_of_work() as uow, pytest.raises(AccountPersonError):
        add_account(NUMBER, role=Role.READER, actor=OPERATOR, uow=uow, display_name=" ")
    with services.unit_of_work() as uow, pytest.raises(PersonNameError):
        add_account(NUMBER, role=Role.READER, actor=OPERATOR, uow=uow, display_name="-")


@pytest.mark.parametrize("name", ["12345", "0010991234567", "00109912345a", "văn thư", ""])
def test_no_other_name_is_masked(name: str) -> None:
    assert masked(name) == name


def test_the_older_number_of_nine_figures_is_one_too() -> None:
    assert masked("012345678") == "••••••••5678"
