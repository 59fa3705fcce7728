"""Agencies are renamed, moved and ended, each with its day and reason, at every door."""

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.catalogue.agencies import changes
from archive_service.catalogue.agencies.acts import (
    AgencyChangeDayError,
    AgencyCircleError,
    enlist_agency,
)
from archive_service.catalogue.agencies.documents import AgencyRecord
from archive_service.catalogue.agencies.given import Ending, Moving, Renaming
from archive_service.domain.intake.finding import FindingRow
from archive_service.errors import ArchiveError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import work
from ingest.submissions.acts import submit
from tests.worlds.archive import OPERATOR, open_home, person, small_pdf_case
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of
from tests.worlds.command import Command

DECISION = "Quyết định số 12/QĐ-UBND ngày 28/02/2025"
SINCE = dt.date(2025, 3, 1)
SECOND = dt.date(2025, 7, 1)
LAST = SINCE - dt.timedelta(days=1)


def rename(services: Services, code: str, name: str, on: dt.date = SINCE) -> AgencyRecord:
    return changes.rename_agency(
        services, code, Renaming(name=name, on=on, reason=DECISION), actor=OPERATOR
    )


def move(services: Services, code: str, above: str, on: dt.date = SINCE) -> AgencyRecord:
    return changes.move_agency(
        services, code, Moving(superior=above, on=on, reason=DECISION), actor=OPERATOR
    )


def end(services: Services, code: str, successor: str, on: dt.date = LAST) -> AgencyRecord:
    return changes.end_agency(
        services, code, Ending(on=on, reason=DECISION, successors=[successor]), actor=OPERATOR
    )


def test_a_name_is_changed_again_and_the_former_ones_are_found(
    services: Services, app: Flask
) -> None:
    for name, on in (("Sở Xây dựng", SINCE), ("Sở Xây dựng và Giao thông", SECOND)):
        told = rename(services, "H40.18", name, on)
    assert [(change.kind, change.on) for change in told.changes] == [
        ("renamed", SINCE), ("renamed", SECOND),
    ]  # fmt: skip
    assert told.changes[1].before == "Sở Xây dựng"
    page = browser_of(app, services, "quan").get("/system/agencies?q=Công trình").text
    assert "Sở Xây dựng và Giao thông" in page


