"""What the log holds of the time of an outage stands beside what a person says of it."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from ingest.late_entries.acts import list_outages, record_outage
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.door import write_pdf
from tests.worlds.ingest.outages import HOUR, SECOND, down, minutes, received, register


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    target = tmp_path / "bien-ban.pdf"
    write_pdf(target)
    return target


def test_an_outage_of_a_time_in_which_the_log_holds_acts_is_marked_with_their_number(
    services: Services, app: Flask, scan: Path
) -> None:
    outage, ended_at = down(services, numbers=(1, 1))
    lan = person(services, "lan")
    (told,) = list_outages(services, actor=lan)
    begin, end = clock.parse_iso(told["began_at"]), clock.parse_iso(told["ended_at"])
    with services.read_only() as session:
        events = session.scalars(select(AuditEvent)).all()
    count = sum(begin < event.at < end and event.account != "worker" for event in events)
    assert told["acts_meanwhile"] == count > 0
    minutes(services, outage, ended_at - SECOND / 10, scan, 1)
    remark = f"Nhật ký hệ thống có {count} việc của người dùng trong lần ngừng đó."
    assert [remark in row[-1] for row in register(services, "handovers")] == [True]
    (entry,) = list_outages(services, actor=lan)[0]["entries"]
    assert entry["acts_meanwhile"] == count
    page = browser_of(app, services, "lan").get("/outages").text
    assert f"có {count} việc của người dùng trong khoảng thời gian này" in page


def test_an_outage_in_which_nobody_did_anything_has_no_remark(
    services: Services, app: Flask
) -> None:
    _, last = received(services)
    lan = person(services, "lan")
    made = record_outage(services, last - 3 * HOUR, last - 2 * HOUR, "Mất điện", actor=lan)
    assert made["acts_meanwhile"] == 0
    assert "việc của người dùng" not in browser_of(app, services, "lan").get("/outages").text
