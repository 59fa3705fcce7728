"""A case file of many versions is read back one inventory after the other, never all at once."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.jobs.due import queue_due
from archive_service.recovery.rebuild.left_out import LeftOut
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.packages import iter_cases
from archive_service.services import Services
from archive_service.storage.ocfl.inventory import Inventory
from tests.worlds.archive import open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.clients import do_all
from tests.worlds.stored_objects import LyingStore

VERSIONS = 6


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        yield services


def test_inventories_of_all_versions_are_not_kept_together(services: Services) -> None:
    for _ in range(VERSIONS - 1):
        with services.writing() as session:
            row = session.scalars(select(CaseFile).where(CaseFile.code == STORED_CODE)).one()
            row.want_version()
            queue_due(session, row, services)
        do_all(services)
    at_once: list[int] = []  # inventories in memory, at each reading
    older = [kept for kept in gc.get_objects() if isinstance(kept, Inventory)]

    def watched(_key: str, data: bytes, _nth: int) -> bytes:
        in_memory = sum(isinstance(kept, Inventory) for kept in gc.get_objects())
        at_once.append(in_memory - len(older))
        return data

    copy = LyingStore(services.copies[0], watched)
    found = list(iter_cases([copy], left_out=LeftOut(), old=OldDatabase(None)))
    (case_file,) = (one.case_file for one in found if one.case_file.code == STORED_CODE)
    assert [version.number for version in case_file.versions] == [*range(1, VERSIONS + 1)]
    assert 0 < max(at_once) < VERSIONS - 1
