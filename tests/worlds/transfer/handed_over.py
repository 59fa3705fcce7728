"""What one archive packs for another, and a historical archive that takes it in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import inspect

from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.own_fields.acts import define
from archive_service.catalogue.own_fields.given import OwnFieldIn
from archive_service.catalogue.recalls.acts import Wish, ask
from archive_service.domain.agencies.own_field import OwnKind, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import RecallKind
from archive_service.recovery.export.case_file import pack
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.digitize.scanned import AGENCY
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers import incoming_pdfs as pdfs
from tests.worlds.transfer.transfers import make_permanent


@contextmanager
def opened_historical(target: Path) -> Iterator[Services]:
    """A historical archive of the same agencies that holds nothing yet, closed afterwards."""
    with open_home(new_home(target, historical=True)) as services:
        yield services


def packed(services: Services, code: str, folder: Path, *, form: str, bag: bool = False) -> Path:
    """The package of a case file that a transfer of it would hold."""
    folder.mkdir(parents=True, exist_ok=True)
    actor = person(services, "lan")
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        told = pack(session, row, services, form=form, folder=folder, ordinal=1, bag=bag)
    return told.path


def checked(services: Services, package: Path) -> UUID:
    """Handed in by the archive's own people, and looked at."""
    (submission,) = submit(package, actor=person(services, "lan"), services=services)
    do_all(services)
    return submission


def taken_over(services: Services, package: Path) -> UUID:
    """Handed in, accepted, and worked on until nothing is left to do."""
    submission = checked(services, package)
    accept(services, submission, actor=person(services, "mai"))
    do_all(services)
    return submission


# Of an archive itself, and of where the work there stands.
_OF_CASE_FILE = {
    "id", "agency_id", "fonds_id", "arc_file_code", "ocfl_id", "maintenance", "term_years", "rule",
    "rule_code", "starts_on", "state", "edition", "size_bytes", "receipt_number", "receipt_year",
    "receipt_sha256", "receipt_issued_at", "receipt_due_in", "delivery_id", "accepted_by",
    "accepted_at", "revision", "version_wanted", "version_built", "version_stored",
    "version_indexed", "version_reserved", "locked_until", "series_id", "last_described",
}  # fmt: skip
_OF_DOCUMENT = {
    "id", "case_file_id", "added_in", "replaced_in", "signatures", "maintenance", "doubts",
    "language",
}  # fmt: skip
_OF_FILE = (
    "role", "page_image", "standing", "name", "media_type", "puid", "format_name", "size_bytes",
    "sha256", "pages", "turn_deg", "dpi",
)  # fmt: skip


def columns(row: Any, leave: set[str]) -> dict[str, Any]:
    """Columns of a row by name, but those that are the archive's own."""
    names = (column_attr.key for column_attr in inspect(type(row)).column_attrs)
    return {name: getattr(row, name) for name in names if name not in leave}


def described(row: CaseFile) -> dict[str, Any]:
    """All that a case file says, whoever keeps it."""
    return columns(row, _OF_CASE_FILE) | {"documents": [document(one) for one in row.documents]}


def document(row: Document) -> dict[str, Any]:
    """All that a document says, its files and what they were made of; paths by digest."""
    digests = {file.path: file.sha256 for file in row.files}
    return columns(row, _OF_DOCUMENT) | {
        "replaced": row.replaced_in is not None,
        "signatures": [
            {name: signature.get(name) for name in ("file", "signer", "intact", "valid", "value")}
            for signature in row.signatures
        ],
        "files": [
            {name: getattr(file, name) for name in _OF_FILE}
            | {
                "derived_from": [digests[path] for path in file.derived_from],
                "superseded": file.superseded_in is not None,
                "made": file.made_as,
                "is_twin": file.is_twin,
            }
            for file in row.files
        ],
        "relations": sorted((relation.relation, relation.target) for relation in row.relations),
        "picture": row.picture and columns(row.picture, {"document_id"}),
        "recording": row.recording and columns(row.recording, {"document_id"}),
    }


def rich_case(services: Services, folder: Path, code: str) -> None:
    """In custody, of all that an archive makes and keeps.

    Paper that was digitized, a scan and a signed scan with their searchable copies, a document that
    another one replaced, one that its issuer took back, own fields.
    """
    sheets = folder / "sheets"
    sheets.mkdir(parents=True)
    source = folder / "in"
    source.mkdir()
    image = pdfs.sheet(sheets / "sheet.jpg")
    other = pdfs.sheet(sheets / "other.jpg", lines=("Phụ lục danh sách người dự họp",))
    pdfs.of_images(source / "Bản quét.pdf", image, other)
    pdfs.signed(sheets / "signed.pdf", image, services.signer(AGENCY)).rename(
        source / "Bản ký số.pdf"
    )
    for name in ("cũ", "thu hồi"):
        write_pdf(source / f"{name}.pdf", words=name)
    (source / "Biên bản").mkdir()
    shutil.copy(other, source / "Biên bản" / "001.jpg")
    more = {"duAn": "Hồ Khe Lạnh"}
    rows = [
        document_row("Biên bản", code, subject="Biên bản", codeNumber="1", confidenceLevel="02",
                     soKho="K-1"),
        document_row("Bản quét.pdf", code, subject="Bản quét", codeNumber="2"),
        document_row("Bản ký số.pdf", code, subject="Bản ký số", codeNumber="3"),
        document_row("cũ.pdf", code, subject="Bản cũ", codeNumber="4"),
        document_row("thu hồi.pdf", code, subject="Bản thu hồi", codeNumber="5"),
    ]  # fmt: skip
    years = {"startDate": "01/03/2020", "endDate": "30/06/2020"}
    write_sheet(source / "Hồ sơ.xlsx", [case_row(code, **years, **more)], rows)
    brought_in(services, source)
    newer = folder / "newer"
    newer.mkdir()
    write_pdf(newer / "mới.pdf", words="mới")
    rows = [document_row("mới.pdf", code, subject="Bản mới", codeNumber="4")]
    write_sheet(newer / "Hồ sơ.xlsx", [case_row(code, **years, **more)], rows)
    brought_in(services, newer, record_status="REPLACEMENT")
    wish = Wish(kind=RecallKind.RECALL, reason="Ban hành sai thẩm quyền")
    ask(services, code, "5", wish, actor=person(services, "lan"))
    do_all(services)
    make_permanent(services, code)


def own_fields_there(services: Services) -> None:
    """The agency's own fields, of which a case file has values."""
    lan = person(services, "lan")
    for subject, name in ((OwnSubject.CASE_FILE, "duAn"), (OwnSubject.DOCUMENT, "soKho")):
        define(
            services,
            OwnFieldIn(agency=AGENCY, subject=subject, name=name, kind=OwnKind.TEXT, label=name),
            actor=lan,
        )


def brought_in(services: Services, source: Path, **more: str) -> None:
    """From the hands of an officer into custody, and all done that is due."""
    (submission,) = submit(source, actor=person(services, "bach"), services=services, **more)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))
    do_all(services)
