"""A case file written out: as a package of one kind, or in order of time as one PDF or XML."""

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.catalogue.describing.fields import DocumentNotInCaseFileError
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.linked_files import files_linked_in
from archive_service.catalogue.holdings.outgoing_files import Entry, HeldFiles, made
from archive_service.catalogue.holdings.uses import require_kept, require_readable, used_lately
from archive_service.document import Document
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.audit_event import USES, AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotFoundError
from archive_service.packaging.bag import Payload, bag_tag_files
from archive_service.packaging.build import package_of
from archive_service.packaging.descriptive import missing_fields
from archive_service.packaging.export import Exported, write_zip
from archive_service.packaging.model import Package, PackageFile, PackageKind, PremisEvent
from archive_service.packaging.outgoing import as_dip, as_loose, as_sip, for_historical_archive
from archive_service.packaging.reading_order.pdf import write_case_pdf
from archive_service.packaging.reading_order.xml import case_xml
from archive_service.packaging.standing_notes import standing_notes
from archive_service.packaging.tree import metadata_files, package_tree
from archive_service.recovery.export.certificate import certified, note_certificate
from archive_service.recovery.export.request import of_duty, of_reader
from archive_service.services import Services
from archive_service.storage.reader import sha256_of

# Every form with its media type: packages of the circular, a bag (RFC 8493), all of it in order.
FORMS = {
    **dict.fromkeys(("aip", "sip", "sip-documents", "dip", "bag"), "application/zip"),
    "pdf": "application/pdf",
    "xml": "application/xml",
}
_AS_STORED = ("aip", "bag")  # whole, so that nothing in it may be closed
_TAG = USES["exported"]
_TITLE_LENGTH = 1000  # of title, by the circular


class MissingField(Document):
    """A field that the circular asks for; an empty ``document`` means the case file."""

    document: str
    field: str


class Outgoing(Exported):
    """A SIP or DIP, and ``missing``: what the circular asks for and the archive does not have."""

    missing: list[MissingField]


class NotStoredYetError(ConflictError):
    """The case file is accepted but not yet safe in every copy: there is nothing to export."""


class VersionUnknownError(NotFoundError):
    """The package has no version of this number."""


def export_case_file(
    services: Services,
    code: str,
    *,
    form: str,
    folder: Path,
    actor: Actor,
    version: int | None = None,
    ordinals: Collection[int] = (),
    request_id: UUID | None = None,
) -> Exported:
    """What was written into ``folder``; of a SIP or DIP also what it lacks.

    Of an AIP or a bag an earlier ``version`` may be asked for; else it is the one stored.
    ``sip-documents`` are documents without their case file: those of ``ordinals``, or all. A DIP
    for a request to use holds the document of it alone, says what the request says, and brings
    its certificate.

    Each leaves an event; further forms of the same case file for the same account are one use.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError, NotStoredYetError, CaseFileBeingDestroyedError.
        VersionUnknownError: it has no such version.
        DigitizedNeedsAipError: it cannot go out as a SIP.
        DipRequestError: see ``of_reader``.
        DocumentNotInCaseFileError: of ``ordinals`` one that none bears, or one that was replaced.
        ContentRestrictedError, DocumentQuarantinedError: a document is closed to the account.
    """
    certificate = None
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        require_exportable(row, form, actor)
        as_stored = form in _AS_STORED
        folder.mkdir(parents=True, exist_ok=True)
        held = HeldFiles(row, services)
        if as_stored:
            number = version or row.version_stored
            if not 1 <= number <= row.version_stored:
                raise VersionUnknownError(code=row.code, version=number, newest=row.version_stored)
            linked = _linked_files(session, row, held, number, actor) if form == "bag" else None
            exported = _export_stored(row, held, folder, services, number, linked)
        elif form in ("sip", "dip"):
            package = _outgoing(session, row, services, actor, PackageKind(form), request_id)
            if form == "dip" and request_id is not None:
                package, certificate = certified(services, session, package, request_id, held)
            exported = _export_outgoing(package, held, folder / _zip_name(package))
        elif form == "sip-documents":
            package = _loose(session, row, services, ordinals)
            exported = _export_outgoing(package, held, folder / _zip_name(package))
        else:
            exported = _export_in_order(session, row, held, folder, services, form)
    if certificate is not None:
        note_certificate(services, certificate, actor=actor)
    _record(services, row, form, exported, actor)
    return exported


