"""What the database knows of a submission's code and bytes, read in a handful of queries."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.held import in_force
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import OPEN, Submission
from ingest.register.agencies import KnownAgency, agencies_of, read_code
from ingest.register.held import held_by, in_parts
from ingest.register.waiting_documents import waiting_bytes, waiting_documents

LATER = "newer-changed-waits"  # the finding that tells of ``later_open``


@dataclass(frozen=True, slots=True)
class Plan:
    """The file plan of the code's agency and year."""

    state: FilePlanState
    notations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Addition:
    """The case file in custody that a SUPPLEMENT or REPLACEMENT names."""

    status: str  # SUPPLEMENT, REPLACEMENT
    state: str = ""  # of the case file; empty: none bears the code
    own: bool = False  # it is the agency's
    hold: str = ""  # the authority of a hold in force
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """What the database said of this submission's code and bytes when the check began."""

    agencies: Mapping[str, KnownAgency]  # by identifier
    plan: Plan | None
    held_code: bool  # a case file bears the code
    # Facts of another agency are not the sender's to know: they are empty.
    open_code: Mapping[str, str] | None  # {id, received_at} of an earlier one, open, that bears it
    held_bytes: Mapping[str, str]  # digest -> code of a case file that holds such bytes
    addition: Addition | None = None  # of what is no new case file
    linked: frozenset[str] = frozenset()  # identifiers of documents in custody that are linked to
    own_fields: tuple[OwnField, ...] = ()  # of the agency, those of the circular apart
    later_open: Mapping[str, str] | None = None  # as open_code, of a later one of this sender
    open_bytes: Mapping[str, str] = field(default_factory=dict)  # as held, of those that wait
    open_documents: Mapping[str, str] = field(default_factory=dict)  # likewise, by mark
    own_required: bool = False  # a required one that is missing is an error, else a warning


def read_register(
    session: Session, submission: Submission, digests: Sequence[str], *, documents: bool = False
) -> Register:
    """Agencies, file plan, and who else bears the code or holds the bytes of its documents.

    Args:
        documents: whether others that wait are asked for its documents' numbers, too.
    """
    text = submission.case_file().fields.get("fileCode", "")
    agencies = agencies_of(session, [text])
    code = read_code(text, agencies)
    agency = agencies.get(code.agency) if code else None
    whose = agency.id if agency else submission.agency_id
    plan = None
    if code is not None and agency is not None and not code.fonds:
        plan = _plan(session, agency.id, code.year)
    shared = code is not None and _is_shared(session, submission)
    held_code = code is not None and session.scalar(
        select(CaseFile.id).where(CaseFile.code == code.text).limit(1)
    )
    return Register(
        agencies=agencies,
        plan=plan,
        held_code=bool(held_code),
        open_code=_earlier_open(session, submission) if shared else None,
        later_open=_later_open(session, submission) if shared else None,
        held_bytes=held_by(session, submission, digests, (DigitalObject.sha256,)),
        open_bytes=waiting_bytes(session, submission, digests),
        open_documents=waiting_documents(session, submission) if documents else {},
        addition=_addition(session, submission, text) if submission.is_addition else None,
        linked=_linked(session, submission, agency.id if agency else None),
        own_fields=tuple(own_fields_of(session, whose)) if whose else (),
    )


def own_fields_of(session: Session, agency_id: UUID) -> Sequence[OwnField]:
    """Fields of the agency's own."""
    order = (OwnField.subject, OwnField.position, OwnField.name)
    return session.scalars(
        select(OwnField).where(OwnField.agency_id == agency_id).order_by(*order)
    ).all()


