"""Takes in a delivery of many case files, a few at a time; what is done stays done.

A piece is some case files: bytes into staging, then their rows, jobs and the delivery's progress in
one transaction, which names how far the delivery was. Whoever was killed, stopped or overtaken
leaves nothing behind, and whoever goes on begins where the rows end.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from archive_service import access, clock
from archive_service.db.unit_of_work import Database, take_write_lock
from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.domain.intake.finding import Finding, Severity, as_json
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.jobs.ledger import JobLedger
from archive_service.settings import LimitSettings
from archive_service.signing.trust.roots import Trust
from archive_service.storage.staging import StagedObject, Staging
from ingest.channels.bulk import Bulk
from ingest.channels.edxml.row_packets import RowPackets
from ingest.channels.parcel import Entry, Parcel, SubmissionTooLargeError, TooManyFilesError
from ingest.checks.own_columns import OwnColumns
from ingest.checks.secrecy_findings import secrecy_findings
from ingest.deliveries.delivery import DeliveryNotFoundError
from ingest.deliveries.plan import DeliveryPlan, Planned
from ingest.receiving.arrivals import Arrival
from ingest.receiving.delivery import begin, new_delivery, submitter_of, tell_delivery
from ingest.receiving.rows import Known, Register, lay_down
from ingest.receiving.settling import queue_settling
from ingest.receiving.staged import discard_unneeded, restage_missing, stage_into

PIECE_CASE_FILES = 40
PIECE_FILES = 400
PIECE_BYTES = 64 << 20
OF_ERRORS = "errors"  # a finding whose words stand among those of errors


@dataclass(frozen=True, slots=True)
class Tools:
    """What taking in needs beside the delivery."""

    database: Database
    staging: Staging
    jobs: JobLedger
    limits: LimitSettings
    trust: Trust = field(default_factory=Trust.none)  # judges signatures of packets in rows


def sheet_sha256(sheet: Path) -> str:
    """Digest of the spreadsheet as it was sent."""
    with sheet.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def begin_delivery(
    bulk: Bulk, *, place: str, channel: str, actor: Actor, tools: Tools
) -> tuple[UUID, bool]:
    """The delivery's id, and whether it is new: one of the same list that is under way goes on.

    Raises:
        NotAllowedError: ``actor`` may not submit.
    """
    access.require(actor, "submission:create")
    digest = sheet_sha256(bulk.sheet)
    with tools.database.unit_of_work() as uow:
        take_write_lock(uow.session)
        running = uow.session.scalar(
            select(Delivery.id).where(
                Delivery.content_sha256 == digest,
                Delivery.submitted_by == actor.account,
                Delivery.source == bulk.source[:500],
                Delivery.state == DeliveryState.RUNNING,
            )
        )
        if running is not None:
            return running, False
        delivery = new_delivery(
            actor, channel=channel, source=bulk.source, place=place, sha256=digest
        )
        begin(uow.session, delivery, actor)
        uow.commit()
        return delivery.id, True


def tell_plan(delivery_id: UUID, plan: DeliveryPlan, *, database: Database) -> None:
    """Note how many case files it declares, and what is told of no single one."""
    with database.writing() as session:
        delivery = session.get_one(Delivery, delivery_id)
        findings = OwnColumns(session).unexplained(plan.findings, delivery.agency_id)
        session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id)
            .values(
                rows=plan.rows,
                findings=[as_json(finding) for finding in findings],
                revision=Delivery.revision + 1,
            )
        )


def iter_taken(
    delivery_id: UUID, bulk: Bulk, plan: DeliveryPlan, *, tools: Tools
) -> Iterator[tuple[int, int]]:
    """Take it in piece by piece; after each how many rows are done, and how many there are.

    Ends when all are done, or when it was stopped or another process goes on with it.

    Raises:
        BackendError: staging or the database did not answer; nothing of the piece stays.
    """
    while True:
        with tools.database.read_only() as session:
            delivery = session.get(Delivery, delivery_id)
            if delivery is None:
                raise DeliveryNotFoundError(id=delivery_id)
            session.expunge(delivery)
        if delivery.state is not DeliveryState.RUNNING:
            return
        piece = _Piece(delivery, bulk, plan, tools)
        if not piece.take():
            return
        yield piece.end, plan.rows


@dataclass(slots=True)
class _Taken:
    """A case file of a piece, on its way in or refused."""

    planned: Planned
    arrival: Arrival
    refused: list[dict[str, Any]] = field(default_factory=list)


class _Piece:
    """The next case files of a delivery."""

    def __init__(self, delivery: Delivery, bulk: Bulk, plan: DeliveryPlan, tools: Tools) -> None:
        self._delivery = delivery
        self._plan = plan
        self._tools = tools
        self._actor = submitter_of(delivery)
        self._parcel = Parcel(delivery.channel, bulk.source, ())
        self._staged: dict[str, StagedObject] = {}
        self._packets = RowPackets(tools.limits, tools.trust)
        self.end = delivery.done

    def take(self) -> bool:
        """Whether it was taken; if not, the delivery is over, or somebody else's."""
        with self._packets:
            return self._take()

    def _take(self) -> bool:
        try:
            some = self._stage(self._chosen())
            taken = self._write(some)
        except BaseException:
            self._discard()
            raise
        if not taken:
            self._discard()
        return taken

    def _discard(self) -> None:
        digests = [staged.sha256 for staged in self._staged.values()]
        tools = self._tools
        discard_unneeded(digests, database=tools.database, staging=tools.staging)

    def _chosen(self) -> list[_Taken]:
        """As many case files as one transaction takes well; one at least."""
        chosen: list[_Taken] = []
        files = size = 0
        for planned in self._plan.from_row(self._delivery.done, PIECE_CASE_FILES):
            some = self._judged(planned)
            entries = self._entries(some)
            files += len(entries)
            size += sum(entry.size_bytes for entry in entries)
            if chosen and (files > PIECE_FILES or size > PIECE_BYTES):
                break
            chosen.append(some)
        self.end = self._delivery.done + len(chosen)
        return chosen

    def _judged(self, planned: Planned) -> _Taken:
        """Refused is what the sheet says wrongly; all other faults are found by the checks."""
        declared = planned.declared
        arrival = Arrival(declared, list(planned.findings), secrecy_findings(declared))
        named = (file.path for document in declared.documents for file in document.files)
        arrival.paths = list(dict.fromkeys(named))
        for path in arrival.paths:
            if path in self._plan.withheld and not arrival.secret:
                withheld = Finding("secrecy", "file-withheld", Severity.ERROR, path)
                arrival.findings.append(withheld)
        wrong = [f for f in (*arrival.secret, *arrival.findings) if f.severity is Severity.ERROR]
        if not wrong:
            wrong = arrival.unpack(self._packets, self._plan.entries)
        some = _Taken(planned, arrival, [as_json(finding) for finding in wrong])
        entries = [] if some.refused else self._entries(some)
        limits = self._tools.limits
        if len(entries) > limits.file_count:
            self._refuse(some, TooManyFilesError(count=len(entries), limit=limits.file_count))
        if (size := sum(entry.size_bytes for entry in entries)) > limits.submission_bytes:
            self._refuse(some, SubmissionTooLargeError(size=size, limit=limits.submission_bytes))
        return some

    def _refuse(self, some: _Taken, refusal: InputError) -> None:
        facts = {name: _plain(value) for name, value in refusal.facts.items()}
        finding = Finding(OF_ERRORS, refusal.code, Severity.ERROR, "", facts)
        some.refused.append(as_json(finding))

    def _entries(self, some: _Taken) -> list[Entry]:
        found = map(self._entry, [] if some.refused else some.arrival.paths)
        return [entry for entry in found if entry is not None]

    def _entry(self, path: str) -> Entry | None:
        return self._packets.entries.get(path) or self._plan.entries.get(path)

    def _stage(self, chosen: list[_Taken]) -> list[_Taken]:
        """All bytes of the piece together; where a file cannot be taken, each case file alone."""
        try:
            self._stage_all(entry for some in chosen for entry in self._entries(some))
        except InputError:
            for some in chosen:
                try:
                    self._stage_all(self._entries(some))
                except InputError as refusal:
                    self._refuse(some, refusal)
        return chosen

    def _stage_all(self, entries: Iterable[Entry]) -> None:
        waiting = {entry.path: entry for entry in entries if entry.path not in self._staged}
        stage_into(self._staged, list(waiting.values()), self._tools.staging)

    def _write(self, some: Sequence[_Taken]) -> bool:
        tools, start = self._tools, self._delivery.done
        taken = [each.arrival for each in some if not each.refused or each.arrival.secret]
        refused = [each for each in some if each.refused]
        with tools.database.unit_of_work() as uow:
            register = Register(
                uow.session,
                self._actor,
                self._parcel,
                delivery=self._delivery,
                one_receipt=self._plan.rows > 1,
            )
            known = Known.of(uow.session, [arrival.code for arrival in taken])
            written = register.write(taken, self._staged, known)
            lay_down(uow.session, [written], tools.jobs)
            over = self.end >= self._plan.rows
            done = uow.session.scalar(
                update(Delivery)
                .where(
                    Delivery.id == self._delivery.id,
                    Delivery.state == DeliveryState.RUNNING,
                    Delivery.done == start,
                )
                .values(
                    done=self.end,
                    refused=Delivery.refused + len(refused),
                    again=Delivery.again + len(written.again),
                    files=Delivery.files + written.files,
                    size_bytes=Delivery.size_bytes + written.size_bytes,
                    state=DeliveryState.DONE if over else DeliveryState.RUNNING,
                    finished_at=clock.now() if over else None,
                    trouble={},
                    revision=Delivery.revision + 1,
                )
                .returning(Delivery.id)
                .execution_options(synchronize_session=False)
            )
            if done is None:
                return False
            uow.session.add_all(self._refusal(each) for each in refused)
            if over:
                whole = uow.session.get_one(Delivery, self._delivery.id)
                tell_delivery(uow.session, whole, "delivery:done", self._actor)
                queue_settling(uow.session, whole.id, tools.jobs)
            uow.commit()
        unneeded = self._staged.keys() - written.paths
        if unneeded:
            digests = [self._staged[path].sha256 for path in unneeded]
            discard_unneeded(digests, database=tools.database, staging=tools.staging)
        fresh = {path: self._staged[path] for path in self._staged.keys() & written.paths}
        entries = {path: entry for path in fresh if (entry := self._entry(path)) is not None}
        restage_missing(fresh, entries, tools.staging)
        return True

    def _refusal(self, some: _Taken) -> DeliveryRefusal:
        return DeliveryRefusal(
            delivery_id=self._delivery.id,
            ordinal=some.planned.ordinal,
            row=some.planned.declared.row,
            code=some.arrival.code[:200],
            declared={} if some.arrival.secret else some.planned.declared.model_dump(),
            findings=some.refused,
        )


def _plain(value: object) -> object:
    return value if isinstance(value, (int, float, str)) else str(value)