def require_exportable(row: CaseFile, form: str, actor: Actor) -> None:
    """Whether the account may take this case file out in this form; errors as ``export_case_file``.

    What was handed over to another archive goes out as long as its bytes are here.
    """
    access.require(actor, "case-file:export", row)
    require_kept(row)
    as_stored = form in _AS_STORED
    for document in row.documents:
        require_readable(actor, row, document, data_alone=not as_stored)
    for link in row.standing_links if not as_stored else ():  # an AIP names them alone
        if link.source and link.document:
            require_readable(
                actor, link.source, link.document, through=row, data_alone=not as_stored
            )
    if row.state not in (CaseState.STORED, CaseState.TRANSFERRED):
        raise NotStoredYetError(code=row.code, state=row.state)


def pack(
    session: Session,
    row: CaseFile,
    services: Services,
    *,
    form: str,
    folder: Path,
    ordinal: int,
    bag: bool = False,
) -> Outgoing:
    """A stored case file as one SIP or AIP for the historical archive; the caller asked who may.

    It is under term 01, and whole: linked documents have their bytes in it, and what was recalled
    its content, which is closed there as here. With ``bag`` it lies in
    a bag (RFC 8493) in the ZIP, whose name begins with the ``ordinal`` in the transfer.

    Raises:
        DigitizedNeedsAipError: it cannot go out as a SIP.
    """
    package = _dated(session, row, services, PackageKind(form), handed_over=True)
    package = for_historical_archive(as_sip(package) if form == "sip" else package)
    target = folder / f"{ordinal:07}-{_zip_name(package, bag=bag)}"
    info = _bag_info(package.objid, services) if bag else None
    return _export_outgoing(package, HeldFiles(row, services), target, info)


def _record(services: Services, row: CaseFile, form: str, exported: Exported, actor: Actor) -> None:
    """What was given out, and whether it belongs to the use before."""
    data: dict[str, Any] = {"code": row.code, "form": form, "sha256": exported.sha256}
    with services.writing() as session:
        if used_lately(session, _TAG, str(row.id), actor):
            data["again"] = True
        record_event(session, _TAG, of=row, actor=actor, data=data)


def _export_stored(
    row: CaseFile,
    held: HeldFiles,
    folder: Path,
    services: Services,
    number: int,
    linked: Mapping[str, Entry] | None,
) -> Exported:
    """A stored version as one ZIP, its root folder named OBJID with ``_`` for ``:``.

    ``linked``: what a bag brings of other case files; ``None`` for the package as it is.
    """
    state = _state(row, held, number)
    root = row.ocfl_id.replace(":", "_")
    if linked is None:
        entries = ((path, functools.partial(held.open, digest)) for path, digest in state.items())
        return write_zip(folder / f"{root}.zip", root, entries)
    tree = {path: held.entry(digest) for path, digest in state.items()}
    return _zipped(folder / f"{root}.bag.zip", root, _in_bag(row, root, tree, linked, services))


def _state(row: CaseFile, held: HeldFiles, number: int) -> Mapping[str, str]:
    version = row.versions[number - 1]
    return held.content.inventory(version.number, version.inventory_sha256).state(number)


def _linked_files(
    session: Session, row: CaseFile, held: HeldFiles, number: int, actor: Actor
) -> dict[str, Entry]:
    """Files of the documents that this version names, by object and path as it names them."""
    found = files_linked_in(session, held.content, _state(row, held, number))
    for linked_file in found:
        require_readable(actor, linked_file.source, linked_file.document, through=row)
        held.add_linked(linked_file.source, [linked_file.file])
    return {
        f"linked/{linked_file.place}": held.entry(linked_file.file.sha256) for linked_file in found
    }


def _in_bag(
    row: CaseFile,
    root: str,
    tree: Mapping[str, Entry],
    linked: Mapping[str, Entry],
    services: Services,
) -> dict[str, Entry]:
    """The package's folder in ``data/``, beside it what a bag says of it.

    Files of documents that other case files keep lie in ``data/linked/``: the package stays as it
    is stored, and the bag is whole.
    """
    info = _bag_info(row.ocfl_id, services)
    if text := _said_in_bag(row, linked):
        info["Internal-Sender-Description"] = text
    return _bagged({f"{root}/{path}": entry for path, entry in tree.items()} | dict(linked), info)


def _bagged(held: Mapping[str, Entry], info: Mapping[str, str]) -> dict[str, Entry]:
    """All of it in ``data/``, and the tag files."""
    payload = [Payload(path, entry.sha256, entry.size_bytes) for path, entry in held.items()]
    tags = {path: made(data, "") for path, data in bag_tag_files(payload, info).items()}
    return tags | {f"data/{path}": entry for path, entry in held.items()}


def _bag_info(identifier: str, services: Services) -> dict[str, str]:
    return {
        "Source-Organization": services.keeper.archive_name,
        "External-Identifier": identifier,
        "Bagging-Date": clock.today().isoformat(),
    }


