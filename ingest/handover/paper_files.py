"""The papers of minutes of acceptance: as signed, and as files to be edited or counted."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.holdings.uses import ContentRestrictedError, scopes_of
from archive_service.domain.agencies.agency import AgencyIdentifier
from archive_service.domain.intake.handover import HANDOVER_RECORD, HandoverRecord
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.signing_request import SigningState
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.companions import read_companion
from archive_service.forms import docx, xlsx
from archive_service.forms.frozen_form import thawed
from archive_service.forms.table_form import TableForm, for_press, print_table_form
from archive_service.services import Services
from archive_service.signing.desk.acts import read_signed_bytes
from archive_service.storage.work_folder import work_place
from archive_service.text import nfc
from ingest.handover.acts import case_ids, file_name, paper_said, request_state, visible_handover
from ingest.handover.lists import listed_case_files
from ingest.handover.papers import document_list, handover_form

MEDIA_TYPES = {"pdf": "application/pdf", "docx": docx.MEDIA_TYPE, "xlsx": xlsx.MEDIA_TYPE}
_SHOWN = 500  # lines on a page; the paper has all


class HandoverUnsignedError(ConflictError):
    """The paper is numbered and not signed for the archive yet."""


class HandoverScanOnlyError(ConflictError):
    """Both sides signed it on paper: its scan is all that says what they signed."""


class HandoverAgencyError(InputError):
    """No agency bears the identifier."""

    code = "handover-agency-unknown"


def read_paper(services: Services, handover_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of the paper: with both signatures where the giver has signed.

    Raises:
        HandoverNotFoundError, HandoverUnsignedError, NoSoundCopyError
    """
    with services.read_only() as session:
        row = visible_handover(session, handover_id, actor)
        if row.sha256 is None:
            raise HandoverUnsignedError(number=row.number)
        if request_state(session, row) is SigningState.SIGNED and row.request_id is not None:
            return file_name(row, "pdf"), read_signed_bytes(session, row.request_id, services)
        act = _act_of(session, row)
        name = file_name(row, "pdf")
    return name, read_companion(act, staging=services.staging, copies=services.copies)


def _act_of(session: Session, row: HandoverRecord) -> Act:
    """The act that the signed paper stands beside."""
    return session.scalars(
        select(Act).where(Act.kind == HANDOVER_RECORD, Act.subject_id == str(row.id))
    ).one()


def lines_of(services: Services, handover_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    """The lines of its mục lục hồ sơ, the first 500: code, title, and how much was given."""
    with services.read_only() as session:
        row = visible_handover(session, handover_id, actor)
        listed = listed_case_files(session, case_ids(session, row)[:_SHOWN], record=row)
        return [
            {
                "code": file.code,
                "title": file.title,
                "period": file.period,
                "documents": file.given,
                "files": file.files,
                "pages": file.pages,
                "note": file.note,
            }
            for file in listed
        ]


def write_form(
    services: Services, handover_id: UUID, form: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the same words and list as ``docx`` or ``xlsx``; nobody signed these.

    They say what was signed, whatever was described anew since; before, what will be.

    Raises:
        HandoverNotFoundError
        HandoverScanOnlyError: it was signed on paper.
    """
    with services.read_only() as session:
        row = visible_handover(session, handover_id, actor)
        if row.sha256 is None:
            table: TableForm | None = handover_form(
                paper_said(session, services, row), at=row.made_at
            )
        else:
            table = thawed(_act_of(session, row).document)
        if table is None:
            raise HandoverScanOnlyError(number=row.number)
    with work_place(services.work_folder, "handover-") as place:
        target = place / f"handover.{form}"
        write = docx.write_docx if form == "docx" else xlsx.write_xlsx
        write(for_press(table, services.press), target)
        return file_name(row, form), target.read_bytes()


def agency_named(services: Services, code: str) -> UUID:
    """The agency that bears this identifier; ``HandoverAgencyError``."""
    with services.read_only() as session:
        found = session.scalar(
            select(AgencyIdentifier.agency_id).where(AgencyIdentifier.code == code.strip())
        )
    if found is None:
        raise HandoverAgencyError(agency=code)
    return found


def write_document_list(
    services: Services, code: str, form: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the mục lục văn bản of a case file as ``pdf``, ``docx`` or ``xlsx``.

    Raises:
        ActNotAllowedError
        CaseFileNotFoundError: absent, or not to be known.
        ContentRestrictedError: its abstracts are open on conditions only.
    """
    access.require(actor, "case-file:read")
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        modes = {row.mode, *(document.mode for document in row.documents)}
        if not all(access.may_know_all(actor, mode, *scopes_of(row)) for mode in modes):
            raise ContentRestrictedError(code=row.code, ordinal=0)
        (listed,) = listed_case_files(session, [row.id])
    archive = services.settings.archive
    table = document_list(listed, archive=archive.name, above=nfc(archive.superior))
    with work_place(services.work_folder, "list-") as place:
        target = place / f"list.{form}"
        if form == "pdf":
            at = clock.now().replace(microsecond=0)
            print_table_form(table, target, at=at, press=services.press)
        else:
            write = docx.write_docx if form == "docx" else xlsx.write_xlsx
            write(for_press(table, services.press), target)
        return f"muc-luc-van-ban-{row.code}.{form}", target.read_bytes()
