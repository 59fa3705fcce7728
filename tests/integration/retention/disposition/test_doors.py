"""Dispositions as the command and other programs meet them."""

from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from archive_service import clock
from archive_service.services import Services
from tests.worlds.archive import open_home
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.retention.dispositions import (
    HEAD,
    REASON,
    add_agency_head,
    make_due,
    minutes_file,
    otp_of,
    proposed,
)

BOTH = (OPEN_CODE, RESTRICTED_CODE)
WORDS = ("--reason", REASON)
SEATS = (
    "Trần Văn Bình;Phó Chánh Văn phòng;chair",
    "Lê Thị Lan;Lưu trữ viên;secretary;lan",
    "Nguyễn Văn Bách;Chuyên viên;member;bach",
)


def test_the_command_takes_a_list_from_proposal_to_decision(home: Path, tmp_path: Path) -> None:
    with open_home(home) as services:
        make_due(services, *BOTH)
        secret = add_agency_head(services)
    archive = Command(home)
    told = archive.ask("disposition", "propose", *BOTH, "--kind", "destroy", *WORDS, account="lan")
    assert {"id", "kind", "state", "items", "next"} <= set(told)
    row = told["id"]
    said = ("--outcome", f"{OPEN_CODE}=wait", "--outcome", f"{RESTRICTED_CODE}=destroy")
    archive.ask("disposition", "review", row, *said, *WORDS, account="lan")
    early = archive.run("disposition", "submit", row, "--json", account="lan")
    assert (early.code, early.error["code"]) == (4, "disposition-not-ready")
    assert "(thành phần hội đồng, quyết định thành lập Hội đồng, " in early.error["message"]
    members = [word for seat in SEATS for word in ("--member", seat)]
    today = str(clock.today())
    decided = ("--number", "15/QĐ-VP", "--on", "2026-01-12")
    archive.ask("disposition", "council", row, *members, *decided, account="lan")
    minutes = ("--minutes", minutes_file(tmp_path), "--on", today, "--at", "Phòng họp 2")
    archive.ask("disposition", "meeting", row, *minutes, account="lan")
    for name in ("lan", "bach"):
        archive.ask("disposition", "vote", row, "--agree", "--opinion", "Đồng ý", account=name)
    paper = ("--name", "Trần Văn Bình")
    archive.ask("disposition", "vote", row, "--disagree", *paper, account="lan")
    archive.ask("disposition", "opinion", row, account="lan")
    archive.ask("disposition", "opinion", row, "--by", "TTLT", "--number", "9", account="lan")
    assert archive.ask("disposition", "submit", row, account="lan")["state"] == "submitted"
    bare = archive.run("disposition", "approve", row, "--json", account=HEAD)
    assert (bare.code, bare.error["code"]) == (4, "second-factor-missing")
    wrong = archive.run("disposition", "approve", row, "--otp", "12", "--json", account=HEAD)
    assert (wrong.code, wrong.error["code"]) == (4, "second-factor-wrong")
    otp = ("--otp", otp_of(secret))
    told = archive.ask("disposition", "approve", row, *otp, "--number", "7/QĐ", account=HEAD)
    assert [entry["state"] for entry in told["items"]] == ["done", "approved"]
    assert archive.ask("disposition", "show", row) == told
    assert archive.ask("disposition", "list", "--state", "approved")["dispositions"] == [told]
    assert archive.ask("disposition", "list", "--kind", "extend")["dispositions"] == []
    wide = Command(home, settings={"COLUMNS": "240"})
    assert "Đã quyết định" in wide.run("disposition", "list").stdout
    shown = wide.run("disposition", "show", row)
    assert "Chờ xét sau" in shown.stdout
    assert "Thi hành" in shown.stderr


def test_the_command_tells_what_may_not_be_proposed_by_its_exit_code(home: Path) -> None:
    archive = Command(home)
    propose = ("disposition", "propose", OPEN_CODE, "--kind", "destroy", *WORDS)
    refused = archive.run(*propose, "--json", account="lan")
    assert refused.code == 1
    (one,) = refused.document["items"]
    assert (one["state"], one["refusal"]["code"]) == ("refused", "undue")
    assert one["reason"]
    assert "31/12" in archive.run(*propose, account="lan").stdout
    for account in ("bach", None):
        assert archive.run(*propose, "--json", account=account).error["code"] == "act-not-allowed"
    with open_home(home) as services:
        make_due(services, OPEN_CODE)
        add_agency_head(services)
    row = archive.ask(*propose, account="lan")["id"]
    odd = archive.run("disposition", "review", row, "--outcome", "x=burn", *WORDS, "--json",
                      account="lan")  # fmt: skip
    assert (odd.code, odd.error["code"]) == (2, "disposition-outcome")
    assert "cho hồ sơ x" in odd.error["message"]
    reject = ("disposition", "reject", row, *WORDS, "--json")
    early = archive.run(*reject, account=HEAD)
    assert (early.code, early.error["code"]) == (4, "disposition-state")
    unknown = archive.run("disposition", "show", uuid4(), "--json", account="lan")
    assert (unknown.code, unknown.error["code"]) == (3, "disposition-not-found")


