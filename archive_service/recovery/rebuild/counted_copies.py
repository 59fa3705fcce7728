"""Which copies counted, by the acts that all of them hold: a rebuild reads no other."""

from collections.abc import Iterable, Mapping
from typing import Any

from archive_service import clock
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


def told_standings(stores: Iterable[ObjectStore]) -> dict[str, dict[str, Any]]:
    """What the newest act says of each copy, over all stores that answer; most have none.

    A copy that never changed since the first setting up has no act: it is active.
    """
    newest: dict[str, dict[str, Any]] = {}
    for store in stores:
        try:
            identify(store)
            keys = [key for key in store.iter_keys(f"{ACTS}/{COPY_ACT}/") if key.endswith(".json")]
        except ArchiveError:  # what is read here is read again, with its troubles, later
            continue
        for key in keys:
            try:
                document = read_act(store, key).document
                name, at = document["subject_id"], document["at"]
            except (ArchiveError, KeyError, ValueError):
                continue
            if name not in newest or newest[name]["at"] <= at:
                newest[name] = document
    return {name: {"at": entry["at"]} | entry["body"] for name, entry in newest.items()}


def counts(name: str, told: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a copy was active: one still joining lacks something, one retired may."""
    return name not in told or told[name]["state"] == CopyStanding.ACTIVE


def row_of(body: Mapping[str, Any]) -> EnrolledCopy:
    """The row that an act tells of; older acts do not say when a copy was retired: they are it."""
    state = CopyStanding(body["state"])
    retired_at = body.get("retired_at") or body["at"] if state is CopyStanding.RETIRED else None
    return EnrolledCopy(
        name=body["name"],
        identity=body["identity"],
        enrolled_at=clock.parse_iso(body["enrolled_at"]),
        state=state,
        role=CopyRole(body["role"]),
        retired_at=retired_at and clock.parse_iso(retired_at),
        holdings_known=body.get("holdings_known", False),
        medium=body.get("medium", {}),
        verified_at=clock.parse_iso(body["verified_at"]) if body.get("verified_at") else None,
    )
