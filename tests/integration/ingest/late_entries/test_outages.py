"""After an outage: numbers used on paper are nobody else's, their minutes come as a scan."""

import datetime as dt
import json
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from archive_service import access, clock
from archive_service.catalogue.describing.acts import decide_on_mode, describe_case_file
from archive_service.db.numbers import draw_number
from archive_service.domain.intake.handover import HANDOVER_RECORD, HandoverRecord
from archive_service.domain.intake.outage import ReservedNumber
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.report import ClosedRegister
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.reports import acts as reports_acts
from archive_service.reports import register_acts
from archive_service.services import Services
from ingest.handover import acts as handover_acts
from ingest.handover import paper_files
from ingest.handover.listing import list_handovers
from ingest.handover.minutes import HandedOverError
from ingest.late_entries.acts import enter, entries_of, list_outages, record_outage, void_number
from ingest.late_entries.given import VoidIn
from ingest.late_entries.late_entry import (
    LateEntryMomentError,
    LateEntryOrderError,
    LateEntryStateError,
)
from ingest.late_entries.minutes_on_paper import HandoverScanError
from ingest.late_entries.outages import (
    OutageMomentError,
    OutageNotFoundError,
    OutageNumbersError,
    OutageOverlapError,
    OutageReasonError,
    RegisterClosedError,
    ReservedNumberError,
)
from ingest.submissions.acts import accept, give_back, submit
from ingest.submissions.given import Return
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import counted
from tests.worlds.clients import OPEN_CODE, do_all, program_of
from tests.worlds.door import write_pdf
from tests.worlds.ingest.outages import HOUR, SECOND, down, minutes, on_paper, received, register
from tests.worlds.papers.bad_input import small_case


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    target = tmp_path / "bien-ban.pdf"
    write_pdf(target)
    return target


def test_minutes_on_paper_bear_their_own_number_and_their_scan_is_the_paper(
    services: Services, scan: Path
) -> None:
    outage, ended_at = down(services, numbers=(1, 2))
    made = minutes(services, outage, ended_at - SECOND / 10, scan, 1)
    assert (made.number, made.on_paper) == ("01/BBGN-LT", True)
    lan = person(services, "lan")
    found = handover_acts.open_handover(services, made.id, actor=lan)
    assert (found.state, found.count) == ("complete", 2)
    _, data = paper_files.read_paper(services, made.id, actor=lan)
    assert data == scan.read_bytes()
    with pytest.raises(paper_files.HandoverScanOnlyError):
        paper_files.write_form(services, made.id, "docx", actor=lan)
    with pytest.raises(HandedOverError):
        minutes(services, outage, ended_at - SECOND / 10, scan, 2)
    (shown,) = list_outages(services, actor=lan)
    assert [entry["number"] for entry in shown["waiting"]] == [2]
    assert [entry["what"] for entry in shown["entries"]] == ["handed-over"]


def test_the_register_has_no_gap_and_no_double_and_says_what_was_on_paper(
    services: Services, scan: Path, tmp_path: Path
) -> None:
    outage, ended_at = down(services, numbers=(1, 3))
    lan = person(services, "lan")
    minutes(services, outage, ended_at - SECOND / 10, scan, 2)
    void_number(services, outage, 1, VoidIn(reason="Viết hỏng"), actor=lan)
    small_case(tmp_path / "new", code="H40.18.2025.41.QLCT")
    (new,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, new, actor=lan)
    do_all(services)
    assert handover_acts.make(services, actor=lan).number == "04/BBGN-LT"
    rows = register(services, "handovers")
    assert [row[1] for row in rows] == ["01/BBGN-LT", "02/BBGN-LT", "03/BBGN-LT", "04/BBGN-LT"]
    assert "Viết hỏng" in rows[0][-1]
    assert "Nhập bổ sung" in rows[1][-1]
    assert "chờ nhập" in rows[2][-1]
    assert rows[3][-1] == ""


def test_a_number_is_taken_once(services: Services, scan: Path) -> None:
    outage, ended_at = down(services, numbers=(1, 2))
    lan = person(services, "lan")
    void_number(services, outage, 1, VoidIn(reason="Viết hỏng"), actor=lan)
    for number in (1, 3):
        with pytest.raises(ReservedNumberError):
            minutes(services, outage, ended_at - SECOND / 10, scan, number)
        with pytest.raises(ReservedNumberError):
            void_number(services, outage, number, VoidIn(reason="Viết hỏng"), actor=lan)
    with pytest.raises(OutageReasonError):
        void_number(services, outage, 2, VoidIn(reason="  "), actor=lan)
    with services.read_only() as session:
        assert session.scalars(select(HandoverRecord)).all() == []


