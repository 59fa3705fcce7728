"""The job that gives PDFs of images their searchable twins, once a case file is stored.

A born-digital PDF is looked at once and left as it is. What was made is remembered in the job,
so that a broken-off run makes nothing twice.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import WITH_FILES, whole_case_file
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import CLEARED, DigitalObject, Document
from archive_service.domain.people.account import WORKER
from archive_service.errors import ArchiveError, InputError
from archive_service.jobs.due import queue_due
from archive_service.jobs.port import Lease
from archive_service.keeping.formats.jobs import CaseFileBusyError
from archive_service.keeping.malware.quarantine import close_secret
from archive_service.packaging.copy_facts import Keepers, copy_facts
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from digitize.documents.case_file import MadeFile, rows_of
from digitize.outcome import tell_refused
from digitize.page_one.secrecy import SecrecyMarkFoundError, refuse_secret
from digitize.twins.files import twin_files
from digitize.twins.need import Need, look_at_pdf, need_of
from digitize.twins.twin import TwinOrder, make_twin

_ROW = {"key_share": True}


@dataclass(slots=True)
class _Run:
    """One go at a case file; what became of its PDFs by the id of their rows."""

    case_file: CaseFile
    keepers: Keepers
    content: HeldContent
    services: Services
    lease: Lease
    layers: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    made: dict[UUID, list[MadeFile]] = field(default_factory=dict)
    refused: dict[UUID, InputError] = field(default_factory=dict)
    secret: dict[UUID, SecrecyMarkFoundError] = field(default_factory=dict)  # by document


def make_twins(lease: Lease, services: Services) -> None:
    """Look at the PDFs of one case file and make the twins they need; safe to repeat and to kill.

    Raises:
        CaseFileBusyError: not now; what was made is kept for the next try.
    """
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a case file")
    with services.read_only() as session:
        case_file = whole_case_file(session, lease.subject_id)
        agency = session.get_one(Agency, case_file.agency_id)
    keepers = Keepers(agency.name, services.keeper.archive_name)
    content = HeldContent(services.copies, case_file.ocfl_id)  # its inventory is read once
    run = _Run(case_file, keepers, content, services, lease)
    unread = [
        (document, file)
        for document in (case_file.documents if case_file.awaits_twins() else ())
        for file in document.unread_pdfs()
    ]
    for number, (document, file) in enumerate(unread):
        _settle(run, document, file, before=number / len(unread), part=1 / len(unread))
    with services.writing() as session:
        row = session.get_one(CaseFile, case_file.id, with_for_update=_ROW, options=WITH_FILES)
        services.jobs.finish(session, lease)
        if run.layers:
            _close(session, row, run)
        queue_due(session, row, services)


def require_at_rest(row: CaseFile) -> None:
    """``CaseFileBusyError`` while a version of it is under way."""
    if row.state is not CaseState.STORED or row.version_stored != row.version_wanted:
        raise CaseFileBusyError(code=row.code)


def _settle(
    run: _Run, document: Document, file: DigitalObject, *, before: float, part: float
) -> None:
    """Look at one PDF, and make its twin where it needs one."""
    kept = [MadeFile(**facts) for facts in run.lease.checkpoint.get(str(file.id), [])]
    if kept and all(run.services.staging.has(made_file.sha256) for made_file in kept):
        run.layers[file.id] = file.text_layer | {"twin": "made"}
        run.made[file.id] = kept
        return

    def progress(share: float) -> None:
        run.services.jobs.heartbeat(run.lease, progress=before + share * part)

    layer: dict[str, Any] = {}
    with work_place(run.services.work_folder, "digitize-") as folder:
        source = folder / "source.pdf"
        run.content.fetch(file.sha256, file.size_bytes, source)
        try:
            look = look_at_pdf(source, limit_s=run.services.settings.limits.parser_s)
            need = need_of(look, source, engine=run.services.ocr, folder=folder)
            layer = {"kind": look.kind, "pages": len(look.pages)} | need.as_dict()
            if not need.pages:
                run.layers[file.id] = layer | {"twin": "none"}
                return
            _note_wanted(run, file, layer)
            run.made[file.id] = _made(run, document, file, source, need, progress)
        except SecrecyMarkFoundError as error:  # once it is cleared, the PDF is looked at anew
            run.layers[file.id] = {}
            run.secret[document.id] = error
        except InputError as error:  # of this file, not of the machine: no retry helps
            run.layers[file.id] = layer | {"twin": "refused"} | _error_facts(error)
            run.refused[file.id] = error
        else:
            run.layers[file.id] = layer | {"twin": "made"}
            _remember(run)


def _made(
    run: _Run,
    document: Document,
    file: DigitalObject,
    source: Path,
    need: Need,
    progress: Callable[[float], None],
) -> list[MadeFile]:
    """Its twin, text and ALTO in staging.

    Raises:
        SecrecyMarkFoundError: a page bears the mark of a state secret; nothing is kept.
        InputError: there can be no twin.
    """
    about = copy_facts(run.case_file, document, run.keepers)
    order = TwinOrder(
        source=source,
        need=need,
        model=run.services.ocr.model,
        readings=_readings_folder(run.services, file),
        title=document.subject or file.name,
        about=replace(about, source_digest=file.sha256),
        made_at=clock.now(),
        stored=file.path,
    )
    twin = make_twin(order, source.with_name("twin.pdf"), progress=progress)
    if document.secrecy != CLEARED:
        for number, reading in twin.readings.items():
            refuse_secret(f"{file.name}, {number}", reading)
    return twin_files(
        twin,
        file,
        ordinal=document.ordinal,
        taken=_taken(run),
        signatures=need.signatures,
        staging=run.services.staging,
    )


def _note_wanted(run: _Run, file: DigitalObject, layer: dict[str, Any]) -> None:
    """From now on people see that it waits for its twin."""
    with run.services.writing() as session:
        row = session.get_one(CaseFile, run.case_file.id, with_for_update=_ROW, options=WITH_FILES)
        run.services.jobs.save_checkpoint(session, run.lease, _done(run))  # fences us off
        found = session.get_one(DigitalObject, file.id)
        found.looked_at(layer | {"twin": "wanted"})
        file.text_layer = found.text_layer
        row.digitization = row.digitization_due()


def _remember(run: _Run) -> None:
    with run.services.writing() as session:
        run.services.jobs.save_checkpoint(session, run.lease, _done(run))


def _done(run: _Run) -> dict[str, Any]:
    return {str(key): [asdict(file) for file in files] for key, files in run.made.items()}


def _taken(run: _Run) -> set[str]:
    held = {file.path for document in run.case_file.documents for file in document.files}
    return held | {file.path for files in run.made.values() for file in files}


def _readings_folder(services: Services, file: DigitalObject) -> Path:
    """Bears no lock, so that what was read outlives a killed worker; swept when it is old."""
    return services.work_folder / f"readings-{file.sha256[:32]}-{services.ocr.model.label}"


def _close(session: Session, row: CaseFile, run: _Run) -> None:
    """Write what was found into the rows; a version is wanted for what was made."""
    if run.made:
        require_at_rest(row)
    version = row.want_version() if run.made else row.version_wanted
    for document in row.documents:
        for file in list(document.files):
            if file.id not in run.layers:
                continue
            file.looked_at(run.layers[file.id])
            made = {str(document.id): run.made.get(file.id, [])}
            document.files.extend(rows_of(made, document, version=version, at=clock.now()))
        if document.id in run.secret:
            close_secret(session, run.services, row, document, run.secret[document.id])
    row.digitization = row.digitization_due()
    ordinals = {file.id: doc.ordinal for doc in row.documents for file in doc.files}
    refused = [
        {"document": ordinals[file_id], **_error_facts(error)}
        for file_id, error in run.refused.items()
    ]
    if refused:
        error = next(iter(run.refused.values()))
        run.services.jobs.leave_to_person(session, run.lease, _error_facts(error))
    tell_refused(session, row, refused)
    facts = {"code": row.code, "pdfs": len(run.layers), "twins": len(run.made), "version": version}
    record_event(
        session,
        "case-file:pdfs-read",
        of=row,
        actor=WORKER,
        data=facts | ({"refused": refused} if refused else {}),
    )


def _error_facts(error: ArchiveError) -> dict[str, Any]:
    facts = {name: str(value) for name, value in error.facts.items()}
    return {"code": error.code, "facts": facts}
