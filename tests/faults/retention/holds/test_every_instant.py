"""A hold that arrives at every instant of an execution: confirmed, or refused; never both."""

import itertools
from pathlib import Path

import pytest
from sqlalchemy import exists, select

from archive_service.db.held import in_force
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.job import IS_OPEN, Job
from archive_service.domain.retention.disposition import Disposition, DispositionItem, ItemState
from archive_service.domain.retention.removal import (
    DESTROY_JOB,
    CaseFileBeingDestroyedError,
    Removal,
)
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one
from retention.destruction.acts import RESUME_JOB
from retention.disposition.execution import CARRY_OUT_JOB
from retention.holds.acts import place_holds
from tests.faults.retention.destruction.home import CODES, stored_home
from tests.faults.retention.holds.arrival import Arrival
from tests.worlds.archive import Backends, copy_home, open_home, person, remove_home
from tests.worlds.damage.killing import Moment, under
from tests.worlds.retention.removing import approved
from tests.worlds.servers.backends import database_url, read_settings
from tests.worlds.servers.databases import KINDS

HELD, OTHERS = CODES[1], (CODES[0], CODES[2])
# How often each comes at least: fewer would mean that nobody was asked.
LEAST = {Moment.COMMIT: 6, Moment.WRITE: 6, Moment.WRITTEN: 6}


@pytest.fixture(scope="module", params=KINDS)
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three case files on a list that is approved and being carried out."""
    on_server = request.param == "postgresql"
    backends = Backends(request.getfixturevalue("postgresql") if on_server else None)
    home = stored_home(tmp_path_factory.mktemp("instant"), backends)
    with open_home(home) as services:
        approved(services, *CODES)
        with services.writing() as session:
            listed = session.scalars(select(Disposition.id)).one()
            services.jobs.add(session, CARRY_OUT_JOB, subject_id=listed)
    return home


def left(services: Services, row: CaseFile) -> list[int]:
    """Files of it in each copy."""
    root = f"{object_root(row.ocfl_id)}/"
    return [sum(1 for _ in copy.iter_keys(root)) for copy in services.stores]


def carried_out(home: Path, moment: Moment, at: int) -> bool:
    """The list is carried out while a hold arrives; whether it came."""
    told: list[str] = []
    with open_home(home) as services, open_home(home) as beside:
        head = person(beside, "hung")

        def hold() -> None:
            try:
                place_holds(beside, [HELD], reason="Thanh tra", authority="9/QĐ", actor=head)
                told.append("held")
            except CaseFileBeingDestroyedError:
                told.append("too late")

        arrival = Arrival(moment, at, hold)
        while run_one(under(services, arrival), names=(CARRY_OUT_JOB, DESTROY_JOB)):
            pass
        arrival.wait()
        finish(services)
        require_one_of_both(services, told, came=arrival.has_come)
    return arrival.has_come


def finish(services: Services) -> None:
    """All that is left, with what waits for another try: the two met, or the server was in use."""
    for _ in range(5):
        with services.writing() as session:
            services.jobs.add(session, RESUME_JOB)
        while run_one(services, names=(RESUME_JOB, CARRY_OUT_JOB, DESTROY_JOB)):
            pass
        with services.writing() as session:
            put_off = select(Job).where(Job.name.in_((CARRY_OUT_JOB, DESTROY_JOB)), IS_OPEN)
            for job in (waiting := session.scalars(put_off).all()):
                job.run_at = job.created_at
            is_open = session.scalar(select(exists().where(Removal.done_at.is_(None))))
        if not waiting and not is_open:
            return


def require_one_of_both(services: Services, told: list[str], *, came: bool) -> None:
    """Held and whole, or told that it is too late and gone; the others go in any case."""
    with services.read_only() as session:
        rows = {row.code: row for row in session.scalars(select(CaseFile))}
        removed = set(session.scalars(select(Removal.code)))
        items = {item.code: item.state for item in session.scalars(select(DispositionItem))}
        holds = in_force(session, rows[HELD].id)
    assert set(OTHERS) <= removed
    assert all(rows[code].state is CaseState.DESTROYED for code in OTHERS)
    is_held = told == ["held"]
    assert told == (["held"] if is_held else ["too late"] if came else [])
    assert (len(holds), HELD in removed) == ((1, False) if is_held else (0, True))
    assert items[HELD] is (ItemState.LEFT_OUT if is_held else ItemState.DONE)
    assert rows[HELD].state is (CaseState.STORED if is_held else CaseState.DESTROYED)
    assert all(bool(count) == is_held for count in left(services, rows[HELD]))


def require_never_both(stored: Path, tmp_path: Path, moment: Moment, *, step: int) -> None:
    """At every ``step``-th moment of a kind."""
    for at in itertools.count(1, step):
        home = copy_home(stored, tmp_path / f"{moment}-{at}")
        came = carried_out(home, moment, at)
        remove_home(home)
        if not came:
            break
    assert at > LEAST[moment]


@pytest.mark.parametrize(
    ("stored", "moment"),
    [
        pytest.param(kind, moment, marks=[pytest.mark.long] if is_like else [])
        for kind in KINDS
        for moment in LEAST
        for is_like in [kind == "postgresql" and moment is not Moment.COMMIT]
    ],
    indirect=["stored"],
)
def test_what_was_confirmed_is_never_destroyed(
    stored: Path, tmp_path: Path, moment: Moment
) -> None:
    on_server = database_url(read_settings(stored)) is not None  # where a copy takes seconds
    require_never_both(stored, tmp_path, moment, step=25 if on_server else 5)


@pytest.mark.long
@pytest.mark.parametrize("moment", LEAST)
def test_what_was_confirmed_is_never_destroyed_at_any_instant(
    stored: Path, tmp_path: Path, moment: Moment
) -> None:
    require_never_both(stored, tmp_path, moment, step=1)
