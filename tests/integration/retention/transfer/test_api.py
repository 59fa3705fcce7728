"""The register of a transfer as other programs take it to its answer."""

from uuid import uuid4

from flask import Flask

from archive_service import clock
from archive_service.services import Services
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.transfers import RECEIVER, make_permanent

BOTH = [OPEN_CODE, RESTRICTED_CODE]


def test_other_programs_take_a_register_to_its_answer(app: Flask, services: Services) -> None:
    make_permanent(services, *BOTH)
    add_agency_head(services)
    lan, head = program_of(app, services, "lan"), program_of(app, services, HEAD)
    given = {"codes": BOTH, "to": RECEIVER}
    assert program_of(app, services, "bach").post("/transfers", json=given).status_code == 403
    key = {"Idempotency-Key": "once"}
    made = lan.post("/transfers", json=given, headers=key)
    assert made.status_code == 201
    assert lan.post("/transfers", json=given, headers=key).get_json() == made.get_json()
    at = f"/transfers/{made.get_json()['id']}"
    amended = lan.post(f"{at}/amend", json={"drop": [RESTRICTED_CODE]}).get_json()
    assert [entry["code"] for entry in amended["items"]] == [OPEN_CODE]
    stale = head.post(f"{at}/approval", json={"list_sha256": made.get_json()["list_sha256"]})
    assert (stale.status_code, stale.get_json()["code"]) == (409, "transfer-stale")
    shown = {"list_sha256": amended["list_sha256"], "number": "7/TTr"}
    assert head.post(f"{at}/approval", json=shown).get_json()["state"] == "approved"
    today = str(clock.today())
    sent = lan.post(f"{at}/registered", json={"on": today, "number": "8/CV"}).get_json()
    assert sent["answer_due"] > today
    declined = {"on": today, "declined": {OPEN_CODE: "Chưa có danh mục"}}
    told = lan.post(f"{at}/answer", json=declined).get_json()
    assert (told["state"], told["items"][0]["state"]) == ("answered", "declined")
    assert lan.get(at).get_json() == told
    assert lan.get("/transfers?state=answered&direction=out").get_json()["transfers"] == [told]
    assert lan.get("/transfers?state=draft").get_json() == {"transfers": [], "cursor": None}
    gone = lan.post(f"{at}/withdrawal", json={"reason": "Hoãn nộp"}).get_json()
    assert gone["state"] == "withdrawn"


def test_programs_are_told_why_nothing_is_registered(app: Flask, services: Services) -> None:
    lan = program_of(app, services, "lan")
    refused = lan.post("/transfers", json={"codes": BOTH, "to": RECEIVER})
    problem = refused.get_json()
    assert (refused.status_code, problem["code"]) == (409, "transfer-nothing-registered")
    found = {(finding["place"], finding["code"]) for finding in problem["findings"]}
    assert found == {(code, "not-permanent") for code in BOTH}
    unknown = lan.get(f"/transfers/{uuid4()}")
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "transfer-not-found")
    odd = lan.post("/transfers", json={"codes": [], "to": RECEIVER})
    assert (odd.status_code, odd.get_json()["code"]) == (409, "transfer-nothing-due")
