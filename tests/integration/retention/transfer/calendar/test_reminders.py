"""Who is reminded of a delivery that is near, and of one that did not come."""

import datetime as dt
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.notice import Notice
from archive_service.domain.transfer.appointment import TransferAppointment
from archive_service.notices.inbox import sentence
from archive_service.services import Services
from archive_service.worker import run_one
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.appointments import AppointmentFacts
from retention.transfer.calendar.given import CancellationIn
from retention.transfer.receiving.receive import receive
from retention.transfer.register.proposals import PROPOSE_JOB
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import sent
from tests.worlds.transfer.transfers import TwoArchives, answered

BOTH = (OPEN_CODE, RESTRICTED_CODE)
DAY = dt.timedelta(days=1)


def look(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, PROPOSE_JOB)
    assert run_one(services, names=(PROPOSE_JOB,)) == "done"


def told(services: Services, *, unread: bool = False) -> list[str]:
    """Kinds of what lan was told of days."""
    with services.read_only() as session:
        query = select(Notice).where(Notice.account_id == person(services, "lan").account_id)
        rows = session.scalars(query.where(Notice.kind.like("transfer-%day-%"))).all()
        assert all("{" not in sentence(row, "vi") for row in rows)
        return sorted(row.kind for row in rows if not (unread and row.read_at))


def planned(services: Services, on: dt.date, transfer_id: UUID | None = None) -> UUID:
    facts = AppointmentFacts(from_on=on, to_on=on + DAY, transfer_id=transfer_id)
    agency = "" if transfer_id else SAMPLE_AGENCY.new_code
    made = calendar_acts.add(services, facts, agency=agency, actor=person(services, "lan"))
    return UUID(made.id)


def shift(services: Services, row: UUID, days: int) -> None:
    """As if it had been for other days: time passes for no test."""
    with services.writing() as session:
        transfer_appointment = session.get_one(TransferAppointment, row)
        transfer_appointment.from_on += days * DAY
        transfer_appointment.to_on += days * DAY


def test_the_receiver_is_reminded_before_and_told_after(two: TwoArchives, tmp_path: Path) -> None:
    services, today = two.receiver, clock.today()
    row = planned(services, today + 40 * DAY)
    look(services)
    assert told(services) == []
    shift(services, row, -35)
    for _ in range(2):
        look(services)
        assert told(services) == ["transfer-day-near"]
    shift(services, row, -12)
    for _ in range(2):
        look(services)
        assert told(services, unread=True) == ["transfer-day-missed"]
    sent(two, tmp_path, *BOTH)
    receive(services, tmp_path / "disk", actor=person(services, "lan"))
    look(services)
    assert told(services, unread=True) == []


def test_other_days_are_told_anew_and_what_is_called_off_no_more(services: Services) -> None:
    today, lan = clock.today(), person(services, "lan")
    row = planned(services, today + 5 * DAY)
    look(services)
    facts = AppointmentFacts(from_on=today + 9 * DAY)
    calendar_acts.move(services, row, facts, actor=lan)
    assert told(services, unread=True) == []
    look(services)
    assert told(services, unread=True) == ["transfer-day-near"]
    calendar_acts.cancel(services, row, CancellationIn(reason="Hoãn"), actor=lan)
    look(services)
    assert told(services, unread=True) == []


def test_the_giver_is_told_of_its_own_day(services: Services) -> None:
    row = planned(services, clock.today() + 2 * DAY, answered(services, *BOTH))
    look(services)
    assert told(services) == ["transfer-own-day-near"]
    shift(services, row, -8)
    look(services)
    assert told(services, unread=True) == ["transfer-own-day-missed"]
