"""Whom duties are handed to is chosen from a list of colleagues, found by name."""

import re

import pytest
from flask import Flask

from archive_service.access import ActNotAllowedError
from archive_service.accounts.acts import add_account, get_account
from archive_service.accounts.delegations.acts import list_delegations
from archive_service.accounts.delegations.colleagues import MOST, find_colleagues
from archive_service.clock import today
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, actor_of
from tests.worlds.browsers import browser_of, post


@pytest.fixture
def people(services: Services) -> None:
    """Archivists of one name, and some who may not be chosen."""
    with services.unit_of_work() as uow:
        own = get_account(uow.session, "bach").agency_id
        for name, role, agency_id in (
            ("an.mot", Role.ARCHIVIST, None),
            ("an.hai", Role.HEAD, None),
            ("an.ba", Role.READER, None),
            ("an.bon", Role.OFFICER, own),
        ):
            add_account(
                name,
                role=role,
                actor=OPERATOR,
                uow=uow,
                agency_id=agency_id,
                display_name=f"Nguyễn Văn An {name[-3:]}",
            )
        uow.session.flush()
        get_account(uow.session, "an.mot").position = "Trưởng kho"
        uow.commit()


@pytest.mark.usefixtures("people")
def test_colleagues_of_the_same_reach_are_found_by_name(services: Services) -> None:
    hung = actor_of(services, "hung")
    found = find_colleagues(services, "văn an", actor=hung)
    assert [(colleague.role, colleague.post) for colleague in found] == [
        ("head", ""),
        ("archivist", "Trưởng kho"),
    ]
    assert [colleague.role for colleague in find_colleagues(services, "an.mot", actor=hung)] == [
        "archivist"
    ]
    for nothing in ("", "  ", "hung", "bach", "\0"):
        assert find_colleagues(services, nothing, actor=hung) == []
    with pytest.raises(ActNotAllowedError):
        find_colleagues(services, "an", actor=actor_of(services, "bach"))


def test_no_more_are_listed_than_can_be_read(services: Services) -> None:
    with services.unit_of_work() as uow:
        for number in range(MOST + 2):
            add_account(f"kho{number:02}", role=Role.ARCHIVIST, actor=OPERATOR, uow=uow)
        uow.commit()
    assert len(find_colleagues(services, "kho", actor=actor_of(services, "hung"))) == MOST


@pytest.mark.usefixtures("people")
def test_the_one_who_was_chosen_receives_it(app: Flask, services: Services) -> None:
    browser = browser_of(app, services, "hung")
    assert "/delegations/colleagues" in browser.get("/delegations").text
    page = browser.get("/delegations/colleagues?receiver=Trưởng").text
    assert 'type="radio"' not in page
    page = browser.get("/delegations/colleagues?receiver=Văn An").text
    assert "an.mot" not in page  # people are chosen, accounts are not told
    chosen = re.findall(r'name="chosen" value="([^"]+)"', page)
    assert len(chosen) == 2
    given = {
        "duty": "acceptance",
        "first_day": today().isoformat(),
        "last_day": today().isoformat(),
        "reason": "Đi công tác",
        "receiver": "Văn An",
    }
    assert post(browser, "/delegations", **given).status_code == 422  # nobody bears that account
    assert post(browser, "/delegations", **given, chosen=chosen[1]).status_code == 303
    (made,) = list_delegations(services, actor=actor_of(services, "hung")).delegations
    assert made.receiver == "an.mot"
    with services.read_only() as session:
        stranger = get_account(session, "bach").id
    refused = post(browser, "/delegations", **given, chosen=str(stranger))
    assert refused.status_code == 422
