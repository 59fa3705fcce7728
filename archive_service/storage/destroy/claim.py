"""What the destroy gate asks before it claims a case file: rows alone, locked, read anew."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.doubted import doubted_among
from archive_service.db.held import held_condition
from archive_service.db.unit_of_work import moment_of
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.case_files.duplicate_keeper import KEPT_GROUNDS
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.digitization.scan_batch import OPEN_BATCHES, ScanBatch
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.hold import HoldLock
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.retention.removal import Removal
from archive_service.errors import ConflictError
from archive_service.storage.destroy.keepers import Proof, require_kept
from archive_service.storage.held import note_stopped
from archive_service.storage.needed import OVER

_DIFFERS = "rows-differ"
_DECIDED = (DispositionState.APPROVED, DispositionState.EXECUTING)


class RemovalRefusedError(ConflictError):
    """The gate stays shut; ``reason`` is a word of ``labels.removal-refusals``."""

    def refusal(self) -> Refusal:
        """As the item of a list or a transfer keeps it."""
        facts = {name: fact for name, fact in self.facts.items() if name != "code"}
        if "field" in facts:
            del facts["reason"]
            return Refusal("rows-differ", facts)
        return Refusal("gate", facts)


# What rows of a case file tell otherwise than its package does: facts of the first field, or none.
Doubt = Callable[[Session, UUID], Mapping[str, object] | None]


def lock_all(session: Session, item_ids: Sequence[UUID]) -> None:
    """Lists, then case files and what keeps duplicates, by their ids: none waits crosswise."""
    items = select(DispositionItem).where(DispositionItem.id.in_(item_ids)).subquery()
    lists = select(Disposition.id).where(Disposition.id.in_(select(items.c.disposition_id)))
    session.execute(lists.order_by(Disposition.id).with_for_update())
    named = or_(
        CaseFile.id.in_(select(items.c.case_file_id)), CaseFile.id.in_(select(items.c.keeper_id))
    )
    rows = select(CaseFile.id).where(named)
    session.execute(rows.order_by(CaseFile.id).with_for_update())


def require_due(
    session: Session,
    item_id: UUID,
    lists: dict[UUID, bool],
    *,
    actor: Actor,
    doubt: Doubt,
    shut: str = "",
    proof: Proof | None = None,
    going: Collection[UUID] = (),
) -> tuple[DispositionItem, CaseFile]:
    """The item and its case file, both locked to the end of the transaction, if it may go.

    What was claimed before passes without a question: it goes on.

    Args:
        doubt: asked last, of what nothing else keeps: its package is read.
        lists: whether a list is still the one that was reviewed, told by its digest; asked once
            in a transaction, which holds the list's row from then on.
        shut: why nothing new is claimed now at all, a word of ``labels.removal-refusals``.
        proof: of a duplicate or a draft, that the bytes of what keeps it were read whole.
        going: case files that this transaction claims as well: they keep nothing.

    Raises:
        RemovalRefusedError: nothing was changed.
    """
    item = session.get_one(DispositionItem, item_id, with_for_update=True, populate_existing=True)
    disposition = session.get_one(
        Disposition, item.disposition_id, with_for_update=True, populate_existing=True
    )
    row = lock_case_file(session, item.case_file_id)
    if session.scalar(select(Removal.id).where(Removal.ocfl_id == row.ocfl_id)) is not None:
        return item, row
    if disposition.id not in lists:
        session.expire(disposition, ["items"])
        lists[disposition.id] = disposition.list_sha256 == disposition.digest_of_list()
    reason = (
        _not_decided(disposition, item)
        or ("" if lists[disposition.id] else "list-changed")
        or not_at_rest(session, row, CaseState.STORED)
        or shut
        or _before_decision(session, disposition)
        or still_needed(session, row)
        or ("permanent" if row.permanent else "")
        or _undue(session, row, item, disposition)
        or _unkept(session, item, proof, going)
        or _changed(row, item)
    )
    if reason == "held":
        note_stopped(session, row, act="disposition:execute", actor=actor)
    if reason:
        raise RemovalRefusedError(code=row.code, reason=reason)
    require_undoubted(session, row, doubt)
    return item, row


def lock_case_file(session: Session, case_file_id: UUID) -> CaseFile:
    """As it is now, to the end of the transaction; no hold comes on its fonds meanwhile."""
    row = session.get_one(CaseFile, case_file_id, with_for_update=True, populate_existing=True)
    fonds = select(Fonds.id).where(Fonds.id == row.fonds_id)
    session.execute(fonds.with_for_update(read=True, key_share=True))
    return row


def newest_version(session: Session, row: CaseFile) -> PackageVersion:
    """The version that every copy holds."""
    return session.scalars(
        select(PackageVersion).where(
            PackageVersion.case_file_id == row.id, PackageVersion.number == row.version_stored
        )
    ).one()


def _not_decided(disposition: Disposition, item: DispositionItem) -> str:
    """The agency's head decided on the list, and it says so of this case file."""
    decided = (
        disposition.kind is DispositionKind.DESTROY
        and disposition.state in _DECIDED
        and disposition.decided_by
        and disposition.decided_at
        and disposition.decided_by not in (disposition.proposed_by, disposition.reviewed_by)
        and item.state is ItemState.APPROVED
        and item.outcome is Outcome.DESTROY
    )
    return "" if decided else "not-approved"


