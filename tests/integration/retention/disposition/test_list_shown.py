"""Who acts on a list acts on the one they were shown; another one by then is refused."""

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from archive_service.services import Services
from retention.disposition import acts as disposition_acts
from retention.disposition.appraisal import Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.given import ListShown, Review, Vote
from retention.disposition.list_digest import DispositionStaleError
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.browsers import browser_of, post, shown_list
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.retention.dispositions import (
    HEAD,
    REASON,
    add_agency_head,
    heard,
    make_due,
    otp_of,
    reviewed,
    submitted,
)

BOTH = (OPEN_CODE, RESTRICTED_CODE)
KEPT = "keep:12"


def digest(services: Services, row: UUID) -> str:
    return str(disposition_acts.show(services, row, actor=OPERATOR).list_sha256)


def change_under(services: Services, row: UUID) -> None:
    """Reviewed as destroy, voted and submitted again, while somebody has the page open."""
    lan = person(services, "lan")
    destroy = {OPEN_CODE: Verdict.parse("destroy")}
    disposition_acts.review(services, row, Review(outcomes=destroy, reason=REASON), actor=lan)
    heard(services, row)
    disposition_acts.submit(services, row, ListShown(), actor=lan)


@pytest.mark.usefixtures("both_due")
def test_the_head_decides_on_the_list_that_was_shown_and_on_no_other(
    app: Flask, services: Services
) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH, open=KEPT, restricted="destroy")
    at, head = f"/dispositions/{row}", browser_of(app, services, HEAD)
    seen = shown_list(head, at)
    change_under(services, row)
    typed = {"decision": "approve", "decision_number": "41/QĐ-SCT", "otp": otp_of(secret)}
    refused = post(head, f"{at}/decision", **typed, list_sha256=seen)
    assert refused.status_code == 409
    assert "Giữ tiếp 12 năm → <strong>Hủy</strong>" in refused.text
    assert f'<span class="code">{RESTRICTED_CODE}</span>:' not in refused.text
    assert 'value="41/QĐ-SCT"' in refused.text
    assert post(head, f"{at}/decision", **typed).status_code == 409  # no digest: no list was seen
    assert disposition_acts.show(services, row, actor=OPERATOR).state == "submitted"
    now = shown_list(head, at)
    assert post(head, f"{at}/decision", **typed, list_sha256=now).status_code == 303
    lan = browser_of(app, services, "lan")
    assert post(lan, f"{at}/execute", list_sha256=seen).status_code == 409
    assert post(lan, f"{at}/execute", list_sha256=shown_list(lan, at)).status_code == 303


@pytest.mark.usefixtures("both_due")
def test_a_vote_and_a_submission_name_the_list_too(app: Flask, services: Services) -> None:
    row = reviewed(services, *BOTH, open=KEPT, restricted="destroy")
    heard(services, row)
    at, bach = f"/dispositions/{row}", browser_of(app, services, "bach")
    lan = browser_of(app, services, "lan")
    seen, sent = shown_list(bach, at), shown_list(lan, at)
    wait = {OPEN_CODE: Verdict.parse("wait")}
    disposition_acts.review(
        services, row, Review(outcomes=wait, reason=REASON), actor=person(services, "lan")
    )
    voted = post(bach, f"{at}/votes", agrees="yes", opinion="Nên hủy", list_sha256=seen)
    assert voted.status_code == 409
    assert "Nên hủy" in voted.text
    assert post(lan, f"{at}/submit", list_sha256=sent).status_code == 409
    again = post(lan, f"{at}/review", code=OPEN_CODE, outcome="destroy", reason="Bỏ",
                 list_sha256=sent)  # fmt: skip
    assert again.status_code == 409
    (kept,) = (
        disposition_item
        for disposition_item in disposition_acts.show(services, row, actor=OPERATOR).items
        if disposition_item.code == OPEN_CODE
    )
    assert kept.outcome == "wait"
    now = shown_list(bach, at)
    assert post(bach, f"{at}/votes", agrees="yes", list_sha256=now).status_code == 303


@pytest.mark.usefixtures("both_due")
def test_programs_may_name_the_list_they_read(app: Flask, services: Services) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH, open=KEPT, restricted="destroy")
    seen = digest(services, row)
    change_under(services, row)
    head, lan = program_of(app, services, HEAD), program_of(app, services, "lan")
    given = {"decision": "approve", "otp": otp_of(secret)}
    told = head.post(f"/dispositions/{row}/decision", json={**given, "list_sha256": seen})
    assert (told.status_code, told.json["code"]) == (409, "disposition-stale")  # type: ignore[index]  # a problem is an object
    read = digest(services, row)
    good = head.post(f"/dispositions/{row}/decision", json={**given, "list_sha256": read})
    assert good.status_code == 200
    address = f"/dispositions/{row}/execute"
    assert lan.post(f"{address}?list_sha256={seen}").status_code == 409
    assert lan.post(f"{address}?list_sha256={read}").status_code == 200


def test_the_command_may_name_the_list_too(home: Path) -> None:
    with open_home(home) as services:
        make_due(services, *BOTH)
        row = submitted(services, *BOTH, open=KEPT, restricted="destroy")
        seen = digest(services, row)
        change_under(services, row)
        add_agency_head(services)
    reject = ("disposition", "reject", row, "--reason", "Còn cần", "--list-sha256", seen, "--json")
    told = Command(home).run(*reject, account=HEAD)
    assert (told.code, told.error["code"]) == (4, "disposition-stale")
    assert OPEN_CODE in told.error["message"]


@pytest.mark.usefixtures("both_due")
def test_what_is_stale_names_each_change(services: Services) -> None:
    row, lan = reviewed(services, *BOTH, open=KEPT, restricted="destroy"), person(services, "lan")
    seen = digest(services, row)
    destroy = {OPEN_CODE: Verdict.parse("destroy")}
    disposition_acts.review(services, row, Review(outcomes=destroy, reason=REASON), actor=lan)
    with pytest.raises(DispositionStaleError) as stale:
        disposition_acts.submit(services, row, ListShown(list_sha256=seen), actor=lan)
    assert stale.value.facts["changes"] == [{"code": OPEN_CODE, "was": KEPT, "now": "destroy"}]
    with pytest.raises(DispositionStaleError) as blank:  # opened before anything was reviewed
        council_acts.vote(services, row, Vote(agrees=True, opinion="", list_sha256=""), actor=lan)
    assert blank.value.facts["codes"] == list(BOTH)
