"""An incident that the law wants told: its clock, its form, its paper, and that it was sent."""

import datetime as dt
from pathlib import Path
from typing import Final
from uuid import UUID

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock, messages
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.people.incident_duty import IncidentDuty
from archive_service.home_rules import HomeRulesError
from archive_service.notices import inbox
from archive_service.notices.incidents import (
    IncidentNotFoundError,
    close_incident,
    open_incident,
    open_incidents,
)
from archive_service.oversight.reporting import acts
from archive_service.oversight.reporting.given import (
    IncidentMarked,
    IncidentNoted,
    IncidentTold,
    ReportDropped,
    ReportFilled,
    ReportSent,
    ReportSigner,
)
from archive_service.oversight.reporting.overdue import DUE_SOON, WATCH_JOB
from archive_service.oversight.reporting.rules import load_duties
from archive_service.oversight.reporting.signing import ask_report_signature, report_paper
from archive_service.services import Services
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.worker import run_one
from tests.services import tools
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.command import Command

SECURITY: Final = "security"
PERSONAL: Final = "personal-data"
SOON = dt.timedelta(hours=13)  # ago: of 24 hours less than 12 are left


def trouble(services: Services, subject: str = OPEN_CODE) -> UUID:
    with services.unit_of_work() as uow:
        alarm = IncidentSeverity.ALARM
        row = open_incident(uow.session, "malware-found", subject, severity=alarm)
        uow.commit()
        return row.id


def mark(
    services: Services, incident: UUID, kind: str = SECURITY, ago: dt.timedelta = SOON
) -> None:
    given = IncidentMarked.model_validate({"kind": kind, "known_at": clock.iso(clock.now() - ago)})
    acts.mark_incident(services, incident, given, actor=person(services, "lan"))


