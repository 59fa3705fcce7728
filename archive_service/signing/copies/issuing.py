"""Signed copies for use: SAO Y, SAO LỤC, TRÍCH SAO of a stored document, made for who asks."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.uses import require_readable
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import PDF, DigitalObject, Document
from archive_service.domain.people.account import Actor
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.domain.signing.copy_signing import SEALED
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence import check_codes
from archive_service.formats.pdf.check_code import CheckCode
from archive_service.formats.pdf.facts import read_pdf
from archive_service.formats.pdf.pdfa import CopyFacts
from archive_service.formats.pdf.use_copy import make_use_copy, parse_pages
from archive_service.services import Services
from archive_service.signing.copies.orders import agency_of
from archive_service.signing.copies.sealed import FIELD, put_seal
from archive_service.signing.seals.acts import Seal, note_use, open_seal
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place

FORMS = ("sao-y", "sao-luc", "trich-sao")
EXTRACT = "trich-sao"


class CopyWithoutPagesError(NotFoundError):
    """The document has no PDF that could be copied."""


class CopyFormError(InputError):
    """A form of copy that there is not."""

    code = "copy-form-unknown"


class CopyAskedTwiceError(ConflictError):
    """This very request was sent before: its copy is being signed, or was handed out."""


class CopyPagesError(InputError):
    """Pages that the document does not have, or that this form of copy does not choose."""

    code = "copy-pages-wrong"


@dataclass(frozen=True, slots=True)
class SealedCopy:
    """What a sealed copy is made of; ``pages`` of the PDF, none for all; ``form`` as shown."""

    path: Path
    pages: list[int]
    title: str
    about: CopyFacts
    form: str
    check: CheckCode


def make_sealed(services: Services, copy: SealedCopy, seal: Seal, *, at: dt.datetime) -> bytes:
    """Its bytes: PDF/A with the code at the foot of page 1 and the agency's seal upon it.

    Raises:
        CopyNotMadeError
    """
    unsigned, target = copy.path.with_name("copy.pdf"), copy.path.with_name("sealed.pdf")
    make_use_copy(
        copy.path,
        unsigned,
        pages=copy.pages,
        title=copy.title,
        about=copy.about,
        made_at=at,
        check=copy.check,
    )
    put_seal(services, unsigned, target, seal, at=at, form=copy.form)
    return target.read_bytes()


def issue_copy(
    services: Services,
    code: str,
    ordinal: int,
    *,
    form: str,
    pages: str = "",
    actor: Actor,
    request: str = "",
) -> tuple[dict[str, Any], bytes]:
    """Make and seal a copy; what ``_told`` says of it, and its bytes.

    Its mark names the form, the clerk's agency and the time (NĐ 30/2020 Phụ lục I). It is handed
    out and not kept; the audit trail holds its digest.

    Args:
        form: one of ``FORMS``; an extract names its ``pages``, no other does.
        request: tells a form sent twice, by a double click, from another copy of the same.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError, ContentRestrictedError, DocumentQuarantinedError
        CopyFormError, CopyWithoutPagesError, CopyPagesError, CopyNotMadeError
        RowDiffersError, RowsDifferError: a copy or the log tells otherwise, nobody knows why.
        CopyAskedTwiceError: the ``request`` was sent before.
        SealNotHeldError, SigningKeyNotFoundError …: the seal cannot be used.
    """
    from archive_service.packaging.compared_now import require_as_packaged
    from archive_service.packaging.copy_facts import Keepers, copy_facts

    access.require(actor, "copy:issue")
    if form not in FORMS:
        raise CopyFormError(form=form, forms=", ".join(FORMS))
    seal = open_seal(services, agency_of(services, actor), actor=actor)
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        document = row.document_at(ordinal)
        if document is None:
            raise CopyWithoutPagesError(code=row.code, ordinal=ordinal)
        require_readable(actor, row, document)
        source, title = source_of(row, document), document.subject
        agency = session.get_one(Agency, row.agency_id).name
        about = copy_facts(row, document, Keepers(agency, services.settings.archive.name))
    require_as_packaged(services.database, [row.id], services.copies)
    if request:
        _claim(services, [request, row.code, str(ordinal), form, pages], actor)
    at = clock.now().replace(microsecond=0)
    base_url = services.settings.mail.base_url
    check = check_codes.drawn_code(base_url, check_codes.check_code(uuid4().hex))
    with work_place(services.work_folder, "sign-") as place:
        stored = place / "stored.pdf"
        HeldContent(services.copies, row.ocfl_id).fetch(source.sha256, source.size_bytes, stored)
        numbers = _pages(stored, form, pages)
        shown = messages.label("copy-form", form)
        copy = SealedCopy(stored, numbers, title, about, shown, check)
        data = make_sealed(services, copy, seal, at=at)
    facts = {"code": row.code, "document": ordinal, "form": form, "pages": numbers}
    facts |= _copy_facts(f"{about.name}.{form}.pdf", data, at, check.code)
    _note(services, row, seal, facts, actor=actor)
    return facts, data


def _copy_facts(name: str, data: bytes, at: dt.datetime, check: str) -> dict[str, Any]:
    """Beside ``code document form pages``; by the code ``check`` anybody looks it up."""
    return {
        "name": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "signed_at": clock.iso(at),
        "check": check,
    }


def _claim(services: Services, lines: list[str], actor: Actor) -> None:
    """The request is ours from here on, whatever comes of it."""
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    key = f"copy:{digest}"
    with services.writing() as session:
        take_write_lock(session)  # of two that come at once, the second one sees the first
        if session.get(IdempotentRequest, (actor.account, key)) is not None:
            raise CopyAskedTwiceError(code=lines[1])
        session.add(
            IdempotentRequest(
                account=actor.account,
                key=key,
                request_sha256=digest,
                body={},
                created_at=clock.now(),
            )
        )


def _note(
    services: Services, row: CaseFile, seal: Seal, told: dict[str, Any], *, actor: Actor
) -> None:
    with services.writing() as session:
        document = f"{row.code}.{told['document']}"
        note_use(session, seal, actor, field=FIELD, sha256=told["sha256"], document=document)
        record_event(session, "copy:issued", of=row, actor=actor, data=told)
        handed = {"kind": told["form"], "sha256": told["sha256"], "document": document}
        check_codes.note_handed_out(
            session, told["check"], handed, actor=actor, agency_id=seal.agency_id
        )


def source_of(row: CaseFile, document: Document) -> DigitalObject:
    """What a reader opens; of a scan the PDF/A that bears no signature yet.

    The copy gets a signature of its own, and one that is copied along would not hold.
    """
    pdf = document.readable_pdf(row.version_stored)
    if pdf is None:
        raise CopyWithoutPagesError(code=row.code, ordinal=document.ordinal)
    before = {file.path: file for file in document.files if file.media_type == PDF}
    if (pdf.making or {}).get("kind") == SEALED:
        return before[pdf.derived_from[0]]
    return pdf


def _pages(stored: Path, form: str, pages: str) -> list[int]:
    count = read_pdf(stored).pages
    try:
        numbers = parse_pages(pages, count)
    except ValueError:
        raise CopyPagesError(pages=pages, count=count) from None
    if bool(numbers) != (form == EXTRACT):
        raise CopyPagesError(pages=pages, count=count)
    return numbers
