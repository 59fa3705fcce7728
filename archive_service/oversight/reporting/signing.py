"""The report of an incident: its paper as it is or was signed, and given out to be signed."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.audit import record_event
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.oversight.reporting.acts import (
    IncidentReportNotFoundError,
    ReportClosedError,
    changing,
    show_incident,
)
from archive_service.oversight.reporting.documents import IncidentDocument, ReportDocument
from archive_service.oversight.reporting.given import ReportSigner
from archive_service.oversight.reporting.papers import file_name_of, printed_report
from archive_service.oversight.reporting.rules import MARK
from archive_service.services import Services
from archive_service.signing.desk.acts import read_signed_bytes, request_signature_of

PAPER = "incident-report"  # kind of what a signing request is about


def report_paper(
    services: Services, incident_id: UUID, kind: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the paper: as it came back signed, else as it is filled in now.

    Raises:
        ActNotAllowedError, IncidentNotFoundError, IncidentReportNotFoundError
    """
    report = _report_in(show_incident(services, incident_id, actor=actor), kind)
    name = file_name_of(report)
    if report.signed and report.request_id is not None:
        with services.read_only() as session:
            return name, read_signed_bytes(session, report.request_id, services)
    return name, printed_report(services, report)


def ask_report_signature(
    services: Services, incident_id: UUID, kind: str, given: ReportSigner, *, actor: Actor
) -> IncidentDocument:
    """Give the report out as it is now, to be signed by that account with a key of theirs.

    Raises:
        ActNotAllowedError, IncidentNotFoundError, IncidentReportNotFoundError
        ReportClosedError: it is sent or dropped, or its paper waits for a signature or has one.
        AccountNotFoundError, SignerUnfitError
    """
    with changing(services, MARK, incident_id, kind, actor) as (session, _, duty):
        if _is_out(session, duty.request_id):
            raise ReportClosedError(kind=kind)
    name, data = report_paper(services, incident_id, kind, actor=actor)
    asked = request_signature_of(
        services,
        data,
        account=given.account,
        actor=actor,
        name=name,
        subject=(PAPER, str(incident_id)),
    )
    with changing(services, MARK, incident_id, kind, actor) as (session, row, duty):
        duty.request_id = asked.id
        facts = {"report": kind, "signer": given.account, "request": str(asked.id)}
        record_event(
            session, "incident:signature-asked", subject_id=row.id, actor=actor, data=facts
        )
    return show_incident(services, incident_id, actor=actor)


def signers(session: Session) -> list[tuple[str, str]]:
    """Account and name of those of the archive who may sign a report."""
    of_all = (Account.active, Account.agency_id.is_(None))
    rows = session.scalars(select(Account).where(*of_all).order_by(Account.role, Account.name))
    return [(row.name, row.person) for row in rows if access.may(row.as_actor(), "signing:sign")]


def _is_out(session: Session, request_id: UUID | None) -> bool:
    row = None if request_id is None else session.get(SigningRequest, request_id)
    return row is not None and row.state is not SigningState.WITHDRAWN


def _report_in(document: IncidentDocument, kind: str) -> ReportDocument:
    found = next((report for report in document.reports if report.kind == kind), None)
    if found is None:
        raise IncidentReportNotFoundError(kind=kind)
    return found
