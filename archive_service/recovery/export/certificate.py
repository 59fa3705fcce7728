"""Giấy chứng nhận of a DIP that answers a request: a PDF/A with a code that anybody checks."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from archive_service import clock, law
from archive_service.catalogue.holdings.identity import identity_of
from archive_service.catalogue.holdings.outgoing_files import HeldFiles
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import PDF, Document
from archive_service.domain.people.account import Actor
from archive_service.evidence.check_codes import check_code, note_handed_out, press_bearing
from archive_service.forms import words
from archive_service.forms.signed_paper import Paper, issuer_of, print_paper, said
from archive_service.packaging.model import Package, PackageFile
from archive_service.services import Services
from archive_service.storage.work_folder import work_place

KIND = "dip-certificate"
FILE_NAME = "giay-chung-nhan.pdf"  # below ``documentation/``
_COPIES = 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """One that lies in a DIP; ``code`` is the one that it bears."""

    code: str
    sha256: str
    request: AccessRequest


def certified(
    services: Services, session: Session, package: Package, request_id: UUID, held: HeldFiles
) -> tuple[Package, Certificate]:
    """The package with its certificate beside the document, which ``held`` gives out.

    Each issue has a code of its own. Raises what printing and signing raise.

    Source:
        TT 05/2025/TT-BNV, article 42: eleven data.
    """
    asked = session.get_one(AccessRequest, request_id)
    case_file = session.get_one(CaseFile, asked.case_file_id)
    document = next(
        document for document in case_file.documents if document.ordinal == asked.ordinal
    )
    code, at = check_code(uuid4().hex), clock.now().replace(microsecond=0)
    issuer = issuer_of(services.settings.archive)
    rows = [
        (said(f"{KIND}.rows.{name}"), text)
        for name, text in _data(services, asked, case_file, document, code)
    ]
    form = Paper(KIND, "", issuer, [said(f"{KIND}.opening", issuer=issuer.name)], rows=rows)
    press = press_bearing(services, code)
    with work_place(services.work_folder, "certificate-") as place:
        path = place / FILE_NAME
        print_paper(form, path, signer=services.signer_at_hand(), at=at, press=press)
        made = path.read_bytes()
    digest = hashlib.sha256(made).hexdigest()
    held.add_made(digest, made)
    file = PackageFile(FILE_NAME, digest, len(made), PDF, at)
    return replace(package, documentation=[file]), Certificate(code, digest, asked)


def note_certificate(services: Services, certificate: Certificate, *, actor: Actor) -> None:
    """From here on anybody finds it by its code, until the term of use is over."""
    asked = certificate.request
    handed = {"kind": KIND, "sha256": certificate.sha256, "request": str(asked.id)}
    code, agency = certificate.code, asked.agency_id
    with services.writing() as session:
        note_handed_out(session, code, handed, until=asked.until, actor=actor, agency_id=agency)


def _data(
    services: Services, asked: AccessRequest, case_file: CaseFile, document: Document, code: str
) -> Iterator[tuple[str, str]]:
    identity = identity_of(asked, services.settings.home)
    number = "/".join(filter(None, (document.code_number, document.code_notation)))
    kinds, purposes = law.code_list("typeName"), law.code_list("purpose")
    kind = document.type_name_original or kinds.label(document.type_name or "", "vi")
    yield "code", code
    yield "archive", services.settings.archive.name
    yield "recipient", ", ".join(filter(None, (asked.person, identity)))
    yield "original", document.doc_code or f"{case_file.code}.{document.ordinal}"
    yield "number", number or said(f"{KIND}.none")
    yield "type", kind or said(f"{KIND}.none")
    yield "title", document.subject
    yield "purpose", f"{purposes.label(asked.kind, 'vi')}: {asked.purpose}"
    yield "issued", words.day(clock.today())
    yield "until", words.day(clock.local(asked.until).date()) if asked.until else ""
    yield "copies", words.count(_COPIES)
