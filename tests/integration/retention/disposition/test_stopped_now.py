"""Who reviews and decides is told what could not go on at this moment, and nothing is noted."""

import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service.services import Services
from retention.disposition import acts as disposition_acts
from retention.disposition.appraisal import Verdict
from retention.disposition.decision import acts as decision_acts
from retention.disposition.documents import DispositionDocument, StoppedNowDocument
from retention.disposition.given import DecisionApproval, Review
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from tests.worlds.archive import person
from tests.worlds.browsers import act_on, browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import (
    HEAD,
    REASON,
    add_agency_head,
    otp_of,
    proposed,
    submitted,
    to_destroy,
)

BOTH = (OPEN_CODE, RESTRICTED_CODE)
LEFT = "2 hồ sơ đề nghị hủy, trong đó phải để lại: 1 hồ sơ đang tạm dừng xử lý."
BADGE = "Đang tạm dừng xử lý"


def hold(services: Services, code: str) -> UUID:
    """An order of the head of the archive on one case file."""
    told = place_holds(
        services, [code], reason="Thanh tra", authority="1/QĐ", actor=person(services, "hung")
    )
    return told[0].id


def row_of(page: str, code: str) -> str:
    """The row of one case file in a list."""
    found = re.search(rf'<tr id="item-{re.escape(code)}">.*?</tr>', page, re.DOTALL)
    assert found
    return found[0]


def told_of(services: Services, row: UUID) -> DispositionDocument:
    return disposition_acts.show(services, row, actor=person(services, HEAD))


def figure(page: str, words: str) -> str:
    """The figure of the page that stands with these words."""
    found = re.search(rf"<dt>{words}</dt><dd>([^<]+)</dd>", page)
    assert found, words
    return found[1].strip()


def shown(client: FlaskClient, path: str) -> str:
    return client.get(path).text


@pytest.mark.usefixtures("both_due")
def test_who_decides_sees_what_is_held_now_and_what_really_would_go(
    app: Flask, services: Services
) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH)
    whole = told_of(services, row)
    held = hold(services, OPEN_CODE)
    told = told_of(services, row)
    stays = next(
        disposition_item
        for disposition_item in told.items
        if disposition_item.code == RESTRICTED_CODE
    )
    assert 0 < told.size_bytes == stays.size_bytes < whole.size_bytes
    for name in (HEAD, "lan", "bach", "hung"):
        page = shown(browser_of(app, services, name), f"/dispositions/{row}")
        assert BADGE in row_of(page, OPEN_CODE), name
        assert BADGE not in row_of(page, RESTRICTED_CODE), name
        assert LEFT in page, name
    head = browser_of(app, services, HEAD)
    page = shown(head, f"/dispositions/{row}")
    assert "Phê duyệt và cho hủy 1 hồ sơ" in page
    assert "Hủy 1 hồ sơ ở mọi kho." in page
    assert figure(page, "tài liệu") == str(stays.documents)
    assert LEFT in shown(head, f"/approvals?item={row}")
    item = f"/dispositions/{row}/items/{OPEN_CODE}"
    page = shown(head, item)
    assert BADGE in page
    assert "1/QĐ" in page
    lift_hold(services, held, LiftIn(reason="Xong"), actor=person(services, "hung"))
    page = shown(head, f"/dispositions/{row}")
    assert BADGE not in page
    assert "Phê duyệt và cho hủy 2 hồ sơ" in page
    hold(services, OPEN_CODE)
    told = decision_acts.approve(
        services, row, DecisionApproval(otp=otp_of(secret)), actor=person(services, HEAD)
    )
    states = {
        disposition_item.code: (disposition_item.state, disposition_item.now)
        for disposition_item in told.items
    }
    assert states == {OPEN_CODE: ("left-out", None), RESTRICTED_CODE: ("approved", None)}


@pytest.mark.usefixtures("both_due")
def test_what_is_held_after_the_decision_is_told_to_who_carries_it_out(
    app: Flask, services: Services
) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH)
    decision_acts.approve(
        services, row, DecisionApproval(otp=otp_of(secret)), actor=person(services, HEAD)
    )
    hold(services, OPEN_CODE)
    page = shown(browser_of(app, services, "lan"), f"/dispositions/{row}")
    assert BADGE in row_of(page, OPEN_CODE)
    assert ">Hủy 1 hồ sơ<" in page


@pytest.mark.usefixtures("both_due")
def test_a_held_one_is_reviewed_with_a_warning_and_the_digest_stays(
    app: Flask, services: Services
) -> None:
    told = proposed(services, *BOTH)
    row = told.id
    lan = person(services, "lan")
    before = disposition_acts.review(
        services, row, Review(outcomes=to_destroy(told), reason=REASON), actor=lan
    )
    hold(services, OPEN_CODE)
    client, at = browser_of(app, services, "lan"), f"/dispositions/{row}"
    destroy = {"outcome": "destroy", "reason": REASON, "code": OPEN_CODE}
    assert act_on(client, at, "review", **destroy).status_code == 303
    page = shown(client, at)
    assert "Lúc này còn phải để lại: 1 hồ sơ đang tạm dừng xử lý." in page
    after = disposition_acts.review(
        services,
        row,
        Review(outcomes={OPEN_CODE: Verdict.parse("destroy")}, reason=REASON),
        actor=lan,
    )
    assert after.list_sha256 == before.list_sha256
    now = {disposition_item.code: disposition_item.now for disposition_item in after.items}
    assert now == {
        OPEN_CODE: StoppedNowDocument(code="held", facts={}, reason="Hồ sơ đang tạm dừng xử lý."),
        RESTRICTED_CODE: None,
    }
    wait = {"outcome": "wait", "reason": REASON, "code": OPEN_CODE}
    assert act_on(client, at, "review", **wait).status_code == 303
    page = shown(client, at)
    assert BADGE in row_of(page, OPEN_CODE)
    assert "phải để lại" not in page
