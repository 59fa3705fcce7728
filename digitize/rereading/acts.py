"""A holding read again by another engine: proposed, shown with its gain, adopted or dropped."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Update, exists, func, or_, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, FileRole
from archive_service.domain.digitization.rereading import (
    Rereading,
    RereadingItem,
    RereadingItemState,
    RereadingState,
    RereadingStateError,
)
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.copy_signing import SEALED_ENDING
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from archive_service.text import telling
from digitize.rereading.already_read import require_unread
from digitize.rereading.documents import (
    GainDocument,
    RefusalDocument,
    RereadingDocument,
    RereadingItemDocument,
    ShownRereading,
)
from digitize.rereading.given import AdoptIn, DropIn

READ_JOB = "read-again"
ADOPT_JOB = "adopt-rereading"
PRIORITY = 9  # after everything else
_NEWEST = 50
_FIGURES = tuple(GainDocument.model_fields)  # in the order of ``_sums``
_IS_WORSE = or_(
    RereadingItem.impossible_after > RereadingItem.impossible_before,
    RereadingItem.confidence_after < RereadingItem.confidence_before,
)
_IS_SEALED = exists().where(  # a copy that readers keep until the new one is sealed
    DigitalObject.document_id == RereadingItem.document_id,
    DigitalObject.superseded_in.is_(None),
    DigitalObject.path.endswith(SEALED_ENDING),
)


class RereadingNotFoundError(NotFoundError):
    """No proposal bears this id."""


class NothingToAdoptError(ConflictError):
    """None of the case files named has a changed text in the proposal."""


class WorseReadingError(InputError):
    """Texts that are read worse than before are adopted for a reason only."""

    code = "reading-is-worse"


class NothingToReadAgainError(ConflictError):
    """None of the case files holds a text that was read from images."""


def propose(
    services: Services, *, codes: Sequence[str] = (), model: str | None = None, actor: Actor
) -> UUID:
    """Have these case files read again in the background, all of them for none; returns the id.

    An account of one agency has its own read again and no others.

    Raises:
        CaseFileNotFoundError: codes that are not held, or not to be known.
        NothingToReadAgainError: they hold nothing that was read.
        ReadAlreadyError: this model has read all of it.
    """
    access.require(actor, "rereading:propose")
    model = model or services.settings.digitize.model
    with services.read_only() as session:
        known = _known(session, codes, actor)
        ids = session.scalars(select(CaseFile.id).where(*readable_again(known))).all()
    if not ids:
        raise NothingToReadAgainError(count=len(known))
    require_unread(services, ids, model)
    with services.unit_of_work() as uow:
        session = uow.session
        row = Rereading(
            model=model,
            codes=known,
            case_files=len(ids),
            proposed_by=actor.account,
            proposed_at=clock.now(),
        )
        session.add(row)
        session.flush()
        facts = {"model": row.model, "case_files": row.case_files, "codes": known}
        record_event(session, "rereading:proposed", subject_id=row.id, actor=actor, data=facts)
        services.jobs.add(session, READ_JOB, subject_id=row.id, priority=PRIORITY)
        uow.commit()
        return row.id


def _known(session: Session, codes: Sequence[str], actor: Actor) -> list[str]:
    """The codes asked for; none are all, for an account of one agency its own."""
    if codes or actor.agency_id is None:
        return [row.code for row in case_files_named(session, [*dict.fromkeys(codes)], actor=actor)]
    own = [*readable_again(()), CaseFile.agency_id == actor.agency_id]
    known = list(session.scalars(select(CaseFile.code).where(*own).order_by(CaseFile.code)))
    if not known:
        raise NothingToReadAgainError(count=0)
    return known


def queue_rereadings(session: Session, services: Services) -> None:
    """Have workers go on with what is proposed and not read through, or adopted and not done."""
    jobs = {RereadingState.READING: READ_JOB, RereadingState.ADOPTING: ADOPT_JOB}
    for row in session.scalars(select(Rereading).where(Rereading.state.in_(jobs))):
        services.jobs.add(session, jobs[row.state], subject_id=row.id, priority=PRIORITY)


def readable_again(codes: Sequence[str]) -> list[ColumnElement[bool]]:
    """Which case files hold a text that was read from images, of these codes or of all."""
    read = exists().where(
        DigitalObject.case_file_id == CaseFile.id,
        DigitalObject.role == FileRole.TEXT,
        DigitalObject.superseded_in.is_(None),
    )
    narrowed = [CaseFile.state == CaseState.STORED, read]
    return [*narrowed, CaseFile.code.in_(codes)] if codes else narrowed


def list_rereadings(services: Services, *, actor: Actor) -> list[RereadingDocument]:
    """Proposals with what they gain, newest first."""
    access.require(actor, "rereading:list")
    newest = select(Rereading).order_by(Rereading.proposed_at.desc()).limit(_NEWEST)
    with services.read_only() as session:
        rows = [row for row in session.scalars(newest) if _is_reached(session, row, actor)]
        return _summaries(session, rows)


def show_rereading(
    services: Services,
    rereading_id: UUID,
    *,
    actor: Actor,
    limit: int | None = None,
    offset: int = 0,
    lang: str = "vi",
) -> ShownRereading:
    """One proposal: sums before and after, and its documents, those that gain most first."""
    access.require(actor, "rereading:list")
    with services.read_only() as session:
        row = _get(session, rereading_id, actor)
        gained = RereadingItem.impossible_before - RereadingItem.impossible_after
        items = (
            select(RereadingItem)
            .where(RereadingItem.rereading_id == row.id)
            .order_by(
                gained.desc(),
                RereadingItem.words_changed.desc(),
                RereadingItem.code,
                RereadingItem.ordinal,
            )
            .limit(limit)
            .offset(offset)
        )
        shown = [_item(item, lang) for item in session.scalars(items)]
        return _summary(session, row).extended(ShownRereading, items=shown)


def adopt(
    services: Services, rereading_id: UUID, given: AdoptIn, *, actor: Actor
) -> RereadingDocument:
    """Put the new texts into the packages, as further versions; the former ones stay there.

    Raises:
        RereadingNotFoundError, RereadingStateError: absent, not read through, or decided on.
        NothingToAdoptError: no text would change.
        WorseReadingError: one is worse, and there is no reason.
    """
    codes, reason = given.codes, telling(given.reason)
    with acting(services, "rereading:adopt", actor) as session:
        row = _get(session, rereading_id, actor, locked=True)
        if row.state is not RereadingState.READY:
            raise RereadingStateError(id=row.id, state=row.state.value)
        if codes:
            session.execute(_dropping(row).where(RereadingItem.code.not_in(codes)))
        left = _summary(session, row)
        if not left.documents.get("read"):
            raise NothingToAdoptError(codes=", ".join(codes))
        if left.worse and not reason:
            raise WorseReadingError(count=left.worse)
        row.state = RereadingState.ADOPTING
        row.decided_by, row.decided_at = actor.account, clock.now()
        session.flush()
        adopted = _summary(session, row)
        figures = adopted.model_dump(include={"model", "software", "documents", *_FIGURES})
        data = figures | {"codes": codes, "reason": reason}
        record_event(session, "rereading:adopted", subject_id=row.id, actor=actor, data=data)
        services.jobs.add(session, ADOPT_JOB, subject_id=row.id, priority=PRIORITY)
    return adopted


def drop(
    services: Services, rereading_id: UUID, given: DropIn, *, actor: Actor
) -> RereadingDocument:
    """Leave the texts as they are, of some case files or of the whole proposal.

    Raises:
        RereadingNotFoundError, RereadingStateError: absent, or adopted already.
    """
    codes = given.codes
    with acting(services, "rereading:adopt", actor) as session:
        row = _get(session, rereading_id, actor, locked=True)
        if row.state not in (RereadingState.READING, RereadingState.READY):
            raise RereadingStateError(id=row.id, state=row.state.value)
        narrowed = [RereadingItem.code.in_(codes)] if codes else []
        session.execute(_dropping(row).where(*narrowed))
        if not codes:
            row.state = RereadingState.DROPPED
            row.decided_by, row.decided_at = actor.account, clock.now()
        session.flush()
        left = _summary(session, row)
        data = {"codes": codes}
        record_event(session, "rereading:dropped", subject_id=row.id, actor=actor, data=data)
    return left


def _dropping(row: Rereading) -> Update:
    """Its documents whose text would change keep the one they have."""
    read = RereadingItem.state == RereadingItemState.READ
    dropped = update(RereadingItem).where(RereadingItem.rereading_id == row.id, read)
    return dropped.values(state=RereadingItemState.DROPPED)


def _get(session: Session, rereading_id: UUID, actor: Actor, *, locked: bool = False) -> Rereading:
    row = session.get(Rereading, rereading_id, with_for_update=locked or None)
    if row is None or not _is_reached(session, row, actor):
        raise RereadingNotFoundError(id=rereading_id)
    return row


def _is_reached(session: Session, row: Rereading, actor: Actor) -> bool:
    """Whether all that it reads is of the account's agency; one without an agency acts for all."""
    if actor.agency_id is None:
        return True
    strange = [*readable_again(row.codes), CaseFile.agency_id != actor.agency_id]
    return session.scalar(select(CaseFile.id).where(*strange).limit(1)) is None


