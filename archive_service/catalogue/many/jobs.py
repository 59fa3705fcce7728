"""The job of a batch: what would change, some case files at a time; then each of them described."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import AccountNotFoundError, acting_as
from archive_service.audit import record_event
from archive_service.catalogue.describing.acts import (
    DescribedMeanwhileError,
    describe_row,
    judged_changes,
    open_to_edit,
    written_by,
)
from archive_service.catalogue.describing.documents import ChangedField, TermDaysDocument
from archive_service.catalogue.describing.fields import kind_of, subjects, values_of
from archive_service.catalogue.describing.mode_changes import waiting_changes
from archive_service.catalogue.describing.term_effects import (
    keeping_after,
    plan_entries,
    rests_on,
    told_days,
)
from archive_service.catalogue.fonds.placing import PLACES, SERIES, Standings, put_in_place
from archive_service.catalogue.holdings.rows import whole_case_files
from archive_service.catalogue.many.acts import DESCRIBE_JOB, counts, items_of
from archive_service.catalogue.many.changes import edits_of, placed_by
from archive_service.catalogue.many.custody_acts import told_refusal, write_act
from archive_service.catalogue.many.documents import DescriptionOrder
from archive_service.catalogue.own_fields.fields import fields_of_many
from archive_service.db.unit_of_work import StaleWriteError
from archive_service.domain.case_files.case_file import CaseFile, CaseFileStateError, CaseState
from archive_service.domain.case_files.description_batch import (
    BatchState,
    DescriptionBatch,
    DescriptionItem,
    ItemState,
)
from archive_service.domain.case_files.mode_change import ModeChange
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, BackendError, ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from retention.terms.changes import events_of

AT_ONCE = 50  # case files that are looked at in one transaction
SLICE_S = 60.0  # so long a job goes on with one batch before it lets others in
Plan = tuple[dict[int, dict[str, str]], dict[str, str]]  # edits by ordinal; places


class ChangedSinceError(ConflictError):
    """Its fields no longer say what the batch wrote: they are left as they are."""

    code = "description-changed-since"


def describe_many(lease: Lease, services: Services) -> None:
    """Some time with one batch, then the job again, until all of it is looked at, or done."""
    if lease.subject_id is None:
        raise ValueError(f"{DESCRIBE_JOB} needs a batch")
    until = time.monotonic() + SLICE_S
    batch_id, left = lease.subject_id, True
    try:
        actor = _actor(services, batch_id)
    except AccountNotFoundError as refusal:
        _refuse_rest(services, batch_id, refusal)
    else:
        while left and time.monotonic() < until:
            left = go_on(services, batch_id, actor=actor)
            services.jobs.heartbeat(lease, progress=_progress(services, batch_id))
    with services.writing() as session:
        services.jobs.finish(session, lease)
        if left:
            services.jobs.add(session, DESCRIBE_JOB, subject_id=batch_id)
    write_out_evidence(services)


def go_on(services: Services, batch_id: UUID, *, actor: Actor) -> bool:
    """Look at the next case files, or describe the next ones; whether any are left."""
    with services.read_only() as session:
        batch = session.get_one(DescriptionBatch, batch_id)
        session.expunge(batch)
    if batch.state is BatchState.JUDGING:
        return _judge(services, batch, actor)
    if batch.state is not BatchState.RUNNING:
        return False
    with services.read_only() as session:
        waiting = items_of(batch_id, ItemState.READY).order_by(DescriptionItem.ordinal)
        items: Sequence[DescriptionItem] = session.scalars(waiting.limit(AT_ONCE)).all()
        session.expunge_all()
    for item in items:
        _describe(services, batch, item, actor)
    if items:
        return True
    _end(services, batch_id, actor)
    return False


def _judge(services: Services, batch: DescriptionBatch, actor: Actor) -> bool:
    with services.writing() as session:
        waiting = items_of(batch.id, ItemState.WAITING).order_by(DescriptionItem.ordinal)
        items: Sequence[DescriptionItem] = session.scalars(waiting.limit(AT_ONCE)).all()
        rows = {row.id: row for row in whole_case_files(session, [i.case_file_id for i in items])}
        look = _Look(session, services, batch, items, list(rows.values()))
        for item in items:
            look.at(item, rows.get(item.case_file_id), actor)
        if not items:
            session.execute(
                update(DescriptionBatch)
                .where(
                    DescriptionBatch.id == batch.id, DescriptionBatch.state == BatchState.JUDGING
                )
                .values(state=BatchState.READY)
            )
    return bool(items)


class _Look:
    """What an order would do to some case files; a fixed number of statements for all of them."""

    def __init__(
        self, session: Session, services: Services, batch: DescriptionBatch,
        items: Sequence[DescriptionItem], rows: Sequence[CaseFile],
    ) -> None:  # fmt: skip
        self._limits = services.settings.limits
        self._batch = batch
        self._own = fields_of_many(session, {row.agency_id for row in rows})
        self._planned = plan_entries(session, rows)
        self._happened = events_of(session, [row.id for row in rows])
        self._standings = Standings(session, rows, _series_named(batch, items))
        ids = [row.id for row in rows] if batch.undo_of else []
        waiting = select(ModeChange).where(
            ModeChange.case_file_id.in_(ids), ModeChange.state == "waiting"
        )
        self._modes = {mode_change.document_id or mode_change.case_file_id: mode_change.becomes
                       for mode_change in session.scalars(waiting)}  # fmt: skip

    def at(self, item: DescriptionItem, row: CaseFile | None, actor: Actor) -> None:
        """Write down what would become of one of them."""
        try:
            if row is None:
                raise CaseFileStateError(code=item.code, state=CaseState.DESTROYED, version=0)
            changes = self._changes(item, row, actor)
            entry, happened = self._planned.get(row.id), self._happened.get(row.id, {})
            keeping = keeping_after(row, written_by(changes), entry, happened)
        except ArchiveError as refusal:
            item.state, item.refusals = ItemState.REFUSED, told_refusal(refusal)
            return
        item.edition = row.edition
        item.changes = _change_entries(row, changes)
        if keeping is not None:
            item.retention = _retention(told_days(row), told_days(keeping))
        item.state = ItemState.READY if changes else ItemState.SAME

    def _changes(self, item: DescriptionItem, row: CaseFile, actor: Actor) -> list[ChangedField]:
        access.require(actor, "case-file:describe", row)
        if held := [hold for hold in row.holds if hold.lifted_at is None]:
            raise CaseFileHeldError(code=row.code, authority=held[0].authority, holds=len(held))
        if row.state not in (CaseState.ACCEPTED, CaseState.STORED):
            raise CaseFileStateError(code=row.code, state=row.state, version=row.version_wanted)
        own = self._own[row.agency_id]
        edits, placed = plan_of(self._batch, item, row, own)
        if self._batch.undo_of:
            require_untouched(row, item.changes, self._standings.of(row), self._modes)
        changes = judged_changes(row, edits, own, self._planned.get(row.id), self._limits)
        return [*changes, *self._standings.changes(row, placed)]


def plan_of(
    batch: DescriptionBatch, item: DescriptionItem, row: CaseFile, own: Sequence[Any]
) -> Plan:
    """What is to be written in one case file: by the orders, or as it was before them."""
    if batch.undo_of is None:
        orders = [DescriptionOrder(**order) for order in batch.orders]
        return edits_of(row, orders, own), placed_by(orders)
    ordinals = {str(subject.id): ordinal for ordinal, subject in subjects(row) if ordinal}
    edits: dict[int, dict[str, str]] = {}
    placed: dict[str, str] = {}
    for change in item.changes:
        if change["field"] in PLACES:
            placed[change["field"]] = change["becomes"]
            continue
        ordinal = ordinals.get(change["document"]) if change["document"] else 0
        if ordinal is None:
            raise ChangedSinceError(code=row.code, fields=change["field"])
        edits.setdefault(ordinal, {})[change["field"]] = change["becomes"]
    return edits, placed


def require_untouched(
    row: CaseFile,
    changes: Sequence[Mapping[str, Any]],
    places: Mapping[str, str],
    modes: Mapping[UUID, str],
) -> None:
    """``ChangedSinceError`` where a field says something else than the batch wrote."""
    targets = {str(subject.id): subject for ordinal, subject in subjects(row) if ordinal}
    touched = []
    for change in changes:
        target = targets.get(change["document"]) if change["document"] else row
        name = change["field"]
        if target is None:
            touched.append(name)
            continue
        if name in PLACES:
            now = places[name]
        elif name == "mode":
            now = modes.get(target.id, target.mode)
        else:
            now = values_of(target).get(name, "")
        if now != change["was"]:
            touched.append(name)
    if touched:
        raise ChangedSinceError(code=row.code, fields=", ".join(dict.fromkeys(touched)))


def _describe(
    services: Services, batch: DescriptionBatch, item: DescriptionItem, actor: Actor
) -> None:
    """One case file: its rows, its place in the batch and its next version in one transaction."""
    try:
        with services.writing() as session:
            changes, retention = _written(session, services, batch, item, actor)
            _note(session, batch, item, changes, retention)
    except (BackendError, StaleWriteError):
        raise
    except ArchiveError as refusal:
        with services.writing() as session:
            mine = DescriptionItem.id == item.id, DescriptionItem.state == ItemState.READY
            values = {"state": ItemState.REFUSED, "refusals": told_refusal(refusal)}
            session.execute(update(DescriptionItem).where(*mine).values(**values))


def _written(
    session: Session, services: Services, batch: DescriptionBatch, item: DescriptionItem,
    actor: Actor,
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:  # fmt: skip
    """What was changed, and the last day of keeping before and after where that rests on it."""
    row = open_to_edit(session, item.code, actor=actor)
    if row.id != item.case_file_id or row.edition != item.edition:
        raise DescribedMeanwhileError(code=row.code)
    own = fields_of_many(session, [row.agency_id])[row.agency_id]
    edits, placed = plan_of(batch, item, row, own)
    if batch.undo_of:
        modes = {
            waiting_change.document_id or row.id: waiting_change.becomes
            for waiting_change in waiting_changes(session, row.id)
        }
        require_untouched(row, item.changes, Standings(session, [row]).of(row), modes)
    before, kept = {ordinal: subject.mode for ordinal, subject in subjects(row)}, told_days(row)
    changes = describe_row(
        session, row, edits, reason=batch.reason, actor=actor,
        limits=services.settings.limits, batch=batch.id,
    )  # fmt: skip
    places = put_in_place(session, row, placed, reason=batch.reason, actor=actor, batch=batch.id)
    written_facts = _change_entries(row, [*changes, *places])
    after = {ordinal: subject.mode for ordinal, subject in subjects(row)}
    moved = bool(places) or before != after
    if moved or any(
        change.field != "mode" for change in changes
    ):  # a freer mode changes nothing yet
        note_edited(session, row, services, words_alone=not moved)
    if not rests_on(written_by(changes)):
        return written_facts, None
    return written_facts, _retention(kept, told_days(row))


def _note(
    session: Session,
    batch: DescriptionBatch,
    item: DescriptionItem,
    changes: list[dict[str, Any]],
    retention: dict[str, Any] | None,
) -> None:
    """Its row says so once; where another worker was first, nothing of this one is kept."""
    done = session.execute(
        update(DescriptionItem)
        .where(DescriptionItem.id == item.id, DescriptionItem.state == ItemState.READY)
        .values(
            state=ItemState.CHANGED if changes else ItemState.SAME,
            changes=changes,
            retention=retention,
        )
        .returning(DescriptionItem.id)
    ).first()
    if done is None:
        raise DescribedMeanwhileError(code=item.code)
    if batch.undo_of:
        session.execute(
            update(DescriptionItem)
            .where(
                DescriptionItem.batch_id == batch.undo_of,
                DescriptionItem.case_file_id == item.case_file_id,
                DescriptionItem.state == ItemState.CHANGED,
            )
            .values(state=ItemState.UNDONE)
        )


def _end(services: Services, batch_id: UUID, actor: Actor) -> None:
    """Done: an event, and an act that tells what became of each case file."""
    with services.unit_of_work() as uow:
        session = uow.session
        ended = session.execute(
            update(DescriptionBatch)
            .where(DescriptionBatch.id == batch_id, DescriptionBatch.state == BatchState.RUNNING)
            .values(state=BatchState.DONE, ended_at=clock.now())
            .returning(DescriptionBatch.id)
        ).first()
        if ended is None:
            return
        batch = session.get_one(DescriptionBatch, batch_id, populate_existing=True)
        write_act(session, batch)
        if batch.undo_of:
            before = session.get(DescriptionBatch, batch.undo_of)
            if before is not None:
                write_act(session, before)
        known = counts(session, batch_id)
        facts = {
            "batch": str(batch_id),
            "changed": known[ItemState.CHANGED],
            "refused": known[ItemState.REFUSED],
        } | ({"undone": str(batch.undo_of)} if batch.undo_of else {})
        tag = "description-batch:undone" if batch.undo_of else "description-batch:ended"
        record_event(
            session, tag, subject_id=batch_id, actor=actor, agency_id=batch.agency_id, data=facts
        )
        uow.commit()


def _retention(was: TermDaysDocument, becomes: TermDaysDocument) -> dict[str, Any]:
    return {"was": was.as_json(), "becomes": becomes.as_json()}


def _change_entries(row: CaseFile, changes: Sequence[ChangedField]) -> list[dict[str, Any]]:
    ids = {ordinal: str(subject.id) for ordinal, subject in subjects(row) if ordinal}
    kinds = {ordinal: kind_of(subject) for ordinal, subject in subjects(row)}
    return [
        {
            "document": ids.get(change.document, ""),
            "ordinal": change.document,
            "kind": kinds[change.document],
            "field": change.field,
            "was": change.was,
            "becomes": change.becomes,
        }
        for change in changes
    ]


def _series_named(batch: DescriptionBatch, items: Sequence[DescriptionItem]) -> list[str]:
    if batch.undo_of is None:
        return [order["value"] for order in batch.orders if order["field"] == SERIES]
    changes = (change for item in items for change in item.changes)
    return sorted({entry["becomes"] for entry in changes if entry["field"] == SERIES})


def _actor(services: Services, batch_id: UUID) -> Actor:
    with services.read_only() as session:
        batch = session.get_one(DescriptionBatch, batch_id)
        idle_days = services.settings.web.idle_account_days
        return acting_as(session, batch.made_by, os_user=batch.os_user, idle_days=idle_days)


def _refuse_rest(services: Services, batch_id: UUID, refusal: ArchiveError) -> None:
    """Whoever asked may not any more: what is done stays, the rest is refused."""
    with services.writing() as session:
        batch = session.get_one(DescriptionBatch, batch_id, with_for_update=True)
        open_items = (ItemState.WAITING, ItemState.READY)
        session.execute(
            update(DescriptionItem)
            .where(DescriptionItem.batch_id == batch_id, DescriptionItem.state.in_(open_items))
            .values(state=ItemState.REFUSED, refusals=told_refusal(refusal))
        )
        if batch.state in (BatchState.JUDGING, BatchState.RUNNING):
            batch.state, batch.ended_at = BatchState.DONE, clock.now()
            session.flush()
            write_act(session, batch)


def _progress(services: Services, batch_id: UUID) -> float:
    with services.read_only() as session:
        batch = session.get_one(DescriptionBatch, batch_id)
        known = counts(session, batch_id)
        waits = ItemState.WAITING if batch.state is BatchState.JUDGING else ItemState.READY
        return 1.0 - known[waits] / max(batch.total, 1)
