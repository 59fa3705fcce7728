"""Whoever may be sent for is in the list of stations, from when its account was added."""

from pathlib import Path

from flask import Flask

from archive_service.app import create_app
from archive_service.domain.people.account import Role
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.receive import BatchOrder
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import add_person

PLACE = "/scanning/stations"


def test_an_account_that_was_added_on_the_page_is_a_station_before_it_sent_anything(
    tmp_path: Path,
) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        app: Flask = create_app(services)
        archivist = browser_of(app, services, "lan")
        empty = archivist.get(PLACE).text
        assert "Chưa có trạm nào" in empty
        assert "ở trang Tài khoản" in empty
        add_person(services, "tram-07", Role.STATION)
        assert listed(archivist.get(PLACE).text) == 1
        assert "tram-07" in archivist.get("/scanning/upload").text
        own = browser_of(app, services, "tram-07")
        add_person(services, "tram-08", Role.STATION)
        assert "tram-08" not in own.get("/scanning/upload").text
        station = person(services, "tram-07")
        intake_acts.open_batch(services, BatchOrder(reference="x"), station=None, actor=station)
        assert listed(archivist.get(PLACE).text) == 1


def listed(page: str) -> int:
    """How often the table of stations has it."""
    return page.count('<span class="title">tram-07</span>')