def _addition(session: Session, submission: Submission, code: str) -> Addition:
    """What bears the code, its documents and whether a hold is in force."""
    row = session.scalar(select(CaseFile).where(CaseFile.code == code))
    if row is None:
        return Addition(submission.record_status)
    own = row.agency_id == submission.agency_id
    holds = in_force(session, row.id)
    documents = session.scalars(
        select(Document).where(Document.case_file_id == row.id).order_by(Document.ordinal)
    )
    return Addition(
        submission.record_status,
        state=row.state.value,
        own=own,
        hold=holds[0].authority if holds else "",
        documents=tuple(documents) if own else (),
    )


def _linked(session: Session, submission: Submission, agency_id: UUID | None) -> frozenset[str]:
    """Of the documents that links name, those that the agency's fonds holds."""
    wanted = [
        document.fields.get("relatesTo", "")
        for document in submission.case_file().documents
        if document.fields.get("relation") == "reference"
    ]
    found: set[str] = set()
    for some in in_parts(wanted):
        rows = session.execute(
            select(Document.doc_id, Document.doc_code)
            .join(CaseFile, CaseFile.id == Document.case_file_id)
            .where(
                or_(Document.doc_id.in_(some), Document.doc_code.in_(some)),
                CaseFile.agency_id == agency_id,
                CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED)),
            )
        )
        found.update(name for row in rows for name in row)
    return frozenset(found)


def _plan(session: Session, agency_id: UUID, year: int) -> Plan | None:
    found = session.execute(
        select(FilePlan.id, FilePlan.state).where(
            FilePlan.agency_id == agency_id, FilePlan.year == year
        )
    ).one_or_none()
    if found is None:
        return None
    notations = session.scalars(
        select(FilePlanEntry.notation).where(FilePlanEntry.plan_id == found.id)
    )
    return Plan(found.state, frozenset(notations))


def _of_a_stranger() -> ColumnElement[bool]:
    """Whether the door found that the code is of another agency: it keeps nobody from it."""
    return (
        select(FindingRow.id)
        .where(FindingRow.submission_id == Submission.id, FindingRow.code == "agency-not-own")
        .exists()
    )


def _is_shared(session: Session, submission: Submission) -> bool:
    """Whether another open submission bears the code: one in a thousand, so it is asked first."""
    others = select(Submission.id).where(
        Submission.code == submission.code,
        Submission.state.in_(OPEN),
        Submission.id != submission.id,
    )
    return session.scalar(others.limit(1)) is not None


def _later_open(session: Session, submission: Submission) -> dict[str, str] | None:
    """The last open submission of this code that the same agency sent after this one."""
    if submission.agency_id is None:
        return None
    later = select(Submission.id, Submission.received_at).where(
        Submission.code == submission.code,
        Submission.state.in_(OPEN),
        Submission.agency_id == submission.agency_id,
        Submission.record_status == submission.record_status,
        Submission.received_at > submission.received_at,
        ~_of_a_stranger(),
    )
    newest = later.order_by(Submission.received_at.desc(), Submission.id).limit(1)
    last = session.execute(newest).one_or_none()
    return None if last is None else _named(last.id, last.received_at)


def _earlier_open(session: Session, submission: Submission) -> dict[str, str] | None:
    """The first open submission of this code, if it is not this one: first come, first served.

    Another agency's is not named: nothing is told of it.
    """
    columns = (Submission.id, Submission.agency_id, Submission.received_at)
    earlier = select(*columns).where(
        Submission.code == submission.code,
        Submission.state.in_(OPEN),
        Submission.id != submission.id,
        ~_of_a_stranger(),
        or_(
            Submission.received_at < submission.received_at,
            (Submission.received_at == submission.received_at) & (Submission.id < submission.id),
        ),
    )
    first = session.execute(earlier.order_by(Submission.received_at).limit(1)).one_or_none()
    if first is None:
        return None
    own = submission.agency_id is not None and first.agency_id == submission.agency_id
    return _named(first.id, first.received_at) if own else {}


def _named(submission: UUID, received_at: dt.datetime) -> dict[str, str]:
    """Its id for programs; a person knows it by its code and the time when it came."""
    return {"id": str(submission), "received_at": clock.iso(received_at)}
