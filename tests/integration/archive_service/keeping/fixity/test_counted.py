"""The page of a large copy shows sums that the job keeps; papers and commands count anew."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.bench.seed import lay_down
from archive_service.domain.keeping.fixity_pass import FixityPass
from archive_service.domain.tables import METADATA
from archive_service.keeping.fixity.counted import CELLS, LARGE
from archive_service.keeping.fixity.reports import make_report
from archive_service.keeping.fixity.status import fixity_status
from archive_service.overview.copies_at_a_glance import copies_held, coverage
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import Program
from tests.worlds.reading_again import long_ago, newest_passes, read_again

OF_A_CASE_FILE = ("package_version", "copy_state")


def fill(services: Services) -> None:
    """As many case files more as make every copy large; rows alone."""
    tables = METADATA.tables
    with services.database.engine.connect() as connection:
        case_file = connection.execute(select(tables["case_file"]).limit(1)).mappings().one()
        parts = {
            name: connection.execute(
                select(tables[name]).where(tables[name].c.case_file_id == case_file["id"])
            )
            .mappings()
            .all()
            for name in OF_A_CASE_FILE
        }
    ids = [uuid4() for _ in range(LARGE)]
    unique = ("code", "arc_file_code", "ocfl_id")
    rows: list[tuple[str, list[dict[str, Any]]]] = [
        (
            "case_file",
            [
                {**case_file, "id": identifier} | dict.fromkeys(unique, str(identifier))
                for identifier in ids
            ],
        )
    ]
    rows += [
        (
            name,
            [
                {**row, "id": uuid4(), "case_file_id": identifier}
                for identifier in ids
                for row in parts[name]
            ],
        )
        for name in OF_A_CASE_FILE
    ]
    lay_down(services, rows)


@pytest.fixture
def large(services: Services) -> Services:
    fill(services)
    assert read_again(services) == "done"
    return services


def sums(statements: list[str]) -> int:
    return sum("sum(package_version.size_bytes)" in statement for statement in statements)


def test_a_large_copy_is_counted_by_the_job_and_not_by_the_page(
    large: Services, app: Flask, archivist: Program
) -> None:
    browser = browser_of(app, large, "lan")
    with counted(large) as seen:
        page = browser.get("/fixity")
    assert page.status_code == 200
    assert sums(seen) == 0
    with counted(large) as seen:
        told = archivist.get("/fixity-reports/coverage").get_json()["copies"]
    assert sums(seen) == 0
    assert told == fixity_status(large, actor=OPERATOR)["copies"]
    (now, *_) = fixity_status(large, actor=OPERATOR, now=True)["copies"]
    assert told[0] | {"counted_at": ""} == now | {"counted_at": ""}


def test_papers_count_what_the_page_does_not_know_yet(large: Services) -> None:
    (before, *_) = fixity_status(large, actor=OPERATOR)["copies"]
    long_ago(large, verified_days=400)
    (kept, *_) = fixity_status(large, actor=OPERATOR)["copies"]
    assert kept["months"] == before["months"]
    (made, *_) = make_report(large, actor=OPERATOR)["copies"]
    assert made["months"] == [0] * 12 + [before["total_bytes"]]


def test_sums_are_counted_again_after_an_hour(large: Services) -> None:
    long_ago(large, verified_days=45)
    assert read_again(large) == "done"
    (first, *_) = fixity_status(large, actor=OPERATOR)["copies"]
    assert first["months"][0] == first["total_bytes"]
    with large.writing() as session:
        for row in session.scalars(select(FixityPass)):
            past = clock.now() - dt.timedelta(minutes=61)
            row.counted = row.counted | {"at": past.isoformat()}
    assert read_again(large) == "done"
    (again, *_) = fixity_status(large, actor=OPERATOR)["copies"]
    assert again["months"][1] == again["total_bytes"] == first["total_bytes"]


def test_a_small_copy_is_counted_whenever_it_is_asked_for(services: Services) -> None:
    assert read_again(services) == "done"
    assert [row.counted for row in newest_passes(services)] == [{}, {}]
    with counted(services) as seen:
        fixity_status(services, actor=OPERATOR)
    assert sums(seen) == 2


def runs(statements: list[str]) -> int:
    return sum("ntile(" in statement for statement in statements)


def test_the_page_of_the_system_shows_runs_of_a_large_copy_that_the_job_kept(
    large: Services, app: Flask
) -> None:
    quan = person(large, "quan")
    kept = coverage(large, actor=quan)
    assert [one["whole"] for one in kept] == [one["recent"] for one in kept]
    assert {len(one["cells"]) for one in kept} == {CELLS}
    browser = browser_of(app, large, "quan")
    with counted(large) as seen:
        assert browser.get("/system").status_code == 200
    assert runs(seen) == 0
    with large.writing() as session:
        for row in session.scalars(select(FixityPass)):
            row.counted = {name: it for name, it in row.counted.items() if name != "cells"}
    with counted(large) as seen:
        assert coverage(large, actor=quan) == kept  # as an earlier release kept no runs
    assert runs(seen) == len(kept)


def held_in_copies(services: Services) -> list[dict[str, Any]]:
    """Without the free bytes of its disk, on which others write too."""
    kept = copies_held(services, actor=person(services, "quan"))
    return [{name: value for name, value in one.items() if name != "free_bytes"} for one in kept]


def test_the_page_of_the_system_joins_a_large_copy_with_no_case_file(large: Services) -> None:
    with counted(large) as seen:
        kept = held_in_copies(large)
    assert {(one["held"], one["behind"]) for one in kept} == {(kept[0]["whole"], 0)}
    assert kept[0]["whole"] > LARGE
    assert [one for one in seen if "count(CASE" in one and "copy_state" in one] == []
    with large.writing() as session:
        for row in session.scalars(select(FixityPass)):
            row.counted = {name: it for name, it in row.counted.items() if name != "held"}
    with counted(large) as seen:
        assert held_in_copies(large) == kept  # as an earlier release kept none
    assert len([one for one in seen if "count(CASE" in one and "copy_state" in one]) == 1
