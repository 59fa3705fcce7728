"""A paper goes out to be signed: prepared, kept in staging, and a row that waits for its return."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.audit import record_event
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.signing.signing_request import SigningRequest
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.output import Output
from archive_service.formats.pdf.facts import read_pdf
from archive_service.services import Services
from archive_service.signing.desk.documents import SigningRequestDocument
from archive_service.signing.pdf.outgoing import prepare_paper
from archive_service.signing.port import UnsignablePaperError
from archive_service.storage.work_folder import work_place
from archive_service.text import nfc

NOT_PDFA = "signed-paper-not-pdfa"
_LONGEST_REASON = 300


def ask_for(
    services: Services,
    paper: Path,
    signer_in: Callable[[Session], Account],
    *,
    actor: Actor,
    name: str = "",
    identifier: str = "",
    with_seal: bool = False,
    subject: tuple[str, str] = ("", ""),
) -> SigningRequestDocument:
    """Prepare the paper and let it wait for whom ``signer_in`` finds; the caller asked who may.

    Raises what ``signer_in`` raises, and ``UnsignablePaperError``.
    """
    with work_place(services.work_folder, "paper-") as place:
        findings = prepared(services, paper, place / "paper.pdf")
        with (place / "paper.pdf").open("rb") as source:
            staged = services.staging.receive(source)
    with services.unit_of_work() as uow:
        signer = signer_in(uow.session)
        row = SigningRequest(
            agency_id=signer.agency_id,
            name=nfc(name or paper.name)[:255],
            account=signer.name,
            signer_name=signer.person,
            signer_identifier=identifier.strip(),
            with_seal=with_seal,
            requested_by=actor.account,
            requested_at=clock.now().replace(microsecond=0),
            sha256=staged.sha256,
            size_bytes=staged.size_bytes,
            findings=findings,
            subject_kind=subject[0],
            subject_id=subject[1],
        )
        uow.session.add(row)
        uow.session.flush()
        note(uow.session, row, "signing:requested", actor, sha256=row.sha256, account=signer.name)
        uow.commit()
        return request_document(row, "vi")


def prepared(services: Services, paper: Path, target: Path) -> list[dict[str, Any]]:
    """Lay down the paper as it goes out, in a child process; what is to be said of it."""
    limits = services.settings.limits
    place = Output(target)
    parser_failure = run_limited(
        prepare_paper, paper, place, limit_s=limits.parser_s, memory_mib=limits.parser_mib
    )
    if isinstance(parser_failure, ParserFailure):
        raise UnsignablePaperError(reason=parser_failure.reason.value)
    facts = read_pdf(target, limit_s=limits.parser_s, memory_mib=limits.parser_mib)
    if facts.names_pdfa:
        return []
    return [kept(Finding("signed-paper", NOT_PDFA, Severity.WARNING))]


def note(session: Session, row: SigningRequest, tag: str, actor: Actor, **data: Any) -> None:
    """The event of a request."""
    record_event(
        session, tag, subject_id=str(row.id), actor=actor, agency_id=row.agency_id, data=data
    )


def kept(finding: Finding) -> dict[str, Any]:
    """A finding as its row keeps it."""
    facts = {
        name: value[:_LONGEST_REASON] if isinstance(value, str) else value
        for name, value in finding.facts.items()
    }
    return {"code": finding.code, "severity": finding.severity.value, "facts": facts}


def request_document(row: SigningRequest, lang: str) -> SigningRequestDocument:
    """A request as commands, API and pages tell it."""
    return SigningRequestDocument.of_row(
        row,
        signer=row.signer_name,
        findings=[_finding_document(finding, lang) for finding in row.findings],
        signed_by=row.signed_by or None,
    )


def _finding_document(kept: dict[str, Any], lang: str) -> dict[str, str]:
    facts = dict(kept["facts"])
    if reasons := facts.get("reasons"):
        facts["reasons"] = [
            messages.text(f"labels.signature-error.{reason}", lang) for reason in reasons
        ]
    said = messages.finding(kept["code"], lang, facts)
    return {
        "check": "signed-paper",
        "code": kept["code"],
        "severity": kept["severity"],
        "place": "",
        "message": said.message,
        "remedy": said.remedy,
    }