@pytest.mark.parametrize(
    ("wanted", "on", "reason", "code"),
    [
        ("Sở Mới", None, DECISION, "agency-change-day"),
        ("Sở Mới", SINCE, "  ", "agency-change-reason"),
        ("Sở Mới", SINCE, "x" * 1001, "agency-change-reason"),
        (" ", SINCE, DECISION, "agency-name"),
        ("x" * 501, SINCE, DECISION, "agency-name"),
        ("Sở Công trình tỉnh Sơn Lam", SINCE, DECISION, "agency-unchanged"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    services: Services, wanted: str, on: dt.date | None, reason: str, code: str
) -> None:
    before = changes.show_agency(services, "H40.18", actor=OPERATOR)
    day = on or clock.today() + dt.timedelta(days=1)
    with pytest.raises(ArchiveError) as refused:
        changes.rename_agency(
            services, "H40.18", Renaming(name=wanted, on=day, reason=reason), actor=OPERATOR
        )
    assert refused.value.code == code
    assert changes.show_agency(services, "H40.18", actor=OPERATOR) == before


def test_a_change_before_the_last_of_its_kind_is_refused(services: Services) -> None:
    rename(services, "H40.18", "Sở A", SECOND)
    with pytest.raises(AgencyChangeDayError):
        rename(services, "H40.18", "Sở B", SINCE)


def test_an_agency_does_not_end_before_what_became_of_it(services: Services) -> None:
    rename(services, "H40.18", "Sở A", SINCE)
    with pytest.raises(AgencyChangeDayError):
        end(services, "H40.18", "H40.20")


def test_an_agency_stands_below_another_body_and_never_below_itself(services: Services) -> None:
    enlist_agency(services, "H40.18.01", "Chi cục Thủy lợi", actor=OPERATOR, superior="H40.18")
    told = move(services, "H40.18.01", "H40.20")
    assert told.superior is not None
    assert told.superior.code == "H40.20"
    assert (told.changes[0].before, told.changes[0].after) == ("H40.18", "H40.20")
    with pytest.raises(AgencyCircleError):
        move(services, "H40.20", "H40.18.01")
    with pytest.raises(AgencyCircleError):
        move(services, "H40.18.01", "H40.18.01")
    with pytest.raises(changes.AgencyUnchangedError):
        move(services, "H40.18.01", "H40.20")
    assert move(services, "H40.18.01", "", SECOND).superior is None


def test_the_end_of_an_agency_closes_its_identifier_and_names_who_took_over(
    services: Services, tmp_path: Path
) -> None:
    told = end(services, "H40.18", "H40.20")
    assert (told.ended_on, told.successors) == (LAST, ["H40.20"])
    assert {period.to for period in told.periods if period.code == "H40.18"} == {LAST}
    heir = changes.show_agency(services, "H40.20", actor=OPERATOR)
    assert heir.predecessors == ["H40.18"]
    with pytest.raises(changes.AgencyEndedError):
        rename(services, "H40.18", "Sở Mới")
    late = small_pdf_case(tmp_path / "late", code="H40.18.2026.31.QLCT")
    (identifier,) = submit(late, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    with services.read_only() as session:
        asked = select(FindingRow.code).where(FindingRow.submission_id == identifier)
        assert "identifier-out-of-period" in session.scalars(asked).all()


def test_a_successor_with_a_day_ends_the_predecessor(services: Services) -> None:
    enlist_agency(
        services, "H40.31", "Sở Nông nghiệp và Môi trường", actor=OPERATOR,
        successor_of="H40.20", valid_from=SINCE,
    )  # fmt: skip
    told = changes.show_agency(services, "H40.20", actor=OPERATOR)
    assert (told.ended_on, told.successors) == (LAST, ["H40.31"])
    assert told.periods[0].to == LAST
    assert "Nông nghiệp và Môi trường" in told.changes[0].reason


def test_all_of_it_comes_back_from_the_copies(home: Path) -> None:
    with open_home(home) as services:
        rename(services, "H40.18", "Sở Xây dựng")
        move(services, "H40.18", "H40.20")
        end(services, "H40.18", "H40.20", SECOND)
        told = changes.show_agency(services, "H40.18", actor=OPERATOR)
        rebuild(services, actor=OPERATOR)
        assert changes.show_agency(services, "H40.18", actor=OPERATOR) == told
        assert len(told.changes) == 3


def test_the_page_asks_tells_and_keeps_what_was_typed(services: Services, app: Flask) -> None:
    client = browser_of(app, services, "quan")
    place = "/system/agencies/H40.18"
    assert f'href="{place}"' in client.get("/system/agencies").text
    assert "Tên mới" in client.get(f"{place}?act=rename").text
    refused = post(client, f"{place}/rename", name="Sở Xây dựng", on="40/13/2025", reason=DECISION)
    assert (refused.status_code, "Sở Xây dựng" in refused.text) == (422, True)
    done = post(client, f"{place}/rename", name="Sở Xây dựng", on="01/03/2025", reason=DECISION)
    assert done.status_code == 303
    assert post(client, f"{place}/move", superior="H40.20", on="01/03/2025", reason="x").location
    ended = post(client, f"{place}/end", successor="H40.20", on="30/06/2025", reason=DECISION)
    assert ended.status_code == 303
    shown = client.get(place).text
    for words in ("Sở Xây dựng", "Đổi tên", DECISION, "30/06/2025", "H40.20"):
        assert words in shown
    assert "act=rename" not in shown
    assert client.get("/system/agencies/H99").status_code == 404
    for nobody in ("lan", "bach", "binh"):
        other = browser_of(app, services, nobody)
        assert other.get(place).status_code == 403
        assert post(other, f"{place}/end", on="30/06/2025", reason="x").status_code == 403


def test_programs_and_commands_do_the_same(home: Path) -> None:
    with open_home(home) as services:
        app = create_app(services)
        program = program_of(app, services, "quan")
        body = {"name": "Sở Xây dựng", "on": "2025-03-01", "reason": DECISION}
        told = program.post("/agencies/H40.18/name", json=body).get_json()
        assert (told["name"], told["changes"][0]["on"]) == ("Sở Xây dựng", "2025-03-01")
        again = program.post("/agencies/H40.18/name", json=body)
        assert (again.status_code, again.get_json()["code"]) == (409, "agency-unchanged")
        ending = {"on": "2025-03-01", "reason": "x"}
        other = program_of(app, services, "lan").post("/agencies/H40.18/end", json=ending)
        assert other.status_code == 403
    archive = Command(home)
    day = ("--on", "2025-07-01", "--reason", DECISION)
    assert archive.ask("agency", "move", "H40.18", "--superior", "H40.20", *day)["superior"]
    ended = archive.ask("agency", "end", "H40.18", *day, "--successor", "H40.20")
    assert ended["ended_on"] == "2025-07-01"
    assert archive.ask("agency", "show", "H40.18") == ended
    refused = archive.run("agency", "rename", "H40.18", "--name", "Sở", *day, "--json")
    assert (refused.code, refused.error["code"]) == (4, "agency-ended")
    assert "28/02/2025" in archive.run("agency", "show", "H40.18").stdout
