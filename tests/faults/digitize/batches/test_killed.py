"""``kill -9`` while a batch is read: no page is lost, none is there twice, none is read twice."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanPage
from archive_service.services import Services
from tests.faults.digitize.batches import acts as batches_acts
from tests.worlds.archive import copy_home, new_home, open_home
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.digitize.scanning import folder_of_pages, import_batch, new_station, tiff_of_pages

KILLED = -signal.SIGKILL
MOST_LIVES = 60


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an archive with one closed batch: two files of one page, one of two."""
    place = tmp_path_factory.mktemp("batch")
    home = new_home(place / "home")
    box = folder_of_pages(place / "box", 2)
    tiff_of_pages(box / "003.tif", 2, first=3)
    with open_home(home) as services:
        import_batch(services, box, new_station(services), read=False)
    return home


@pytest.fixture(scope="module")
def whole(waiting: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run that nobody kills makes of it."""
    home = copy_home(waiting, tmp_path_factory.mktemp("whole") / "home")
    batches_acts.read_on(home)
    return told(home)


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmProcess]:
    """A process to be killed, on a ledger that forgives more deaths than others."""
    monkeypatch.setenv("ARCHIVE_JOBS__MAX_ATTEMPTS", str(2 * MOST_LIVES))
    with WarmProcess() as process:
        yield process


def told(home: Path) -> dict[str, Any]:
    """The batch as it stands, without what is drawn anew in each run."""
    with open_home(home) as services, services.read_only() as session:
        batch = session.scalars(select(ScanBatch)).one()
        pages = session.scalars(select(ScanPage).order_by(ScanPage.position)).all()
        readings = session.scalars(select(PageReadingRow)).all()
        require_staged(services, pages)
        return {
            "state": batch.state,
            "pages": [
                (page.name, page.frame, page.sha256, page.state, page.reading_sha256)
                for page in pages
            ],
            "documents": [
                sum(page.document_id == document.id for page in pages)
                for document in batch.documents
            ],
            "readings": sorted(row.image_sha256 for row in readings),
        }


def require_staged(services: Services, pages: Any) -> None:
    """Each page's image, picture and reading lie in staging."""
    for page in pages:
        for digest in (page.sha256, page.thumbnail_sha256, page.reading_sha256):
            assert digest is not None
            assert services.staging.has(digest)


@pytest.mark.parametrize(
    ("moment", "at"),
    [
        (Moment.COMMIT, 3),  # the first commit of a life takes the job
        pytest.param(Moment.STAGE, 3, marks=pytest.mark.long),
    ],
)
def test_a_worker_that_is_killed_again_and_again_reads_each_page_once(
    moment: Moment, at: int, warm: WarmProcess, waiting: Path, whole: dict[str, Any], tmp_path: Path
) -> None:
    home = copy_home(waiting, tmp_path / "home")
    log, deaths = tmp_path / "log", 0
    while (code := warm.do(batches_acts.read_under, home, moment, at, log=log)) == KILLED:
        deaths += 1
        assert deaths < MOST_LIVES
    assert code == 0, log.read_text("utf-8")
    batches_acts.read_on(home)
    assert deaths > 1
    assert told(home) == whole
    assert len(whole["pages"]) == 4