def _summary(session: Session, row: Rereading) -> RereadingDocument:
    (summary,) = _summaries(session, [row])
    return summary


def _summaries(session: Session, rows: Sequence[Rereading]) -> list[RereadingDocument]:
    """Each with its sums, in four statements however many they are."""
    of_these = RereadingItem.rereading_id.in_([row.id for row in rows])
    counted = (
        select(RereadingItem.rereading_id, RereadingItem.state, func.count())
        .where(of_these)
        .group_by(RereadingItem.rereading_id, RereadingItem.state)
    )
    states: dict[UUID, dict[str, int]] = {}
    for rereading_id, state, count in session.execute(counted):
        states.setdefault(rereading_id, {})[state.value] = count
    sums = {found[0]: found[1:] for found in session.execute(_sums().where(of_these))}
    worse, sealed = (_counts(session, of_these, only) for only in (_IS_WORSE, _IS_SEALED))
    nothing = (0, 0, 0, 0, 0, 0, 0, None, None)
    return [
        RereadingDocument.of_row(
            row,
            id=str(row.id),
            state=row.state.value,
            proposed_at=clock.iso(row.proposed_at),
            documents=states.get(row.id, {}),
            worse=worse.get(row.id, 0),
            sealed=sealed.get(row.id, 0),
            progress=_progress(row, done, states.get(row.id, {})),
            **_figures(sums_of_it),
        )
        for row in rows
        for done, *sums_of_it in [sums.get(row.id, nothing)]
    ]


