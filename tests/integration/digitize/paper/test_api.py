"""The paper half over the API: boxes and labels, handovers with minutes, loans and returns."""

import pytest
from flask import Flask

from archive_service.services import Services
from tests.worlds.clients import OPEN_CODE, Program, program_of

COUNTED = {"rows": [{"code": OPEN_CODE, "sheets": 12, "box": "H-01"}], "giver": "Nguyễn Thị Hoa"}
AT = f"/paper/{OPEN_CODE}"


@pytest.fixture
def keeper(archivist: Program) -> Program:
    """An archivist's program, with one box on its shelf."""
    box = {"code": "H-01", "store": "Kho 1", "shelf": "G3"}
    assert archivist.post("/paper-boxes", json=box).status_code == 201
    return archivist


def test_paper_is_received_put_lent_and_taken_back(keeper: Program) -> None:
    assert keeper.get(AT).status_code == 404
    made = keeper.post("/paper/handovers", json=COUNTED)
    assert (made.status_code, made.get_json()["sheets"]) == (201, 12)
    minutes = keeper.get(f"/paper/handovers/{made.get_json()['number']}/minutes")
    assert minutes.data.startswith(b"%PDF")
    assert keeper.get(AT).get_json()["parts"][0]["place"] == "Kho 1 / G3 / H-01"
    keeper.post("/paper-boxes", json={"code": "H-02"})
    put = keeper.post(f"{AT}/put", json={"box": "H-02", "reason": "hộp cũ rách"})
    assert put.get_json()["parts"][0]["box"] == "H-02"
    lent = keeper.post(f"{AT}/lend", json={"to": "Phòng Thanh tra", "until": "2199-01-31"})
    assert (lent.get_json()["state"], lent.get_json()["parts"][0]["due_on"]) == (
        "lent",
        "2199-01-31",
    )
    away = keeper.get("/paper?lent=true").get_json()
    assert [entry["lent_to"] for entry in away["paper"]] == ["Phòng Thanh tra"]
    assert keeper.post(f"{AT}/lend", json={"to": "X"}).get_json()["code"] == "paper-lent"
    assert keeper.post(f"{AT}/return", json={}).get_json()["state"] == "received"
    moves = keeper.get(f"{AT}/moves").get_json()["moves"]
    assert [move["kind"] for move in moves] == ["returned", "lent", "put", "received"]
    assert moves[-1]["from"] == COUNTED["giver"]


def test_a_handover_that_is_sent_again_is_done_once(keeper: Program) -> None:
    key = {"Idempotency-Key": "giao-nhan-1"}
    first = keeper.post("/paper/handovers", json=COUNTED, headers=key)
    again = keeper.post("/paper/handovers", json=COUNTED, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.get_json() == again.get_json()
    other = keeper.post("/paper/handovers", json=COUNTED)
    assert (other.status_code, other.get_json()["code"]) == (409, "paper-received-already")
    assert other.mimetype == "application/problem+json"


def test_boxes_are_found_moved_and_labelled(keeper: Program) -> None:
    keeper.post("/paper/handovers", json=COUNTED)
    moved = keeper.post("/paper-boxes/H-01/move", json={"shelf": "G4"}).get_json()
    assert (moved["place"], moved["cases"], moved["sheets"]) == ("Kho 1 / G4 / H-01", 1, 12)
    keeper.post("/paper-boxes", json={"code": "H-010"})
    found = keeper.get("/paper-boxes?text=AB1|H-01").get_json()
    assert [box["code"] for box in found["boxes"]] == ["H-01"]
    assert keeper.get("/paper-boxes?text=H-01").get_json()["total"] == 2
    both = keeper.post("/paper-boxes/labels", json={"codes": ["H-01", "H-010"]})
    assert both.data.startswith(b"%PDF")
    unknown = keeper.post("/paper-boxes/labels", json={"codes": ["H-01", "H-9"]})
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "paper-box-not-found")


def test_an_empty_box_is_renamed_and_taken_away(keeper: Program) -> None:
    keeper.post("/paper-boxes", json={"code": "HOP/1"})
    renamed = keeper.post("/paper-boxes/HOP/1/rename", json={"code": "HOP/2", "reason": "gõ nhầm"})
    assert (renamed.status_code, renamed.get_json()["code"]) == (200, "HOP/2")
    assert keeper.ask("DELETE", "/paper-boxes/HOP/2").status_code == 204
    assert keeper.ask("DELETE", "/paper-boxes/HOP/2").get_json()["code"] == "paper-box-not-found"
    keeper.post("/paper/handovers", json=COUNTED)
    filled = keeper.ask("DELETE", "/paper-boxes/H-01")
    assert (filled.status_code, filled.get_json()["code"]) == (409, "paper-box-filled")
    odd = keeper.post("/paper-boxes", json={"code": "HOP-01/<b>x</b>"})
    assert (odd.status_code, odd.get_json()["code"]) == (422, "paper-box-code")


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": [], "giver": "A"},
        {"rows": [{"code": OPEN_CODE, "sheets": 0}], "giver": "A"},
        {"rows": [{"code": OPEN_CODE, "sheets": 1}]},
        COUNTED | {"by": "A"},
    ],
)
def test_what_is_no_handover_is_refused(keeper: Program, wrong: dict[str, object]) -> None:
    assert keeper.post("/paper/handovers", json=wrong).status_code == 422


def test_a_token_may_do_what_its_scopes_say(app: Flask, services: Services) -> None:
    reads = program_of(app, services, "lan", ["paper:list"])
    assert reads.get("/paper").get_json() == {"paper": [], "cursor": None}
    assert reads.post("/paper-boxes", json={"code": "H-01"}).status_code == 403
    assert reads.post("/paper/handovers", json=COUNTED).status_code == 403
    stranger = program_of(app, services, "bach")
    assert stranger.get("/paper").status_code == 403
    assert stranger.get("/paper-boxes").status_code == 403
    assert stranger.get(AT).status_code == 403