def test_numbers_that_the_system_gave_or_would_skip_are_not_reserved(services: Services) -> None:
    lan = person(services, "lan")
    handover_acts.make(services, actor=lan)
    now = clock.now()
    for numbers in ((1, 1), (3, 4), (2, 1), (2, 600), (0, 2)):
        with pytest.raises(OutageNumbersError):
            record_outage(services, now - HOUR, now, "Mất điện", numbers=numbers, actor=lan)
    assert list_outages(services, actor=lan) == []
    record_outage(services, now - HOUR, now, "Mất điện", numbers=(2, 2), actor=lan)


@pytest.mark.parametrize(
    ("begin", "end", "refusal"),
    [
        (-2 * HOUR, HOUR, OutageMomentError),
        (-HOUR, -2 * HOUR, OutageMomentError),
        (-HOUR, -HOUR, OutageMomentError),
        (-dt.timedelta(days=400), -HOUR, OutageMomentError),
    ],
)
def test_an_outage_to_come_or_turned_about_or_long_ago_is_refused(
    services: Services, begin: dt.timedelta, end: dt.timedelta, refusal: type[Exception]
) -> None:
    now, lan = clock.now(), person(services, "lan")
    with pytest.raises(refusal):
        record_outage(services, now + begin, now + end, "Mất điện", actor=lan)


def test_an_outage_is_recorded_once_with_a_reason_by_the_archive(services: Services) -> None:
    now, lan = clock.now(), person(services, "lan")
    for reason in ("", " ", "x" * 1001):
        with pytest.raises(OutageReasonError):
            record_outage(services, now - HOUR, now, reason, actor=lan)
    record_outage(services, now - HOUR, now, "Mất điện", actor=lan)
    with pytest.raises(OutageOverlapError):
        record_outage(services, now - HOUR / 2, now, "Mất điện", actor=lan)
    with pytest.raises(access.ActNotAllowedError):
        record_outage(services, now - HOUR, now, "x", actor=person(services, "bach"))
    with pytest.raises(access.ActNotAllowedError):
        list_outages(services, actor=person(services, "bach"))


def test_what_was_done_before_or_after_the_outage_is_not_entered(
    services: Services, scan: Path
) -> None:
    (first, _), last = received(services)
    lan = person(services, "lan")
    told = record_outage(services, last - 3 * HOUR, last - HOUR, "Mất điện", actor=lan)
    outage = UUID(told["id"])
    for at in (last - 4 * HOUR, last - HOUR / 2):
        with pytest.raises(LateEntryMomentError):
            enter(services, first, "received", on_paper(outage, at), actor=lan)
    with pytest.raises(OutageNotFoundError):
        enter(services, first, "received", on_paper(UUID(int=5), last), actor=lan)
    enter(services, first, "received", on_paper(outage, last - 2 * HOUR), actor=lan)


def test_minutes_are_not_signed_before_all_they_list_was_received(
    services: Services, scan: Path
) -> None:
    outage, ended_at = down(services, numbers=(1, 1))
    ids, last = received(services)
    early = last - HOUR / 2
    with pytest.raises(LateEntryOrderError):
        minutes(services, outage, early, scan, 1)
    lan = person(services, "lan")
    for identifier in ids:
        enter(services, identifier, "received", on_paper(outage, early - SECOND), actor=lan)
    assert minutes(services, outage, early, scan, 1).number == "01/BBGN-LT"
    assert ended_at > early


def test_a_scan_that_is_no_sound_pdf_is_refused(services: Services, tmp_path: Path) -> None:
    outage, ended_at = down(services, numbers=(1, 1))
    for name, data in (("empty", b""), ("text", b"not a PDF")):
        file = tmp_path / name
        file.write_bytes(data)
        with pytest.raises(HandoverScanError):
            minutes(services, outage, ended_at - SECOND / 10, file, 1)
    (shown,) = list_outages(services, actor=person(services, "lan"))
    assert [entry["number"] for entry in shown["waiting"]] == [1]


