"""A case file written out: as a package of one kind, or in order of time as one PDF or XML."""

import functools
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.catalogue import holdings
from archive_service.domain.account import Actor
from archive_service.domain.audit_event import USES, AuditEvent
from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.document import DigitalObject
from archive_service.errors import ConflictError, NotFoundError
from archive_service.packaging.bag import Payload, bag_tag_files
from archive_service.packaging.build import package_of
from archive_service.packaging.descriptive import missing_fields
from archive_service.packaging.export import Exported, Opener, write_zip
from archive_service.packaging.model import Package, PackageFile, PackageKind, PremisEvent
from archive_service.packaging.ordered_pdf import write_case_pdf
from archive_service.packaging.ordered_xml import case_xml
from archive_service.packaging.outgoing import as_dip, as_sip
from archive_service.packaging.standing_notes import standing_notes
from archive_service.packaging.tree import metadata_files, package_tree
from archive_service.reading.uses import require_kept, require_readable, used_lately
from archive_service.storage.content import HeldContent
from archive_service.storage.reader import copy_verified, sha256_of
from archive_service.storage.staging import StagedObjectMissingError, Staging
from archive_service.storage.work_folder import work_errors
from archive_service.workflow.linked_files import files_linked_in

# Every form with its media type: packages of the circular, a bag (RFC 8493), all of it in order.
FORMS = {
    **dict.fromkeys(("aip", "sip", "dip", "bag"), "application/zip"),
    "pdf": "application/pdf",
    "xml": "application/xml",
}
_TAG = USES["exported"]
_TOPIC_LENGTH = 250  # of researchTopic, by the circular


class NotStoredYetError(ConflictError):
    """The case file is accepted but not yet safe in every copy: there is nothing to export."""

    code = "not-stored-yet"


class VersionUnknownError(NotFoundError):
    """The package has no version of this number."""

    code = "version-unknown"


def export_case_file(
    services: Services,
    code: str,
    *,
    form: str,
    folder: Path,
    actor: Actor,
    version: int | None = None,
) -> dict[str, Any]:
    """``{path, files, size_bytes, sha256}`` of what was written into ``folder``.

    Of an AIP or a bag an earlier ``version`` may be asked for; else it is the one stored.

    With a SIP or DIP also ``missing``: ``{document, field}`` of what the circular asks for and
    the archive does not have; an empty document means the case file.

    Each leaves an event; further forms of the same case file for the same account are one use.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError, NotStoredYetError, CaseFileBeingDestroyedError.
        VersionUnknownError: it has no such version.
        DigitizedNeedsAipError: it cannot go out as a SIP.
        ContentRestrictedError, DocumentQuarantinedError: a document is closed to the account.
    """
    with services.read_only() as session:
        row = holdings.get_case_file(session, code, actor=actor)
        access.require(actor, "case-file:export", row)
        require_kept(row)
        as_stored = form in ("aip", "bag")  # whole, so that nothing in it may be closed
        for document in row.documents:
            require_readable(actor, row, document, data_alone=not as_stored)
        for link in row.standing_links if not as_stored else ():  # an AIP names them alone
            if link.source and link.document:
                require_readable(
                    actor, link.source, link.document, through=row, data_alone=not as_stored
                )
        if row.state is not CaseState.STORED:
            raise NotStoredYetError(code=row.code, state=row.state)
        folder.mkdir(parents=True, exist_ok=True)
        held = _Held(row, services)
        if as_stored:
            number = version or row.version_stored
            if not 1 <= number <= row.version_stored:
                raise VersionUnknownError(code=row.code, version=number, newest=row.version_stored)
            linked = _linked_files(session, row, held, number, actor) if form == "bag" else None
            exported = _export_stored(row, held, folder, services, number, linked)
        elif form in ("sip", "dip"):
            package = _outgoing(session, row, services, actor, PackageKind(form))
            exported = _export_outgoing(package, held, folder)
        else:
            exported = _export_in_order(session, row, held, folder, services, form)
    _record(services, row, form, exported, actor)
    return exported


def pack(
    session: Session, row: CaseFile, services: Services, actor: Actor, *, form: str, folder: Path
) -> dict[str, Any]:
    """A stored case file as one SIP or AIP in ``folder``; the caller asked who may.

    Raises:
        DigitizedNeedsAipError: it cannot go out as a SIP.
    """
    held = _Held(row, services)
    if form == "aip":
        return _export_stored(row, held, folder, services, row.version_stored, None)
    return _export_outgoing(_outgoing(session, row, services, actor, PackageKind.SIP), held, folder)


