"""Writes the rows of what was sent; see ``ingest.receiving.take_in`` for its bytes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from archive_service import clock, law
from archive_service.audit import record_event
from archive_service.db.unit_of_work import ValueNotStorableError
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.intake.delivery import Delivery
from archive_service.domain.intake.finding import Finding, FindingRow, Severity, as_json
from archive_service.domain.intake.finding_place import in_own_terms
from archive_service.domain.intake.submission import (
    CHECK_JOB,
    DeclaredCaseFile,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.domain.people.account import WORKER, Actor
from archive_service.jobs.ledger import JobLedger
from archive_service.signing.trust.roots import Trust
from archive_service.storage.staging import StagedObject
from ingest.answers.rules import refusing_codes
from ingest.channels.parcel import PATH_CHARACTERS, Parcel
from ingest.checks.own_columns import OwnColumns
from ingest.receiving.arrivals import Arrival, Written, files_of
from ingest.register.agencies import KnownAgency, agencies_of, predecessors, read_code
from ingest.register.earlier_packets import (
    packets_of,
    receiving_agency,
    same_packet,
    tell_changed,
    tell_recalled,
)
from ingest.register.identity import Earlier, identify
from ingest.register.sent_again import LEFT_OUT, tell_left_out


@dataclass(frozen=True, slots=True)
class OwnRules:
    """What an installation sets itself: whom it trusts, where its rules lie, what archive it is."""

    trust: Trust = field(default_factory=Trust.none)
    home: Path | None = None
    historical: bool = False  # a lưu trữ lịch sử


PLAIN = OwnRules()


@dataclass(frozen=True, slots=True)
class Known:
    """What rows say of the codes of some parcels, read once before any of them is written."""

    earlier: Earlier
    agencies: Mapping[str, KnownAgency]
    fields: dict[UUID, Sequence[OwnField]] = field(default_factory=dict)  # own ones, by agency

    @classmethod
    def of(cls, session: Session, codes: Sequence[str]) -> "Known":
        """Takes the write lock: the caller commits soon."""
        return cls(Earlier(session, codes), agencies_of(session, codes))


class Register:
    """Writes the rows of one parcel; ``beside`` are paths kept with every case file of it.

    ``one_receipt``: those of the delivery get one receipt together, unless it holds one alone.
    """

    def __init__(
        self,
        session: Session,
        actor: Actor,
        parcel: Parcel,
        beside: tuple[str, ...] = (),
        *,
        delivery: Delivery | None = None,
        one_receipt: bool = True,
        own: OwnRules = PLAIN,
    ) -> None:
        self._home = own.home
        self._beside = beside
        self._delivery = delivery.id if delivery is not None else None
        self._one_receipt = delivery is not None and one_receipt
        self._session = session
        self._actor = actor
        self._parcel = parcel
        self._received_at = clock.now()
        self._named: set[str] = set()

    def write(
        self,
        arrivals: Sequence[Arrival],
        staged: Mapping[str, StagedObject],
        known: Known,
    ) -> Written:
        """What is new; of what came before only that it was sent again.

        The caller lays down what belongs to it (``lay_down``), and commits. ``known``: of these
        codes, after all that other parcels brought under one of them.
        """
        own = self._own_agencies()
        several = self._delivery is not None and self._actor.agency_id is None
        columns = OwnColumns(self._session, of_any=several, known=known.fields)
        written = Written()
        queue = written.to_check.append
        for arrival in arrivals:
            agency_id = self._agency(arrival, known.agencies, own)
            arrival.declared = columns.named(arrival.declared, agency_id, arrival.findings)
            door = list(arrival.findings)
            submission = self._submission(arrival)
            submission.agency_id = agency_id
            if not arrival.secret:
                files = files_of(submission.id, arrival, staged, self._beside)
                submission.packets = packets_of(arrival.declared, door, self._received_at)
                named = files[: len(files) - len(self._beside)]
                submission.size_bytes = sum(file["size_bytes"] for file in named)
                digests = {file["path"]: file["sha256"] for file in files}
                if self._is_known(submission, digests, arrival, known.earlier, written):
                    continue
                submission.door_findings = [as_json(finding) for finding in arrival.findings]
            else:
                files = []
            written.ids.append(submission.id)
            written.paths.update(file["path"] for file in files)
            written.files += len(files)
            written.size_bytes += submission.size_bytes or 0
            written.file_rows += files
            self._session.add(submission)
            self._announce(submission, len(files), queue)
        return written

    def _is_known(
        self,
        submission: Submission,
        digests: Mapping[str, str],
        arrival: Arrival,
        earlier: Earlier,
        written: Written,
    ) -> bool:
        """Whether the same was sent before and stands; else what differs from earlier ones."""
        door = list(arrival.findings)
        same = same_packet(self._session, submission)
        if same is None:
            arrival.findings.extend(tell_changed(self._session, submission))
            arrival.findings.extend(tell_recalled(self._session, submission))
            if submission.state is SubmissionState.DRAFT:  # an officer makes a sending of it
                return False
            identify(submission, digests, door)
            same = earlier.same(submission)
            if same is not None and not self._is_told(same, door, written.to_check.append):
                same = None
        if same is None:
            arrival.findings.extend(earlier.follow(submission, digests))
            return False
        written.ids.append(same)
        written.again.add(same)
        record_event(
            self._session,
            "submission:sent-again",
            subject_id=same,
            actor=self._actor,
            agency_id=submission.agency_id,
            data={"code": submission.code, "channel": submission.channel},
        )
        return True

    def _is_told(self, same: UUID, door: Sequence[Finding], queue: Callable[[UUID], None]) -> bool:
        """Whether the earlier one tells of the files that came beside it now."""
        left_out = [as_json(found) for found in door if found.code in LEFT_OUT]
        return not left_out or tell_left_out(
            self._session, same, left_out, named=self._named, queue=queue
        )

    def _submission(self, arrival: Arrival) -> Submission:
        declared = arrival.declared
        submission = Submission(
            id=uuid4(),
            code=arrival.code[:200],
            title=declared.fields.get("title", "")[:1000],
            channel=self._parcel.channel,
            source=self._parcel.source[:500],
            state=self._first_state(arrival),
            declared=declared.model_dump(),
            door_findings=[],
            document_count=len(declared.documents),
            submitted_by=self._actor.account,
            received_at=self._received_at,
            sent_at=self._parcel.sending.sent_at,
            package_id=self._parcel.sending.package_id[:200],
            record_status=_status(arrival, self._parcel),
            delivery_id=self._delivery,
            delivery_receipt=self._one_receipt,
        )
        if arrival.secret:
            # Of a secret not even the title is kept: the code alone says what was refused.
            bare = DeclaredCaseFile(row=declared.row, fields={"fileCode": arrival.code})
            submission.title = ""
            submission.declared = bare.model_dump()
            submission.decided_by = WORKER.account
            submission.decided_at = self._received_at
            submission.worst = Severity.ERROR.value
            submission.findings = [
                FindingRow.of(finding, submission_id=submission.id, ordinal=ordinal)
                for ordinal, finding in enumerate(in_own_terms(declared, arrival.secret), start=1)
            ]
        return submission

    def _first_state(self, arrival: Arrival) -> SubmissionState:
        """A draft for an officer to complete, unless a rule refuses it whatever they do."""
        if arrival.secret:
            return SubmissionState.REJECTED
        if not self._parcel.sending.is_draft:
            return SubmissionState.RECEIVED
        refusing = refusing_codes(self._parcel.channel, home=self._home)
        is_refused = any(finding.code in refusing for finding in arrival.findings)
        return SubmissionState.RECEIVED if is_refused else SubmissionState.DRAFT

    def _own_agencies(self) -> set[UUID]:
        mine = self._actor.agency_id
        return set() if mine is None else {mine} | predecessors(self._session, mine)

    def _agency(
        self, arrival: Arrival, known: Mapping[str, KnownAgency], own: set[UUID]
    ) -> UUID | None:
        """The agency of the code; an officer's own where the code names none, or another's."""
        code = read_code(arrival.code, known)
        agency = known.get(code.agency) if code else None
        mine = self._actor.agency_id
        if mine is None:
            if agency is None and not arrival.code:
                return receiving_agency(self._session, self._parcel.sending.receivers)
            return agency.id if agency else None
        if agency is not None and agency.id not in own:
            facts = {"agency": agency.identifier}
            arrival.findings.append(
                Finding("codes", "agency-not-own", Severity.ERROR, arrival.code[:200], facts)
            )
        return mine

    def _announce(self, submission: Submission, files: int, queue: Callable[[UUID], None]) -> None:
        rejected = submission.state is SubmissionState.REJECTED
        record_event(
            self._session,
            "submission:rejected" if rejected else "submission:received",
            of=submission,
            actor=self._actor,
            data=received_facts(submission, files),
        )
        if submission.state is SubmissionState.RECEIVED:
            queue(submission.id)


def lay_down(session: Session, written: Sequence[Written], jobs: JobLedger) -> None:
    """Rows of files, then jobs, of what was written in this unit of work.

    Raises:
        ValueNotStorableError: a path is too long.
    """
    session.flush()
    rows = [row for rows_of in written for row in rows_of.file_rows]
    for row in rows:
        if len(row["path"]) > PATH_CHARACTERS:
            raise ValueNotStorableError(reason=f"submission_file.path: {len(row['path'])}")
    if rows:
        session.execute(insert(SubmissionFile), rows)
    jobs.add_each(
        session, CHECK_JOB, [identifier for ids in written for identifier in ids.to_check]
    )


def received_facts(submission: Submission, files: int) -> dict[str, object]:
    """What the event of a receipt tells."""
    return {
        "code": submission.code,
        "channel": submission.channel,
        "documents": submission.document_count,
        "files": files,
        "size_bytes": submission.size_bytes,
    }


def sent_as(parcel: Parcel, record_status: str) -> Parcel:
    """The parcel with another status, where one is given; its rows may still say their own."""
    if not record_status:
        return parcel
    return replace(parcel, sending=replace(parcel.sending, record_status=record_status))


def _status(arrival: Arrival, parcel: Parcel) -> str:
    """What the row says it is to a case file in custody, else the whole sending."""
    status = arrival.declared.fields.get("recordStatus", "")
    known = law.code_list("record-status").codes
    return status if status in known else parcel.sending.record_status


def door_findings(submission: Submission) -> list[Finding]:
    """What was seen while the parcel was read."""
    return [
        Finding(**(document | {"severity": Severity(document["severity"])}))
        for document in submission.door_findings
    ]
