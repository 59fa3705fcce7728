"""A copy with the agency's seal on it, and its place in the case file: the one readers open."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.signing.copy_signing import (
    SEALED,
    SEALED_ENDING,
    CopySigning,
    CopyToSign,
)
from archive_service.jobs.due import queue_due
from archive_service.services import Services
from archive_service.signing.copies.waiting import unsigned_copy
from archive_service.signing.pdf.visible import corner_mark, mark_lines
from archive_service.signing.seals.acts import Seal

FIELD = "ChuKySoCoQuan"


def put_seal(
    services: Services,
    unsigned: Path,
    target: Path,
    seal: Seal,
    *,
    at: dt.datetime,
    form: str = "",
) -> None:
    """One visible signature, top right of page 1, on a PDF/A; verified when this returns."""
    lines = mark_lines(seal.name, at, form=form)
    if services.press.trial:
        lines.insert(0, services.press.words)
    seal.signer.sign_pdf(
        unsigned,
        target,
        field=FIELD,
        reason=form or messages.text("signing.copy_reason"),
        location=services.settings.archive.place,
        visible=corner_mark(unsigned, lines, fonts=services.press.fonts),
        at=at,
    )


def keep_signed(
    session: Session,
    row: CaseFile,
    signed: Sequence[CopyToSign],
    services: Services,
    *,
    account: str,
) -> bool:
    """Put signed copies of one case file beside the unsigned ones; false: it is not at rest.

    ``row`` is locked and has its files; the caller commits. A copy that something newer stands
    for by now is left out.
    """
    if row.state is CaseState.STORED and not _at_rest(row):
        return False
    documents = {document.id: document for document in row.documents}
    kept = [sign for sign in signed if _is_current(row, documents.get(sign.document_id), sign)]
    if kept:
        version = row.want_version()
        for copy in kept:
            _put_beside(documents[copy.document_id], copy, version)
            copy.state = CopySigning.KEPT
        record_event(
            session,
            "case-file:copies-signed",
            of=row,
            actor=Actor(account=account, role=Role.CLERK),
            data={"code": row.code, "version": version, "files": len(kept)},
        )
        queue_due(session, row, services)
    return True


def _at_rest(row: CaseFile) -> bool:
    """Whether no version is under way, and no digitization that would want one."""
    return row.version_stored == row.version_wanted and not row.awaits_digitization()


def _is_current(row: CaseFile, document: Document | None, copy: CopyToSign) -> bool:
    """Whether the copy is still what a reader opens; its row is closed where it is not."""
    if row.state is CaseState.STORED and document is not None and not document.quarantined:
        pdf = unsigned_copy(document)
        if pdf is not None and pdf.path == copy.path and pdf.sha256 == copy.sha256:
            return True
    copy.state = CopySigning.OVERTAKEN
    return False


def _put_beside(document: Document, copy: CopyToSign, version: int) -> None:
    """The row of the signed file, which readers open from now on; the unsigned one stays."""
    unsigned = next(file for file in document.files if file.path == copy.path)
    former = [file for file in document.current_files() if file.made_as == SEALED]
    for file in (unsigned, *former):
        file.superseded_in = version
    facts = {name: value for name, value in copy.signature.items() if name != "account"}
    document.signatures = [*document.signatures, {"file": unsigned.name} | facts]
    path = copy.path.removesuffix(".pdf") + SEALED_ENDING
    document.files.append(
        DigitalObject(
            case_file_id=document.case_file_id,
            ordinal=max(file.ordinal for file in document.files) + 1,
            role=FileRole.PRESERVATION,
            page_image=False,
            standing=unsigned.standing,
            path=path,
            name=unsigned.name,
            media_type=unsigned.media_type,
            puid=unsigned.puid,
            format_name=unsigned.format_name,
            size_bytes=copy.signed_size_bytes,
            sha256=copy.signed_sha256,
            pages=unsigned.pages,
            version_added=version,
            derived_from=[unsigned.path],
            making={
                "kind": SEALED,
                "event": "digital signature generation",
                "software": copy.signature["agency"],
                "agent_type": "organization",
                "detail": messages.text("packages.sealed.detail"),
                "note": messages.text("packages.sealed.note", **copy.signature),
                "supersedes": [unsigned.path, *(file.path for file in former)],
                "outcomes": [path],
                "signature": copy.signature,
            },
            created_at=copy.signed_at,
        )
    )
