"""What givers brought over the years: sums, days until a decision, backlog, why it came back."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.services import Services
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.appointments import AppointmentFacts
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.statistics.acts import StatisticsYearsError, figures, reason_words
from tests.services.servers import PostgreSql
from tests.worlds.archive import OTHER_AGENCY, Backends, new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.transfer.replies import WRONG, taken
from tests.worlds.transfer.transfers import TwoArchives

YEAR = clock.today().year
DAY = dt.timedelta(days=1)


def brought(
    session: Session,
    giver: str,
    year: int,
    *,
    days: int | None,
    items: str = "",
    state: TransferState | None = None,
) -> None:
    """A transfer received on 30 November of a year, decided so many days later; states of items."""
    agency_id = session.scalars(select(Agency.id).order_by(Agency.code).limit(1)).one()
    at = dt.datetime(year, 11, 30, 9, tzinfo=clock.LOCAL_ZONE)
    here = Transfer.year == year, Transfer.direction == TransferDirection.IN
    number = len(session.scalars(select(Transfer.id).where(*here)).all()) + 1
    row = Transfer(
        agency_id=agency_id,
        direction=TransferDirection.IN,
        state=state or (TransferState.RECEIVED if days is None else TransferState.REPLIED),
        number=number,
        year=year,
        partner=f"Lưu trữ {giver}",
        partner_code=giver,
        list_sha256="0" * 64,
        composed_by="lan",
        composed_at=at,
        received_at=at,
        decided_at=None if days is None else at + days * DAY,
        decide_by=at.date() + 60 * DAY,
    )
    session.add(row)
    session.flush()
    for ordinal, word in enumerate(items.split(), start=1):
        session.add(
            TransferItem(
                transfer_id=row.id,
                ordinal=ordinal,
                code=f"H40.18.{year}.{number}.{ordinal}",
                title="Hồ sơ",
                state=TransferItemState(word),
                version=1,
                size_bytes=1000,
                refusal={"code": "package-damaged", "facts": {}} if word == "returned" else None,
            )
        )


def asked(services: Services, **given: Any) -> dict[str, Any]:
    return figures(services, actor=person(services, "lan"), **given)


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def fill(services: Services) -> Services:
    """Two givers over three years; of one a transfer waits since two years."""
    seal = [("seal.crt", services.signer().certificate.der)]
    gives = PartnerGiven(PartnerFacts(name="Lưu trữ Một", gives=True), certificates=seal)
    partners_acts.add(services, "G.1", gives, actor=person(services, "quantri"))
    with services.writing() as session:
        brought(session, "G.1", YEAR - 3, days=10, items="stored stored")
        brought(session, "G.1", YEAR - 3, days=20, items="stored returned")
        brought(session, "G.1", YEAR - 2, days=90, items="accepted")
        brought(session, "G.2", YEAR - 2, days=None, items="arrived awaited recalled")
        brought(session, "G.2", YEAR - 1, days=1, state=TransferState.WITHDRAWN)
    return services


@pytest.fixture
def years(services: Services) -> Services:
    return fill(services)


def test_postgresql_sums_and_plans_the_same(
    years: Services, postgresql: PostgreSql, tmp_path: Path
) -> None:
    home = new_home(tmp_path / "other", Backends(postgresql=postgresql), historical=True)
    with open_home(home) as opened:
        assert asked(fill(opened)) == asked(years)
        lan, on = person(opened, "lan"), clock.today() + 30 * DAY
        facts = AppointmentFacts(from_on=on)
        told = calendar_acts.add(opened, facts, agency=OTHER_AGENCY, actor=lan)
        assert calendar_acts.list_between(opened, on, on, actor=lan) == [told]
        calendar_acts.remind(opened)


def test_years_and_givers_are_summed(years: Services) -> None:
    told = asked(years)
    names = ("year", "transfers", "delivered", "accepted", "stored", "uncorrected", "size_bytes")
    assert picked(told["years"], *names)[:2] == [
        (YEAR - 3, 2, 4, 3, 3, 1, 3000),
        (YEAR - 2, 2, 2, 1, 0, 0, 0),
    ]
    days = ("year", "decided", "days_median", "days_worst", "late", "backlog")
    assert picked(told["years"], *days) == [
        (YEAR - 3, 2, 15.0, 20, 0, 0),
        (YEAR - 2, 1, 90, 90, 2, 2),  # one was decided in the year after, one not yet
        (YEAR - 1, 0, None, None, 0, 1),
        (YEAR, 0, None, None, 0, 1),
    ]
    of_givers = ("code", "name", "transfers", "waiting", "backlog", "days_worst")
    assert picked(told["givers"], *of_givers) == [
        ("G.1", "Lưu trữ Một", 3, 0, 0, 90),
        ("G.2", "Lưu trữ G.2", 2, 2, 1, None),
    ]
    assert told["decide_days"] == 60
    assert told["reasons"] == [{"kind": "refusal", "code": "package-damaged", "count": 1}]
    assert reason_words(told["reasons"][0], "vi").startswith("Gói tin hỏng")
    odd = {"kind": "refusal", "code": "unheard-of"}
    assert reason_words(odd, "vi") == "unheard-of"


def test_a_giver_and_some_years_alone(years: Services) -> None:
    assert picked(asked(years, giver="G.2")["rows"], "code", "year", "transfers", "backlog") == [
        ("G.2", YEAR - 2, 1, 1),
        ("G.2", YEAR - 1, 1, 1),
        ("G.2", YEAR, 0, 1),
    ]
    last = asked(years, first=YEAR - 1, last=YEAR - 1)
    assert picked(last["rows"], "code", "year", "transfers", "backlog") == [
        ("G.2", YEAR - 1, 1, 1),
    ]
    assert last["reasons"] == []
    assert asked(years, giver="G.9")["rows"] == []
    with pytest.raises(StatisticsYearsError):
        asked(years, first=YEAR, last=YEAR - 1)
    with pytest.raises(ActNotAllowedError):
        figures(years, actor=person(years, "bach"))


def test_what_was_sent_back_is_told_with_its_reason(two: TwoArchives, tmp_path: Path) -> None:
    taken(two, tmp_path, OPEN_CODE, RESTRICTED_CODE, returned=[RESTRICTED_CODE])
    told = asked(two.receiver)
    (year,) = told["years"]
    names = ("delivered", "accepted", "stored", "returned", "uncorrected", "days_worst", "backlog")
    assert picked([year], *names) == [(2, 1, 1, 1, 1, 0, 0)]
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "disk" / "packages").iterdir()}
    assert year["size_bytes"] in sizes.values()
    assert told["reasons"] == [{"kind": "words", "code": WRONG, "count": 1}]
    assert reason_words(told["reasons"][0], "vi") == WRONG


def test_a_sheet_and_other_programs_get_the_same(years: Services, tmp_path: Path) -> None:
    command = Command(years.settings.home, settings={"COLUMNS": "240"})
    told = command.ask("partner", "statistics", "--csv", tmp_path / "giao-nop", "--giver", "G.1")
    with (tmp_path / "giao-nop.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["Mã lưu trữ", "Bên giao", "Năm", "Số đợt"]
    assert rows[1][:4] == ["G.1", "Lưu trữ Một", str(YEAR - 3), "2"]
    assert len(rows) == len(told["rows"]) + 1
    assert "Gói tin hỏng" in command.run("partner", "statistics").stderr
    refused = command.run("partner", "statistics", "--from", "2020", "--to", "2019", "--json")
    assert (refused.code, refused.error["code"]) == (2, "statistics-years")
    lan = program_of(create_app(years), years, "lan")
    assert lan.get("/partners/statistics?giver=G.1").get_json() == told
    assert lan.get("/partners/statistics?first=0").status_code == 422


def test_many_givers_cost_no_more_questions(services: Services) -> None:
    def questions() -> int:
        statements: list[object] = []

        def note(*given: object) -> None:
            statements.append(given[2])

        event.listen(services.database.engine, "before_cursor_execute", note)
        asked(services)
        event.remove(services.database.engine, "before_cursor_execute", note)
        return len(statements)

    with services.writing() as session:
        brought(session, "G.1", YEAR - 1, days=5, items="stored")
    few = questions()
    with services.writing() as session:
        for number in range(40):
            for year in range(YEAR - 4, YEAR):
                brought(session, f"G.{number}", year, days=number, items="stored returned")
    assert len(asked(services)["rows"]) == 160
    assert questions() == few
