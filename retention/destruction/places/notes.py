"""What a place of a destruction notes of itself while it is open, beside the gate's own proof."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.retention.removal import RemovalPlace
from archive_service.storage.destroy.places import Remains
from retention.destruction.places.row_owners import whose
from retention.destruction.places.rows import count_rows, jobs_of

CLOSED = "asked_at"  # stands in the proof of a place that was found empty once


def places_named(session: Session, name: str, removals: Sequence[UUID]) -> Sequence[RemovalPlace]:
    """This place of each, locked to the end of the transaction."""
    mine = RemovalPlace.removal_id.in_(removals), RemovalPlace.place == name
    query = select(RemovalPlace).where(*mine).order_by(RemovalPlace.id)
    return session.scalars(query.with_for_update()).all()


def proofs_at(session: Session, name: str, removals: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """By removal, as they stand now: what was noted in this very round is among it."""
    mine = RemovalPlace.removal_id.in_(removals), RemovalPlace.place == name
    found = session.execute(select(RemovalPlace.removal_id, RemovalPlace.proof).where(*mine))
    return {row.removal_id: row.proof for row in found}


def rows_left(session: Session, many: Sequence[Remains]) -> dict[UUID, int]:
    """How many rows and jobs of each there are: what goes later leaves its traces later."""
    those = whose(session, [remains.case_file_id for remains in many])
    counts = count_rows(session, those) + jobs_of(session, those)
    return {remains.removal_id: counts[remains.case_file_id] for remains in many}
