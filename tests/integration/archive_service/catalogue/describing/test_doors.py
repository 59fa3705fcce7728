"""Describing by page, by REST and by command: the same words, errors at their fields."""

from pathlib import Path

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, Program, program_of, session_token
from tests.worlds.command import Command

CASE = f"/case-files/{OPEN_CODE}"
FORM = f"{CASE}/describe"


def row(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()


def test_the_form_has_every_field_and_keeps_what_was_typed(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    page = client.get(FORM).text
    for said in ("Tiêu đề", "Chế độ sử dụng", "Từ khóa", "Mã hồ sơ TTHC", 'name="edition"'):
        assert said in page
    assert 'name="fileCode"' not in page
    assert '<option value="03"' not in page.partition('id="mode"')[2].partition("</select>")[0]
    wrong = post(client, FORM, title="", endDate="99/99/2025", reason="Sửa")
    assert wrong.status_code == 422
    assert 'value="99/99/2025"' in wrong.text
    assert wrong.text.count('aria-invalid="true"') == 2
    saved = post(client, FORM, title="Tiêu đề mới", reason="Sửa", edition="0")
    assert saved.status_code == 303
    shown = client.get(CASE).text
    assert "Tiêu đề mới" in shown
    assert "Sửa dữ liệu mô tả: Tiêu đề" in shown


def test_a_document_has_its_own_form(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    page = client.get(f"{FORM}?document=1").text
    for name in ("subject", "organName", "issuedDate", "autograph", "signerPosition"):
        assert f'name="{name}"' in page
    answer = post(client, FORM, document="1", signer="Lê Văn A", reason="Bổ sung")
    assert answer.status_code == 303
    assert "Lê Văn A" in client.get(f"{CASE}?document=1").text
    assert client.get(f"{FORM}?document=7").status_code == 422


def test_a_describer_goes_from_document_to_document_with_the_page_in_sight(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    page = client.get(FORM).text
    assert "data-viewer=" in page
    assert "document=1" in page.partition('rel="next"')[2].partition(">")[0]
    sent = {"document": "0", "edition": "0", "reason": "Đối chiếu", "field": "keyword"}
    onward = post(client, FORM, keyword="kè bờ", then="next", **sent)
    assert onward.status_code == 303
    there = client.get(onward.location).text
    assert '<input type="hidden" name="document" value="1">' in there
    assert "Đối chiếu</textarea>" in there
    assert "autofocus" in there.partition('id="keyword"')[2].partition(">")[0]
    last = row(services).total_doc
    shown = client.get(f"{FORM}?document={last}").text
    assert 'rel="next"' not in shown
    assert 'name="then"' not in shown


def test_several_languages_are_ticked_by_name(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    inputs = html.fromstring(client.get(FORM).text).iter("input")
    ticked = [
        element
        for element in inputs
        if element.get("name") == "language" and "checked" in element.attrib
    ]
    assert [element.get("value") for element in ticked] == row(services).language.split(";")
    sent = {"language": ["", "01", "03"], "reason": "Sửa", "csrf_token": session_token(client)}
    assert client.post(FORM, data=sent).status_code == 303
    assert row(services).language == "01;03"


def test_another_edit_meanwhile_and_a_missing_reason_are_told_on_the_form(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    bare = post(client, FORM, title="A", reason="")
    assert bare.status_code == 422
    assert "Lý do còn trống" in bare.text
    both = post(client, FORM, endDate="31/02/2025", reason="")
    assert "Lý do còn trống" in both.text  # and the date beside it
    assert both.text.count('aria-invalid="true"') == 2
    late = post(client, FORM, title="B", reason="Sửa", edition="5")
    assert late.status_code == 409
    assert "người khác sửa" in late.text
    assert row(services).edition == 0


def test_the_head_is_shown_what_waits_and_confirms_on_the_page(
    app: Flask, services: Services
) -> None:
    lan, hung = browser_of(app, services, "lan"), browser_of(app, services, "hung")
    post(lan, FORM, mode="02", reason="Có dữ liệu cá nhân")
    assert "Chờ xác nhận đổi chế độ sử dụng" in lan.get(CASE).text
    page = hung.get(CASE).text
    assert "Có dữ liệu cá nhân" in page
    action = page.partition(f'action="{CASE}/access-mode/')[2].partition('"')[0]
    place = f"{CASE}/access-mode/{action}"
    assert post(lan, place, answer="confirm", reason="x").status_code == 403
    assert post(hung, place, answer="confirm", reason="Đồng ý").status_code == 303
    assert "Chờ xác nhận đổi" not in hung.get(CASE).text


@pytest.mark.parametrize("name", ["bach", "binh", "kiem"])
def test_others_have_neither_form_nor_button(app: Flask, services: Services, name: str) -> None:
    client = browser_of(app, services, name)
    assert FORM not in client.get(CASE).text
    assert client.get(FORM).status_code == 403


def test_a_program_reads_and_writes_the_description(
    app: Flask, services: Services, archivist: Program, officer: Program
) -> None:
    place = f"{CASE}/description"
    before = archivist.get(place).get_json()
    assert before["fields"]["fileCode"] == OPEN_CODE
    body = {"reason": "Sửa", "edition": before["edition"], "documents": {"1": {"signer": "Lê A"}}}
    done = archivist.ask("PATCH", place, json=body)
    assert (done.status_code, done.get_json()["changes"][0]["becomes"]) == (200, "Lê A")
    again = archivist.ask("PATCH", place, json=body)
    assert (again.status_code, again.get_json()["code"]) == (409, "described-meanwhile")
    wrong = archivist.ask(
        "PATCH", place, json={"reason": "x", "fields": {"title": "", "language": "?"}}
    )
    assert wrong.status_code == 422
    assert [finding["code"] for finding in wrong.get_json()["findings"]] == [
        "field-missing", "code-not-in-list",
    ]  # fmt: skip
    assert officer.get(place).status_code == 403
    asked = archivist.ask("PATCH", place, json={"reason": "x", "fields": {"mode": "02"}})
    (change,) = asked.get_json()["waiting"]
    head = program_of(app, services, "hung")
    answer = head.post(f"{CASE}/access-modes/{change['id']}", json={"confirm": True, "reason": "x"})
    assert answer.get_json() == {"code": OPEN_CODE, "mode": "02"}


def test_the_command_edits_shows_and_refuses(services: Services, home: Path) -> None:
    services.close()
    command = Command(home)
    values = ("--set", "title=Tên mới", "--set", "1.signer=Lê A", "--reason", "Sửa")
    done = command.run("case", "describe", OPEN_CODE, *values, "--json", account="lan")
    assert [change["field"] for change in done.document["changes"]] == ["title", "signer"]
    shown = command.run("case", "describe", OPEN_CODE, "--json", account="lan")
    assert shown.document["fields"]["title"] == "Tên mới"
    refused = command.run(
        "case", "describe", OPEN_CODE, "--set", "title=", "--reason", "x", "--json", account="lan"
    )
    assert (refused.code, refused.error["code"]) == (2, "description-refused")
    assert "\ntitle: " in f"\n{refused.stderr}", "the field is named"
