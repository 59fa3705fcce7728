"""Who delivers when comes back from the copies alone, and from an old backup beside them."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.keeping.act import Act
from archive_service.domain.transfer.appointment import APPOINTMENT, TransferAppointment
from archive_service.domain.transfer.transfer import Transfer
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.setup import acts as setup_acts
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.appointments import AppointmentFacts
from retention.transfer.calendar.documents import AppointmentDocument
from retention.transfer.calendar.given import CancellationIn
from retention.transfer.given import Withdrawal
from retention.transfer.register import answer as register_answer
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, Backends, copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE
from tests.worlds.command import Command
from tests.worlds.servers.backends import empty_database
from tests.worlds.transfer.replies import decided, sent
from tests.worlds.transfer.transfers import TwoArchives, answered, two_archives

DAY = dt.timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, held_home: Path, tmp_path: Path) -> Iterator[TwoArchives]:
    """A giver on files, and a receiver on each database."""
    servers = request.param == "postgresql"
    backends = Backends(request.getfixturevalue("postgresql")) if servers else Backends()
    with two_archives(held_home, tmp_path, backends) as both:
        yield both


def add(services: Services, agency: str = "", **facts: Any) -> UUID:
    given = AppointmentFacts(**{"from_on": clock.today() + 60 * DAY} | facts)
    told = calendar_acts.add(services, given, agency=agency, actor=person(services, "lan"))
    return UUID(told.id)


def calendar_of(services: Services) -> list[AppointmentDocument]:
    first, last = clock.today() - 200 * DAY, clock.today() + 600 * DAY
    return calendar_acts.list_between(services, first, last, actor=OPERATOR)


def add_untold(services: Services, transfer_id: UUID) -> UUID:
    """A row without an act, as releases left it that wrote none."""
    with services.unit_of_work() as uow:
        row = uow.session.get_one(Transfer, transfer_id)
        on = clock.today() + 60 * DAY
        made = TransferAppointment(
            direction=row.direction,
            agency_id=row.agency_id,
            transfer_id=row.id,
            from_on=on,
            to_on=on,
            made_by="lan",
            made_at=clock.now(),
        )
        uow.session.add(made)
        uow.commit()
        return made.id


def acts(services: Services) -> int:
    with services.read_only() as session:
        return len(session.scalars(select(Act.id).where(Act.kind == APPOINTMENT)).all())


def plan_all(services: Services) -> None:
    """One moved, one confirmed, one called off, one as it was made."""
    lan = person(services, "lan")
    ids = [
        add(services, OTHER_AGENCY, from_on=clock.today() + (60 + n) * DAY, fonds="P.01")
        for n in range(4)
    ]
    later = AppointmentFacts(
        from_on=clock.today() + 90 * DAY, case_files=7, size_bytes=2**40, note="Sáng"
    )
    calendar_acts.move(services, ids[0], later, actor=lan)
    calendar_acts.confirm(services, ids[1], actor=lan)
    calendar_acts.cancel(services, ids[2], CancellationIn(reason="Hoãn"), actor=lan)


def test_the_calendar_is_the_same_after_a_rebuild(pair: TwoArchives, tmp_path: Path) -> None:
    plan_all(pair.receiver)
    row = sent(pair, tmp_path, OPEN_CODE)
    decided(pair, row, tmp_path / "disk")
    both = pair.receiver, pair.giver
    for services in both:
        add(services, transfer_id=row)
    before = [calendar_of(services) for services in both]
    assert [appointment.state for appointment in before[0]].count("delivered") == 1
    assert before[1][0].transfer
    for services in both:
        rebuild(services, actor=OPERATOR)
    assert [calendar_of(services) for services in both] == before
    kept = acts(pair.receiver)
    setup_acts.init_archive(pair.receiver, actor=OPERATOR)  # all have theirs
    assert acts(pair.receiver) == kept
    for place in ("giver", "receiver"):
        home = tmp_path / place
        for file in home.glob("archive.db*"):
            file.unlink()
        empty_database(home)
        Command(home).ask("rebuild")
    with open_home(tmp_path / "receiver") as here, open_home(tmp_path / "giver") as there:
        assert [calendar_of(here), calendar_of(there)] == before


def test_appointments_of_an_older_release_are_told_once(held_home: Path, tmp_path: Path) -> None:
    with open_home(copy_home(held_home, tmp_path / "home")) as services:
        add_untold(services, answered(services, OPEN_CODE))
        before = calendar_of(services)
        rebuild(services, actor=OPERATOR)
        assert calendar_of(services) == before
        assert acts(services) == 1
        setup_acts.init_archive(services, actor=OPERATOR)
        assert acts(services) == 1


def test_what_was_moved_or_called_off_after_the_backup_is_so_after_its_restore(
    held_home: Path, tmp_path: Path
) -> None:
    home, medium = copy_home(held_home, tmp_path / "home"), tmp_path / "medium"
    with open_home(home) as services:
        row = answered(services, OPEN_CODE)
        older = add_untold(services, row)
        plan_all(services)
    Command(home).ask("backup", "--to", medium, "--objects")
    with open_home(home) as services:
        lan = person(services, "lan")
        first, *_ = [
            appointment for appointment in calendar_of(services) if appointment.state == "planned"
        ]
        calendar_acts.cancel(services, UUID(first.id), CancellationIn(reason="Hoãn"), actor=lan)
        add(services, OTHER_AGENCY, from_on=clock.today() + 200 * DAY)
        register_answer.withdraw(services, row, Withdrawal(reason="Nhầm phông"), actor=lan)
        before = calendar_of(services)
    new = tmp_path / "new"
    new.mkdir()
    for name in ("kho1", "kho2", "backup-keys", "archive.toml", "keys"):
        shutil.move(home / name, new / name)
    Command(new).ask("restore", "--from", medium, "--keys", new / "backup-keys")
    with open_home(new) as services:
        assert calendar_of(services) == before
        with services.read_only() as session:
            assert session.get_one(TransferAppointment, older).transfer_id == row
