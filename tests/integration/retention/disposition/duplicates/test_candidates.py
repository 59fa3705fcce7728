"""Which case files may be duplicates is told by one pass over the index of received bytes."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from archive_service import clock
from archive_service.bench.retention import seed
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject
from archive_service.services import Services
from retention.disposition.duplicates.find import MOST_HOLDERS, may_be_duplicates
from tests.worlds.archive import Backends, new_home, open_home

CASE_FILES = 60
Originals = dict[UUID, list[str]]  # SHA-256 of the received files of each case file


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """Rows of case files with four received files each."""
    backends = Backends()
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    with open_home(new_home(tmp_path / "home", backends)) as opened:
        seed(opened, CASE_FILES)
        yield opened


def drawn(services: Services, lot: random.Random) -> Originals:
    """The received files anew, drawn from few: half are one form, some lie twice in a case file."""
    few = [f"{number:064x}" for number in range(1, lot.choice((30, 150)))]
    form = f"{0:064x}"
    found: Originals = {}
    with services.writing() as session:
        rows = select(DigitalObject.id, DigitalObject.case_file_id).order_by(DigitalObject.id)
        for identifier, case_file_id in session.execute(rows).all():
            sha256 = form if lot.random() < 0.5 else lot.choice(few)
            row = update(DigitalObject).where(DigitalObject.id == identifier)
            session.execute(row.values(sha256=sha256))
            found.setdefault(case_file_id, []).append(sha256)
    return found


def expected(originals: Originals) -> set[UUID]:
    """Every file of it lies in another case file too, and one of them in few places."""
    places = Counter(sha256 for files in originals.values() for sha256 in files)
    holders = Counter(sha256 for files in originals.values() for sha256 in set(files))
    return {
        identifier
        for identifier, files in originals.items()
        if all(holders[sha256] > 1 for sha256 in files)
        and any(places[sha256] <= MOST_HOLDERS for sha256 in files)
    }


def test_none_is_missed_and_none_is_asked_for_in_vain(services: Services) -> None:
    lot, asked = random.Random(7), 0
    with services.writing() as session:
        runs = update(CaseFile).values(permanent=False, ends_on=clock.today())
        session.execute(runs)
    for _ in range(8):
        originals = drawn(services, lot)
        with services.read_only() as session:
            found = {row.id for row in session.execute(may_be_duplicates(clock.today()))}
            places = select(func.count(DigitalObject.id)).group_by(DigitalObject.sha256)
            assert max(session.scalars(places)) > MOST_HOLDERS
        assert found == expected(originals)
        asked += len(found)
    assert 0 < asked < 8 * CASE_FILES
