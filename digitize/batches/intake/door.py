"""Where a watched folder's files go: into this archive, or to another one over its API."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from archive_service.domain.digitization.scan_batch import BatchStateError
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.folder import no_link
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.sources.names import LeftOut


@dataclass(frozen=True, slots=True)
class OpenedBatch:
    """A batch as its sender knows it."""

    id: UUID
    number: str
    closed: bool


class BatchDoor(Protocol):
    """Takes in batches; every act may be repeated by whoever was killed in it."""

    def open(self, order: BatchOrder) -> OpenedBatch:
        """The batch of this reference, new or not; errors as ``receive.open_batch``."""

    def add(self, batch: OpenedBatch, name: str, path: Path) -> bool:
        """Take in one file; durable on return. ``False``: the batch is closed without it.

        As long as the batch is open, a file that changed takes the place of the earlier one.
        """

    def close(
        self, batch: OpenedBatch, order: Sequence[str], left_out: Sequence[LeftOut] = ()
    ) -> None:
        """All its files are there but ``left_out``; closing twice is one."""


@dataclass(frozen=True, slots=True)
class LocalDoor:
    """Straight into this archive."""

    services: Services
    station: str
    actor: Actor

    def open(self, order: BatchOrder) -> OpenedBatch:
        """See ``BatchDoor.open``."""
        row, _ = intake_acts.open_batch(
            self.services, order, station=self.station, actor=self.actor
        )
        return OpenedBatch(row.id, row.number, row.closed_at is not None)

    def add(self, batch: OpenedBatch, name: str, path: Path) -> bool:
        """See ``BatchDoor.add``."""
        try:
            with open(path, "rb", opener=no_link) as source:
                intake_acts.add_source(
                    self.services, batch.id, name, source, actor=self.actor, replace_it=True
                )
        except BatchStateError:
            return False
        return True

    def close(
        self, batch: OpenedBatch, order: Sequence[str], left_out: Sequence[LeftOut] = ()
    ) -> None:
        """See ``BatchDoor.close``."""
        intake_acts.close_batch(
            self.services, batch.id, actor=self.actor, order=order, left_out=left_out
        )
