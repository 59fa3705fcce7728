"""Closing a document to every reader, and opening it again: nothing of its bytes is touched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.catalogue import holdings
from archive_service.domain.account import WORKER, Actor
from archive_service.domain.audit_event import AuditEvent
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import CLEARED, DigitalObject, Document
from archive_service.domain.incident import IncidentSeverity
from archive_service.errors import (
    BackendError,
    ConflictError,
    IntegrityViolationError,
    NotFoundError,
)
from archive_service.formats.malware import (
    MalwareState,
    NotScanned,
    ScannerUnavailableError,
    Verdict,
)
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.storage.content import HeldContent
from archive_service.storage.lag import IS_HELD
from archive_service.storage.port import ObjectStore, TransferDamagedError
from archive_service.storage.reader import VerifiedReader
from archive_service.text import nfc
from archive_service.workflow.index_watch import INDEX_JOB
from archive_service.workflow.jobs import DIGITIZE_JOB
from digitize.secrecy import SECRECY_MARK, SecrecyMarkFoundError
from ingest.decide import ReasonMissingError
from ingest.scans import MALWARE_FOUND, infected, keep_verdicts

QUARANTINED, RELEASED = "document:quarantined", "document:released"


class DocumentNotInCaseError(NotFoundError):
    """The case file has no such document."""

    code = "document-not-in-case"


class DocumentInfectedError(ConflictError):
    """The scanner still finds malware in it: a person's word does not open it."""

    code = "document-infected"


