"""A watched folder of a station, and what became of it."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.services import Services
from digitize.batches.intake.door import BatchDoor
from digitize.batches.intake.folder_watch import Watcher, WatchRules
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.sources.frames import source_limits

MARKER = "XONG"


class Watched:
    """A watcher that waits for nothing, and what it told."""

    def __init__(self, folder: Path, door: BatchDoor, services: Services, **rules: float) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        limits = services.settings.limits
        given = {"settle_s": 0.0, "rest_s": 3600.0} | rules
        self.watcher = Watcher(
            folder,
            door,
            BatchOrder(reference=""),
            rules=WatchRules(
                marker=MARKER,
                most_bytes=limits.file_bytes,
                limits=source_limits(limits),
                **given,
            ),
            tell=lambda event, facts: self.told.append((event, facts)),
        )

    def look(self, times: int = 1) -> int:
        return [self.watcher.look() for _ in range(times)][-1]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [facts for event, facts in self.told if event == kind]


def batches(services: Services) -> list[ScanBatch]:
    with services.read_only() as session:
        rows = list(session.scalars(select(ScanBatch).order_by(ScanBatch.number)))
        assert all(row.sources is not None for row in rows)
    return rows


def names(batch: ScanBatch) -> list[str]:
    return [source.name for source in batch.sources]


def put(folder: Path, page: bytes, *numbers: int) -> None:
    """Pages that differ in their last bytes."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        (folder / f"{number}.jpg").write_bytes(page + b"\0" * number)
