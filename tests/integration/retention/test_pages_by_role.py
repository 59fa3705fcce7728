"""Pages of retention by who looks: what access gives, no dead link, no way round a hold."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service.domain.people.account import Role
from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, add_person
from tests.worlds.retention.dispositions import make_due, submitted

OF_CASE_FILE = (f"/case-files/{OPEN_CODE}", f"/case-files/{OPEN_CODE}/term")
WHY, PAPER = "Thanh tra việc giao đất", "12/QĐ-TTT"
ON_LISTS = ("/holds", "/dispositions", "/retention-schedules")
_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')


def dead_links(browser: FlaskClient, page: str) -> list[tuple[str, int]]:
    """Links of the page that do not answer with a page, a file or another address."""
    found = dict.fromkeys(one.replace("&amp;", "&") for one in _LINK.findall(page))
    answers = ((one, browser.get(one).status_code) for one in found)
    return [(one, code) for one, code in answers if code not in (200, 302, 303)]


def hold(services: Services) -> None:
    head = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason=WHY, authority=PAPER, actor=head)


@pytest.mark.parametrize(("role", "looks"), [(Role.READER, False), (Role.AUDITOR, True)])
def test_who_only_looks_sees_what_access_gives_and_no_dead_link(
    app: Flask, services: Services, role: Role, *, looks: bool
) -> None:
    make_due(services, OPEN_CODE, RESTRICTED_CODE)
    row = submitted(services, RESTRICTED_CODE)
    hold(services)
    add_person(services, "nguoixem", role)
    browser = browser_of(app, services, "nguoixem")
    for address in (*ON_LISTS, f"/dispositions/{row}"):
        answer = browser.get(address)
        assert answer.status_code == (200 if looks else 403), address
        assert not dead_links(browser, answer.text), address
    for address in (*OF_CASE_FILE, "/"):
        answer = browser.get(address, follow_redirects=True)
        assert answer.status_code == 200, address
        assert not dead_links(browser, answer.text), address
    told = "".join(browser.get(one).text for one in OF_CASE_FILE)
    assert ((WHY in told), (PAPER in told)) == (looks, looks), "why it is held is for few"
    place = {"reason": "Thử", "authority": "1/QĐ"}
    assert post(browser, f"/case-files/{OPEN_CODE}/holds", **place).status_code == 403
    assert post(browser, f"/dispositions/{row}/submit").status_code == 403


def test_a_held_case_file_is_not_changed_through_any_page(app: Flask, services: Services) -> None:
    hold(services)
    lan = browser_of(app, services, "lan")
    out = {"chosen": "1", "target": RESTRICTED_CODE}
    new = {"chosen": "1", "target": "H40.18.2025.77.QLCT", "title": "Hồ sơ tách"}
    tried = [
        (OPEN_CODE, "describe", {"document": "0", "title": "Tên khác"}),
        (OPEN_CODE, "describe", {"document": "1", "title": "Tên khác"}),
        (OPEN_CODE, "arrange", {"act": "move"} | out),
        (RESTRICTED_CODE, "arrange", {"act": "move", "chosen": "1", "target": OPEN_CODE}),
        (OPEN_CODE, "arrange", {"act": "split"} | new),
    ]
    for code, page, form in tried:
        answer = post(lan, f"/case-files/{code}/{page}", reason="Thử", **form)
        assert answer.status_code == 409, (page, form)
        assert f"Hồ sơ {OPEN_CODE} đang được tạm dừng xử lý theo {PAPER}" in answer.text, form