def _said_in_bag(row: CaseFile, linked: Mapping[str, Entry]) -> str:
    """What was linked in, and which documents were replaced or corrected since."""
    parts = [messages.text("packages.linked_in_bag", count=len(linked))] if linked else []
    for document in row.documents:
        if notes := "; ".join(standing_notes(document)):
            ordinal = document.ordinal
            parts.append(messages.text("packages.standing_in_bag", ordinal=ordinal, notes=notes))
    return ". ".join(parts)


def _outgoing(
    session: Session,
    row: CaseFile,
    services: Services,
    actor: Actor,
    kind: PackageKind,
    request_id: UUID | None,
) -> Package:
    package = _dated(session, row, services, kind)
    if kind is PackageKind.SIP:
        return as_sip(package)
    if request_id is None:
        return as_dip(package, of_duty(row, actor))
    ordinal, request = of_reader(session, row, request_id)
    documents = [document for document in package.documents if document.ordinal == ordinal]
    return as_dip(replace(package, documents=documents, own=None, further=None), request)


def _loose(
    session: Session, row: CaseFile, services: Services, ordinals: Collection[int]
) -> Package:
    package = as_sip(_dated(session, row, services, PackageKind.SIP))
    there = [document.ordinal for document in package.documents]
    for ordinal in ordinals:
        if ordinal not in there:
            raise DocumentNotInCaseFileError(code=row.code, ordinal=ordinal)
    first = min(ordinals or there, default=0)
    return as_loose(
        package,
        ordinals,
        code=f"{row.agency_code}.{clock.today().year}.00.{first:07}",  # 00: of no transfer
        title=messages.text("packages.loose_title", code=row.code, title=row.title)[:_TITLE_LENGTH],
    )


def _dated(
    session: Session,
    row: CaseFile,
    services: Services,
    kind: PackageKind,
    *,
    handed_over: bool = False,
) -> Package:
    """What goes out now, with the documents that other case files keep."""
    package = _package(session, row, services, kind, resolved=True, handed_over=handed_over)
    return replace(package, created_at=clock.now())


def _zip_name(package: Package, *, bag: bool = False) -> str:
    return f"{package.folder_name}.{package.kind}{'.bag' if bag else ''}.zip"


def _export_outgoing(
    package: Package, held: HeldFiles, target: Path, bag: Mapping[str, str] | None = None
) -> Outgoing:
    """As one ZIP, its root folder named as the circular names that of this kind.

    ``bag``: what a bag around it says of itself; ``None``: none is asked for.
    """
    metadata = metadata_files(package)
    tree = {
        path: made(metadata[path], content.sha256)
        if path in metadata
        else held.entry(content.sha256)
        for path, content in package_tree(package, metadata).items()
    }
    root = package.folder_name
    if bag is not None:
        tree = _bagged({f"{root}/{path}": entry for path, entry in tree.items()}, bag)
    missing = [MissingField(document=name, field=field) for name, field in missing_fields(package)]
    return _zipped(target, root, tree).extended(Outgoing, missing=missing)


def _zipped(target: Path, root: str, tree: Mapping[str, Entry]) -> Exported:
    return write_zip(target, root, ((path, entry.open) for path, entry in tree.items()))


def _export_in_order(
    session: Session,
    row: CaseFile,
    held: HeldFiles,
    folder: Path,
    services: Services,
    form: str,
) -> Exported:
    package = _package(session, row, services, resolved=True)
    if any(document.recalled_at is not None for document in row.documents):
        package = replace(package, catalogue=None)  # it tells names and digests of that content
    history = list(_history(session, row))
    target = folder / f"{row.code}.{form}"
    if form == "xml":
        target.write_bytes(case_xml(package, history=history))
    else:

        def open_file(file: PackageFile) -> IO[bytes]:
            return held.open(file.sha256)

        write_case_pdf(
            target,
            package,
            open_file=open_file,
            history=history,
            font_paths=[services.press.fonts],
            trial=services.press.words,
        )
    with target.open("rb") as written:
        digest = sha256_of(written)
    return Exported(path=target, files=1, size_bytes=target.stat().st_size, sha256=digest)


def _package(
    session: Session,
    row: CaseFile,
    services: Services,
    kind: PackageKind = PackageKind.AIP,
    **more: bool,
) -> Package:
    submissions = holdings_rows.submissions_of(session, row.id)
    owner = holdings_rows.owner_of(session, row)
    return package_of(row, submissions, owner, services.keeper, (), kind=kind, **more)


def _history(session: Session, row: CaseFile) -> Iterator[PremisEvent]:
    """The audit trail of the case file as PREMIS tells events."""
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id == str(row.id)).order_by(AuditEvent.number)
    )
    for event in events:
        yield PremisEvent(type=event.tag, at=event.at, agent=event.account, agent_type="person")
