"""Two processes carry out one list at once: each case file goes once, and is told once."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.domain.retention.removal import Removal
from tests.faults.retention.destruction import acts as destruction_acts
from tests.faults.retention.destruction.home import CODES, stored_home
from tests.worlds.archive import copy_home, open_home
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.retention.removing import approved

ROUNDS = 3
ONCE = ("case-file:removal-claimed", "case-file:destroyed")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Case files in two copies, whose destruction was approved."""
    home = stored_home(tmp_path_factory.mktemp("together"))
    with open_home(home) as services:
        approved(services, *CODES)
    destruction_acts.note_whole(home, home.parent / "whole.json")
    return home


@pytest.fixture(scope="module")
def two() -> Iterator[list[WarmProcess]]:
    with ExitStack() as stack:
        yield [stack.enter_context(WarmProcess()) for _ in range(2)]


def destroy_together(home: Path, meeting: Path, flags: int) -> None:
    """All of the list, from the moment on in which the other one is there too."""
    os.close(os.open(meeting, flags))  # a FIFO: neither end opens without the other
    destruction_acts.destroy_under(home, Moment.COMMIT, 0)


def test_what_two_processes_carry_out_at_once_goes_once(
    before: Path, tmp_path: Path, two: list[WarmProcess]
) -> None:
    for nth in range(ROUNDS):
        home, meeting = copy_home(before, tmp_path / f"home-{nth}"), tmp_path / f"meeting-{nth}"
        os.mkfifo(meeting)
        logs = [tmp_path / f"log-{nth}-{number}" for number in range(2)]
        with ThreadPoolExecutor(2) as threads:
            running = [
                threads.submit(process.do, destroy_together, home, meeting, flags, log=log)
                for process, flags, log in zip(two, (os.O_RDONLY, os.O_WRONLY), logs, strict=True)
            ]
        ended = [future.result() for future in running]
        assert ended == [0, 0], "\n".join(log.read_text("utf-8") for log in logs)
        require_once(home, before.parent / "whole.json")


def require_once(home: Path, whole: Path) -> None:
    """Gone everywhere, as one destruction tells it."""
    destruction_acts.claims_of(home, whole)
    with open_home(home) as services, services.read_only() as session:
        tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.tag.in_(ONCE))).all()
        assert Counter(tags) == dict.fromkeys(ONCE, len(CODES))
        assert set(session.scalars(select(CaseFile.state))) == {CaseState.DESTROYED}
        assert set(session.scalars(select(DispositionItem.state))) == {ItemState.DONE}
        for removal in session.scalars(select(Removal)):
            found = {place.place: place.proof["found"] for place in removal.places}
            assert min(found["copy:kho1"], found["copy:kho2"]) > removal.files, found
