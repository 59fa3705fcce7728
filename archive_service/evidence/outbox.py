"""What goes out into every copy beside the packages: acts of custody and audit segments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.orm import Session

from archive_service import audit, clock
from archive_service.audit import segment_key
from archive_service.db.unit_of_work import Database, take_write_lock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.delivery import DELIVERY, Delivery
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import IS_WAITING, AuditSegment
from archive_service.errors import ArchiveError, BackendError
from archive_service.log import logger
from archive_service.notices.silent_copies import note_answers
from archive_service.storage.acts import WrittenAct, act_document, act_name, write_acts, written_act
from archive_service.storage.copies.enrolment import (
    CopiesChangedError,
    held_mark,
    identities,
    require_every_copy,
    with_holders,
)
from archive_service.storage.copies.identity import identify, put_read_back
from archive_service.storage.port import ObjectStore
from archive_service.storage.staging import Staging
from ingest.transitions import TRANSITIONS

_AT_ONCE = 200  # documents marked as written in one transaction
_TOGETHER = 50  # acts that a copy takes with one sync; a receipt beside each has some 100 KB
_TOGETHER_CHARS = 4 << 20  # and their documents at most; a longer one goes alone


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """How much every copy holds now, and the first trouble with each copy, by its name."""

    acts: int
    segments: int
    troubles: Mapping[str, ArchiveError]


def write_out(database: Database, *, staging: Staging, copies: Sequence[ObjectStore]) -> WrittenOut:
    """Close the running segment, and put what is not out yet into every copy.

    Rows first: after a kill the next call goes on with the same bytes. A segment goes before the
    acts that its events tell of, for a rebuild takes no other in. Only when every copy holds a
    document is its row marked, and may the act be reported done.

    Raises:
        CopyUnknownError: another store answers under a copy's name; nothing is written into it.
        BackendError: a copy did not take it; nothing is lost, the next call tries again, and the
            copies that do answer have theirs.
        ObjectExistsError: a copy holds other bytes in a document's place; the others went out.
    """
    written_out = spread(database, staging=staging, copies=copies)
    for trouble in written_out.troubles.values():
        raise trouble
    return written_out


def spread(database: Database, *, staging: Staging, copies: Sequence[ObjectStore]) -> WrittenOut:
    """The same; troubles are logged and returned, so that one copy holds up no other."""
    with database.writing() as session:
        take_write_lock(session)  # of several machines one closes the segment
        audit.close_segment(session, at=clock.now())
        session.flush()
        known, waiting = _read_first(session)  # under the lock: no act whose event came later
    run = _Run(database, staging, copies, known, waiting)
    run.write_segments()
    run.write_acts()
    run.mark_written()
    note_answers(database, here=run.here, away=run.away)
    for name, trouble in run.troubles.items():
        if isinstance(trouble, BackendError):
            logger().warning("evidence-delayed", copy=name, code=trouble.code, facts=str(trouble))
        else:
            logger().error("integrity-alarm", copy=name, code=trouble.code, facts=str(trouble))
    return WrittenOut(run.acts, run.segments, run.troubles)


def answering(
    database: Database, copies: Sequence[ObjectStore]
) -> tuple[list[ObjectStore], dict[str, BackendError]]:
    """Of these copies those that answer as the ones that were enrolled; why the others do not."""
    with database.read_only() as session:
        enrolled = identities(session)
    return _answering(copies, enrolled)


def _answering(
    copies: Sequence[ObjectStore], enrolled: Mapping[str, str]
) -> tuple[list[ObjectStore], dict[str, BackendError]]:
    here: list[ObjectStore] = []
    away: dict[str, BackendError] = {}
    for copy in copies:
        try:
            identify(copy, enrolled.get(copy.name))
        except BackendError as trouble:
            away[copy.name] = trouble
        else:
            here.append(copy)
    return here, away


@dataclass(frozen=True, slots=True)
class _Lacking:
    """An act that some copy lacks; ``held_by`` tells which have it."""

    id: UUID
    held_by: str
    written: WrittenAct | None  # ``None``: all that answer have it


class _Run:
    """One round of writing out; knows which copies still answer."""

    def __init__(
        self,
        database: Database,
        staging: Staging,
        copies: Sequence[ObjectStore],
        known: dict[str, str],
        waiting: "_Waiting",
    ) -> None:
        self.acts = self.segments = 0
        self.troubles: dict[str, ArchiveError] = {}
        self._database, self._staging = database, staging
        self._names = [copy.name for copy in copies]
        self._acts_out: list[UUID] = []
        self._segments_out: list[int] = []
        self._acts_partly: dict[UUID, str] = {}
        self._segments_partly: dict[int, str] = {}
        self._identities, self._waiting = known, waiting
        self._here, away = _answering(copies, self._identities)
        self.troubles.update(away)
        self._away = len(away)

    @property
    def away(self) -> dict[str, BackendError]:
        """The copies that did not answer."""
        here = {copy.name for copy in self._here}
        return {
            name: trouble
            for name, trouble in self.troubles.items()
            if name in self._names and name not in here and isinstance(trouble, BackendError)
        }

    @property
    def here(self) -> list[str]:
        """The copies that answered to the end."""
        return [copy.name for copy in self._here]

    def write_acts(self) -> None:
        """As they came, some at a time."""
        for start in range(0, len(self._waiting.acts), _TOGETHER):
            for some in self._parts(self._waiting.acts[start : start + _TOGETHER]):
                self._write_some(some)

    def _parts(self, ids: Sequence[UUID]) -> list[list[UUID]]:
        """These acts, in their order: so many that their documents are not much at once."""
        lengths = select(Act.id, func.length(cast(Act.document, Text))).where(Act.id.in_(ids))
        with self._database.read_only() as session:
            rows = session.execute(lengths.order_by(Act.at, Act.id)).all()
        parts, chars = list[list[UUID]](), 0
        for act_id, length in rows:
            chars += length
            if not parts or chars > _TOGETHER_CHARS:
                parts.append([])
                chars = length
            parts[-1].append(act_id)
        return parts

    def _write_some(self, some: Sequence[UUID]) -> None:
        with self._database.read_only() as session:
            found = select(Act).where(Act.id.in_(some)).order_by(Act.at, Act.id)
            acts = list(filter(None, map(self._lacking, session.scalars(found))))
        together = self._put_together(acts)
        for act in acts:
            held_by = self._put(act.held_by, _act_writer(act.written, together))
            if held_by is None:
                self.acts += 1
                self._acts_out.append(act.id)
            elif held_by != act.held_by:
                self._acts_partly[act.id] = held_by
            self._mark_many()

    def _lacking(self, act: Act) -> _Lacking | None:
        if all(self._mark(copy) in act.held_by for copy in self._here):
            return _Lacking(act.id, act.held_by, None)
        try:
            companions = self._companions(act)
        except ArchiveError as trouble:
            self.troubles.setdefault("staging", trouble)
            return None
        written = written_act(act.kind, act_name(act), act_document(act), companions)
        return _Lacking(act.id, act.held_by, written)

    def _put_together(self, acts: Sequence[_Lacking]) -> set[tuple[str, str]]:
        """Copy and key of those that went out with one sync; where one fails each goes alone."""
        done: set[tuple[str, str]] = set()
        for copy in self._here if len(acts) > 1 else []:
            mark = self._mark(copy)
            lacking = [act.written for act in acts if act.written and mark not in act.held_by]
            with suppress(ArchiveError):  # told by those that fail alone
                write_acts(lacking, copy=copy)
                done |= {(copy.name, document.key) for document in lacking}
        return done

    def write_segments(self) -> None:
        """In order, one at a time."""
        for segment, data in self._sealed():
            held_by = self._put(segment.held_by, _segment_writer(segment, data))
            if held_by is None:
                self.segments += 1
                self._segments_out.append(segment.number)
            elif held_by != segment.held_by:
                self._segments_partly[segment.number] = held_by
            self._mark_many()

    def mark_written(self) -> None:
        """Every copy holds the ones, these copies the others."""
        out = self._acts_out or self._segments_out
        if not out and not self._acts_partly and not self._segments_partly:
            return
        with self._database.writing() as session:
            for act_id, held_by in self._acts_partly.items():
                row = update(Act).where(Act.id == act_id, ~Act.written)
                session.execute(row.values(held_by=held_by))
            for number, held_by in self._segments_partly.items():
                part = update(AuditSegment).where(
                    AuditSegment.number == number, ~AuditSegment.written
                )
                session.execute(part.values(held_by=held_by))
            if out:
                self._mark_out(session)
        self._acts_out, self._segments_out = [], []
        self._acts_partly, self._segments_partly = {}, {}

    def _mark_out(self, session: Session) -> None:
        try:
            require_every_copy(session, self._names)
        except CopiesChangedError as trouble:  # the next round writes into the new one too
            self.troubles.setdefault(str(trouble.facts["copies"]), trouble)
            return
        if self._acts_out:
            acts = update(Act).where(Act.id.in_(self._acts_out))
            session.execute(acts.values(written=True, held_by=""))
            _promise_receipts(session, self._acts_out)
        segments = update(AuditSegment).where(AuditSegment.number.in_(self._segments_out))
        session.execute(segments.values(written=True, held_by=""))

    def _mark_many(self) -> None:
        out = len(self._acts_out) + len(self._segments_out)
        if out + len(self._acts_partly) + len(self._segments_partly) >= _AT_ONCE:
            self.mark_written()

    def _put(self, held_by: str, write: Callable[[ObjectStore], object]) -> str | None:
        """Who holds it now; ``None`` if every copy does.

        While a copy is away the same waits again and again: only what lacks is written.
        """
        everywhere = not self._away
        holders = []
        for copy in list(self._here):
            try:
                if self._mark(copy) not in held_by:
                    write(copy)
                holders.append(copy.name)
            except BackendError as trouble:
                self.troubles.setdefault(copy.name, trouble)
                self._here.remove(copy)
                self._away += 1
                everywhere = False
            except ArchiveError as trouble:
                self.troubles.setdefault(copy.name, trouble)
                everywhere = False
        return None if everywhere else with_holders(held_by, holders, self._identities)

    def _mark(self, copy: ObjectStore) -> str:
        return held_mark(self._identities.get(copy.name, ""))

    def _companions(self, act: Act) -> dict[str, bytes]:
        if act.companion_sha256 is None:
            return {}
        with self._staging.open(act.companion_sha256) as source:
            return {act.companion_suffix: source.read()}  # a receipt: some 100 KB

    def _sealed(self) -> Iterator[tuple[AuditSegment, bytes]]:
        """Segments that are not in every copy yet, with their bytes; one in memory at a time."""
        for number in self._waiting.segments:
            with self._database.read_only() as session:
                segment = session.get_one(AuditSegment, number)
                events = audit.segment_events(session, segment)
            if not segment.written:
                yield segment, audit.segment_bytes(segment, events)


def _promise_receipts(session: Session, acts: Sequence[UUID]) -> None:
    """Of these acts, the receipts: only now are they shown, and their submissions stored."""
    issued = select(Act.subject_id, Act.at).where(Act.id.in_(acts), Act.kind == RECEIPT)
    for row in session.execute(issued).all():
        subject = UUID(row.subject_id)
        receipt = update(CaseFile).where(CaseFile.id == subject)
        submission = update(Submission).where(Submission.id == subject)
        session.execute(receipt.values(receipt_issued_at=row.at))
        stored = submission.values(state=TRANSITIONS["store"].leads_to(), receipt_issued_at=row.at)
        session.execute(stored)
    of_many = select(Act.subject_id, Act.at).where(
        Act.id.in_(acts), Act.kind == DELIVERY, Act.companion_sha256.is_not(None)
    )
    for row in session.execute(of_many).all():
        subject = UUID(row.subject_id)
        for bearer in (
            update(Delivery).where(Delivery.id == subject),
            update(CaseFile).where(CaseFile.delivery_id == subject),
            update(Submission).where(
                Submission.delivery_id == subject,
                Submission.delivery_receipt,
                Submission.state == SubmissionState.STORED,
            ),
        ):
            session.execute(bearer.values(receipt_issued_at=row.at))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is not in every copy yet: ids of acts and numbers of segments, as they came."""

    acts: Sequence[UUID]
    segments: Sequence[int]


def _read_first(session: Session) -> tuple[dict[str, str], _Waiting]:
    """Who the copies are, and what waits."""
    acts = select(Act.id).where(~Act.written).order_by(Act.at, Act.id)
    segments = select(AuditSegment.number).where(IS_WAITING)
    waiting = _Waiting(
        session.scalars(acts).all(),
        session.scalars(segments.order_by(AuditSegment.number)).all(),
    )
    return identities(session), waiting


def _act_writer(
    act: WrittenAct | None, together: AbstractSet[tuple[str, str]]
) -> Callable[[ObjectStore], None]:
    def write(copy: ObjectStore) -> None:
        if act is not None and (copy.name, act.key) not in together:
            write_acts([act], copy=copy)

    return write


def _segment_writer(segment: AuditSegment, data: bytes) -> Callable[[ObjectStore], None]:
    key = segment_key(segment.number)
    return lambda copy: put_read_back(copy, key, data, digest=segment.sha256)
