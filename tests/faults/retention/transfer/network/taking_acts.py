"""The server and the job of an archive that a transfer comes to by network, to be killed."""

import json
import threading
import time
from pathlib import Path

from werkzeug.serving import make_server

from archive_service.app import create_app
from archive_service.worker import run_one
from retention.transfer.network.deliveries.acts import RECEIVE_JOB
from tests.worlds.archive import open_home
from tests.worlds.damage.killing import Census, Killer, Moment, under


def serve(home: Path, port: int, over: Path, counts: Path) -> None:
    """Until the file ``over`` is there, unkilled; its moments of each kind into ``counts``."""
    census = Census()
    _serve(home, port, over, census)
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def serve_killed(home: Path, port: int, over: Path, moment: Moment, at: int) -> None:
    """The same, killed at the ``at``-th moment of this kind."""
    _serve(home, port, over, Killer(moment, at))


def take(home: Path, counts: Path) -> None:
    """What came goes to the door, unkilled; its moments into ``counts``."""
    census = Census()
    _take(home, census)
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def take_killed(home: Path, moment: Moment, at: int) -> None:
    """The same, killed at the ``at``-th moment of this kind."""
    _take(home, Killer(moment, at))


def _serve(home: Path, port: int, over: Path, killer: Killer) -> None:
    with open_home(home) as services:
        server = make_server("127.0.0.1", port, create_app(under(services, killer)), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        while not over.exists():
            time.sleep(0.02)
        server.shutdown()
        thread.join()


def _take(home: Path, killer: Killer) -> None:
    with open_home(home) as services:
        while run_one(under(services, killer), names=(RECEIVE_JOB,)) not in (None, "retry"):
            pass
