"""Times packages from the archive that hands over to the one that receives, beside plain copying.

Each stage has a reference of its own, measured right before it on the same packages.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from archive_service import worker
from archive_service.bench import home as homes
from archive_service.bench.ingest import REFERENCE, prepare_reference
from archive_service.bench.measure import machine, settle, timed
from archive_service.bench.station import BenchServerError, serving
from archive_service.bench.transfer import many as transfer_many
from archive_service.bench.transfer.home import acquaint, make_giver, make_receiver
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionState
from archive_service.domain.transfer.transfer import TransferItem, TransferItemState
from archive_service.services import Services
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.write import Onto
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.network import send as network_send
from retention.transfer.network.send import SEND_JOB
from retention.transfer.packages import build as packages_build
from retention.transfer.receiving.receive import receive

_LOOK_S = 0.1
_WITHIN_S = 3600.0


@dataclass(slots=True)
class _Run:
    """What was measured, in seconds by stage, and the same packages copied beside it."""

    place: Path
    ours_s: dict[str, float] = field(default_factory=dict)
    reference_s: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)  # of this process
    packages: list[Path] = field(default_factory=list)

    def stage(self, name: str, work: Callable[[], object], *, compared: bool = True) -> None:
        """Do it, with the packages in the page cache and nothing waiting to be written."""
        if compared:
            self.reference_s[name] = self._copied(name)
        settle(self.packages, cached=True)
        cpu_s = time.process_time()
        self.ours_s[name] = timed(work)
        self.cpu_s[name] = time.process_time() - cpu_s

    def _copied(self, name: str) -> float:
        """One process, file after file: copied, read again with SHA-256, forced to the medium."""
        target = self.place / f"copied-{name}"
        target.mkdir()
        settle(self.packages, cached=True)
        return timed(prepare_reference(self.packages, target, 1))


def run(
    packages: int = 1000,
    *,
    files: int = 1,
    file_bytes: int = 50 << 10,
    seeded: int = 100_000,
    givers: int = 500,
    asked: int = 40,
    database: str | None = None,
) -> dict[str, Any]:
    """Build, onto a disk, received from it, over loopback to a served archive; then many items.

    Nothing is virus-checked, signed or validated while packages are received: that is done by the
    checks of the door, which are timed apart (``check``).

    Args:
        packages: case files of one transfer.
        files: PDFs of each.
        file_bytes: of each of them.
        seeded: items of another transfer, whose packages never come; 0: none.
        givers: archives whose transfers of ten years are laid down beside it.
        asked: times that each page of these is asked for.
        database: of a PostgreSQL server, for the rows of these last two alone; ``None``: SQLite.

    Raises:
        BenchFolderError, BenchServerError: something was refused or did not arrive.
    """
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as name:
        place = Path(name)
        giver, receiver = place / "giver", place / "receiver"
        row = make_giver(giver, place / "from", cases=packages, files=files, file_bytes=file_bytes)
        make_receiver(receiver, giver)
        by_network = homes.copy_home(receiver, place / "net")
        run = _Run(place)
        with homes.opened(giver) as giving:
            _build(run, giving, row)
            _by_disk(run, giving, row, receiver)
            _by_network(run, giving, row, by_network)
        many: dict[str, float] = {}
        if seeded:
            many = transfer_many.run(
                place / "many",
                seeded,
                giver=giver,
                givers=givers,
                asked=asked,
                database=database,
            )
        size = sum(package.stat().st_size for package in run.packages)
    rows_in = "PostgreSQL" if database else "SQLite"
    return _figures(run, packages, size, many | {"rows_in": rows_in} if many else {})


def _build(run: _Run, giving: Services, row: UUID) -> None:
    folder = run.place / "built"

    def build() -> None:
        packages_build.build(giving, row, folder=folder, actor=homes.ARCHIVIST)

    run.stage("build", build, compared=False)
    run.packages = sorted((folder / PACKAGES).iterdir())


def _by_disk(run: _Run, giving: Services, row: UUID, receiver: Path) -> None:
    """Onto a folder, which is received; then the checks of the door, in this process alone."""
    disk = run.place / "disk"
    onto = Onto(disk)
    run.stage("disk", lambda: disks_write.send(giving, row, onto, actor=homes.ARCHIVIST))
    with homes.opened(receiver) as receiving:
        run.stage("receive", lambda: receive(receiving, disk, actor=homes.ARCHIVIST))
        _require_arrived(receiving, row, len(run.packages))
        run.stage("check", lambda: _checked(receiving), compared=False)
        _require_sound(receiving)


def _by_network(run: _Run, giving: Services, row: UUID, home: Path) -> None:
    """From this process to ``archive serve``, whose workers take to the door what came."""
    with homes.opened(home) as receiving, serving(home) as (address, alive):
        acquaint(giving, receiving, address)
        code = receiving.settings.archive.code

        def send() -> None:
            network_send.send(giving, row, code, actor=homes.ARCHIVIST, at_once=True)
            worker.run_one(giving, subject_id=row, names=(SEND_JOB,))

        run.stage("send", send)
        until = time.monotonic() + _WITHIN_S
        run.stage("taken", lambda: _wait(receiving, row, alive, until), compared=False)
        _require_arrived(receiving, row, len(run.packages))


def _wait(receiving: Services, row: UUID, alive: Callable[[], None], until: float) -> None:
    while _awaited(receiving, row) and time.monotonic() < until:
        alive()
        time.sleep(_LOOK_S)


def _checked(receiving: Services) -> None:
    while worker.run_one(receiving, names=(CHECK_JOB,)):
        pass


def _awaited(services: Services, row: UUID) -> int:
    query = select(func.count()).select_from(TransferItem)
    waits = TransferItem.state == TransferItemState.AWAITED
    with services.read_only() as session:
        return session.scalar(query.where(TransferItem.transfer_id == row, waits)) or 0


def _require_arrived(services: Services, row: UUID, packages: int) -> None:
    query = select(func.count()).select_from(TransferItem)
    came = TransferItem.state == TransferItemState.ARRIVED
    with services.read_only() as session:
        count = session.scalar(query.where(TransferItem.transfer_id == row, came))
    if count != packages:
        raise BenchServerError(code=f"{count} of {packages} arrived")


def _require_sound(services: Services) -> None:
    """Every submission is checked, and none has an error."""
    with services.read_only() as session:
        rows = session.scalars(select(Submission)).all()
        left = [row.code for row in rows if row.state is not SubmissionState.CHECKED]
        faulty = {
            found.code for row in rows for found in row.findings if found.severity.value == "error"
        }
    if left or faulty:
        raise homes.BenchFolderError(folder=services.settings.home, found=[*left[:5], *faulty])


def _figures(run: _Run, packages: int, size: int, many: dict[str, Any]) -> dict[str, Any]:
    ours: dict[str, float] = {"build_per_second": round(packages / run.ours_s["build"], 1)}
    reference: dict[str, float] = {}
    for name, seconds in run.ours_s.items():
        ours[f"{name}_ms_per_package"] = round(1000 * seconds / packages, 2)
        ours[f"{name}_cpu_ms_per_package"] = round(1000 * run.cpu_s[name] / packages, 2)
    for name, seconds in run.reference_s.items():
        ours[f"{name}_mib_per_second"] = _speed(size, run.ours_s[name])
        reference[f"{name}_ms_per_package"] = round(1000 * seconds / packages, 2)
        reference[f"{name}_mib_per_second"] = _speed(size, seconds)
    ratios = {
        name: round(seconds / run.ours_s[name], 3) for name, seconds in run.reference_s.items()
    }
    return {
        "name": "transfer",
        "machine": machine(),
        "backends": "SQLite, files; no virus scanner",
        "packages": packages,
        "size_bytes": size,
        "ours": ours | many,
        "reference": {"name": f"{REFERENCE}, one process", **reference},
        "of_the_speed_of_copying": ratios,
        "ratio": ratios["receive"],
        "runs": {
            "ours_s": {name: round(one, 3) for name, one in run.ours_s.items()},
            "reference_s": {name: round(one, 3) for name, one in run.reference_s.items()},
        },
    }


def _speed(size_bytes: int, seconds: float) -> float:
    return round(size_bytes / (1 << 20) / seconds, 1)