def test_minutes_are_not_made_by_themselves_while_paper_ones_wait(services: Services) -> None:
    outage, _ = down(services, numbers=(1, 1))

    def daily() -> int:
        with services.writing() as session:
            services.jobs.add(session, handover_acts.DUE_JOB)
        do_all(services)
        lan = person(services, "lan")
        return list_handovers(services, actor=lan).total

    assert daily() == 0
    void_number(services, outage, 1, VoidIn(reason="Viết hỏng"), actor=person(services, "lan"))
    assert daily() == 1


def close(services: Services, name: str) -> None:
    """As if the register of this year were closed."""
    with services.writing() as session:
        told = {"closed_at": clock.now(), "closed_by": "hung", "sha256": "0" * 64}
        year = clock.today().year
        session.add(ClosedRegister(name=name, year=year, rows=0, **told))


def test_nothing_comes_into_a_register_that_is_closed(services: Services, scan: Path) -> None:
    outage, ended_at = down(services, numbers=(1, 1))
    (first, _), last = received(services)
    close(services, "submissions")
    lan = person(services, "lan")
    with pytest.raises(RegisterClosedError):
        enter(services, first, "received", on_paper(outage, last - SECOND), actor=lan)
    close(services, "handovers")
    with pytest.raises(RegisterClosedError):
        minutes(services, outage, ended_at - SECOND / 10, scan, 1)
    with pytest.raises(RegisterClosedError):
        void_number(services, outage, 1, VoidIn(reason="Viết hỏng"), actor=lan)
    assert entries_of(services, first, actor=lan) == []


def test_a_register_is_not_closed_while_numbers_wait(services: Services) -> None:
    outage, _ = down(services, numbers=(1, 1))
    hung, year = person(services, "hung"), clock.today().year - 1
    with services.writing() as session:  # as if it had been a year ago
        session.execute(update(ReservedNumber).values(year=year))
    with pytest.raises(register_acts.RegisterNumbersWaitError):
        register_acts.close_register(services, "handovers", year, actor=hung)
    void_number(services, outage, 1, VoidIn(reason="Viết hỏng"), actor=person(services, "lan"))
    assert register_acts.close_register(services, "handovers", year, actor=hung)["rows"] == 1


def test_programs_enter_minutes_on_paper_and_void_what_was_spoilt(
    app: Flask, services: Services, scan: Path
) -> None:
    outage, ended_at = down(services, numbers=(1, 2))
    program = program_of(app, services, "lan")
    ids, _ = received(services)
    form = {
        "number": "1",
        "happened_at": clock.iso(ended_at - SECOND / 10),
        "receiver_name": "Trần Thị Lan",
        "giver_name": "Nguyễn Văn Bách",
        "paper": "số 01 ngày 02/11/2026",
        "reason": "Mất điện",
        "submissions": json.dumps([str(identifier) for identifier in ids]),
    }
    place = f"/outages/{outage}/minutes"

    def sent(**changed: str) -> TestResponse:
        file = (BytesIO(scan.read_bytes()), "bien-ban.pdf")
        return program.post(place, data=form | changed | {"scan": file})

    assert program.post(place, data=form).status_code == 422  # without its scan
    wrong = sent(number="0")
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "request-invalid")
    free = sent(number="7")
    assert (free.status_code, free.get_json()["code"]) == (409, "reserved-number")
    made = sent()
    assert made.status_code == 201, made.text
    told = made.get_json()
    assert (told["number"], told["state"], told["on_paper"]) == ("01/BBGN-LT", "complete", True)
    assert (told["giver"], told["receiver"]) == ("Nguyễn Văn Bách", "Trần Thị Lan")
    assert program.get(f"/handovers/{told['id']}/paper").data == scan.read_bytes()
    spoilt = program.post(f"/outages/{outage}/numbers/2/void", json={"reason": "Viết hỏng"})
    assert spoilt.status_code == 200
    assert [number["void_reason"] for number in spoilt.get_json()["numbers"]] == ["", "Viết hỏng"]
    officer = program_of(app, services, "bach")
    refused = officer.post(f"/outages/{outage}/numbers/2/void", json={"reason": "x"})
    assert refused.status_code == 403


