"""The calendar of transfers: days are planned, what came is read from the transfers."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.catalogue.agencies.acts import AgencyNotFoundError, add_agency, get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.agencies.agency import AgencySuccession
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.appointment import TransferAppointment
from archive_service.domain.transfer.transfer import Transfer, TransferMessage
from archive_service.errors import ArchiveError
from archive_service.office_hours import office_hours
from archive_service.services import Services
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.appointments import (
    AppointmentDaysError,
    AppointmentExistsError,
    AppointmentFacts,
    AppointmentNotFoundError,
    AppointmentNumberError,
    AppointmentStateError,
    AppointmentTransferError,
    AppointmentWordsError,
)
from retention.transfer.calendar.documents import AppointmentDocument
from retention.transfer.calendar.given import CancellationIn
from retention.transfer.disks.write import Onto, send
from retention.transfer.given import Withdrawal
from retention.transfer.packages.build import build
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.receiving.receive import receive
from retention.transfer.register import answer as register_answer
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import packed, sent
from tests.worlds.transfer.transfers import TwoArchives, answered

AGENCY = SAMPLE_AGENCY.new_code
BOTH = (OPEN_CODE, RESTRICTED_CODE)
DAY = dt.timedelta(days=1)


def worked_day(services: Services, after: dt.date) -> dt.date:
    return office_hours(services.settings.home).working_days_after(after, 1)


def planned(services: Services, agency: str = AGENCY, **facts: Any) -> AppointmentDocument:
    lan = person(services, "lan")
    given = {"from_on": clock.today() + 60 * DAY} | facts
    return calendar_acts.add(services, AppointmentFacts(**given), agency=agency, actor=lan)


def state(services: Services, told: AppointmentDocument) -> str:
    found = calendar_acts.show(services, UUID(told.id), actor=person(services, "lan"))
    return str(found.state)


def shift(services: Services, told: AppointmentDocument, days: int) -> None:
    """As if it had been for other days: time passes for no test."""
    with services.writing() as session:
        row = session.get_one(TransferAppointment, UUID(told.id))
        row.from_on += days * DAY
        row.to_on += days * DAY
        row.made_at += min(days, 0) * DAY


def test_what_came_on_its_days_delivers_it(two: TwoArchives, tmp_path: Path) -> None:
    told = planned(two.receiver, from_on=clock.today(), to_on=clock.today() + 3 * DAY, case_files=5)
    assert (told.state, told.case_files, told.direction) == ("planned", 5, "in")
    row = sent(two, tmp_path, *BOTH)
    receive(two.receiver, tmp_path / "disk", actor=person(two.receiver, "lan"))
    lan = person(two.receiver, "lan")
    found = calendar_acts.show(two.receiver, UUID(told.id), actor=lan)
    (came,) = found.transfers
    assert (found.state, came.id, came.on) == ("delivered", str(row), str(clock.today()))
    sizes = [path.stat().st_size for path in (tmp_path / "disk" / "packages").iterdir()]
    assert (came.case_files, came.size_bytes) == (2, sum(sizes))
    with pytest.raises(AppointmentStateError):
        calendar_acts.cancel(two.receiver, UUID(told.id), CancellationIn(reason="Hoãn"), actor=lan)
    facts = AppointmentFacts(from_on=clock.today() + DAY)
    with pytest.raises(AppointmentStateError):
        calendar_acts.move(two.receiver, UUID(told.id), facts, actor=lan)


def test_late_and_early_deliveries_find_their_appointment(two: TwoArchives, tmp_path: Path) -> None:
    services = two.receiver
    missed = planned(services, from_on=clock.today())
    shift(services, missed, -20)
    coming = planned(services, from_on=clock.today() + 10 * DAY)
    later = planned(services, from_on=clock.today() + 200 * DAY)
    assert [state(services, appointment) for appointment in (missed, coming, later)] == [
        *("missed", "planned", "planned"),
    ]
    sent(two, tmp_path, *BOTH)
    receive(services, tmp_path / "disk", actor=person(services, "lan"))
    assert [state(services, appointment) for appointment in (missed, coming, later)] == [
        *("delivered", "planned", "planned"),
    ]
    lan = person(services, "lan")
    calendar_acts.move(  # it was the other one: a person says so
        services, UUID(later.id), AppointmentFacts(transfer_id=came(services)), actor=lan
    )
    assert [state(services, appointment) for appointment in (missed, coming, later)] == [
        *("missed", "planned", "delivered"),
    ]
    with services.writing() as session:
        session.get_one(TransferAppointment, UUID(later.id)).transfer_id = None
        session.delete(session.get_one(TransferAppointment, UUID(missed.id)))
        row = session.get_one(TransferAppointment, UUID(coming.id))
        row.made_at = clock.now() - DAY
    assert [state(services, appointment) for appointment in (coming, later)] == [
        "delivered",
        "planned",
    ]
    with services.writing() as session:  # what came before the day was given is not of it
        session.get_one(TransferAppointment, UUID(coming.id)).made_at = clock.now()
    assert state(services, coming) == "planned"


def came(services: Services) -> UUID:
    with services.read_only() as session:
        return session.scalars(select(Transfer.id)).one()


def test_the_first_delivery_counts_not_the_one_that_was_corrected(
    two: TwoArchives, tmp_path: Path
) -> None:
    told = planned(two.receiver, from_on=clock.today())
    shift(two.receiver, told, -5)
    sent(two, tmp_path, *BOTH)
    receive(two.receiver, tmp_path / "disk", actor=person(two.receiver, "lan"))
    with two.receiver.writing() as session:
        (message,) = session.scalars(select(TransferMessage)).all()
        message.delivered_at = clock.now() - 5 * DAY
    lan = person(two.receiver, "lan")
    found = calendar_acts.show(two.receiver, UUID(told.id), actor=lan)
    assert [transfer.on for transfer in found.transfers] == [str(clock.today() - 5 * DAY)]


def test_an_agency_that_was_merged_shows_who_delivers_now(two: TwoArchives, tmp_path: Path) -> None:
    services = two.receiver
    with services.unit_of_work() as uow:
        add_agency("H40.77", "Sở Cũ", actor=OPERATOR, uow=uow)
        uow.commit()
    told = planned(services, "H40.77", from_on=clock.today(), to_on=clock.today() + DAY)
    assert told.heirs == []
    with services.writing() as session:
        follow(session, "H40.77", AGENCY)
    lan = person(services, "lan")
    (found,) = calendar_acts.list_between(
        services, clock.today(), clock.today(), agency=AGENCY, actor=lan
    )
    assert (found.agency, [heir.code for heir in found.heirs]) == ("H40.77", [AGENCY])
    sent(two, tmp_path, *BOTH)
    receive(services, tmp_path / "disk", actor=lan)
    assert state(services, told) == "delivered"
    assert (
        calendar_acts.list_between(
            services, clock.today(), clock.today(), agency=OTHER_AGENCY, actor=lan
        )
        == []
    )


def follow(session: Session, before: str, after: str) -> None:
    old, new = get_agency(session, before), get_agency(session, after)
    session.add(AgencySuccession(predecessor_id=old.id, successor_id=new.id, on=clock.today()))


def test_the_giver_notes_the_day_it_was_given(two: TwoArchives, tmp_path: Path) -> None:
    services, lan = two.giver, person(two.giver, "lan")
    row = answered(services, *BOTH)
    told = planned(services, "", transfer_id=row, from_on=clock.today() + DAY)
    assert (told.direction, told.agency, told.case_files) == ("out", AGENCY, 2)
    assert told.size_bytes
    with services.read_only() as session:
        transfer = session.get_one(Transfer, row)
        assert calendar_acts.of_transfer(services, session, transfer, actor=lan) == told
    with pytest.raises(AppointmentExistsError):
        planned(services, "", transfer_id=row)
    with pytest.raises(AppointmentTransferError):
        planned(services, OTHER_AGENCY, transfer_id=row)
    other = planned(services, OTHER_AGENCY)
    facts = AppointmentFacts(transfer_id=row)
    with pytest.raises(AppointmentTransferError):
        calendar_acts.move(services, UUID(other.id), facts, actor=lan)
    transfer_build_and_send(two, row, tmp_path)
    assert state(services, told) == "delivered"
    with services.writing() as session:
        session.get_one(Transfer, row).sent_at = None
    assert state(services, told) == "planned"
    register_answer.withdraw(services, row, Withdrawal(reason="Hoãn"), actor=lan)
    assert state(services, told) == "planned"


def transfer_build_and_send(two: TwoArchives, row: UUID, folder: Path) -> None:
    lan = person(two.giver, "lan")
    build(two.giver, row, folder=folder / "built", actor=lan)
    send(two.giver, row, Onto(folder / "disk"), actor=lan)


def test_days_that_are_taken_and_days_off_are_told(services: Services) -> None:
    day = worked_day(services, clock.today() + 60 * DAY)
    sunday = clock.today() + (6 - clock.today().weekday() + 70) * DAY
    agencies = [f"H40.{number}" for number in range(60, 65)]
    with services.unit_of_work() as uow:
        for code in agencies:
            add_agency(code, f"Cơ quan {code}", actor=OPERATOR, uow=uow)
        uow.commit()
    one, two, three = (planned(services, code, from_on=day) for code in agencies[:3])
    assert (one.warnings, two.warnings, three.warnings) == ([], [], ["crowded"])
    wide = planned(services, agencies[3], from_on=day, to_on=day + 10 * DAY)
    assert wide.warnings == []  # another day of it is free
    off = planned(services, agencies[4], from_on=sunday)
    assert off.warnings == ["day-off"]
    lan = person(services, "lan")
    calendar_acts.cancel(services, UUID(one.id), CancellationIn(reason="Hoãn"), actor=lan)
    calendar_acts.cancel(services, UUID(one.id), CancellationIn(reason="Hoãn lần nữa"), actor=lan)
    found = calendar_acts.list_between(services, day, day, actor=lan)
    told = {row.id: (row.state, row.warnings) for row in found}
    assert told[one.id] == ("cancelled", [])
    assert told[three.id] == ("planned", [])


def test_a_move_asks_the_giver_anew_and_leaves_its_events(services: Services) -> None:
    lan, told = person(services, "lan"), planned(services, note="  Giao  tại kho 2 ", fonds="PH-1")
    row = UUID(told.id)
    assert (told.note, told.fonds) == ("Giao tại kho 2", "PH-1")
    sure = calendar_acts.confirm(services, row, actor=lan)
    assert (sure.state, sure.confirmed_by) == ("confirmed", "lan")
    assert calendar_acts.confirm(services, row, actor=lan) == sure
    noted = calendar_acts.move(services, row, AppointmentFacts(case_files=9), actor=lan)
    assert (noted.state, noted.case_files) == ("confirmed", 9)
    moved = calendar_acts.move(
        services,
        row,
        AppointmentFacts(from_on=clock.today() + 90 * DAY, to_on=clock.today() + 94 * DAY),
        actor=lan,
    )
    assert (moved.state, moved.from_on) == ("planned", str(clock.today() + 90 * DAY))
    again = AppointmentFacts(from_on=clock.today() + 100 * DAY)
    assert calendar_acts.move(services, row, again, actor=lan).to_on == str(
        clock.today() + 104 * DAY
    )
    calendar_acts.cancel(services, row, CancellationIn(reason="Cơ quan xin hoãn"), actor=lan)
    with pytest.raises(AppointmentStateError):
        calendar_acts.confirm(services, row, actor=lan)
    with services.read_only() as session:
        query = select(AuditEvent.tag).where(AuditEvent.subject_id == str(row))
        tags = session.scalars(query.order_by(AuditEvent.number)).all()
    acts = ("made", "confirmed", "moved", "moved", "moved", "cancelled")
    assert tags == [f"transfer-appointment:{act}" for act in acts]


def test_the_archive_that_delivers_is_told_where_there_is_one(services: Services) -> None:
    quantri = person(services, "quantri")
    gives = PartnerFacts(name="Lưu trữ Sở Công trình", gives=True)
    seal = [("seal.crt", services.signer().certificate.der)]
    told_of_it = PartnerGiven(gives, agencies=(AGENCY,), certificates=seal)
    partners_acts.add(services, "G.1", told_of_it, actor=quantri)
    told = planned(services)
    assert (told.partner_code, told.partner) == ("G.1", gives.name)
    assert planned(services, OTHER_AGENCY).partner_code == ""


@pytest.mark.parametrize(
    ("agency", "facts", "error"),
    [
        ("", {}, AppointmentWordsError),
        (AGENCY, {"from_on": None}, AppointmentWordsError),
        (AGENCY, {"to_on": clock.today()}, AppointmentDaysError),
        (AGENCY, {"from_on": clock.today() - 2 * DAY}, AppointmentDaysError),
        (AGENCY, {"to_on": clock.today() + 500 * DAY}, AppointmentDaysError),
        (AGENCY, {"from_on": clock.today() + 9000 * DAY}, AppointmentDaysError),
        (AGENCY, {"note": "x" * 1001}, AppointmentWordsError),
        (AGENCY, {"fonds": "x" * 101}, AppointmentWordsError),
        (AGENCY, {"case_files": -1}, AppointmentNumberError),
        (AGENCY, {"size_bytes": 2**63}, AppointmentNumberError),
        ("H99.99", {}, AgencyNotFoundError),
    ],
)
def test_what_makes_no_sense_is_told(
    services: Services, agency: str, facts: dict[str, Any], error: type[ArchiveError]
) -> None:
    with pytest.raises(error):
        planned(services, agency, **facts)
    with services.read_only() as session:
        assert session.scalars(select(TransferAppointment)).all() == []


def test_the_same_days_again_and_other_rights_are_refused(services: Services) -> None:
    told = planned(services)
    with pytest.raises(AppointmentExistsError):
        planned(services)
    lan, bach = person(services, "lan"), person(services, "bach")
    facts = AppointmentFacts(from_on=clock.today() + DAY)
    with pytest.raises(AppointmentWordsError):
        calendar_acts.add(services, facts, agency=AGENCY, partner="X.9", actor=lan)
    with pytest.raises(ActNotAllowedError):
        calendar_acts.cancel(services, UUID(told.id), CancellationIn(reason="Hoãn"), actor=bach)
    with pytest.raises(AppointmentWordsError):
        calendar_acts.cancel(services, UUID(told.id), CancellationIn(reason=" "), actor=lan)
    with pytest.raises(AppointmentNotFoundError):
        calendar_acts.show(services, uuid4(), actor=lan)
    with pytest.raises(AppointmentDaysError):
        calendar_acts.list_between(services, clock.today(), clock.today() + 2000 * DAY, actor=lan)


def test_built_is_not_delivered(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    told = planned(two.giver, "", transfer_id=row, from_on=clock.today())
    assert told.state == "planned"
    shift(two.giver, told, -3)
    assert state(two.giver, told) == "missed"
