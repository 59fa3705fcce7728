"""The last edit is undone, and one field of several documents is described at once."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select

from archive_service import messages
from archive_service.catalogue.describing.acts import DescribedMeanwhileError, describe_case_file
from archive_service.catalogue.describing.documents import DescriptionDone
from archive_service.catalogue.describing.given import UndoIn
from archive_service.catalogue.describing.pages import NoDocumentChosenError
from archive_service.catalogue.describing.undo import DescriptionNotUndoneError, undo_description
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, do_all, program_of, session_token
from tests.worlds.command import Command

CASE = f"/case-files/{OPEN_CODE}"
FORM, SEVERAL = f"{CASE}/describe", f"{CASE}/describe-documents"
UNDO = f"/case-files/{OPEN_CODE}/description/undo"


def fields(services: Services) -> tuple[str, str, list[str]]:
    """Title, term as declared, and signers."""
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        return row.title, row.maintenance, [document.signer or "" for document in row.documents]


def describe(services: Services, edits: Any, reason: str = "Bổ sung") -> DescriptionDone:
    lan = person(services, "lan")
    return describe_case_file(services, OPEN_CODE, edits, reason=reason, actor=lan)


def undo(services: Services, **more: Any) -> DescriptionDone:
    lan = person(services, "lan")
    return undo_description(services, OPEN_CODE, UndoIn(reason="Ghi nhầm", **more), actor=lan)


def test_the_last_edit_is_undone_whole_and_stands_again_when_undone_once_more(
    services: Services,
) -> None:
    before = fields(services)
    with pytest.raises(DescriptionNotUndoneError):
        undo(services)
    describe(
        services, {0: {"title": "Tiêu đề khác", "maintenance": "30 năm"}, 1: {"signer": "Lê A"}}
    )
    after = fields(services)
    assert after != before
    undo(services)
    assert fields(services) == before
    undo(services)
    assert fields(services) == after
    do_all(services)  # the package is built of it: what is kept for the undoing is no part of it
    assert undo(services).changes


def test_only_what_is_still_the_last_change_is_undone(services: Services) -> None:
    seen = describe(services, {0: {"title": "Một"}}).edition
    describe(services, {0: {"title": "Hai"}})
    with pytest.raises(DescribedMeanwhileError):
        undo(services, edition=seen)
    undo(services)
    assert fields(services)[0] == "Một"
    with services.writing() as session:  # changed since in another way, as by moving a document
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.edition += 1
    with pytest.raises(DescriptionNotUndoneError):
        undo(services)


def test_an_access_mode_goes_its_own_way_back(services: Services) -> None:
    describe(services, {0: {"mode": "02"}})
    with pytest.raises(DescriptionNotUndoneError):
        undo(services)


def test_page_program_and_command_undo_alike(app: Flask, services: Services) -> None:
    lan, home = browser_of(app, services, "lan"), Path(services.settings.home)
    first = fields(services)[0]
    assert "Hoàn tác lần sửa này" not in lan.get(FORM).text
    post(lan, FORM, title="Một", reason="Sửa")
    page = lan.get(FORM).text
    assert "Lần sửa gần nhất: 1 trường" in page
    edition = page.partition('name="edition" value="')[2].partition('"')[0]
    sent = {"edition": edition, "by": "Lan", "at": "hôm nay"}
    assert post(lan, f"{FORM}/undo", **sent).status_code == 303
    assert fields(services)[0] == first
    with services.read_only() as session:
        events = session.query(AuditEvent).filter_by(tag="case-file:described")
        reasons = [audit_event.data["reason"] for audit_event in events.order_by(AuditEvent.number)]
    assert reasons[-1] == "Hoàn tác lần sửa của Lan, hôm nay"
    stale = post(lan, f"{FORM}/undo", **sent)
    assert (stale.status_code, "người khác sửa" in stale.text) == (409, True)
    program = program_of(app, services, "lan")
    assert (program.post(UNDO, json={"reason": "Lại"}).json or {})["changes"][0]["becomes"] == "Một"
    assert program_of(app, services, "bach").post(UNDO, json={"reason": "x"}).status_code == 403
    told = Command(home).ask(
        "case", "describe", OPEN_CODE, "--undo", "--reason", "Thôi", account="lan"
    )
    assert told["changes"][0]["becomes"] == first
    both = Command(home).run(
        "case", "describe", OPEN_CODE, "--undo", "--set", "title=A", account="lan"
    )
    assert both.code == 2


def test_one_field_of_the_ticked_documents_is_described_at_once(
    app: Flask, services: Services
) -> None:
    lan = browser_of(app, services, "lan")
    count = len(fields(services)[2])
    assert ("Sửa nhiều tài liệu cùng lúc" in lan.get(FORM).text) == (count > 1)
    page = lan.get(f"{SEVERAL}?field=signer").text
    assert page.count('name="document"') == count
    assert 'id="signer"' in page
    form = {"field": "signer", "signer": "Trần Thị B", "reason": "Theo trang 1"}
    none = post(lan, SEVERAL, **form)
    told = messages.text(f"errors.{NoDocumentChosenError.code}.message", "vi")
    assert (none.status_code, told in none.text) == (422, True)
    assert 'value="Trần Thị B"' in none.text
    everyone = [str(at) for at in range(1, count + 1)]
    sent = form | {"document": everyone, "csrf_token": session_token(lan), "edition": "0"}
    saved = lan.post(SEVERAL, data=sent)
    assert saved.status_code == 303
    assert fields(services)[2] == ["Trần Thị B"] * count
    assert lan.post(SEVERAL, data=sent).status_code == 409  # somebody had it open before
    wrong = {"field": "issuedDate", "issuedDate": "99/99/2025", "reason": "Sửa", "document": "1"}
    refused = post(lan, SEVERAL, **wrong)
    assert refused.status_code == 422
    assert 'value="99/99/2025"' in refused.text
    boxes = [
        element
        for element in html.fromstring(refused.text).iter("input")
        if "checked" in element.attrib
    ]
    ticked = [box.get("value") for box in boxes if box.get("name") == "document"]
    assert ticked == ["1"]
    assert post(lan, SEVERAL, **(form | {"document": "99"})).status_code == 422
    assert browser_of(app, services, "bach").get(SEVERAL).status_code == 403
