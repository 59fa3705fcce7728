"""Accepting: what the sender declared becomes a case file in our custody."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.fonds import Fonds, FondsState
from archive_service.domain.agencies.record_code import RecordCode
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import LONGEST_RECALL_REASON
from archive_service.domain.intake.submission import (
    Submission,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError
from archive_service.text import telling_line
from ingest.acceptance.additions import add_to_case_file, why
from ingest.acceptance.declared_rows import (
    columns_of,
    derive,
    document_row,
    own_columns,
    relate,
    unproved,
)
from ingest.acceptance.links import held_links, tell_linked
from ingest.acceptance.marks import require_another
from ingest.answers.sender_notices import tell_accepted
from ingest.checks.each.signatures import DECIDED_WITH_REASON
from ingest.checks.own_columns import own_values
from ingest.checks.reference_documents import tell_standing
from ingest.register.agencies import agencies_of, code_of_year
from ingest.register.earlier_packets import RECALLED_BEFORE
from ingest.transitions import TRANSITIONS, move, submission_for


class NoFondsError(ConflictError):
    """The agency has no open fonds that the case file could belong to."""


class CodeTakenError(ConflictError):
    """Another case file of this code came into custody after the checks."""


class AcceptReasonError(InputError):
    """A finding wants a word of why it is accepted all the same, or the word is too long."""


def accept_submission(
    submission_id: UUID,
    *,
    actor: Actor,
    session: Session,
    archive_code: str,
    reason: str = "",
    home: Path | None = None,
    historical: bool = False,
) -> CaseFile:
    """Take a checked submission into custody; the caller commits all of it or nothing.

    The rule of retention and the first job are the caller's too. Bytes are copied later, by the
    job. Once accepted, a second call changes nothing and returns the same case file.

    Args:
        archive_code: of this archive.
        reason: why, where a finding wants a word; kept with the decision and in its event.
        home: where rules may be switched.
        historical: whether this archive is one: it takes over what a closed fonds holds.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not accept for this agency.
        SubmissionStateError: not ``checked``, or another archivist was first.
        UnresolvedFindingsError: an error stands that only the sender can correct.
        MarkSecondPersonError: ``actor`` said that its mark of secrecy is none.
        AcceptReasonError: a finding is to be decided with a reason, and none is given.
        CodeTakenError: a case file of this code is held since.
        AdditionTargetError, AdditionBusyError: what it is added to cannot take it, or not now.
        NoFondsError: the agency's fonds is closed.
    """
    submission = submission_for(session, submission_id, "accept", actor=actor)
    if (done := session.get(CaseFile, submission.case_file_id or submission_id)) is not None:
        return done
    TRANSITIONS.require_open(submission, "accept")
    submission.require_no_errors()
    require_another(submission, actor)
    reason_told, now = _words(submission, reason), clock.now()
    who = actor.account
    move(session, submission, "accept", decided_by=who, decided_at=now, decision_reason=reason_told)
    if submission.is_addition:
        return add_to_case_file(session, submission, actor=actor, home=home)
    case_file = _case_file(session, submission, archive_code, home, takes_closed=historical)
    session.add(case_file)
    tell_linked(session, case_file.links, case_file.code, actor=actor)
    record_event(
        session,
        "submission:accepted",
        subject_id=submission_id,
        actor=actor,
        agency_id=case_file.agency_id,
        data={"code": case_file.code, "documents": len(case_file.documents)} | why(submission),
    )
    tell_accepted(session, submission)
    return case_file


def wants_reason(codes: Iterable[str]) -> bool:
    """Whether findings of these codes want a word of why the submission is accepted."""
    return any(code == RECALLED_BEFORE or code in DECIDED_WITH_REASON for code in codes)


def _words(submission: Submission, reason: str) -> str:
    words = telling_line(reason)
    is_missing = not words and wants_reason(finding.code for finding in submission.findings)
    if is_missing or len(words) > LONGEST_RECALL_REASON:
        raise AcceptReasonError(id=submission.id, longest=LONGEST_RECALL_REASON)
    return words


def _case_file(
    session: Session,
    submission: Submission,
    archive_code: str,
    home: Path | None,
    *,
    takes_closed: bool,
) -> CaseFile:
    declared = submission.case_file()
    fields = columns_of(declared.fields)
    code = _code(session, declared.fields)
    if session.scalar(select(CaseFile.id).where(CaseFile.code == code.text)) is not None:
        raise CodeTakenError(code=code.text)
    of_giver = code.fonds or declared.custody.get("fonds", "")
    agency, fonds = _agency_and_fonds(session, code.agency, of_giver, takes_closed=takes_closed)
    files = {file.path: file for file in submission.files}
    links = held_links(session, submission, declared.documents, fonds_id=fonds.id)
    own = [(at, item) for at, item in enumerate(declared.documents, start=1) if at not in links]
    documents = [
        document_row(ordinal, item, files, case_code=code.text, mode=str(fields["mode"]))
        for ordinal, item in own
    ]
    derive(documents, [item for _, item in own])
    if "archive" not in declared.custody:  # else it was told there, when certificates were valid
        tell_standing(documents, level=declared.fields.get("confidenceLevel"), home=home)
    case_file = CaseFile(
        id=submission.id,
        agency_id=agency.id,
        fonds_id=fonds.id,
        code=code.text,
        agency_code=code.agency,
        year=code.year,
        number=code.number,
        symbol=code.symbol,
        arc_file_code=f"{archive_code}.{code.text}",
        ocfl_id=f"urn:uuid:{str(submission.id).upper()}",
        state=CaseState.ACCEPTED,
        version_wanted=1,
        version_built=0,
        version_stored=0,
        version_indexed=0,
        permanent=False,
        rule={},
        accepted_by=submission.decided_by,
        accepted_at=submission.decided_at,
        delivery_id=submission.delivery_id if submission.delivery_receipt else None,
        documents=documents,
        links=list(links.values()),
        risk_recovery_status=unproved(fields),
        own_fields=own_values(declared.fields),
        **own_columns(CaseFile, fields, leave=frozenset({"code", "risk_recovery_status"})),
    )
    _bring_together(case_file, documents)
    return case_file


def _code(session: Session, fields: Mapping[str, str]) -> RecordCode:
    """Its code; one without a year is of the year in which the job ended, or else began."""
    text = fields["fileCode"]
    day = fields.get("endDate") or fields.get("startDate") or ""
    year = int(day[:4]) if day[:4].isdecimal() else clock.today().year
    return code_of_year(text, agencies_of(session, [text]), year)


def _bring_together(case_file: CaseFile, documents: Sequence[Document]) -> None:
    """Files of its documents, how these relate, and what all of them come to."""
    for document in documents:
        for file in document.files:
            file.case_file_id = case_file.id
    relate(documents)
    standing = [document for document in documents if document.replaced_in is None]
    case_file.total_doc = len(standing)
    case_file.number_of_page = sum(document.number_of_page for document in standing)
    case_file.digitization = case_file.digitization_due()


def _agency_and_fonds(
    session: Session, identifier: str, wanted: str, *, takes_closed: bool
) -> tuple[Agency, Fonds]:
    """The agency that bears the identifier, and which of its fonds the case file belongs to.

    Whoever hands it over, it belongs to the fonds of those who made it: that of a predecessor
    which was merged or dissolved, too.

    Args:
        session: of the caller.
        identifier: as it stands in the code.
        wanted: code of the fonds where it was until now; the first open one if it is none here.
        takes_closed: whether a closed one is completed by what other archives still hold of it.

    Raises:
        NoFondsError: it has none that takes case files.
    """
    agency = session.scalars(
        select(Agency).join(AgencyIdentifier).where(AgencyIdentifier.code == identifier)
    ).one()
    states = list(FondsState) if takes_closed else [FondsState.OPEN]
    fonds = session.scalar(
        select(Fonds)
        .where(Fonds.agency_id == agency.id, Fonds.state.in_(states))
        .order_by(Fonds.code != wanted, Fonds.state != FondsState.OPEN, Fonds.code)
        .limit(1)
    )
    if fonds is None:
        raise NoFondsError(agency=agency.code)
    return agency, fonds
