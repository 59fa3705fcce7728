"""Arranging by page, by REST and by command."""

import datetime as dt
from pathlib import Path

from flask import Flask
from sqlalchemy import update

from archive_service.domain.case_files.document import Document
from archive_service.services import Services
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all
from tests.worlds.command import Command

OPEN, OTHER = f"/case-files/{OPEN_CODE}", f"/case-files/{RESTRICTED_CODE}"


def test_a_document_is_moved_on_the_page_and_flagged_on_both(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    assert f"{OPEN}/arrange" in client.get(OPEN).text
    assert 'name="place-1"' in client.get(f"{OPEN}/arrange").text
    form = {"act": "move", "chosen": "1", "reason": "Nhầm hồ sơ"}
    lost = post(client, f"{OPEN}/arrange", target="H40.18.2025.99.QLCT", **form)
    assert lost.status_code == 404
    assert "Nhầm hồ sơ" in lost.text
    done = post(client, f"{OPEN}/arrange", target=RESTRICTED_CODE, **form)
    assert done.status_code == 303
    do_all(services)
    assert f"Đã chuyển sang {RESTRICTED_CODE}, số 2" in client.get(OPEN).text
    assert f"Chuyển đến từ {OPEN_CODE}, số 1" in client.get(f"{OTHER}?document=2").text
    back = post(client, f"{OTHER}/documents/2/undo-move", reason="Nhầm")
    assert back.status_code == 303
    assert "Đã chuyển sang" not in client.get(OPEN).text


def test_an_order_that_is_typed_is_kept(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    form = {"act": "order", "place-1": "5", "reason": "Xếp lại"}
    assert post(client, f"{OPEN}/arrange", **form).status_code == 303
    assert post(client, f"{OPEN}/arrange", act="order", reason="").status_code == 422


def test_a_new_case_file_is_split_off_on_the_page(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    form = {"act": "split", "chosen": "1", "target": "H40.18.2025.21.QLCT", "reason": "Tách"}
    assert post(client, f"{OPEN}/arrange", title="", **form).status_code == 422
    assert post(client, f"{OPEN}/arrange", title="Phần hai", **form).status_code == 303
    assert "Phần hai" in client.get("/case-files/H40.18.2025.21.QLCT").text


def test_a_choice_is_asked_for_where_there_is_a_case_file(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    move = {"act": "move", "target": RESTRICTED_CODE, "reason": "x"}
    split = {"act": "split", "target": "H40.18.2025.21.QLCT", "title": "Hai", "reason": "x"}
    for form in (move, split):
        assert post(client, "/case-files/NOPE/arrange", **form).status_code == 404
        lacking = post(client, f"{OPEN}/arrange", **form)
        assert (lacking.status_code, "không đủ hoặc có số" in lacking.text) == (422, True)


def test_others_do_not_arrange(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "bach")
    assert client.get(f"{OPEN}/arrange").status_code == 403
    form = {"act": "move", "chosen": "1", "target": RESTRICTED_CODE, "reason": "x"}
    assert post(client, f"{OPEN}/arrange", **form).status_code == 403


def test_a_program_and_a_command_do_the_same(
    services: Services, home: Path, archivist: Program
) -> None:
    body = {"documents": [1], "to": RESTRICTED_CODE, "reason": "x"}
    done = archivist.post(f"{OPEN}/moves", json=body)
    assert done.get_json()["moved"] == [{"from": 1, "to": 2}]
    do_all(services)
    order = archivist.ask("PUT", f"{OTHER}/order", json={"order": [2, 1], "reason": "x"})
    assert len(order.get_json()["documents"]) == 2
    wrong = archivist.ask("PUT", f"{OTHER}/order", json={"order": [2], "reason": "x"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "order-incomplete")
    do_all(services)
    services.close()
    merged = Command(home).run(
        "case", "merge", RESTRICTED_CODE, "--into", OPEN_CODE, "--reason", "x", "--json",
        account="lan",
    )  # fmt: skip
    assert [entry["to"] for entry in merged.document["moved"]] == [2, 3]
    busy = Command(home).run(
        "case", "move", OPEN_CODE, "2", "--to", RESTRICTED_CODE, "--reason", "x", "--json",
        account="lan",
    )  # fmt: skip
    assert (busy.code, busy.error["code"]) == (4, "case-file-not-at-rest")


def test_a_command_tells_which_documents_stand_no_more(services: Services, home: Path) -> None:
    with services.writing() as session:
        recalled = update(Document).where(Document.doc_code == f"{OPEN_CODE}.0000001")
        session.execute(recalled.values(recalled_at=dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)))
        gone = update(Document).where(Document.doc_code == f"{RESTRICTED_CODE}.0000001")
        place = {"code": OPEN_CODE, "ordinal": 2, "at": "2026-03-01T05:00:00.000000Z"}
        session.execute(gone.values(moved_to=place))
    services.close()
    shown = " ".join(Command(home).run("case", "show", OPEN_CODE, account="lan").stdout.split())
    assert "đã bị thu hồi lúc 01/03/2026 12:00" in shown
    shown = " ".join(
        Command(home).run("case", "show", RESTRICTED_CODE, account="lan").stdout.split()
    )
    assert f"đã chuyển sang {OPEN_CODE}, số 2" in shown