def watch(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    assert run_one(services, names=(WATCH_JOB,)) == "done"


def told(services: Services, name: str) -> list[str]:
    with services.read_only() as session:
        rows, _ = inbox.list_notices(session, actor=person(services, name), kind=DUE_SOON)
        return [inbox.sentence(row, "vi") for row in rows]


def overdue(services: Services) -> list[str]:
    with services.read_only() as session:
        return [row.kind for row in open_incidents(session) if row.kind.endswith("overdue")]


def tags(services: Services, incident: UUID) -> list[str]:
    with services.read_only() as session:
        mine = select(AuditEvent.tag).where(AuditEvent.subject_id == str(incident))
        return list(session.scalars(mine.order_by(AuditEvent.number)))


def test_the_clock_runs_from_when_it_was_known_and_reminds(services: Services) -> None:
    incident = trouble(services)
    mark(services, incident)
    shown = acts.show_incident(services, incident, actor=person(services, "kiem"))
    (report,) = shown.reports
    with pytest.raises(IncidentNotFoundError):
        acts.show_incident(services, UUID(int=1), actor=person(services, "kiem"))
    assert report.due_at - report.known_at == dt.timedelta(hours=24)
    assert report.citation == "QCVN 12:2026/BCA, 2.2.18.2"
    assert report.left_s is not None
    assert 10 * 3600 < report.left_s <= 11 * 3600
    assert "trước" in told(services, "hung")[0]
    assert told(services, "quan")
    with services.writing() as session:
        inbox.mark_all_read(session, actor=person(services, "hung"))
    watch(services)
    assert len(told(services, "hung")) == 2  # less than twelve hours are left
    watch(services)
    with services.read_only() as session:
        (row,) = session.scalars(select(IncidentDuty)).all()
        assert row.reminded == 1
    assert overdue(services) == []


def test_past_its_end_it_is_an_incident_until_it_is_sent(services: Services) -> None:
    incident = trouble(services)
    mark(services, incident, PERSONAL, dt.timedelta(hours=73))
    watch(services)
    watch(services)
    assert overdue(services) == ["personal-data-report-overdue"]
    head = person(services, "hung")
    given = ReportSent(to="Bộ Công an, công văn 12/CV")
    sent = acts.send_report(services, incident, PERSONAL, given, actor=head)
    assert [(report.state, report.sent_by, report.left_s) for report in sent.reports] == [
        ("sent-late", "hung", None)
    ]
    assert overdue(services) == []
    watch(services)
    assert overdue(services) == []
    with pytest.raises(acts.ReportClosedError):
        acts.send_report(services, incident, PERSONAL, given, actor=head)
    assert tags(services, incident) == ["incident:opened", "incident:marked", "incident:reported"]


def test_what_is_over_has_to_be_told_all_the_same(services: Services) -> None:
    incident = trouble(services)
    mark(services, incident, ago=dt.timedelta(hours=25))
    with services.writing() as session:
        close_incident(session, "malware-found", OPEN_CODE)
    watch(services)
    assert overdue(services) == ["security-report-overdue"]
    given = ReportDropped(reason="Cảnh báo nhầm")
    head = person(services, "hung")
    dropped = acts.drop_report(services, incident, SECURITY, given, actor=head)
    assert [report.state for report in dropped.reports] == ["dropped"]
    assert overdue(services) == []


def test_the_form_is_filled_from_what_is_known_and_written_on(
    services: Services, tmp_path: Path
) -> None:
    incident, lan = trouble(services), person(services, "lan")
    mark(services, incident, PERSONAL)
    acts.note_incident(services, incident, IncidentNoted(text="Đã cách ly tệp."), actor=lan)
    acts.take(services, incident, actor=lan)
    shown = acts.show_incident(services, incident, actor=lan)
    fields = {field.name: field for field in shown.reports[0].fields}
    assert f"Hồ sơ {OPEN_CODE}: " in fields["objects"].text
    assert " tệp, " in fields["objects"].text
    assert "Đã cách ly tệp." in fields["done"].text
    assert services.settings.archive.code in fields["organisation"].text
    assert fields["persons"].text == ""
    given = ReportFilled(fields={"persons": "12 người", "contact": "Trần Lan, 024 1234"})
    acts.fill_report(services, incident, PERSONAL, given, actor=lan)
    name, data = report_paper(services, incident, PERSONAL, actor=lan)
    assert name.startswith("thong-bao-vi-pham-du-lieu-ca-nhan-")
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(data)
    assert tools.verapdf([paper])[0].passed
    with pypdfium2.PdfDocument(paper) as document:
        words = " ".join(
            " ".join(page.get_textpage().get_text_bounded() for page in document).split()
        )
    for part in ("12 người", "Trần Lan, 024 1234", "Điều 23 khoản 1", "(chưa có thông tin)"):
        assert part in words
    back = ReportFilled(fields={"contact": ""})  # as it is known again
    acts.fill_report(services, incident, PERSONAL, back, actor=lan)
    shown = acts.show_incident(services, incident, actor=lan)
    contact = next(field for field in shown.reports[0].fields if field.name == "contact")
    assert (contact.written, contact.text) == (False, "lan")
    with pytest.raises(acts.ReportFieldError):
        acts.fill_report(
            services, incident, PERSONAL, ReportFilled(fields={"nonsense": "x"}), actor=lan
        )


def test_it_is_signed_with_a_key_of_a_person_and_kept(services: Services, tmp_path: Path) -> None:
    incident, lan, hung = trouble(services), person(services, "lan"), person(services, "hung")
    mark(services, incident)
    given = ReportSigner(account="hung")
    asked = ask_report_signature(services, incident, SECURITY, given, actor=lan).reports[0]
    assert asked.request_id is not None
    assert not asked.signed
    with pytest.raises(acts.ReportClosedError):
        ask_report_signature(services, incident, SECURITY, given, actor=lan)
    _, data = desk_acts.send_out(services, asked.request_id, actor=hung)
    signed = tmp_path / "signed.pdf"
    signed.write_bytes(data)
    (request,) = desk_acts.list_requests(services, actor=hung)
    subject = Subject(request.signer, "Lưu trữ", SignerKind.PERSON, "CCCD:hung")
    services.authority.issue_key(subject, tmp_path / "hung.p12")
    key = open_pkcs12("pkcs12:hung.p12", home=tmp_path)
    key.sign_pdf(signed, signed, field="Ky", reason="Ký báo cáo")
    told = desk_acts.take_return(services, asked.request_id, signed, actor=hung)
    assert told.accepted, told.findings
    assert acts.show_incident(services, incident, actor=lan).reports[0].signed
    _, kept = report_paper(services, incident, SECURITY, actor=lan)
    assert kept == signed.read_bytes()


def test_what_no_machine_saw_is_told_and_closed_by_people(services: Services) -> None:
    lan = person(services, "lan")
    given = IncidentTold(summary="Mất ổ đĩa sao lưu khi vận chuyển")
    made = acts.tell_of_incident(services, given, actor=lan)
    again = acts.tell_of_incident(services, given, actor=lan)
    assert (made.id, again.times) == (again.id, 2)
    ended = acts.end_incident(services, made.id, IncidentNoted(text="Đã tìm thấy."), actor=lan)
    assert ended.closed_at is not None
    assert [note.text for note in ended.notes] == ["Đã tìm thấy."]
    with pytest.raises(acts.IncidentNotByHandError):
        acts.end_incident(services, made.id, IncidentNoted(text="x"), actor=lan)
    with pytest.raises(acts.IncidentNotByHandError):
        acts.end_incident(services, trouble(services), IncidentNoted(text="x"), actor=lan)


def test_marks_are_made_once_and_of_moments_that_are_past(services: Services) -> None:
    incident, lan = trouble(services), person(services, "lan")
    for wrong in ("hôm qua", clock.iso(clock.now() + dt.timedelta(hours=1))):
        with pytest.raises(acts.IncidentMomentError):
            acts.mark_incident(
                services, incident, IncidentMarked(kind=SECURITY, known_at=wrong), actor=lan
            )
    mark(services, incident)
    with pytest.raises(acts.IncidentMarkedError):
        mark(services, incident)
    with pytest.raises(acts.IncidentReportNotFoundError):
        report_paper(services, incident, PERSONAL, actor=lan)
    early = ReportSent(to="Bộ Công an", at=clock.iso(clock.now() - dt.timedelta(days=9)))
    with pytest.raises(acts.IncidentMomentError):
        acts.send_report(services, incident, SECURITY, early, actor=person(services, "hung"))


def test_an_archive_has_terms_of_its_own_and_an_unreadable_table_says_where(
    services: Services,
) -> None:
    shipped = load_duties()
    assert {kind: duty.hours for kind, duty in shipped.items()} == {SECURITY: 24, PERSONAL: 72}
    for duty in shipped.values():
        for field in duty.fields:
            assert messages.has(f"labels.incident-field.{field}")
    home = services.settings.home
    (home / "rule_sets").mkdir(exist_ok=True)
    own = home / "rule_sets" / "incident_duties.toml"
    head = '[rule_set]\ncode = "incident-duties"\ntitle = "T"\ninstrument = "I"\narticle = "1"\n'
    head += "valid_from = 2026-01-01\n"
    rule = (
        '[[rule]]\nkind = "security"\nhours = {}\nremind_hours = [1]\nto = "T"\nfields = ["kind"]\n'
    )
    own.write_text(head + rule.format(12), "utf-8")
    assert load_duties(home)[SECURITY].hours == 12
    own.write_text(head + rule.format(-1), "utf-8")
    with pytest.raises(HomeRulesError):
        load_duties(home)


def test_the_pages_show_how_long_is_left_and_take_each_step(app: Flask, services: Services) -> None:
    incident = trouble(services)
    at = f"/system/incidents/{incident}"
    desk, head = browser_of(app, services, "lan"), browser_of(app, services, "hung")
    assert f'href="{at}"' in desk.get("/system/incidents").text
    with services.read_only() as session:
        opened_at = clock.local(session.get_one(Incident, incident).opened_at)
    assert f'value="{opened_at:%d/%m/%Y %H:%M}"' in desk.get(at).text
    known_at = clock.local(clock.now() - SOON).strftime("%d/%m/%Y %H:%M")
    assert post(desk, f"{at}/mark", kind=SECURITY, known_at=known_at).status_code == 303
    assert post(desk, f"{at}/mark", kind=SECURITY, known_at="").status_code == 409
    assert post(desk, f"{at}/mark", kind="x", known_at="").status_code == 422
    for page in ("/system/incidents", at):
        assert "còn 10 giờ" in desk.get(page).text
    assert "còn 10 giờ" in browser_of(app, services, "quan").get("/system").text
    assert post(desk, f"{at}/note", text="Đã ngắt mạng").status_code == 303
    assert post(desk, f"{at}/note", text=" ").status_code == 422
    assert post(desk, f"{at}/reports/{SECURITY}/fields", asked="Hỗ trợ").status_code == 303
    assert desk.get(f"{at}/reports/{SECURITY}/paper").data.startswith(b"%PDF")
    assert post(desk, f"{at}/reports/{SECURITY}/signature", account="hung").status_code == 303
    assert "đang chờ ký" in desk.get(at).text
    assert post(desk, f"{at}/reports/{SECURITY}/sent", to="x").status_code == 403
    assert post(head, f"{at}/reports/{SECURITY}/sent", to="Cục A05").status_code == 303
    page = desk.get(at).text
    assert "Đã gửi đúng hạn" in page
    assert "Cục A05" in page
    assert "Đã ngắt mạng" in page
    assert post(desk, f"{at}/mark", kind=PERSONAL, known_at="").status_code == 303
    dropped = post(head, f"{at}/reports/{PERSONAL}/drop", reason="Không có dữ liệu cá nhân")
    assert dropped.status_code == 303
    assert "Không phải báo cáo" in head.get(at).text
    made = post(desk, "/system/incidents", summary="Mất máy tính")
    assert post(desk, f"{made.location}/end", text="Tìm thấy rồi").status_code == 303
    assert post(desk, "/system/incidents", summary="").status_code == 422


def test_programs_and_commands_do_the_same(app: Flask, services: Services, home: Path) -> None:
    program = program_of(app, services, "quan")
    made = program.post("/incidents", json={"summary": "Mất ổ đĩa"})
    assert made.status_code == 201
    assert made.json is not None
    at = f"/incidents/{made.json['id']}"
    marked = program.post(f"{at}/reports", json={"kind": PERSONAL})
    assert marked.json is not None
    assert marked.json["reports"][0]["state"] == "open"
    filled = program.post(f"{at}/reports/{PERSONAL}/fields", json={"fields": {"persons": "3"}})
    assert filled.status_code == 200
    assert program.get(f"{at}/reports/{PERSONAL}/paper").data.startswith(b"%PDF")
    listed = program.get("/incidents").json
    assert listed is not None
    assert made.json["id"] in [incident["id"] for incident in listed["incidents"]]
    sent = program.post(f"{at}/reports/{PERSONAL}/sent", json={"to": "Bộ Công an"})
    assert sent.json is not None
    assert sent.json["reports"][0]["state"] == "sent"
    said = Command(home).run("incident", "show", made.json["id"]).stdout
    assert "đã gửi đúng hạn" in said
    with services.read_only() as session:
        assert session.get_one(Incident, UUID(made.json["id"])).kind == acts.TOLD