@pytest.mark.usefixtures("both_due")
def test_other_programs_take_a_list_to_its_decision(app: Flask, services: Services) -> None:
    secret = add_agency_head(services)
    lan, head = program_of(app, services, "lan"), program_of(app, services, HEAD)
    given = {"codes": list(BOTH), "kind": "destroy", "reason": REASON}
    assert program_of(app, services, "bach").post("/dispositions", json=given).status_code == 403
    key = {"Idempotency-Key": "once"}
    made = lan.post("/dispositions", json=given, headers=key)
    assert made.status_code == 201
    again = lan.post("/dispositions", json=given, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    row = made.get_json()["id"]
    at = f"/dispositions/{row}"
    named = {"outcomes": {OPEN_CODE: "keep:10"}, "reason": REASON}
    half = lan.post(f"{at}/review", json=named).get_json()
    assert (half["state"], half["items"][1]["outcome"]) == ("proposed", None)
    assert lan.post(f"{at}/submit").get_json()["code"] == "disposition-unreviewed"
    named["outcomes"] = {RESTRICTED_CODE: "destroy"}
    assert lan.post(f"{at}/review", json=named).get_json()["state"] == "reviewed"
    seats = [dict(zip(("name", "position", "duty", "account"), seat.split(";"), strict=False))
             for seat in SEATS]  # fmt: skip
    today = str(clock.today())
    met = {"number": "1/QĐ", "decided_on": today, "met_on": today, "minutes": "…"}
    assert lan.post(f"{at}/council", json={"members": seats} | met).status_code == 200
    for program in (lan, program_of(app, services, "bach")):
        assert program.post(f"{at}/votes", json={"agrees": True}).status_code == 200
    lan.post(f"{at}/votes", json={"agrees": True, "name": "Trần Văn Bình"})
    lan.post(f"{at}/opinion", json={})
    awaited = lan.post(f"{at}/submit")
    assert (awaited.status_code, awaited.get_json()["code"]) == (409, "disposition-not-ready")
    lan.post(f"{at}/opinion", json={"by": "TTLT", "number": "9"})
    assert lan.post(f"{at}/submit").get_json()["state"] == "submitted"
    refused = head.post(f"{at}/decision", json={"decision": "approve"})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "second-factor-missing")
    told = head.post(f"{at}/decision", json={"decision": "approve", "otp": otp_of(secret)})
    assert told.get_json()["state"] == "approved"
    assert lan.get(at).get_json() == told.get_json()
    listed = lan.get("/dispositions?state=approved&text=quy").get_json()
    assert [disposition["id"] for disposition in listed["dispositions"]] in ([row], [])
    again = head.post(f"{at}/decision", json={"decision": "reject", "reason": "x"})
    assert again.get_json()["code"] == "disposition-state"


@pytest.mark.usefixtures("both_due")
def test_the_list_of_other_programs_comes_in_parts(app: Flask, services: Services) -> None:
    made = [str(proposed(services, code).id) for code in BOTH]
    lan = program_of(app, services, "lan")
    first = lan.get("/dispositions?limit=1").get_json()
    second = lan.get(f"/dispositions?limit=1&cursor={first['cursor']}").get_json()
    found = [*first["dispositions"], *second["dispositions"]]
    assert {entry["id"] for entry in found} == set(made)
    assert second["cursor"] is None
    assert program_of(app, services, "binh").get("/dispositions").status_code == 403


def test_the_command_says_nothing_of_what_it_does_not_name(home: Path) -> None:
    with open_home(home) as services:
        make_due(services, *BOTH)
    archive = Command(home)
    told = archive.ask("disposition", "propose", *BOTH, "--kind", "destroy", *WORDS, account="lan")
    row, wait = told["id"], ("--outcome", f"{OPEN_CODE}=wait")
    told = archive.ask("disposition", "review", row, *wait, *WORDS, account="lan")
    assert [entry["outcome"] for entry in told["items"]] == ["wait", None], "nobody named the other"
    half = archive.run("disposition", "submit", row, "--json", account="lan")
    assert (half.code, half.error["code"]) == (4, "disposition-unreviewed")
    assert RESTRICTED_CODE in half.error["message"]
    told = archive.ask("disposition", "review", row, *WORDS, account="lan")
    assert [entry["outcome"] for entry in told["items"]] == ["wait", "destroy"], "all as proposed"
    assert told["state"] == "reviewed"
