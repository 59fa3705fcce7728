"""What digitization found besides text: documents to close, errors of people, pages it refused."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import ArchiveError
from archive_service.jobs.port import Lease
from archive_service.keeping.malware.quarantine import close_secret
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from digitize.documents.case_file import Outcome
from digitize.page_one.secrecy import SecrecyMarkFoundError

COPY_REFUSED = "copy-refused"  # kind of the incident


class Refusal(TypedDict):
    """Why a copy did not pass, as its job and the audit event keep it."""

    code: str
    facts: dict[str, str]


class RefusedCopy(Refusal):
    """The same with the ordinal of the document."""

    document: int


def note_outcome(
    session: Session, row: CaseFile, outcome: Outcome, services: Services, lease: Lease
) -> list[RefusedCopy]:
    """Write it into the case file's row; returns what was refused and waits for a person.

    A document with a secrecy mark is closed and waits for nobody here; what else was refused
    waits for a person, who is told by an incident. Doubts are warnings and hold nothing up.
    """
    refused = dict(outcome.refused)
    for document in row.documents:
        if found := outcome.doubts.get(str(document.id)):
            document.doubts = [asdict(finding) for finding in found]
        if isinstance(error := refused.get(str(document.id)), SecrecyMarkFoundError):
            del refused[str(document.id)]
            close_secret(session, services, row, document, error)
    row.digitization = row.digitization_due()
    if not refused:
        tell_refused(session, row, [])
        return []
    row.digitization = Digitization.REVIEW
    services.jobs.leave_to_person(session, lease, {**_refusal(next(iter(refused.values())))})
    listed = [
        RefusedCopy(document=document.ordinal, **_refusal(refused[str(document.id)]))
        for document in row.documents
        if str(document.id) in refused
    ]
    tell_refused(session, row, listed)
    return listed


def tell_refused(session: Session, row: CaseFile, refused: Sequence[Mapping[str, Any]]) -> None:
    """A person is to look at copies that did not pass; nobody once nothing waits any more."""
    if refused:
        severity = IncidentSeverity.WARNING
        facts = {"code": row.code, "refused": list(refused)}
        open_incident(session, COPY_REFUSED, row.code, severity=severity, facts=facts)
    elif row.digitization in (Digitization.DONE, Digitization.NONE):
        close_incident(session, COPY_REFUSED, row.code)


def _refusal(error: ArchiveError) -> Refusal:
    return {"code": error.code, "facts": {name: str(it) for name, it in error.facts.items()}}
