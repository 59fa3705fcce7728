"""What goes out into every copy beside the packages: acts of custody and audit segments."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import audit, clock
from archive_service.audit import segment_key
from archive_service.db.unit_of_work import Database
from archive_service.domain.act import RECEIPT, Act
from archive_service.domain.audit_event import AuditSegment
from archive_service.domain.case_file import CaseFile
from archive_service.domain.enrolled_copy import EnrolledCopy
from archive_service.domain.submission import Submission, SubmissionState
from archive_service.errors import ArchiveError, BackendError
from archive_service.log import logger
from archive_service.storage.acts import ACTS, write_act
from archive_service.storage.copies import identify
from archive_service.storage.port import ObjectNotFoundError, ObjectStore
from archive_service.storage.staging import Staging

_AT_ONCE = 200  # documents marked as written in one transaction


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """How much every copy holds now, and the first trouble with each copy, by its name."""

    acts: int
    segments: int
    troubles: Mapping[str, ArchiveError]


def act_name(act: Act) -> str:
    """One step, one name; names sort as the steps came."""
    return f"{act.at:%Y%m%dT%H%M%S%f}-{act.id}"


def act_document(act: Act) -> dict[str, Any]:
    """An act as it stands in every copy."""
    return {
        "id": str(act.id),
        "kind": act.kind,
        "subject_id": act.subject_id,
        "at": clock.iso(act.at),
        "body": act.document,
    }


def write_out(database: Database, *, staging: Staging, copies: Sequence[ObjectStore]) -> WrittenOut:
    """Close the running segment, and put what is not out yet into every copy.

    Rows first: after a kill the next call goes on with the same bytes. Only when every copy
    holds a document is its row marked, and may the act be reported done.

    Raises:
        CopyUnknownError: another store answers under a copy's name; nothing is written into it.
        BackendError: a copy did not take it; nothing is lost, the next call tries again, and the
            copies that do answer have theirs.
        ObjectExistsError: a copy holds other bytes in a document's place; the others went out.
    """
    told = spread(database, staging=staging, copies=copies)
    for trouble in told.troubles.values():
        raise trouble
    return told


def spread(database: Database, *, staging: Staging, copies: Sequence[ObjectStore]) -> WrittenOut:
    """The same; troubles are logged and returned, so that one copy holds up no other."""
    with database.unit_of_work() as uow:
        audit.close_segment(uow.session, at=clock.now())
        uow.commit()
    run = _Run(database, staging, copies)
    run.write_acts()
    run.write_segments()
    run.mark_written()
    for name, trouble in run.troubles.items():
        if isinstance(trouble, BackendError):
            logger().warning("evidence-delayed", copy=name, code=trouble.code, facts=str(trouble))
        else:
            logger().error("integrity-alarm", copy=name, code=trouble.code, facts=str(trouble))
    return WrittenOut(run.acts, run.segments, run.troubles)


def require_known_copies(database: Database, copies: Sequence[ObjectStore]) -> None:
    """``CopyUnknownError`` unless each copy is the one that was enrolled under its name."""
    enrolled = _enrolled(database)
    for copy in copies:
        identify(copy, enrolled.get(copy.name))


class _Run:
    """One round of writing out; knows which copies still answer."""

    def __init__(self, database: Database, staging: Staging, copies: Sequence[ObjectStore]) -> None:
        self.acts = self.segments = 0
        self.troubles: dict[str, ArchiveError] = {}
        self._database, self._staging = database, staging
        self._away = 0
        self._here: list[ObjectStore] = []
        self._acts_out: list[UUID] = []
        self._segments_out: list[int] = []
        enrolled = _enrolled(database)
        for copy in copies:
            try:
                identify(copy, enrolled.get(copy.name))
            except BackendError as trouble:
                self.troubles[copy.name] = trouble
                self._away += 1
            else:
                self._here.append(copy)

    def write_acts(self) -> None:
        """As they came, one at a time."""
        with self._database.read_only() as session:
            waiting = select(Act.id).where(~Act.written).order_by(Act.at, Act.id)
            ids = list(session.scalars(waiting))
        for act_id in ids:
            with self._database.read_only() as session:
                act = session.get_one(Act, act_id)
            try:
                companions = self._companions(act)
            except ArchiveError as trouble:
                self.troubles.setdefault("staging", trouble)
                continue
            if self._put(f"{ACTS}/{act.kind}/{act_name(act)}.json", _act_writer(act, companions)):
                self.acts += 1
                self._acts_out.append(act_id)
                self._mark_many()

    def write_segments(self) -> None:
        """In order, one at a time."""
        for segment, data in self._sealed():
            if self._put(segment_key(segment.number), _segment_writer(segment, data)):
                self.segments += 1
                self._segments_out.append(segment.number)
                self._mark_many()

    def mark_written(self) -> None:
        """Every copy holds them."""
        if not self._acts_out and not self._segments_out:
            return
        with self._database.unit_of_work() as uow:
            acts = update(Act).where(Act.id.in_(self._acts_out))
            segments = update(AuditSegment).where(AuditSegment.number.in_(self._segments_out))
            uow.session.execute(acts.values(written=True))
            _promise_receipts(uow.session, self._acts_out)
            uow.session.execute(segments.values(written=True))
            uow.commit()
        self._acts_out, self._segments_out = [], []

    def _mark_many(self) -> None:
        if len(self._acts_out) + len(self._segments_out) >= _AT_ONCE:
            self.mark_written()

    def _put(self, key: str, write: Callable[[ObjectStore], object]) -> bool:
        """Whether every copy holds it now."""
        everywhere = not self._away
        for copy in list(self._here):
            try:
                # While a copy is away the same waits again and again: only what lacks is written.
                if not self._away or not _has(copy, key):
                    write(copy)
            except BackendError as trouble:
                self.troubles.setdefault(copy.name, trouble)
                self._here.remove(copy)
                self._away += 1
                everywhere = False
            except ArchiveError as trouble:
                self.troubles.setdefault(copy.name, trouble)
                everywhere = False
        return everywhere

    def _companions(self, act: Act) -> dict[str, bytes]:
        if act.companion_sha256 is None:
            return {}
        with self._staging.open(act.companion_sha256) as source:
            return {act.companion_suffix: source.read()}  # a receipt: some 100 kB

    def _sealed(self) -> Iterator[tuple[AuditSegment, bytes]]:
        """Segments that are not in every copy yet, with their bytes; one in memory at a time."""
        number = 0
        while True:
            with self._database.read_only() as session:
                segment = session.scalar(
                    select(AuditSegment)
                    .where(~AuditSegment.written, AuditSegment.number > number)
                    .order_by(AuditSegment.number)
                    .limit(1)
                )
                if segment is None:
                    return
                events = audit.segment_events(session, segment)
            yield segment, audit.segment_bytes(segment, events)
            number = segment.number


def _promise_receipts(session: Session, acts: Sequence[UUID]) -> None:
    """Of these acts, the receipts: only now are they shown, and their submissions stored."""
    issued = select(Act.subject_id, Act.at).where(Act.id.in_(acts), Act.kind == RECEIPT)
    for row in session.execute(issued).all():
        subject = UUID(row.subject_id)
        receipt = update(CaseFile).where(CaseFile.id == subject)
        submission = update(Submission).where(Submission.id == subject)
        session.execute(receipt.values(receipt_issued_at=row.at))
        session.execute(submission.values(state=SubmissionState.STORED))


def _enrolled(database: Database) -> dict[str, str]:
    with database.read_only() as session:
        return {row.name: row.identity for row in session.scalars(select(EnrolledCopy))}


def _act_writer(act: Act, companions: Mapping[str, bytes]) -> Callable[[ObjectStore], str]:
    return lambda copy: write_act(
        act.kind, act_name(act), act_document(act), copies=[copy], companions=companions
    )


def _segment_writer(segment: AuditSegment, data: bytes) -> Callable[[ObjectStore], None]:
    return lambda copy: copy.put(
        segment_key(segment.number), io.BytesIO(data), size=len(data), sha256=segment.sha256
    )


def _has(copy: ObjectStore, key: str) -> bool:
    try:
        copy.stat(key)
    except ObjectNotFoundError:
        return False
    return True
