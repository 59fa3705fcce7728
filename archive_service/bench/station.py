"""Shows that pages stay quick while a station sends: real processes, real requests, a set rate."""

import itertools
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive_service.accounts.acts import add_account
from archive_service.accounts.sessions import open_session
from archive_service.bench import home as homes
from archive_service.bench.asking import Asking
from archive_service.bench.backends import on_files
from archive_service.bench.home import opened
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import machine
from archive_service.bootstrap import open_services
from archive_service.demo.drawn_papers import drawn_pages
from archive_service.domain.digitization.scan_batch import (
    BatchState,
    PageState,
    ScanBatch,
    ScanPage,
    ScanSource,
)
from archive_service.domain.people.account import Role
from archive_service.errors import BackendError
from archive_service.settings import load_settings
from archive_service.storage.durable import sync_folder
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.intake.remote import RemoteDoor
from digitize.stations.acts import NewStation, add_station

STATION = "tram-1"
REFERENCE = "the same pages, nothing being sent"
_DISTINCT = 100  # pages that are drawn; further ones are these with other bytes
_FIRST = 4  # pages of the batch that lies on the desk before anything is timed
_CASES = 3
_READ_WITHIN_S = 300.0
_SEED = 60


class BenchServerError(BackendError):
    """The served archive ended, or a batch was not read in time; what it printed stands above."""


@dataclass(slots=True)
class _Sent:
    """What the station sent, and how late; ``batch`` is the number of the newest batch."""

    files: list[tuple[str, str]] = field(default_factory=list)  # batch and name
    late_s: list[float] = field(default_factory=list)  # behind the set rate
    batch: str = ""


def run(
    pages: int = 1000, *, per_minute: float = 60.0, batch: int = 100, rest_s: float = 60.0
) -> dict[str, Any]:
    """Times of desk pages while ``pages`` come in, beside the same pages with nothing sent.

    Each page is an upload of its own (tus) into a batch; a full batch is closed and read by the
    workers while the next one comes.

    Args:
        per_minute: pages that the station sends.
        batch: pages of a batch.
        rest_s: how long the pages are asked for with nothing sent.

    Raises:
        BenchServerError: see there.
    """
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place:
        folder, home = Path(place, "scans"), Path(place, "home")
        names = _draw(folder, _FIRST + pages)
        token, cookie = _set_up(home, Path(place, "cases"))
        with serving(home) as (address, alive):
            door = RemoteDoor(address, token, STATION)
            sent = _Sent()
            _send(door, names[:_FIRST], sent, batch=_FIRST, pause_s=0.0)
            _wait_until_read(home, alive)

            def places() -> dict[str, str]:
                return _places(sent.batch)  # the newest when it is asked

            with Asking(address, cookie, places) as before:
                time.sleep(rest_s)
            with Asking(address, cookie, places) as beside:
                _send(door, names[_FIRST:], sent, batch=batch, pause_s=60.0 / per_minute)
            alive()
        arrived = _arrived(home, sent)
    return _figures(before, beside, sent, arrived, pages=pages, per_minute=per_minute)


def _draw(folder: Path, count: int) -> list[Path]:
    """Scans as files; each has bytes of its own."""
    folder.mkdir()
    drawn = [page.jpeg for page in drawn_pages(_SEED, min(count, _DISTINCT))]
    made = []
    for number, jpeg in zip(range(1, count + 1), itertools.cycle(drawn), strict=False):
        comment = b"%08d" % number
        head = 4 + int.from_bytes(jpeg[4:6], "big")  # behind the segment that says what it is
        path = folder / f"{number:05}.jpg"
        path.write_bytes(jpeg[:head] + b"\xff\xfe\x00\x0a" + comment + jpeg[head:])
        made.append(path)
    sync_folder(folder)
    return made