def test_programs_enter_a_decision_on_access_that_was_made_on_paper(
    app: Flask, services: Services
) -> None:
    lan, hung = person(services, "lan"), person(services, "hung")
    edits = {0: {"mode": "Sử dụng có điều kiện"}}
    done = describe_case_file(services, OPEN_CODE, edits, reason="Theo văn bản", actor=lan)
    change = str(done.waiting[0].id)
    outage, ended_at = down(services)
    body = {
        "outage_id": str(outage),
        "happened_at": clock.iso(ended_at - SECOND / 100),
        "done_by": "Phạm Quốc Hùng",
        "paper": "số 03 ngày 02/11/2026",
        "reason": "Mất điện",
    }
    program = program_of(app, services, "lan")
    place = f"/case-files/{OPEN_CODE}/access-modes/{change}/late-entries"
    early = program.post(place, json=body)
    assert (early.status_code, early.get_json()["code"]) == (409, "late-entry-state")
    decide_on_mode(services, UUID(change), confirm=True, reason="Đồng ý", actor=hung)
    made = program.post(place, json=body)
    assert made.status_code == 201, made.text
    assert (made.get_json()["what"], made.get_json()["subject_id"]) == ("access-decided", change)


def test_a_return_and_a_decision_on_access_are_entered_late_too(
    services: Services, tmp_path: Path
) -> None:
    lan, hung = person(services, "lan"), person(services, "hung")
    small_case(tmp_path / "new", code="H40.18.2025.41.QLCT")
    (sent,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    do_all(services)
    give_back(services, sent, Return(reason="Thiếu trang"), actor=lan)
    edits = {0: {"mode": "Sử dụng có điều kiện"}}
    done = describe_case_file(services, OPEN_CODE, edits, reason="Theo văn bản", actor=lan)
    change = done.waiting[0].id
    outage, ended_at = down(services)
    at = ended_at - SECOND / 100
    with pytest.raises(LateEntryStateError):
        enter(services, change, "access-decided", on_paper(outage, at), actor=lan)
    with pytest.raises(LateEntryStateError):
        enter(services, sent, "accepted", on_paper(outage, at), actor=lan)
    decide_on_mode(services, change, confirm=True, reason="Đồng ý", actor=hung)
    enter(services, change, "access-decided", on_paper(outage, at), actor=lan)
    with services.read_only() as session:
        decided_at = session.get_one(Submission, sent).decided_at
    assert decided_at is not None
    enter(services, sent, "returned", on_paper(outage, decided_at - SECOND / 100), actor=lan)
    period = str(clock.today().year)
    figures = reports_acts.figures_of(services, period, actor=lan).figures["late_entries"]
    assert {figure["key"]: figure["count"] for figure in figures} == {
        "access-decided": 1,
        "returned": 1,
    }
    other = reports_acts.figures_of(services, period, actor=lan, agency="H40.20").figures
    assert other["late_entries"] == []
    assert any("Nhập bổ sung: quyết định" in row[-1] for row in register(services, "submissions"))


def test_outages_numbers_and_minutes_come_back_with_a_rebuild(
    services: Services, scan: Path
) -> None:
    outage, ended_at = down(services, numbers=(1, 3))
    lan = person(services, "lan")
    made = minutes(services, outage, ended_at - SECOND / 10, scan, 1)
    void_number(services, outage, 2, VoidIn(reason="Viết hỏng"), actor=lan)
    before = list_outages(services, actor=lan)
    rows = register(services, "handovers")
    rebuild(services, actor=OPERATOR)
    assert list_outages(services, actor=lan) == before
    assert register(services, "handovers") == rows
    _, data = paper_files.read_paper(services, made.id, actor=lan)
    assert data == scan.read_bytes()
    with services.unit_of_work() as uow:
        assert draw_number(uow.session, HANDOVER_RECORD, clock.today().year) == 4


def test_a_list_of_minutes_costs_the_same_however_many_there_are(
    services: Services, tmp_path: Path
) -> None:
    lan = person(services, "lan")
    handover_acts.make(services, actor=lan)

    def statements() -> int:
        with counted(services) as seen:
            list_handovers(services, actor=lan)
            list_outages(services, actor=lan)
            register(services, "handovers")
        return len(seen)

    one = statements()
    small_case(tmp_path / "new", code="H40.18.2025.41.QLCT")
    (new,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, new, actor=lan)
    do_all(services)
    handover_acts.make(services, actor=lan)
    now = clock.now()
    record_outage(services, now - HOUR, now, "Mất điện", numbers=(3, 4), actor=lan)
    assert len(register(services, "handovers")) == 4
    assert statements() == one + 1  # the numbers of outages, where there are any
