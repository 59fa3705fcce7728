"""A seal is handed to a clerk, and taken back, at the page of the keys."""

import re

import pytest
from flask import Flask

from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.archive import OPERATOR
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import session_token
from tests.worlds.digitize.scanned import AGENCY

CLERK, PAGE = "thu", "/system/keys"
GIVEN = {"agency": AGENCY, "account": CLERK, "by": "Trần Văn An, Giám đốc"}


@pytest.fixture(autouse=True)
def clerk(services: Services) -> None:
    with services.unit_of_work() as uow:
        agency = get_agency(uow.session, AGENCY)
        add_account(CLERK, role=Role.CLERK, actor=OPERATOR, uow=uow, agency_id=agency.id)
        uow.commit()


def test_a_seal_goes_from_hand_to_hand_with_minutes(app: Flask, services: Services) -> None:
    admin = browser_of(app, services, "quan")
    assert "Giao con dấu cho văn thư" in admin.get(f"{PAGE}?open=1").text
    assert post(admin, f"{PAGE}/hand-over", **GIVEN).status_code == 303
    shown = admin.get(f"{PAGE}?open=1").text
    assert "biên bản 01" in shown
    assert f"Nhận lại từ {CLERK}" in shown
    back = {"agency": AGENCY, "account": CLERK, "to": "Trần Văn An, Giám đốc"}
    assert post(admin, f"{PAGE}/take-back", **back).status_code == 303
    assert f"Nhận lại từ {CLERK}" not in admin.get(f"{PAGE}?open=1").text
    assert post(admin, f"{PAGE}/take-back", **back).status_code == 409


def test_who_may_not_sees_no_form_and_what_is_wrong_is_told(app: Flask, services: Services) -> None:
    head = browser_of(app, services, "hung")
    assert "Giao con dấu cho văn thư" not in head.get(f"{PAGE}?open=1").text
    assert post(head, f"{PAGE}/hand-over", **GIVEN).status_code == 403
    admin = browser_of(app, services, "quan")
    for change, status in (
        ({"account": "khong.co"}, 404),
        ({"account": "lan"}, 422),
        ({"by": " "}, 422),
        ({"agency": "H99"}, 404),
    ):
        sent = {"csrf_token": session_token(admin)} | GIVEN | change
        refused = admin.post(f"{PAGE}/hand-over", data=sent, headers={"Accept": "text/html"})
        assert refused.status_code == status, change
        assert "Giao con dấu cho văn thư" in refused.text
        is_told_at = re.findall(r'name="(\w+)"[^>]* aria-invalid="true"', refused.text)
        assert is_told_at == [name for name in change if name != "agency"]
