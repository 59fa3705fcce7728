"""Acts on the desk: each is kept with what it changed, undone in reverse order, done again."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.digitization.scan_batch import (
    ScanBatch,
    ScanEdit,
    ScanPage,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.notices.incidents import close_incident
from digitize.batches.desk import snapshot
from digitize.batches.desk.changes import REORDERS, Desk, require_may_touch
from digitize.batches.desk.edit_facts import KINDS, require_facts
from digitize.batches.queue.tickets import sync_tickets
from digitize.batches.reading.order import refresh
from digitize.batches.reading.verdicts import MALWARE, SECRECY, bears_mark, counts, is_secret
from digitize.batches.release.targets import targets_of
from digitize.batches.transitions import TRANSITIONS

_LIFTED = "keep-marked"  # what keeping a page is called where it says that a mark is none


class NothingToUndoError(ConflictError):
    """No act on the desk is left to be undone, or done again."""


class UndoOvertakenError(ConflictError):
    """Another act is the last one by now than the one that was seen."""


def edit(
    session: Session,
    batch: ScanBatch,
    kind: str,
    facts: Mapping[str, Any],
    *,
    pages: Sequence[ScanPage] = (),
    actor: Actor,
) -> ScanEdit:
    """Do one act; the caller has locked the batch, commits, and queues its reading if it is due.

    ``pages`` are new ones, for the acts that bring some.

    Raises:
        BatchStateError: the batch is not on the desk.
        UnknownEditError, EditFactsError: no such act, or not with these facts.
        InputError, NotFoundError, ConflictError: of the act, see ``acts``.
    """
    TRANSITIONS.require_open(batch, "edit")
    require_facts(kind, facts)
    desk = Desk(session, batch, actor)
    before = snapshot.take(batch)
    batch.pages.extend(pages)
    KINDS[kind](desk, **facts, **({"pages": pages} if pages else {}))
    session.flush()
    was, is_now = snapshot.difference(before, snapshot.take(batch))
    seen = batch.looked_at_edit == batch.last_edit
    batch.last_edit = _last_number(session, batch) + 1
    row = ScanEdit(
        batch_id=batch.id,
        number=batch.last_edit,
        kind=_LIFTED if kind == "keep" and bears_mark(desk.page(facts["page"])) else kind,
        account=actor.account,
        at=desk.at,
        before=was,
        after=is_now,
    )
    session.add(row)
    if seen and not _reorders(row):
        batch.looked_at_edit = batch.last_edit
    _settle(session, batch, actor, f"batch:{_TAGS.get(kind, 'edited')}", row, facts)
    return row


def undo(session: Session, batch: ScanBatch, *, actor: Actor, seen: int | None = None) -> ScanEdit:
    """Put back what the last act that stands has changed.

    Args:
        seen: the number of the act that was shown as the last one; None: whichever it is.

    Raises:
        NothingToUndoError: none stands.
        UndoOvertakenError: the last one is not the one that was seen.
        SecrecyNotYoursError: it changed a page that this account may not touch.
    """
    row = _asked(batch, last_done(session, batch), seen)
    at = clock.now()
    _put_back(session, batch, row.before, actor=actor, at=at)
    row.undone_at, row.undone_by = at, actor.account
    _settle(session, batch, actor, "batch:undone", row, {})
    return row


def redo(session: Session, batch: ScanBatch, *, actor: Actor, seen: int | None = None) -> ScanEdit:
    """Do again what was undone last; ``seen`` and errors as ``undo``."""
    row = _asked(batch, next_undone(session, batch), seen)
    _put_back(session, batch, row.after, actor=actor, at=clock.now())
    row.undone_at = row.undone_by = None
    _settle(session, batch, actor, "batch:redone", row, {})
    return row


def last_done(session: Session, batch: ScanBatch) -> ScanEdit | None:
    """The edit that ``undo`` would undo."""
    return session.scalar(
        select(ScanEdit)
        .where(ScanEdit.batch_id == batch.id, ScanEdit.undone_at.is_(None))
        .order_by(ScanEdit.number.desc())
        .limit(1)
    )


def next_undone(session: Session, batch: ScanBatch) -> ScanEdit | None:
    """The edit that ``redo`` would repeat; none once another act followed the undo."""
    done = last_done(session, batch)
    later = aliased(ScanEdit)
    followed = exists().where(
        later.batch_id == batch.id,
        later.number > ScanEdit.number,
        later.at >= ScanEdit.undone_at,
    )
    return session.scalar(
        select(ScanEdit)
        .where(
            ScanEdit.batch_id == batch.id,
            ScanEdit.undone_at.is_not(None),
            ScanEdit.number > (done.number if done else 0),
            ~followed,
        )
        .order_by(ScanEdit.number)
        .limit(1)
    )


def _asked(batch: ScanBatch, row: ScanEdit | None, seen: int | None) -> ScanEdit:
    """The act that is to be undone or done again, if it is the one that the person saw."""
    TRANSITIONS.require_open(batch, "edit")
    if row is None:
        raise NothingToUndoError(batch=batch.number)
    if seen is not None and seen != row.number:
        raise UndoOvertakenError(
            batch=batch.number, seen=seen, edit=row.number, kind=row.kind, account=row.account
        )
    return row


# Acts whose event people look for by its own name; the others are told as an edit with its kind.
_TAGS = {"remove": "page-removed", "replace": "page-replaced", "keep": "page-kept"}


def _settle(
    session: Session,
    batch: ScanBatch,
    actor: Actor,
    tag: str,
    row: ScanEdit,
    facts: Mapping[str, Any],
) -> None:
    """Count and compare anew, open and close tickets, note who did what."""
    session.flush()
    session.expire(batch, ["documents"])  # in their new order from here on
    if _reorders(row):
        batch.looked_at_edit = None  # pages stand otherwise: looked at again by the job
    _go_on(session, batch, actor)
    refresh(batch, targets_of(session, batch))
    sync_tickets(session, batch, actor=actor)
    data = {"batch": batch.number, "edit": row.number, "kind": row.kind, **facts}
    record_event(session, tag, of=batch, actor=actor, data=data)


def _reorders(row: ScanEdit) -> bool:
    """Whether pages stand otherwise, or a document has another place in the list."""
    was, is_now = (states.get("documents", {}) for states in (row.before, row.after))
    there = (facts for name, facts in is_now.items() if facts and was[name])
    return row.kind in REORDERS or any("document_ordinal" in facts for facts in there)


def _put_back(
    session: Session, batch: ScanBatch, state: snapshot.Facts, *, actor: Actor, at: dt.datetime
) -> None:
    """Undo edits on secret pages only for accounts that may see them."""
    changed = state.get("pages", {})
    require_may_touch(actor, (page for page in batch.pages if str(page.id) in changed))
    snapshot.put_back(session, batch, state, at=at)


def _go_on(session: Session, batch: ScanBatch, actor: Actor) -> None:
    """A batch that a mark of secrecy stopped is read on once somebody who may has decided."""
    if not TRANSITIONS.is_open(batch, "go-on"):
        return
    infected = any(finding["code"] == MALWARE for finding in batch.findings)
    if infected or any(counts(page) and is_secret(page) for page in batch.pages):
        return
    TRANSITIONS.move(batch, "go-on")
    close_incident(session, SECRECY, f"batch {batch.number}", actor=actor)


def _last_number(session: Session, batch: ScanBatch) -> int:
    numbers = select(ScanEdit.number).where(ScanEdit.batch_id == batch.id)
    return session.scalar(numbers.order_by(ScanEdit.number.desc()).limit(1)) or 0
