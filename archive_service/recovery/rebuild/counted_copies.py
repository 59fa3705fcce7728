"""Which copies counted, by the acts that the trail proves: a rebuild reads no other."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, field_validator

from archive_service import clock
from archive_service.db.troubles import DatabaseUnreadableError
from archive_service.document import Document
from archive_service.domain.keeping.enrolled_copy import (
    COPY_ACT,
    CopyRole,
    CopyStanding,
    EnrolledCopy,
)
from archive_service.errors import BackendError
from archive_service.recovery.rebuild.custody_acts import iter_held
from archive_service.recovery.rebuild.left_out import LeftOut, Passed
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.proved_acts import ProvedActs
from archive_service.storage.acts import ActDamagedError
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

    @field_validator("at", "enrolled_at", "retired_at", "verified_at")
    @classmethod
    def _is_moment(cls, text: str | None) -> str | None:
        if text is not None:
            clock.parse_iso(text)
        return text

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


def answering(stores: Iterable[ObjectStore], left_out: LeftOut) -> list[ObjectStore]:
    """Those that answer as a copy; ``silent`` of ``left_out`` names the others."""
    found = []
    for store in stores:
        try:
            identify(store)
        except BackendError as silent:
            left_out.silent[store.name] = silent
        else:
            found.append(store)
    return found


def told_standings(
    stores: Iterable[ObjectStore],
    *,
    proved: ProvedActs | None = None,
    left_out: LeftOut | None = None,
    old: OldDatabase | None = None,
) -> dict[str, CopyStandingDocument]:
    """What the newest proved act says of each copy, over all stores that answer; most have none.

    A copy that never changed since the first setting up has no act: it is active. Only an act
    that does not read as one of a copy is named in ``left_out``; of others the troubles are named
    when all acts are read.
    """
    own = LeftOut()
    copies = answering(stores, own)
    newest: dict[str, CopyStandingDocument] = {}
    if not copies:
        return newest
    proved = proved or ProvedActs(copies, old=old)
    try:
        for held in iter_held(
            copies[0], copies[1:], proved=proved, left_out=own, old=old, kind=COPY_ACT
        ):
            standing = _standing(held.act.document)
            if standing is None:
                if left_out is not None:
                    key = held.act.key
                    left_out.pass_over(Passed.ACT_UNSOUND, key, reason=ActDamagedError(key=key))
            elif standing.name not in newest or newest[standing.name].at <= standing.at:
                newest[standing.name] = standing
    except DatabaseUnreadableError:
        raise
    except BackendError:  # what is read here is read again, with its troubles, later
        pass
    return newest


def _standing(facts: dict[str, Any]) -> CopyStandingDocument | None:
    """``None``: it does not read."""
    try:
        standing = CopyStandingDocument.model_validate({"at": facts["at"]} | facts["body"])
    except (LookupError, TypeError, ValueError):
        return None
    return standing if standing.name == facts["subject_id"] else None


def counts(name: str, standings: Mapping[str, CopyStandingDocument]) -> bool:
    """Whether a copy was active: one still joining lacks something, one retired may."""
    return name not in standings or standings[name].state is CopyStanding.ACTIVE
