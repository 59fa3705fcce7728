"""Which copies counted, by the acts that all of them hold: a rebuild reads no other."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from archive_service import clock
from archive_service.document import Document
from archive_service.domain.keeping.enrolled_copy import (
    COPY_ACT,
    CopyRole,
    CopyStanding,
    EnrolledCopy,
)
from archive_service.errors import ArchiveError
from archive_service.storage.acts import ACTS, read_act
from archive_service.storage.copies.identity import identify
from archive_service.storage.port import ObjectStore


class CopyStandingDocument(Document):
    """What the newest act says of a copy; times as ISO 8601."""

    at: str
    name: str
    identity: str
    enrolled_at: str
    state: CopyStanding
    role: CopyRole
    retired_at: str | None = None  # older acts do not say when: they are it
    holdings_known: bool = False
    medium: dict[str, Any] = Field(default={})
    verified_at: str | None = None

    def row(self) -> EnrolledCopy:
        """The row that the act tells of."""
        is_retired = self.state is CopyStanding.RETIRED
        return EnrolledCopy(
            name=self.name,
            identity=self.identity,
            enrolled_at=clock.parse_iso(self.enrolled_at),
            state=self.state,
            role=self.role,
            retired_at=clock.parse_iso(self.retired_at or self.at) if is_retired else None,
            holdings_known=self.holdings_known,
            medium=dict(self.medium),
            verified_at=clock.parse_iso(self.verified_at) if self.verified_at else None,
        )


def told_standings(stores: Iterable[ObjectStore]) -> dict[str, CopyStandingDocument]:
    """What the newest act says of each copy, over all stores that answer; most have none.

    A copy that never changed since the first setting up has no act: it is active.
    """
    newest: dict[str, CopyStandingDocument] = {}
    for store in stores:
        try:
            identify(store)
            keys = [key for key in store.iter_keys(f"{ACTS}/{COPY_ACT}/") if key.endswith(".json")]
        except ArchiveError:  # what is read here is read again, with its troubles, later
            continue
        for key in keys:
            try:
                said = read_act(store, key).document
                standing = CopyStandingDocument.model_validate({"at": said["at"]} | said["body"])
                name = str(said["subject_id"])
            except (ArchiveError, LookupError, TypeError, ValueError):
                continue
            if name not in newest or newest[name].at <= standing.at:
                newest[name] = standing
    return newest


def counts(name: str, told: Mapping[str, CopyStandingDocument]) -> bool:
    """Whether a copy was active: one still joining lacks something, one retired may."""
    return name not in told or told[name].state is CopyStanding.ACTIVE
