"""Copies that wait for a seal without any page having been read: the PDF of a small case file."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.signing.copy_signing import CopyToSign
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import PDF_NAME, new_home, open_home, person, small_pdf_case
from tests.worlds.clients import do_all
from tests.worlds.digitize.scanned import add_clerks
from tests.worlds.servers.backends import Backends, read_settings, write_settings

WAITING_CODE = "H40.18.2025.08.QLCT"


def waiting_home(
    place: Path,
    *,
    copies: int,
    signing: dict[str, Any] | None = None,
    pdf: bytes | None = None,
    backends: Backends | None = None,
) -> Path:
    """One stored case file, whose PDF waits as ``copies`` copies; a clerk has the seal in hand.

    It is a blank one, or ``pdf``.
    Once signed they are told to be overtaken: nothing was digitized, so they stand for nothing.
    """
    (place / "case").mkdir()
    home = new_home(place / "home", backends)
    if signing:
        write_settings(home, read_settings(home) | {"signing": signing})
    with open_home(home) as services:
        add_clerks(services)
        folder = small_pdf_case(place / "case", code=WAITING_CODE)
        if pdf is not None:
            (folder / PDF_NAME).write_bytes(pdf)
        (submission,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=person(services, "lan"))
        do_all(services)
        _let_wait(services, copies)
    return home


def _let_wait(services: Services, copies: int) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile)).one()
        (file,) = row.documents[0].files
        session.add_all(
            CopyToSign(
                case_file_id=row.id,
                document_id=row.documents[0].id,
                agency_id=row.agency_id,
                code=row.code,
                ordinal=number,
                path=f"{number:04}.pdf",
                sha256=file.sha256,
                size_bytes=file.size_bytes,
                since=clock.now(),
            )
            for number in range(1, copies + 1)
        )
