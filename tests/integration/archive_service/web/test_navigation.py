"""The pages that bar and tabs offer a role are pages that the role may see, and all of them."""

import re

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.web.navigation import PLACES, ROWS
from tests.worlds.archive import OPERATOR
from tests.worlds.browsers import browser_of


def one_of(app: Flask, services: Services, role: str) -> FlaskClient:
    with services.unit_of_work() as uow:
        agency = get_agency(uow.session, SAMPLE_AGENCY.new_code)
        name = f"mot-{role}"
        add_account(name, role=Role(role), actor=OPERATOR, uow=uow, agency_id=agency.id)
        uow.commit()
    return browser_of(app, services, name)


def led_to(page: str) -> list[str]:
    """The pages that the top bar and the row of tabs lead to."""
    parts = re.findall(r'<nav class="(?:topnav|tabs)[^>]*>(.*?)</nav>', page, re.DOTALL)
    return [href for part in parts for href in re.findall(r'href="([^"?]+)"', part)]


@pytest.mark.parametrize("role", sorted(PLACES))
def test_every_place_of_a_role_opens(app: Flask, services: Services, role: str) -> None:
    client = one_of(app, services, role)
    for place in PLACES[role]:
        with app.test_request_context():
            address = url_for(place.endpoint)
        assert client.get(address).status_code == 200, place.key


# Rows beside the case files that an officer is led to from their own page, by a notice or a link;
# to the tree of the holdings the search leads.
_BESIDE = (
    "/browse",
    "/deliveries",
    "/dispositions",
    "/due-calendar",
    "/handovers",
    "/own-fields",
    "/recalls",
    "/use-requests",
)


@pytest.mark.parametrize("role", sorted(PLACES))
def test_tabs_lead_to_every_page_that_opens_and_to_no_other(
    app: Flask, services: Services, role: str
) -> None:
    client = one_of(app, services, role)
    with app.test_request_context():
        known = {url_for(tab.endpoint) for tabs in ROWS.values() for tab in tabs}
        to_see = [url_for(place.endpoint) for place in PLACES[role]]
    seen: dict[str, int] = {}
    while to_see:
        address = to_see.pop()
        if address in seen:
            continue
        answer = client.get(address)
        seen[address] = answer.status_code
        to_see += led_to(answer.text)
    assert set(seen.values()) == {200}
    beyond = {address for address in known - set(seen) if client.get(address).status_code == 200}
    if role in ("officer", "reader"):  # whose way to case files is their own page, or the search
        beyond -= {"/case-files", *_BESIDE}
    if role == "agency-head":  # led there by what waits for approval
        beyond -= {"/rights"}
    beyond -= {"/delegations", "/grants"}  # every person, from their own account
    assert beyond == set()


@pytest.mark.parametrize(("role", "place"), [("auditor", "/fixity"), ("archivist", "/holds")])
def test_a_page_of_a_row_marks_its_tab_and_where_it_hangs_from(
    app: Flask, services: Services, role: str, place: str
) -> None:
    page = one_of(app, services, role).get(place).text
    bar, tabs = page.partition('class="topnav"')[2].split('<nav class="tabs', 1)
    hangs_from = "/system" if place == "/fixity" else "/case-files"
    assert f'href="{hangs_from}" aria-current="page"' in bar
    assert f'href="{place}" aria-current="page"' in tabs


def test_a_long_row_stands_in_groups_with_the_pages_of_one_below(
    app: Flask, services: Services
) -> None:
    def lines(address: str) -> list[list[tuple[str, str]]]:
        page = archivist.get(address).text
        rows = re.findall(r'<nav class="tabs[^>]*>(.*?)</nav>', page, re.DOTALL)
        tab = r'<a href="[^"]+" (?:aria-current="(\w+)")?>([^<]+?)\s*</a>'
        return [[(name, now) for now, name in re.findall(tab, row)] for row in rows]

    archivist = one_of(app, services, "archivist")
    groups, pages = lines("/holds")
    assert groups == [
        ("Hồ sơ", ""),
        ("Thời hạn và xét hủy", "true"),
        ("Phông và mô tả", ""),
        ("Giao nhận", ""),
        ("Thống kê", ""),
    ]
    assert pages == [
        ("Lịch đến hạn", ""),
        ("Tạm dừng xử lý", "page"),
        ("Xử lý khi hết hạn", ""),
        ("Bảng thời hạn", ""),
    ]
    (alone,) = lines("/reports")
    assert alone[-1] == ("Thống kê", "page")


def test_the_pages_of_the_system_are_six_at_most_and_none_stands_twice(
    app: Flask, services: Services
) -> None:
    admin = one_of(app, services, "admin")
    for address in ("/system", "/rights", "/system/accounts", "/system/announcements", "/fixity"):
        page = admin.get(address).text
        bar, *rows = re.findall(r'<nav class="(?:topnav|tabs)[^>]*>(.*?)</nav>', page, re.DOTALL)
        first = re.findall(r'href="([^"?]+)"', rows[0])
        assert len(first) <= 6, address
        in_bar = set(re.findall(r'href="([^"?]+)"', bar)) - {"/system"}
        led = [href for row in rows for href in re.findall(r'href="([^"?]+)"', row)]
        assert not in_bar & set(led), address
        assert len(led) - len(set(led)) <= len(rows) - 1, address  # a group leads to its first


def test_the_jump_offers_the_pages_that_a_role_may_open(app: Flask, services: Services) -> None:
    def pages(client: FlaskClient, words: str) -> list[tuple[str, str]]:
        entries = client.get("/palette", query_string={"q": words}).get_json()["entries"]
        return [(entry["title"], entry["href"]) for entry in entries if entry["kind"] == "Trang"]

    archivist, reader = (one_of(app, services, role) for role in ("archivist", "reader"))
    assert ("Thống kê và báo cáo", "/reports") in pages(archivist, "báo cáo")
    assert ("Sổ", "/registers") in pages(archivist, "so")
    assert pages(archivist, "BIEN BAN")
    for _, address in pages(archivist, "a"):
        assert archivist.get(address).status_code == 200, address
    assert pages(reader, "báo cáo") == []
