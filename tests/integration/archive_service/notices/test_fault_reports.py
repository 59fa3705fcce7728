"""A fault is reported from the page where it happened; who reported it sees what became of it."""

import base64
import io
import json
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.notice import Notice
from archive_service.notices import inbox
from archive_service.notices.fault_reports.acts import (
    MOST_OPEN,
    SCREENSHOT_BYTES,
    FaultsTooManyError,
    report_fault,
)
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of, session_token
from tests.worlds.command import Command

DID = "Bấm “Nộp” thì trang trắng.\n<b>Không</b> có báo lỗi."


def picture(kind: str = "PNG") -> bytes:
    """A screenshot that says in its own words who took it."""
    out = io.BytesIO()
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "nguyen-van-a")
    more = {"pnginfo": told} if kind == "PNG" else {}
    Image.new("RGB", (60, 40), "white").save(out, kind, **more)
    return out.getvalue()


def notices(services: Services, name: str, kind: str) -> list[Notice]:
    with services.read_only() as session:
        return inbox.list_notices(session, actor=person(services, name), kind=kind)[0]


def test_from_a_page_to_the_answer(app: Flask, services: Services) -> None:
    officer, admin = (browser_of(app, services, name) for name in ("bach", "quan"))
    assert "/faults/new?from=/my-case-files" in officer.get("/my-case-files").text
    form = officer.get("/faults/new?from=/my-case-files").text
    assert 'value="/my-case-files"' in form
    sent = {"did": DID, "page": "/my-case-files", "csrf_token": session_token(officer)}
    sent_file = {"screenshot": (io.BytesIO(picture()), "man-hinh.png")}
    answer = officer.post("/faults", data=sent | sent_file)
    assert (answer.status_code, answer.location) == (303, "/faults")
    own = officer.get("/faults").text
    assert "&lt;b&gt;Không&lt;/b&gt;" in own
    assert "Mới" in own
    [told] = notices(services, "quan", "fault-reported")
    assert told.href.startswith("/system/faults#fault-")
    identity = told.href.partition("fault-")[2]
    assert "Bấm “Nộp”" in admin.get("/system/faults").text
    shown = admin.get(f"/faults/{identity}/screenshot")
    assert shown.mimetype == "image/jpeg"
    assert b"nguyen-van-a" not in shown.data
    assert post(admin, f"/system/faults/{identity}/answer", state="looking").status_code == 303
    assert "Đang xem" in officer.get("/faults").text
    assert len(notices(services, "bach", "fault-looking")) == 1
    refused = post(admin, f"/system/faults/{identity}/answer", state="done", answer=" ")
    assert refused.status_code == 422
    said = "Đã sửa ở bản 1.2."
    done = post(admin, f"/system/faults/{identity}/answer", state="done", answer=said)
    assert done.status_code == 303
    own = officer.get("/faults").text
    assert said in own
    assert "Đã xong" in own
    [answered] = notices(services, "bach", "fault-done")
    assert said in inbox.sentence(answered, "vi")
    again = post(admin, f"/system/faults/{identity}/answer", state="looking")
    assert again.status_code == 409
    with services.read_only() as session:
        tags = session.scalars(
            select(AuditEvent.tag).where(AuditEvent.subject_id == identity)
        ).all()
    assert sorted(tags) == ["fault:answered", "fault:answered", "fault:reported"]


def test_nobody_else_sees_it_or_answers(app: Flask, services: Services) -> None:
    told = report_fault(services, DID, screenshot=picture("JPEG"), actor=person(services, "bach"))
    other = browser_of(app, services, "lan")
    assert DID[:10] not in other.get("/faults").text
    assert other.get(f"/faults/{told['id']}/screenshot").status_code == 404
    assert other.get("/system/faults").status_code == 403
    answer = post(other, f"/system/faults/{told['id']}/answer", state="done", answer="x" * 5)
    assert answer.status_code == 403
    assert app.test_client().get("/faults").status_code in (302, 303, 401)


