"""What the digitization desk refuses, each by its own code: acts, pictures, releases."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.desk.acts import BatchEditFileError, ScanPageRefusedError
from digitize.batches.desk.strip import PageWithoutReadingError, page_thumbnail
from digitize.batches.release.load import BatchTargetBusyError
from digitize.batches.release.release import BatchBeingReadError
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.digitize.scanning import (
    CODE,
    folder_of_pages,
    import_batch,
    pages_of,
    separator_page,
    station_of,
    waiting_home,
)
from tests.worlds.papers import bad_scans


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return waiting_home(tmp_path_factory.mktemp("waiting"))


@pytest.fixture
def services(waiting: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(waiting, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def station(services: Services) -> Actor:
    return station_of(services)


def test_an_act_with_a_file_has_one_and_the_others_none(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 1), station, code=CODE)
    with pytest.raises(BatchEditFileError):
        desk_acts.edit(services, number, "insert", {}, actor=station)
    with pytest.raises(BatchEditFileError):
        desk_acts.edit_with_file(
            services, number, "rotate", {}, name="a.jpg", source=io.BytesIO(b"x"), actor=station
        )
    with pytest.raises(ScanPageRefusedError) as refused:
        desk_acts.edit_with_file(
            services, number, "insert", {}, name="a.jpg", source=io.BytesIO(b"x"), actor=station
        )
    assert refused.value.facts["problem"]
    assert len(pages_of(services, number, station)) == 1


def test_what_could_not_be_read_has_no_small_picture(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    box = folder_of_pages(tmp_path / "box", 1)
    bad_scans.cut(box)
    number = import_batch(services, box, station, code=CODE)
    page, broken = pages_of(services, number, station)
    assert page_thumbnail(services, page["id"], actor=station).startswith(b"\xff\xd8")
    with pytest.raises(PageWithoutReadingError):
        page_thumbnail(services, broken["id"], actor=station)


def test_a_sheet_between_pages_that_were_not_to_be_divided_is_told(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    box = folder_of_pages(tmp_path / "box", 1)
    separator_page(box / "002.png", CODE, 1)
    number = import_batch(services, box, station, code=CODE)
    codes = {page["name"]: page["codes"] for page in pages_of(services, number, station)}
    assert codes["002.png"] == ["page-separator-unused"]


def test_nothing_is_released_before_it_was_looked_at_or_while_a_version_is_on_its_way(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 2), station, code=CODE)
    page = pages_of(services, number, station)[0]["id"]
    desk_acts.edit(services, number, "remove", {"page": page, "reason": "trùng"}, actor=station)
    with pytest.raises(BatchBeingReadError):
        desk_acts.release(services, number, actor=station)
    work(services, until_empty=True)
    lan = person(services, "lan")
    describe_case_file(services, CODE, {0: {"creator": "Bách"}}, reason="Sửa", actor=lan)
    with pytest.raises(BatchTargetBusyError):
        desk_acts.release(services, number, actor=station)
    work(services, until_empty=True)
    assert desk_acts.release(services, number, actor=station).pages == 1
