"""The page of a case file that was edited for years shows a hundred of its versions at a time."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from tests.worlds.archive import open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.browsers import browser_of

VERSIONS = 250


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[FlaskClient]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        with services.writing() as session:
            row = session.scalars(select(CaseFile).where(CaseFile.code == STORED_CODE)).one()
            row.version_wanted = row.version_built = row.version_stored = VERSIONS
            for number in range(2, VERSIONS + 1):
                row.versions.append(
                    PackageVersion(
                        number=number,
                        inventory_sha256=f"{number:064x}",
                        message=f"Sửa {number}",
                        built_by="lan",
                        built_at=clock.now(),
                    )
                )
        yield browser_of(create_app(services), services, "lan")


def numbers(client: FlaskClient, query: str = "") -> list[int]:
    """Of the versions that the page leads to, in its order."""
    page = client.get(f"/case-files/{STORED_CODE}{query}")
    assert page.status_code == 200
    return [int(found) for found in re.findall(r'/versions/(\d+)"', page.text)]


def test_the_newest_hundred_stand_first_and_the_others_are_a_step_away(lan: FlaskClient) -> None:
    assert numbers(lan) == [*range(VERSIONS, 150, -1)]
    assert numbers(lan, "?versions=101") == [*range(150, 50, -1)]
    assert numbers(lan, "?versions=201") == [*range(50, 0, -1)]
    page = lan.get(f"/case-files/{STORED_CODE}?versions=101").text
    assert re.search(r'<option value="[^"]*\?versions=1#versions"', page)
    assert "101–200 trong 250" in page


@pytest.mark.parametrize("asked", ["0", "-5", "99999", "x", ""])
def test_a_place_that_is_none_shows_a_part_all_the_same(lan: FlaskClient, asked: str) -> None:
    assert 0 < len(numbers(lan, f"?versions={asked}")) <= 100
