"""Approved plans of two years and their people, for what is called in and kept longer."""

import datetime as dt
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.people.account import Account, Role
from archive_service.notices import inbox
from archive_service.services import Services
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.documents import CollectionDocument, KeepBackDocument
from ingest.calling_in.given import CollectionIn, KeepBackIn
from ingest.calling_in.lists import Wanted
from ingest.calling_in.remind import remind
from tests.worlds.archive import OPERATOR, new_home, open_home, person

AGENCY = SAMPLE_AGENCY.new_code
THIS = clock.today().year
ENDED, BEFORE = THIS - 1, THIS - 2  # due at the end of this year; late since the last one
UNIT, OTHER_UNIT = "Phòng Tài nguyên nước", "Văn phòng"
# Notation, term in years (None: permanent), unit, person.
PLAN: tuple[tuple[str, int | None, str, str], ...] = (
    ("01.TN", 20, UNIT, "bach"),
    ("02.TN", None, UNIT, "Nguyễn Thị Mơ"),
    ("03.VP", 5, OTHER_UNIT, "Trần Văn Hòa"),
    ("04.VP", 2, OTHER_UNIT, "Trần Văn Hòa"),
    ("05.XD", 70, "", ""),
)
NOTHING = Wanted()


def plans_home(target: Path) -> Path:
    """Approved plans of two years, a draft of a third; officers of two units and both heads."""
    home = new_home(target)
    with open_home(home) as services:
        with services.writing() as session:
            agency = session.scalars(select(Agency).where(Agency.code == AGENCY)).one()
            for year, state in (
                (ENDED, FilePlanState.APPROVED),
                (BEFORE, FilePlanState.APPROVED),
                (THIS - 3, FilePlanState.DRAFT),
            ):
                session.add(_plan(agency.id, year, state))
        with services.unit_of_work() as uow:
            agency = uow.session.scalars(select(Agency).where(Agency.code == AGENCY)).one()
            officer, head = Role.OFFICER, Role.AGENCY_HEAD
            for name, role in (("mo", officer), ("hoa", officer), ("thu-truong", head)):
                add_account(name, role=role, actor=OPERATOR, uow=uow, agency_id=agency.id)
            uow.commit()
        with services.writing() as session:
            for name, shown, unit, heads in (
                ("mo", "Nguyễn Thị Mơ", UNIT, True),
                ("hoa", "Trần Văn Hòa", OTHER_UNIT, False),
            ):
                row = session.scalars(select(Account).where(Account.name == name)).one()
                row.display_name, row.unit, row.is_unit_head = shown, unit, heads
    return home


def _plan(agency_id: UUID, year: int, state: FilePlanState) -> FilePlan:
    entries = [
        FilePlanEntry(
            ordinal=at,
            notation=notation,
            title=f"Hồ sơ {notation}",
            term="Vĩnh viễn" if years is None else f"{years} năm",
            years=years,
            permanent=years is None,
            unit=unit,
            creator=whose,
        )
        for at, (notation, years, unit, whose) in enumerate(PLAN, start=1)
    ]
    return FilePlan(agency_id=agency_id, year=year, state=state, entries=entries)


def publish(
    services: Services, year: int = ENDED, wanted: Wanted = NOTHING, name: str = "lan"
) -> CollectionDocument:
    facts = {"settled": dict(wanted.settled), "left_out": dict(wanted.left_out)}
    given = CollectionIn.model_validate({"agency": AGENCY, "year": year} | facts)
    return calling_in_acts.publish(services, given, actor=person(services, name))


def code(notation: str, year: int = ENDED) -> str:
    return f"{AGENCY}.{year}.{notation}"


def told(services: Services, name: str) -> list[tuple[str, int]]:
    """Kind and count of what this person has not read."""
    with services.read_only() as session:
        rows, _ = inbox.list_notices(session, actor=person(services, name), unread=True)
        return sorted((row.kind, row.facts.get("count", 1)) for row in rows)


def ask(
    services: Services, notation: str = "01.TN", until: dt.date | None = None, name: str = "bach"
) -> KeepBackDocument:
    until = until or dt.date(THIS + 1, 6, 30)
    given = KeepBackIn(codes=[code(notation)], until=until, reason="Đang thanh tra.")
    [row] = calling_in_acts.ask(services, given, actor=person(services, name)).requests
    return row


def remind_on(services: Services, day: dt.date) -> int:
    with services.writing() as session:
        return remind(session, today=day)
