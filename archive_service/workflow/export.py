"""A case file written out: its package, or all of it in order of time as one PDF or XML."""

import functools
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.catalogue import holdings
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency
from archive_service.domain.audit_event import AuditEvent
from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.fonds import Fonds
from archive_service.domain.submission import Submission
from archive_service.errors import ConflictError
from archive_service.packaging.build import package_of
from archive_service.packaging.export import Exported, write_zip
from archive_service.packaging.model import Package, PackageFile, PremisEvent
from archive_service.packaging.ordered_pdf import write_case_pdf
from archive_service.packaging.ordered_xml import case_xml
from archive_service.reading.uses import require_readable
from archive_service.storage.content import HeldContent
from archive_service.storage.reader import sha256_of
from archive_service.storage.work_folder import work_errors


class NotStoredYetError(ConflictError):
    """The case file is accepted but not yet safe in every copy: there is nothing to export."""

    code = "not-stored-yet"


def export_case_file(
    services: Services, code: str, *, form: str, folder: Path, actor: Actor
) -> dict[str, Any]:
    """``{path, files, size_bytes, sha256}`` of what was written into ``folder``.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError, NotStoredYetError.
        ContentRestrictedError, DocumentQuarantinedError: a document is closed to the account.
    """
    with services.read_only() as session:
        row = holdings.get_case_file(session, code, actor=actor)
        access.require(actor, "case-file:export", row)
        for document in row.documents:
            require_readable(actor, row, document)
        if row.state is not CaseState.STORED:
            raise NotStoredYetError(code=row.code, state=row.state)
        folder.mkdir(parents=True, exist_ok=True)
        held = _Held(HeldContent(services.copies, row.ocfl_id), row, services.work_folder)
        if form == "aip":
            exported = _export_aip(row, held, folder)
        else:
            exported = _export_in_order(session, row, held, folder, services, form)
    with services.unit_of_work() as uow:
        record_event(
            uow.session,
            "case-file:exported",
            subject_id=row.id,
            actor=actor,
            agency_id=row.agency_id,
            data={"code": row.code, "form": form, "sha256": exported["sha256"]},
        )
        uow.commit()
    return exported


class _Held:
    """The files of a case file, each read whole and verified before a byte of it goes out."""

    def __init__(self, content: HeldContent, row: CaseFile, folder: Path) -> None:
        self.content = content
        self._folder = folder
        files = (file for document in row.documents for file in document.files)
        self._sizes = {file.sha256: file.size_bytes for file in files}

    def open(self, sha256: str) -> IO[bytes]:
        """A file as recorded, from whichever copy has it so; the caller closes.

        Raises:
            NoSoundCopyError: every copy answered and none has it.
        """
        size_bytes = self._sizes.get(sha256)
        if size_bytes is None:
            return io.BytesIO(self.content.read_small(sha256))
        with work_errors(self._folder):
            place = tempfile.NamedTemporaryFile(dir=self._folder, prefix="export-")  # noqa: SIM115 - the caller closes
        try:
            self.content.fetch(sha256, size_bytes, Path(place.name))
        except BaseException:
            place.close()
            raise
        return place


def _export_aip(row: CaseFile, held: _Held, folder: Path) -> dict[str, Any]:
    """The stored version as one ZIP, its root folder named OBJID with ``_`` for ``:``."""
    version = row.versions[row.version_stored - 1]
    inventory = held.content.inventory(version.number, version.inventory_sha256)
    root = row.ocfl_id.replace(":", "_")
    entries = (
        (path, functools.partial(held.open, digest))
        for path, digest in sorted(inventory.state(version.number).items())
    )
    target = folder / f"{root}.zip"
    return _told(write_zip(target, root, entries))


def _export_in_order(
    session: Session,
    row: CaseFile,
    held: _Held,
    folder: Path,
    services: Services,
    form: str,
) -> dict[str, Any]:
    package = _package(session, row, services)
    history = list(_history(session, row))
    target = folder / f"{row.code}.{form}"
    if form == "xml":
        target.write_bytes(case_xml(package, history=history))
    else:

        def open_file(file: PackageFile) -> IO[bytes]:
            return held.open(file.sha256)

        write_case_pdf(
            target, package, open_file=open_file, history=history, font_paths=[services.font_folder]
        )
    with target.open("rb") as written:
        digest = sha256_of(written)
    return {
        "path": str(target),
        "files": 1,
        "size_bytes": target.stat().st_size,
        "sha256": digest,
    }


def _package(session: Session, row: CaseFile, services: Services) -> Package:
    owner = (session.get_one(Agency, row.agency_id), session.get_one(Fonds, row.fonds_id))
    submission = session.get_one(Submission, row.id)
    return package_of(row, submission, owner, services.keeper)


def _history(session: Session, row: CaseFile) -> Iterator[PremisEvent]:
    """The audit trail of the case file as PREMIS tells events."""
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id == str(row.id)).order_by(AuditEvent.number)
    )
    for event in events:
        yield PremisEvent(type=event.tag, at=event.at, agent=event.account, agent_type="person")


def _told(exported: Exported) -> dict[str, Any]:
    return {
        "path": str(exported.path),
        "files": exported.files,
        "size_bytes": exported.size_bytes,
        "sha256": exported.sha256,
    }
