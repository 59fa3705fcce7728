"""Phông in the browser and over REST."""

from flask import Flask
from sqlalchemy import event

from archive_service.services import Services
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import OPEN_CODE, Program

FONDS = "/fonds/H40.18"


def test_a_fonds_is_opened_edited_and_closed_on_its_page(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    assert "Sở" in client.get("/fonds").text
    assert post(client, "/fonds", agency="H40.18", code="P2", name="Phông hai").status_code == 303
    edited = post(client, "/fonds/P2", name="Phông 2", history="Từ 2026", reason="Tên gọn")
    assert edited.status_code == 303
    page = client.get("/fonds?fonds=P2").text
    assert "Phông hai" in page  # among the former names
    assert "Từ 2026" in page
    assert post(client, f"{FONDS}/close", reason="Hợp nhất", successor="P2").status_code == 303
    shown = client.get("/fonds?fonds=H40.18").text
    assert "Hợp nhất" in shown
    assert "Phông kế tục: P2" in shown
    assert 'id="close-fonds"' not in shown or 'data-opens="close-fonds"' not in shown


def test_what_is_in_all_fonds_is_counted_by_one_statement_once(
    app: Flask, services: Services
) -> None:
    """A million case files are gone through once, and once more beside their documents."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    client = browser_of(app, services, "lan")
    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        for place in ("/fonds", "/holds"):
            assert client.get(place).status_code == 200
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)
    counting = [it for it in asked if "JOIN document" in it and "fonds" in it]
    assert [it.count("case_file.fonds_id IN") for it in counting] == [2]


def test_what_is_refused_is_told_above_and_kept_in_the_form(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    taken = post(client, "/fonds", agency="H40.18", code="H40.18", name="Trùng mã")
    assert taken.status_code == 409
    assert "Trùng mã" in taken.text
    assert "Đã có phông mang mã H40.18" in taken.text
    assert post(client, f"{FONDS}/close", reason="").status_code == 422


def test_series_are_added_and_removed_and_no_id_stands_twice(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    post(client, f"{FONDS}/series", series_code="I", title="Tổng hợp")
    post(client, f"{FONDS}/series", series_code="I.1", title="Công văn", parent="I")
    page = client.get("/fonds?fonds=H40.18").text
    assert "— I.1" in page
    assert "Số tài liệu đang lưu (đếm)" in page
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
    assert post(client, f"{FONDS}/series/I/remove").status_code == 409
    assert post(client, f"{FONDS}/series/I.1/remove").status_code == 303


def test_an_auditor_reads_and_changes_nothing(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "kiem")
    assert 'data-opens="edit-fonds"' not in client.get("/fonds").text
    assert post(client, f"{FONDS}/close", reason="x").status_code == 403
    assert browser_of(app, services, "binh").get("/fonds").status_code == 403


def test_a_program_does_the_same(archivist: Program, reader: Program) -> None:
    body = {"code": "P2", "agency": "H40.18", "name": "Phông 2", "fields": {"period": "2026–"}}
    made = archivist.post("/fonds", json=body)
    assert (made.status_code, made.get_json()["period"]) == (201, "2026–")
    archivist.post("/fonds/H40.18/series", json={"code": "I", "title": "Tổng hợp"})
    moved = archivist.post(
        "/fonds/series/I/case-files", json={"codes": [OPEN_CODE], "reason": "Chỉnh lý"}
    )
    assert moved.get_json() == {"moved": 1}
    (branch,) = archivist.get("/fonds/H40.18/series").get_json()["series"]
    assert (branch["code"], branch["case_files"]) == ("I", 1)
    changed = archivist.ask(
        "PATCH", "/fonds/P2", json={"fields": {"name": "Phông hai"}, "reason": "x"}
    )
    assert changed.get_json()["former_names"] == ["Phông 2"]
    closed = archivist.post("/fonds/H40.18/close", json={"reason": "x", "successor": "P2"})
    assert (closed.get_json()["state"], closed.get_json()["successor"]) == ("closed", "P2")
    assert reader.get("/fonds").status_code == 403


def test_the_list_asks_as_much_for_many_as_for_few(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    client.get("/fonds")
    with counted(services) as few:
        client.get("/fonds")
    for number in range(5):
        post(client, "/fonds", agency="H40.18", code=f"Q{number}", name=f"Phông {number}")
    client.get("/fonds")
    with counted(services) as many:
        client.get("/fonds")
    assert len(many) == len(few)
