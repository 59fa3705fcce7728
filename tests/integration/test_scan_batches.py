"""A batch from the station's folder into the package: read, looked at, released, stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.bootstrap import Services
from archive_service.catalogue.holdings import get_case_file
from archive_service.worker import work
from archive_service.workflow import batch_desk
from archive_service.workflow.batch_views import page_picture, page_thumbnail, show_batch, show_page
from tests.factories.archive import new_home, open_home, person
from tests.factories.scanning import (
    CODE,
    folder_of_pages,
    import_batch,
    new_station,
    pages_of,
    paper_case,
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as opened:
        yield opened


def test_a_batch_is_read_released_and_stored(services: Services, tmp_path: Path) -> None:
    paper_case(services, tmp_path / "case")
    station, archivist = new_station(services), person(services, "lan")
    number = import_batch(services, folder_of_pages(tmp_path / "box", 3), station, code=CODE)

    batch = show_batch(services, number, actor=archivist)
    assert batch["state"] == "review", batch
    assert batch["pages"] and len(batch["pages"]) == 3
    print(batch)
    first = show_page(services, batch["pages"][0]["id"], actor=archivist)
    print(first["findings"], first["measures"])
    assert len(first["text"]) > 50
    assert page_thumbnail(services, first["id"], actor=archivist)[:2] == b"\xff\xd8"
    assert page_picture(services, first["id"], actor=archivist)[:2] == b"\xff\xd8"
    for page in batch["pages"]:
        if page["undecided"]:
            batch_desk.edit(
                services,
                number,
                "keep",
                {"page": page["id"], "reason": "đã đối chiếu"},
                actor=archivist,
            )
    work(services, until_empty=True)
    for finding in show_batch(services, number, actor=archivist)["findings"]:
        print(finding)
    done = batch_desk.release(services, number, actor=archivist)
    assert done["codes"] == [CODE]
    work(services, until_empty=True)
    with services.read_only() as session:
        case_file = get_case_file(session, CODE, actor=archivist)
        (document,) = case_file.documents
        assert case_file.digitization.value == "done"
        assert case_file.version_stored == 3
        assert [file.page_image for file in document.files][:3] == [True, True, True]
        print([(f.path, f.role, f.puid) for f in document.files])