def _record(
    services: Services, row: CaseFile, form: str, exported: dict[str, Any], actor: Actor
) -> None:
    """What was given out, and whether it belongs to the use before."""
    data: dict[str, Any] = {"code": row.code, "form": form, "sha256": exported["sha256"]}
    with services.unit_of_work() as uow:
        if used_lately(uow.session, _TAG, str(row.id), actor):
            data["again"] = True
        record_event(
            uow.session, _TAG, subject_id=row.id, actor=actor, agency_id=row.agency_id, data=data
        )
        uow.commit()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file on its way out."""

    sha256: str
    size_bytes: int
    open: Opener


class _Held:
    """The files of a case file, each read whole and verified before a byte of it goes out."""

    def __init__(self, row: CaseFile, services: Services) -> None:
        self.content = HeldContent(services.copies, row.ocfl_id)
        self._elsewhere: dict[str, HeldContent] = {}  # by digest, of documents linked into it
        self._sources: dict[str, HeldContent] = {}  # by identifier of the object
        self._staging: Staging = services.staging
        self._folder = services.work_folder
        files = [file for document in row.documents for file in document.files]
        self._sizes = {file.sha256: file.size_bytes for file in files}
        self._waiting = {
            file.sha256 for file in files if not 0 < file.version_added <= row.version_stored
        }
        self._copies = services.copies
        for link in row.standing_links:
            if link.source and link.document:
                self.add_linked(link.source, link.document.files)

    def add_linked(self, source: CaseFile, files: Iterable[DigitalObject]) -> None:
        """Files of a document that another case file keeps; what is held here is read here."""
        content = self._sources.setdefault(
            source.ocfl_id, HeldContent(self._copies, source.ocfl_id)
        )
        for file in files:
            if file.sha256 in self._sizes:
                continue
            self._sizes[file.sha256] = file.size_bytes
            self._elsewhere[file.sha256] = content
            if not 0 < file.version_added <= source.version_stored:
                self._waiting.add(file.sha256)

    def open(self, sha256: str) -> IO[bytes]:
        """A file as recorded, from whichever copy has it so; the caller closes.

        What is on its way into the next version comes from staging.

        Raises:
            NoSoundCopyError: every copy answered and none has it.
        """
        size_bytes = self._sizes.get(sha256)
        if size_bytes is None:
            return io.BytesIO(self.content.read_small(sha256))
        with work_errors(self._folder):
            place = tempfile.NamedTemporaryFile(dir=self._folder, prefix="export-")  # noqa: SIM115 - the caller closes
        try:
            if not (sha256 in self._waiting and self._from_staging(sha256, size_bytes, place)):
                content = self._elsewhere.get(sha256, self.content)
                content.fetch(sha256, size_bytes, Path(place.name))
        except BaseException:
            place.close()
            raise
        return place

    def entry(self, sha256: str) -> _Entry:
        """The same as an entry of a package; small files of unknown length are read now."""
        size_bytes = self._sizes.get(sha256)
        if size_bytes is not None:
            return _Entry(sha256, size_bytes, functools.partial(self.open, sha256))
        return _made(self.content.read_small(sha256), sha256)

    def _from_staging(self, sha256: str, size_bytes: int, place: IO[bytes]) -> bool:
        """``False`` where it has left, for the copies."""
        try:
            source = self._staging.open(sha256)
        except StagedObjectMissingError:
            return False
        with source, work_errors(self._folder):
            copy_verified(source, place, size=size_bytes, sha256=sha256)
            place.seek(0)
        return True


def _made(data: bytes, sha256: str) -> _Entry:
    return _Entry(sha256, len(data), functools.partial(io.BytesIO, data))


def _export_stored(
    row: CaseFile,
    held: _Held,
    folder: Path,
    services: Services,
    number: int,
    linked: Mapping[str, _Entry] | None,
) -> dict[str, Any]:
    """A stored version as one ZIP, its root folder named OBJID with ``_`` for ``:``.

    ``linked``: what a bag brings of other case files; ``None`` for the package as it is.
    """
    state = _state(row, held, number)
    root = row.ocfl_id.replace(":", "_")
    if linked is None:
        entries = ((path, functools.partial(held.open, digest)) for path, digest in state.items())
        return _told(write_zip(folder / f"{root}.zip", root, entries))
    tree = {path: held.entry(digest) for path, digest in state.items()}
    return _zipped(folder / f"{root}.bag.zip", root, _in_bag(row, root, tree, linked, services))


def _state(row: CaseFile, held: _Held, number: int) -> Mapping[str, str]:
    version = row.versions[number - 1]
    return held.content.inventory(version.number, version.inventory_sha256).state(number)


def _linked_files(
    session: Session, row: CaseFile, held: _Held, number: int, actor: Actor
) -> dict[str, _Entry]:
    """Files of the documents that this version names, by object and path as it names them."""
    found = files_linked_in(session, held.content, _state(row, held, number))
    for one in found:
        require_readable(actor, one.source, one.document, through=row)
        held.add_linked(one.source, [one.file])
    return {f"linked/{one.place}": held.entry(one.file.sha256) for one in found}


def _in_bag(
    row: CaseFile,
    root: str,
    tree: Mapping[str, _Entry],
    linked: Mapping[str, _Entry],
    services: Services,
) -> dict[str, _Entry]:
    """The package's folder in ``data/``, beside it what a bag says of it.

    Files of documents that other case files keep lie in ``data/linked/``: the package stays as it
    is stored, and the bag is whole.
    """
    held = {f"{root}/{path}": one for path, one in tree.items()} | dict(linked)
    payload = [Payload(path, one.sha256, one.size_bytes) for path, one in held.items()]
    said = _said_in_bag(row, linked)
    info = {
        "Source-Organization": services.keeper.archive_name,
        "External-Identifier": row.ocfl_id,
        "Bagging-Date": clock.today().isoformat(),
        **({"Internal-Sender-Description": said} if said else {}),
    }
    tags = {path: _made(data, "") for path, data in bag_tag_files(payload, info).items()}
    return tags | {f"data/{path}": one for path, one in held.items()}


def _said_in_bag(row: CaseFile, linked: Mapping[str, _Entry]) -> str:
    """What was linked in, and which documents were replaced or corrected since."""
    parts = [messages.text("packages.linked_in_bag", count=len(linked))] if linked else []
    for document in row.documents:
        if notes := "; ".join(standing_notes(document)):
            ordinal = document.ordinal
            parts.append(messages.text("packages.standing_in_bag", ordinal=ordinal, notes=notes))
    return ". ".join(parts)


def _outgoing(
    session: Session, row: CaseFile, services: Services, actor: Actor, kind: PackageKind
) -> Package:
    package = replace(_package(session, row, services, kind), created_at=clock.now())
    return as_sip(package) if kind is PackageKind.SIP else as_dip(package, _request(row, actor))


def _request(row: CaseFile, actor: Actor) -> dict[str, str]:
    """What the circular asks of a request for access, where staff takes it out on duty."""
    at = clock.now()
    return {
        "requestID": f"{row.code}-{at:%Y%m%dT%H%M%SZ}",
        "requestDate": clock.today().isoformat(),
        "purpose": "02",  # official
        "purposeContent": messages.text("labels.export.purpose", "vi"),
        "feeObjectType": "10",  # other
        "researchTopic": row.title[:_TOPIC_LENGTH],
        "description": actor.account,
    }


def _export_outgoing(package: Package, held: _Held, folder: Path) -> dict[str, Any]:
    """As one ZIP, its root folder named as the circular names that of this kind."""
    metadata = metadata_files(package)
    tree = {
        path: _made(metadata[path], one.sha256) if path in metadata else held.entry(one.sha256)
        for path, one in package_tree(package, metadata).items()
    }
    root = package.folder_name
    told = _zipped(folder / f"{root}.{package.kind}.zip", root, tree)
    missing = [{"document": name, "field": field} for name, field in missing_fields(package)]
    return told | {"missing": missing}


def _zipped(target: Path, root: str, tree: Mapping[str, _Entry]) -> dict[str, Any]:
    return _told(write_zip(target, root, ((path, one.open) for path, one in tree.items())))


def _export_in_order(
    session: Session,
    row: CaseFile,
    held: _Held,
    folder: Path,
    services: Services,
    form: str,
) -> dict[str, Any]:
    package = _package(session, row, services, resolved=True)
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


def _package(
    session: Session,
    row: CaseFile,
    services: Services,
    kind: PackageKind = PackageKind.AIP,
    *,
    resolved: bool = False,
) -> Package:
    submissions = holdings.submissions_of(session, row.id)
    owner = holdings.owner_of(session, row)
    return package_of(row, submissions, owner, services.keeper, kind=kind, resolved=resolved)


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