class DocumentTakenBackError(ConflictError):
    """Its issuer took it back: no word of ours opens it again."""

    code = "document-taken-back"


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file in the copies that is to be scanned."""

    sha256: str
    size_bytes: int
    ocfl_id: str


def quarantine(
    services: Services, code: str, document: str, reason: str, *, actor: Actor
) -> dict[str, Any]:
    """Close a document, named by its ordinal or id; ``{code, ordinal, quarantined}``.

    A second time changes nothing.

    Raises:
        CaseFileNotFoundError, DocumentNotInCaseError, ActNotAllowedError, ReasonMissingError.
    """
    case_file, found, told = _asked(
        services, code, document, reason, "document:quarantine", actor=actor
    )
    with services.unit_of_work() as uow:
        row = _lock(uow.session, case_file.id, found.ordinal)
        if not row[1].quarantined:
            close(uow.session, services, *row, data={"reason": told}, actor=actor)
        uow.commit()
    return {"code": case_file.code, "ordinal": found.ordinal, "quarantined": True}


def release(
    services: Services, code: str, document: str, reason: str, *, actor: Actor
) -> dict[str, Any]:
    """Open it again; where malware was found in it, the scanner looks once more and decides.

    A second time changes nothing.

    Raises:
        CaseFileNotFoundError, DocumentNotInCaseError, ActNotAllowedError, ReasonMissingError.
        DocumentTakenBackError: its issuer recalled it.
        DocumentInfectedError: malware is still found in it, or nobody is there to look.
        BackendError: the scanner or the copies do not answer.
    """
    case_file, found, told = _asked(
        services, code, document, reason, "document:release", actor=actor
    )
    verdicts = _look_again(services, case_file, found)
    with services.unit_of_work() as uow:
        keep_verdicts(uow.session, verdicts)
        row, opened = _lock(uow.session, case_file.id, found.ordinal)
        facts = {"code": row.code, "ordinal": opened.ordinal}
        if opened.recalled_at is not None:
            raise DocumentTakenBackError(**facts)
        if still := infected(uow.session, [file.sha256 for file in opened.files]):
            raise DocumentInfectedError(signature=next(iter(still.values())).signature, **facts)
        if opened.quarantined:
            opened.quarantined = False
            marked = opened.secrecy not in ("", CLEARED)
            opened.secrecy = CLEARED if marked else opened.secrecy
            _index_again(uow.session, services, row)
            if opened.awaits_pdf():
                _digitize_again(uow.session, services, row)
            _record(uow.session, RELEASED, row, opened, {"reason": told}, actor)
            for kind in (MALWARE_FOUND, SECRECY_MARK):
                close_incident(uow.session, kind, _subject(row, opened), actor=actor)
        uow.commit()
    return facts | {"quarantined": False}


def close_infected(session: Session, services: Services, found: Mapping[str, Verdict]) -> int:
    """Close every document that holds one of these digests; how many were open until now."""
    rows = session.execute(
        select(Document, DigitalObject.sha256, DigitalObject.name)
        .join(DigitalObject, DigitalObject.document_id == Document.id)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(
            DigitalObject.sha256.in_(list(found)),
            Document.quarantined.is_(False),
            IS_HELD,
        )
        .order_by(Document.case_file_id, Document.ordinal)
    ).all()
    closed = 0
    for document, digest, name in rows:
        if document.quarantined:  # by another file of it, this moment
            continue
        case_file = session.get_one(CaseFile, document.case_file_id, with_for_update=True)
        verdict = found[digest]
        data = {
            "file": name,
            "sha256": digest,
            "signature": verdict.signature,
            "signatures": verdict.signatures,
        }
        close(session, services, case_file, document, data=data)
        closed += 1
    return closed


def close(
    session: Session,
    services: Services,
    case_file: CaseFile,
    document: Document,
    *,
    data: dict[str, Any],
    actor: Actor = WORKER,
) -> None:
    """Close it: mark, index again, event, incident; the caller commits."""
    document.quarantined = True
    document.secrecy = data.get("mark", document.secrecy)
    _index_again(session, services, case_file)
    _record(session, QUARANTINED, case_file, document, data, actor)
    kind = MALWARE_FOUND if "signature" in data else SECRECY_MARK if "mark" in data else ""
    if kind:
        facts = {"code": case_file.code, "ordinal": document.ordinal} | data
        subject, alarm = _subject(case_file, document), IncidentSeverity.ALARM
        open_incident(session, kind, subject, severity=alarm, facts=facts)


def close_secret(
    session: Session,
    services: Services,
    case_file: CaseFile,
    document: Document,
    found: SecrecyMarkFoundError,
) -> None:
    """Close a document on a page of which a secrecy mark was read; the caller commits."""
    told = found.facts
    data = {"page": str(told["name"]), "mark": told["level"], "confidence": told["confidence"]}
    close(session, services, case_file, document, data=data | {"box": told["box"]})


def look(
    services: Services, copies: Sequence[ObjectStore], file: HeldFile, *, signatures: str
) -> Verdict:
    """The scanner's verdict on the recorded bytes, streamed from the first copy that gives them.

    Raises:
        ScannerUnavailableError: the scanner does not answer.
        BackendError: no copy answers.
    """
    silent: BackendError | None = None
    for copy in copies:
        try:
            with HeldContent((copy,), file.ocfl_id).open(file.sha256) as source:
                body = VerifiedReader(source, size=file.size_bytes, sha256=file.sha256)
                return services.scanner.scan(body)  # type: ignore[arg-type]  # a stream all the same
        except ScannerUnavailableError:
            raise
        except (TransferDamagedError, NotFoundError, IntegrityViolationError):
            continue
        except BackendError as trouble:
            silent = trouble
    if silent is not None:
        raise silent
    unreadable = NotScanned.UNREADABLE.value
    return Verdict(MalwareState.NOT_SCANNED, signatures=signatures, reason=unreadable)


def replay_quarantine(session: Session, event: AuditEvent) -> None:
    """What an event of closing or opening says, written into the row again."""
    document = session.scalar(
        select(Document).where(
            Document.case_file_id == UUID(event.data["case_file"]),
            Document.ordinal == event.data["ordinal"],
        )
    )
    if document is not None:
        document.quarantined = event.tag == QUARANTINED
        if "mark" in event.data:
            document.secrecy = event.data["mark"]
        elif event.tag == RELEASED and document.secrecy:
            document.secrecy = CLEARED


def _look_again(services: Services, case_file: CaseFile, document: Document) -> dict[str, Verdict]:
    with services.read_only() as session:
        found = infected(session, [file.sha256 for file in document.files])
    signatures = services.scanner.signatures() if found else ""
    if not signatures:
        return {}
    copies = services.copies
    return {
        file.sha256: look(
            services,
            copies,
            HeldFile(file.sha256, file.size_bytes, case_file.ocfl_id),
            signatures=signatures,
        )
        for file in document.files
        if file.sha256 in found
    }


def _asked(
    services: Services, code: str, document: str, reason: str, act: str, *, actor: Actor
) -> tuple[CaseFile, Document, str]:
    with services.read_only() as session:
        case_file = holdings.get_case_file(session, code, actor=actor)
    access.require(actor, act, case_file)
    named = (one for one in case_file.documents if document in (str(one.ordinal), str(one.id)))
    found = next(named, None)
    if found is None:
        raise DocumentNotInCaseError(code=case_file.code, document=document)
    if not (told := nfc(reason).strip()):
        raise ReasonMissingError(id=case_file.id)
    return case_file, found, told


def _lock(session: Session, case_file_id: UUID, ordinal: int) -> tuple[CaseFile, Document]:
    row = session.get_one(CaseFile, case_file_id, with_for_update=True)
    return row, next(one for one in row.documents if one.ordinal == ordinal)


def _index_again(session: Session, services: Services, case_file: CaseFile) -> None:
    case_file.version_indexed = 0
    if case_file.awaits_index():
        services.jobs.add(session, INDEX_JOB, subject_id=case_file.id)


def _digitize_again(session: Session, services: Services, case_file: CaseFile) -> None:
    """What was not digitized because it was closed is due now."""
    case_file.digitization = case_file.digitization_due()
    if case_file.awaits_digitization():
        services.jobs.add(session, DIGITIZE_JOB, subject_id=case_file.id)


def _record(
    session: Session,
    tag: str,
    case_file: CaseFile,
    document: Document,
    data: dict[str, Any],
    actor: Actor,
) -> None:
    where = {
        "code": case_file.code,
        "case_file": str(case_file.id),  # a rebuild gives documents new ids
        "ordinal": document.ordinal,
    }
    record_event(
        session,
        tag,
        subject_id=document.id,
        actor=actor,
        agency_id=case_file.agency_id,
        data=where | data,
    )


def _subject(case_file: CaseFile, document: Document) -> str:
    return f"document {case_file.code}/{document.ordinal}"
