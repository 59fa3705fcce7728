"""Takes in what was sent: bytes into staging first, then rows, event and job in one transaction."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database
from archive_service.domain.account import Actor
from archive_service.domain.finding import Finding, FindingRow, Severity
from archive_service.domain.submission import (
    DeclaredCaseFile,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.jobs.ledger import JobLedger
from archive_service.settings import LimitSettings
from archive_service.storage.staging import StagedObject, Staging
from ingest.agencies import KnownAgency, agencies_of, predecessors, read_code
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Declaration, Entry, Parcel
from ingest.channels.spreadsheet import read_declaration
from ingest.register import OPEN
from ingest.secrecy import secrecy_findings
from ingest.staged import discard_unneeded, restage_missing, stage_into

CHECK_JOB = "check-submission"


def receive_submission(
    source: Path | Parcel,
    *,
    actor: Actor,
    database: Database,
    staging: Staging,
    jobs: JobLedger,
    limits: LimitSettings,
) -> list[UUID]:
    """Take in a folder, ZIP, spreadsheet or filled form; one submission for each case file.

    Returns:
        Their ids, in the order of the rows: ``received`` and waiting for their checks, or
        ``rejected`` where a row is marked as a state secret, whose bytes are not taken.

    Raises:
        NotAllowedError: ``actor`` may not submit.
        InputError: a limit is broken or nothing declares a case file; nothing was taken in.
        BackendError: staging is full or does not answer; likewise.
    """
    access.require(actor, "submission:create")
    with source if isinstance(source, Parcel) else open_parcel(source, limits) as parcel:
        declaration, sheet = read_declaration(parcel, limits)
        arrivals = _arrivals(declaration, parcel)
        entries = {entry.path: entry for entry in parcel.entries if entry is not sheet}
        wanted = _wanted(arrivals, entries)
        kept = _kept_sheet(sheet, arrivals)
        staged: dict[str, StagedObject] = {}
        try:
            whole = [*wanted, *kept.values()]
            stage_into(staged, whole, staging, side_by_side=parcel.side_by_side)
            with database.unit_of_work() as uow:
                register = _Register(uow.session, actor, parcel, beside=tuple(kept))
                ids = register.write(arrivals, staged, jobs)
                uow.commit()
        except BaseException:
            digests = [content.sha256 for content in staged.values()]
            discard_unneeded(digests, database=database, staging=staging)
            raise
        restage_missing(staged, entries | kept, staging)
        return ids


@dataclass(slots=True)
class _Arrival:
    """One case file on its way in."""

    declared: DeclaredCaseFile
    findings: list[Finding]
    secret: list[Finding]
    paths: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.declared.fields.get("fileCode", "")


def _arrivals(declaration: Declaration, parcel: Parcel) -> list[_Arrival]:
    shared = [*parcel.findings, *declaration.findings]
    arrivals = []
    for declared in declaration.case_files:
        own = declaration.of_rows.get(declared.row, ())
        arrival = _Arrival(declared, [*own, *shared], secrecy_findings(declared))
        named = (file.path for document in declared.documents for file in document.files)
        arrival.paths = list(dict.fromkeys(named))
        arrivals.append(arrival)
    return arrivals


def _wanted(arrivals: Sequence[_Arrival], entries: Mapping[str, Entry]) -> list[Entry]:
    """The files to stage: what a row names, but nothing that a secret case file names."""
    withheld = {path for arrival in arrivals if arrival.secret for path in arrival.paths}
    wanted: dict[str, Entry] = {}
    for arrival in arrivals:
        for path in arrival.paths if not arrival.secret else ():
            if path in withheld:
                arrival.findings.append(Finding("secrecy", "file-withheld", Severity.ERROR, path))
            elif path in entries:
                wanted[path] = entries[path]
    return list(wanted.values())


def _kept_sheet(sheet: Entry | None, arrivals: Sequence[_Arrival]) -> dict[str, Entry]:
    """The sheet is kept with each case file it declares; not where it tells of a state secret."""
    if sheet is None or any(arrival.secret for arrival in arrivals):
        return {}
    return {sheet.path: sheet}


class _Register:
    """Writes the rows of one parcel; ``beside`` are paths kept with every case file of it."""

    def __init__(
        self, session: Session, actor: Actor, parcel: Parcel, beside: tuple[str, ...]
    ) -> None:
        self._beside = beside
        self._session = session
        self._actor = actor
        self._parcel = parcel
        self._received_at = clock.now()

    def write(
        self,
        arrivals: Sequence[_Arrival],
        staged: Mapping[str, StagedObject],
        jobs: JobLedger,
    ) -> list[UUID]:
        codes = [arrival.code for arrival in arrivals]
        known = agencies_of(self._session, codes)
        own = self._own_agencies()
        earlier = _open_with_codes(self._session, codes)
        submissions = []
        for arrival in arrivals:
            submission = self._submission(arrival)
            submission.agency_id = self._agency(arrival, known, own)
            if not arrival.secret:
                submission.files = _files(submission.id, arrival, staged, self._beside)
                named = submission.files[: len(submission.files) - len(self._beside)]
                submission.size_bytes = sum(file.size_bytes for file in named)
                arrival.findings.extend(_sent_already(submission, earlier))
                submission.door_findings = [as_json(finding) for finding in arrival.findings]
            submissions.append(submission)
        self._session.add_all(submissions)
        self._session.flush()
        for submission in submissions:
            self._announce(submission, jobs)
        return [submission.id for submission in submissions]

    def _submission(self, arrival: _Arrival) -> Submission:
        declared = arrival.declared
        submission = Submission(
            id=uuid4(),
            code=arrival.code[:200],
            title=declared.fields.get("title", "")[:1000],
            channel=self._parcel.channel,
            source=self._parcel.source[:500],
            state=SubmissionState.RECEIVED,
            declared=declared.model_dump(),
            door_findings=[],
            document_count=len(declared.documents),
            submitted_by=self._actor.account,
            received_at=self._received_at,
        )
        if arrival.secret:
            # Of a secret not even the title is kept: the code alone says what was refused.
            bare = DeclaredCaseFile(row=declared.row, fields={"fileCode": arrival.code})
            submission.state = SubmissionState.REJECTED
            submission.title = ""
            submission.declared = bare.model_dump()
            submission.decided_by = self._actor.account
            submission.decided_at = self._received_at
            submission.worst = Severity.ERROR.value
            submission.findings = [
                FindingRow.of(finding, submission_id=submission.id, ordinal=ordinal)
                for ordinal, finding in enumerate(arrival.secret, start=1)
            ]
        return submission

    def _own_agencies(self) -> set[UUID]:
        mine = self._actor.agency_id
        return set() if mine is None else {mine} | predecessors(self._session, mine)

    def _agency(
        self, arrival: _Arrival, known: Mapping[str, KnownAgency], own: set[UUID]
    ) -> UUID | None:
        """The agency of the code; an officer's own where the code names none, or another's."""
        code = read_code(arrival.code, known)
        agency = known.get(code.agency) if code else None
        mine = self._actor.agency_id
        if mine is None:
            return agency.id if agency else None
        if agency is not None and agency.id not in own:
            facts = {"agency": agency.identifier}
            arrival.findings.append(
                Finding("codes", "agency-not-own", Severity.ERROR, arrival.code[:200], facts)
            )
        return mine

    def _announce(self, submission: Submission, jobs: JobLedger) -> None:
        rejected = submission.state is SubmissionState.REJECTED
        record_event(
            self._session,
            "submission:rejected" if rejected else "submission:received",
            subject_id=submission.id,
            actor=self._actor,
            agency_id=submission.agency_id,
            data={
                "code": submission.code,
                "channel": submission.channel,
                "documents": submission.document_count,
                "files": len(submission.files),
                "size_bytes": submission.size_bytes,
            },
        )
        if not rejected:
            jobs.add(self._session, CHECK_JOB, subject_id=submission.id)


def as_json(finding: Finding) -> dict[str, object]:
    """A finding as it is kept in ``door_findings``."""
    return asdict(finding) | {"severity": finding.severity.value}


def _files(
    submission_id: UUID,
    arrival: _Arrival,
    staged: Mapping[str, StagedObject],
    beside: tuple[str, ...],
) -> list[SubmissionFile]:
    """What rows name and what came beside them, which stands last."""
    named = [path for path in arrival.paths if path in staged and path not in beside]
    here = [*named, *beside]
    return [
        SubmissionFile(
            submission_id=submission_id,
            ordinal=ordinal,
            path=path,
            sha256=staged[path].sha256,
            size_bytes=staged[path].size_bytes,
            signatures=[],
        )
        for ordinal, path in enumerate(here, start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Earlier:
    """An open submission that bears one of the codes, and the bytes it holds."""

    id: UUID
    agency_id: UUID | None
    received_at: dt.datetime
    digests: frozenset[str]


def _open_with_codes(session: Session, codes: Sequence[str]) -> dict[str, list[_Earlier]]:
    rows = session.execute(
        select(
            Submission.id,
            Submission.code,
            Submission.agency_id,
            Submission.received_at,
            SubmissionFile.sha256,
        )
        .outerjoin(SubmissionFile, SubmissionFile.submission_id == Submission.id)
        .where(Submission.state.in_(OPEN), Submission.code.in_({code[:200] for code in codes}))
    ).all()
    digests: dict[UUID, set[str]] = {}
    for row in rows:
        digests.setdefault(row.id, set()).update([row.sha256] if row.sha256 else [])
    found: dict[str, list[_Earlier]] = {}
    distinct = {(row.id, row.code, row.agency_id, row.received_at) for row in rows}
    for submission_id, code, agency_id, received_at in distinct:
        held = frozenset(digests[submission_id])
        earlier = _Earlier(submission_id, agency_id, received_at, held)
        found.setdefault(code, []).append(earlier)
    return found


def _sent_already(
    submission: Submission, earlier: Mapping[str, Sequence[_Earlier]]
) -> list[Finding]:
    digests = frozenset(file.sha256 for file in submission.files)
    same = [  # what another agency sent is not this sender's to know
        known
        for known in earlier.get(submission.code, ())
        if known.digests == digests and known.agency_id == submission.agency_id is not None
    ]
    return [
        Finding(
            "duplicates",
            "sent-already",
            Severity.WARNING,
            "",
            {"id": str(known.id), "received_at": clock.iso(known.received_at)},
        )
        for known in sorted(same, key=lambda known: known.received_at)[:1]
    ]