def test_a_program_reports_lists_and_answers(app: Flask, services: Services) -> None:
    program, admin = (program_of(app, services, name) for name in ("bach", "quan"))
    given = {"did": DID, "page": "/search", "screenshot": base64.b64encode(picture()).decode()}
    made = program.post("/faults", json=given, headers={"Idempotency-Key": "f-1"})
    assert made.status_code == 201
    assert made.json is not None
    assert (made.json["state"], made.json["screenshot"]) == ("new", True)
    again = program.post("/faults", json=given, headers={"Idempotency-Key": "f-1"})
    assert again.json == made.json
    identity = made.json["id"]
    listed = program.get("/faults?state=new").json
    assert listed is not None
    assert identity in [fault["id"] for fault in listed["faults"]]
    assert program.get("/faults?of=all").status_code == 403
    absent = program.get("/faults/00000000-0000-4000-8000-000000000000")
    assert absent.json is not None
    assert (absent.status_code, absent.json["code"]) == (404, "fault-not-found")
    assert program.get(f"/faults/{identity}/screenshot").mimetype == "image/jpeg"
    assert program.post(f"/faults/{identity}/answer", json={"state": "done"}).status_code == 403
    done = admin.post(f"/faults/{identity}/answer", json={"state": "done", "answer": "Đã sửa."})
    assert done.json is not None
    assert (done.json["state"], done.json["answer"]) == ("done", "Đã sửa.")
    assert program.get(f"/faults/{identity}").json == done.json
    assert admin.get("/faults?of=all&state=done").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("did", "", "fault-text"),
        ("did", "a" * 2001, "fault-text"),
        ("did", "...", "fault-text"),
        ("page", "https://example.org/", "fault-page"),
        ("page", "//example.org/", "fault-page"),
        ("page", "javascript:alert(1)", "fault-page"),
        ("page", "/a\r\nb", "fault-page"),
        ("screenshot", "%%%", "fault-screenshot"),
        ("screenshot", base64.b64encode(b"%PDF-1.7").decode(), "fault-screenshot"),
        ("screenshot", base64.b64encode(b"GIF89a").decode(), "fault-screenshot"),
        ("screenshot", base64.b64encode(picture()[:60]).decode(), "fault-screenshot"),
        (
            "screenshot",
            base64.b64encode(b"\xff\xd8\xff" + bytes(SCREENSHOT_BYTES)).decode(),
            "fault-screenshot",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    app: Flask, services: Services, field: str, value: str, code: str
) -> None:
    program = program_of(app, services, "bach")
    answer = program.post("/faults", json={"did": DID} | {field: value})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == code
    assert answer.json["remedy"]


def test_one_person_cannot_fill_the_list(services: Services) -> None:
    actor = person(services, "mai")
    for _ in range(MOST_OPEN):
        report_fault(services, DID, actor=actor)
    with pytest.raises(FaultsTooManyError):
        report_fault(services, DID, actor=actor)
    assert report_fault(services, DID, actor=person(services, "lan"))["state"] == "new"


def test_the_operator_lists_and_answers(services: Services, tmp_path: Path) -> None:
    archive = Command(services.settings.home)
    (tmp_path / "a.png").write_bytes(picture())
    told = archive.ask(
        *("fault", "report", "Máy quét không nhận", "--page", "/scanning"),
        *("--screenshot", tmp_path / "a.png"),
    )
    listed = archive.ask("fault", "list", "--state", "new")["faults"]
    assert told["id"] in [entry["id"] for entry in listed]
    target = tmp_path / "shown.jpg"
    shown = archive.ask("fault", "show", told["id"], "--screenshot-to", target)
    assert shown == told
    assert target.read_bytes().startswith(b"\xff\xd8")
    done = archive.ask("fault", "answer", told["id"], "--state", "done", "--answer", "Đã cắm lại")
    assert done["state"] == "done"
    closed = archive.run("fault", "answer", told["id"], "--state", "looking", "--json")
    assert (closed.code, json.loads(closed.stdout)["error"]["code"]) == (4, "fault-closed")


def test_who_reported_sees_at_the_shell_what_became_of_it_and_nobody_elses(
    services: Services,
) -> None:
    mine, other = (
        report_fault(services, DID, actor=person(services, name)) for name in ("bach", "lan")
    )
    archive = Command(services.settings.home)
    listed = archive.ask("fault", "list", account="bach")["faults"]
    assert mine["id"] in [entry["id"] for entry in listed]
    assert other["id"] not in [entry["id"] for entry in listed]
    assert {entry["reported_by"] for entry in listed} == {"bach"}
    answered = archive.ask("fault", "list", "--state", "done", account="bach")["faults"]
    assert mine["id"] not in [entry["id"] for entry in answered]
