"""``kill -9`` of the historical archive in its server and its job, while a transfer comes in."""

import json
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from retention.transfer.network import send as network_send
from retention.transfer.register import acts as register_acts
from tests.faults.retention.transfer.network import taking_acts as acts
from tests.services.process import accepts, free_port
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.transfer.networked import acquaint, moved_to, spool
from tests.worlds.transfer.transfers import built, two_archives

KILLED = -signal.SIGKILL
STEP = 3  # of the commits; each of them with what takes long
MOST_TRIES = 40  # of a giver whose other side was away


@dataclass(frozen=True)
class Coming:
    """``giver`` and ``receiver`` in a folder, and the transfer that is to be sent."""

    folder: Path
    row: UUID
    warm: WarmProcess

    def _do(self, act: Callable[..., None], *arguments: object, log: Path) -> int:
        code = self.warm.do(act, *arguments, log=log)
        assert code in (0, KILLED), log.read_text("utf-8")
        return code

    def sent(self, place: Path, moment: Moment | None, at: int) -> bool:
        """Sent to a server that is killed, and started again; whether it was."""
        giver = copy_home(self.folder / "giver", place / "giver")
        receiver = copy_home(self.folder / "receiver", place / "receiver")
        port, over, codes = free_port(), place / "over", list[int]()
        counted = acts.serve, receiver, port, over, place / "counts"

        def serve() -> None:
            log = place / "log"
            if moment is not None:
                killed = acts.serve_killed, receiver, port, over, moment, at
                codes.append(self._do(*killed, log=log))
            if codes != [0]:
                codes.append(self._do(*counted, log=log))

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            wait_for(port)
            with open_home(giver) as services:
                moved_to(services, f"http://127.0.0.1:{port}")
                self._send(services)
        finally:
            over.touch()
            serving.join()
        assert codes[-1] == 0
        return KILLED in codes

    def _send(self, services: Services) -> None:
        lan = person(services, "lan")
        for _ in range(MOST_TRIES):
            network_send.send(services, self.row, HISTORICAL_CODE, actor=lan)
            do_all(services)
            if states(services, self.row) == {"sent"}:
                return
        pytest.fail("the giver cannot send")

    def taken(self, home: Path, place: Path, moment: Moment, at: int) -> bool:
        """What came is taken by a job that is killed, and begun again; whether it was."""
        code = self._do(acts.take_killed, home, moment, at, log=place / "log")
        self.require_all(home)
        return code == KILLED

    def require_all(self, home: Path) -> None:
        """Every package is at the door, once, and nothing is left on the way."""
        with open_home(home) as services:
            do_all(services)
            assert states(services, self.row) == {"arrived"}
            begun = [path for path in spool(services) if not path.parent.name.startswith(".new-")]
            assert begun == [], "but what never got its name, and is swept in time"
            with services.read_only() as session:
                assert session.scalar(select(func.count()).select_from(Submission)) == 2


@pytest.fixture(scope="module")
def coming(held_home: Path, tmp_path_factory: pytest.TempPathFactory, warm: WarmProcess) -> Coming:
    folder = tmp_path_factory.mktemp("coming")
    with two_archives(held_home, folder) as two:
        row = built(two.giver, folder / "out", OPEN_CODE, RESTRICTED_CODE)
        acquaint(two, "http://127.0.0.1:1")
    return Coming(folder, row, warm)


@pytest.fixture(scope="module")
def arrived(coming: Coming, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``receiver``, where all packages lie, and ``counts`` of what its server did meanwhile."""
    place = tmp_path_factory.mktemp("arrived")
    assert not coming.sent(place, None, 0)
    return place


def wait_for(port: int) -> None:
    """Until somebody listens there: a giver that is kept waiting comes back later and later."""
    for _ in range(MOST_TRIES * 50):
        with suppress(OSError):
            accepts(port)
            return
        time.sleep(0.02)
    pytest.fail("the server does not begin")


def states(services: Services, row: UUID) -> set[str]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return {transfer_item.state for transfer_item in told.items}


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.long)])
def test_both_sides_agree_whichever_commit_of_a_request_is_the_servers_last(
    coming: Coming, arrived: Path, tmp_path: Path, step: int
) -> None:
    total = json.loads((arrived / "counts").read_text("utf-8"))[Moment.COMMIT]
    assert total >= 4
    for at in range(1, total + 1, step):
        assert coming.sent(tmp_path / str(at), Moment.COMMIT, at)
        coming.require_all(tmp_path / str(at) / "receiver")


@pytest.mark.parametrize(
    ("moment", "step"),
    [
        (Moment.COMMIT, STEP),
        pytest.param(Moment.COMMIT, 1, marks=pytest.mark.long),
        pytest.param(Moment.STAGE, 1, marks=pytest.mark.long),
        pytest.param(Moment.WRITTEN, 1, marks=pytest.mark.long),
    ],
)
def test_what_came_is_taken_once_wherever_its_job_is_killed(
    coming: Coming, arrived: Path, tmp_path: Path, moment: Moment, step: int
) -> None:
    counted = copy_home(arrived / "receiver", tmp_path / "0")
    code = coming.warm.do(acts.take, counted, tmp_path / "counts", log=tmp_path / "log")
    assert code == 0, (tmp_path / "log").read_text("utf-8")
    coming.require_all(counted)
    total = json.loads((tmp_path / "counts").read_text("utf-8"))[moment]
    assert total >= (1 if moment is Moment.STAGE else 2)  # small packages are staged together
    kills = 0
    for at in range(1, total + 1, step):
        home = copy_home(arrived / "receiver", tmp_path / str(at))
        kills += coming.taken(home, tmp_path, moment, at)
    assert kills >= 1