def _set_up(home: Path, cases: Path) -> tuple[str, str]:
    """An archive with some case files; the station's token, and the cookie of a session."""
    folders = make_case_files(cases, count=_CASES, files=1, file_bytes=50 << 10)
    homes.make_accepted(home, folders, on_files(1))
    services = open_services(load_settings(home))
    try:
        with services.unit_of_work() as uow:
            _, token = add_station(NewStation(STATION), actor=homes.OPERATOR, uow=uow)
            account = add_account("bench-lan", role=Role.ARCHIVIST, actor=homes.OPERATOR, uow=uow)
            cookie = open_session(account, uow=uow, user_agent="bench")
            uow.commit()
    finally:
        services.close()
    return token or "", cookie


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """``archive serve`` with its workers: its address, and what tells whether it still lives."""
    command = [
        *(sys.executable, "-m", "archive_service.main", "--home", str(home)),
        *("serve", "--listen", "127.0.0.1:0"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:

        def alive() -> None:
            if process.poll() is not None:
                raise BenchServerError(code=process.returncode)

        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                process.wait()
                alive()
            yield address.rstrip("/"), alive
        finally:
            process.send_signal(signal.SIGTERM)


def _send(
    door: RemoteDoor, paths: Sequence[Path], sent: _Sent, *, batch: int, pause_s: float
) -> None:
    """One page after another at the rate, in batches that are closed when they are full."""
    begun = time.monotonic()
    for start in range(0, len(paths), batch):
        part = paths[start : start + batch]
        opened = door.open(BatchOrder(reference=part[0].stem))
        for number, path in enumerate(part, start=start):
            due = begun + number * pause_s
            time.sleep(max(0.0, due - time.monotonic()))
            door.add(opened, path.name, path)
            sent.late_s.append(max(0.0, time.monotonic() - due - pause_s))
            sent.files.append((opened.number, path.name))
            sent.batch = opened.number  # it has a page from here on
        door.close(opened, [path.name for path in part])


def _places(batch: str) -> dict[str, str]:
    return {
        "scanning": "/scanning",
        "batch": f"/scanning/batches/{batch}",
        "search": "/search?q=h%E1%BB%93+s%C6%A1",
        "desk": "/desk",
    }


def _wait_until_read(home: Path, alive: Callable[[], None]) -> None:
    until = time.monotonic() + _READ_WITHIN_S
    while True:
        alive()
        with opened(home) as services, services.read_only() as session:
            if set(session.scalars(select(ScanBatch.state))) == {BatchState.REVIEW}:
                return
        if time.monotonic() > until:
            raise BenchServerError(code="not read")
        time.sleep(1.0)


def _arrived(home: Path, sent: _Sent) -> dict[str, int]:
    """How the files that came compare with those that were sent."""
    with opened(home) as services, services.read_only() as session:
        rows = session.execute(
            select(ScanBatch.number, ScanSource.name, ScanSource.sha256).join(
                ScanSource, ScanSource.batch_id == ScanBatch.id
            )
        ).all()
        read = list(session.scalars(select(ScanPage.state)))
    came = [(row.number, row.name) for row in rows]
    return {
        "arrived": len(came),
        "lost": len(set(sent.files) - set(came)),
        "doubled": len(came) - len({row.sha256 for row in rows}),
        "read_meanwhile": sum(state is not PageState.WAITING for state in read),
    }


def _figures(
    before: Asking,
    beside: Asking,
    sent: _Sent,
    arrived: dict[str, int],
    *,
    pages: int,
    per_minute: float,
) -> dict[str, Any]:
    ours, reference = beside.told(), before.told()
    slow = {name: ours[name] / reference[name] for name in ours if name.endswith("p95_ms")}
    return {
        "name": "station",
        "machine": machine(),
        "pages": pages,
        "per_minute": per_minute,
        **arrived,
        "late_p50_s": round(statistics.median(sent.late_s), 2),
        "late_max_s": round(max(sent.late_s), 2),
        "asked": {"ours": beside.count, "reference": before.count},
        "refused": beside.refused + before.refused,
        "ours": ours,
        "reference": {"name": REFERENCE, **reference},
        "ratio": round(max(slow.values()), 3),
        "runs": 1,
    }