def _before_decision(session: Session, disposition: Disposition) -> str:
    """By a clock that was set back it would be claimed before the head decided."""
    decided_at = disposition.decided_at
    return "clock" if decided_at is not None and moment_of(session) < decided_at else ""


def not_at_rest(session: Session, row: CaseFile, state: CaseState) -> str:
    """Why it is not in this state with nothing going on about it; empty: it is."""
    at_rest = row.version_stored == row.version_built == row.version_wanted > 0
    if row.state is not state or row.removing_since is not None or not at_rest:
        return "not-stored"
    running = exists().where(Job.subject_id == row.id, Job.state == JobState.RUNNING)
    coming = exists().where(
        or_(
            Submission.case_file_id == row.id,
            (Submission.code == row.code) & (Submission.agency_id == row.agency_id),
        ),
        Submission.state.not_in(OVER),
    )
    scanned = exists().where(ScanBatch.case_code == row.code, ScanBatch.state.in_(OPEN_BATCHES))
    return (
        "busy"
        if any(session.scalar(select(condition)) for condition in (running, coming, scanned))
        else ""
    )


def require_undoubted(session: Session, row: CaseFile, doubt: Doubt) -> None:
    """Its rows are told otherwise by a copy or the log, and nobody has said to know of it.

    Raises:
        RemovalRefusedError: with the first field that differs, where a copy tells it now.
    """
    differs = doubt(session, row.id)
    if differs is not None or doubted_among(session, [row.code]):
        raise RemovalRefusedError(code=row.code, reason=_DIFFERS, **differs or {})


def still_needed(session: Session, row: CaseFile) -> str:
    """A hold on it, its fonds or in a store, or a document of it that a kept one names."""
    held = select(CaseFile.id).where(CaseFile.id == row.id, held_condition())
    locked = exists().where(HoldLock.case_file_id == row.id, HoldLock.in_store)
    if session.scalar(held) or session.scalar(select(locked)):
        return "held"
    linked = exists().where(
        DocumentLink.source_id == row.id,
        DocumentLink.ended_at.is_(None),
        CaseFile.id == DocumentLink.case_file_id,
        CaseFile.state != CaseState.DESTROYED,
        CaseFile.removing_since.is_(None),
    )
    return "linked" if session.scalar(select(linked)) else ""


def _undue(session: Session, row: CaseFile, item: DispositionItem, disposition: Disposition) -> str:
    """A term that runs, or ran on the day of the decision; no reason where it is kept elsewhere."""
    if item.ground in KEPT_GROUNDS:
        return ""
    over = row.ends_on is not None and row.ends_on < _day(session, disposition)
    return "" if over else "undue"


def _unkept(
    session: Session,
    item: DispositionItem,
    proof: Proof | None,
    going: Collection[UUID],
) -> str:
    """Of a duplicate or a draft, why what it holds is not kept elsewhere as it should be."""
    if item.ground not in KEPT_GROUNDS:
        return ""
    if item.keeper_id in going:
        return "keeper-gone"
    return require_kept(session, item, proof, clock.local(moment_of(session)).date())


def _day(session: Session, disposition: Disposition) -> dt.date:
    """Today or, where it is earlier, the day of the decision.

    That day stands: its code of the second factor was one of a clock that is not ours.
    """
    days = [moment_of(session), disposition.decided_at]
    return min(clock.local(moment).date() for moment in days if moment is not None)


def _changed(row: CaseFile, item: DispositionItem) -> str:
    return "" if (row.version_wanted, row.ends_on) == (item.edition, item.ends_on) else "changed"