def _counts(
    session: Session, of_these: ColumnElement[bool], only: ColumnElement[bool]
) -> dict[UUID, int]:
    """How many documents of each, whose text would change, are such."""
    counted = (
        select(RereadingItem.rereading_id, func.count())
        .where(of_these, RereadingItem.state == RereadingItemState.READ, only)
        .group_by(RereadingItem.rereading_id)
    )
    return {found: count for found, count in session.execute(counted)}


def _sums() -> Any:
    """By proposal; confidences weigh by words."""
    item = RereadingItem
    columns = (item.pages, item.words_before, item.words_after, item.words_changed)
    more = (item.impossible_before, item.impossible_after)
    return select(
        item.rereading_id,
        func.count(item.case_file_id.distinct()),
        *(func.coalesce(func.sum(column), 0) for column in (*columns, *more)),
        func.sum(item.confidence_before * item.words_before),
        func.sum(item.confidence_after * item.words_after),
    ).group_by(item.rereading_id)


def _progress(row: Rereading, done: int, states: Mapping[str, int]) -> float:
    """Of the reading, then of the adopting, 0 to 1; ``done`` case files were read."""
    if row.state is RereadingState.READING:
        return round(min(done / max(row.case_files, 1), 1.0), 3)
    if row.state is RereadingState.ADOPTING:
        left, adopted = states.get("read", 0), states.get("adopted", 0)
        return round(adopted / max(left + adopted, 1), 3)
    return 1.0


def _figures(sums: Sequence[Any]) -> dict[str, int | float | None]:
    """``_FIGURES`` from what ``_sums`` found."""
    *counts, sure, sure_now = sums
    _, before, after, *_ = counts
    means = (_mean(sure, before), _mean(sure_now, after))
    return dict(zip(_FIGURES, (*map(int, counts), *means), strict=True))


def _mean(total: float | None, count: int) -> float | None:
    return None if total is None or not count else round(float(total) / int(count), 1)


def _item(item: RereadingItem, lang: str) -> RereadingItemDocument:
    refused = None
    if item.refusal:
        refusal = messages.error(item.refusal["code"], lang, item.refusal["facts"])
        refused = RefusalDocument.of_row(refusal)
    return RereadingItemDocument.of_row(item, state=item.state.value, refused=refused)
