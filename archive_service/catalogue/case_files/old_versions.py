"""A version of a package as it was stored: its data and documents, read from the copies."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from archive_service import access
from archive_service.catalogue.describing.fields import told_to_all, values_of
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.uses import is_readable
from archive_service.catalogue.own_fields.fields import labels_of
from archive_service.domain.agencies.own_field import OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.people.account import Actor
from archive_service.packaging.catalogue import rows_of
from archive_service.packaging.fonds_record import read_fonds
from archive_service.packaging.tree import CATALOGUE, FONDS
from archive_service.recovery.export.case_file import VersionUnknownError
from archive_service.services import Services
from archive_service.storage.content import HeldContent

_AS_IMAGE = ("image/jpeg", "image/png")


@dataclass(frozen=True, slots=True)
class OldDocument:
    """A document as that version had it; of one that is closed to the account only its place."""

    ordinal: int
    title: str
    kind: str
    readable: bool
    values: Mapping[str, str]
    files: tuple[DigitalObject, ...]
    shown: tuple[UUID, ...]  # ids of one PDF or of page images
    is_pdf: bool


@dataclass(frozen=True, slots=True)
class OldVersion:
    """What version ``number`` says of a case file; values by the circular's names."""

    code: str
    title: str
    number: int
    newest: int
    message: str
    built_at: dt.datetime
    values: Mapping[str, str]
    fonds: Mapping[str, str]  # none in packages of older releases
    ordinals: tuple[int, ...]  # of all its documents
    documents: tuple[OldDocument, ...]  # those of the part that was asked for
    own: Mapping[str, Mapping[str, str]]  # labels of the agency's own fields, by what has them

    @property
    def is_old(self) -> bool:
        """Whether a newer one stands."""
        return self.number < self.newest


def _whole(documents: Sequence[Document]) -> Sequence[Document]:
    return documents


def old_version(
    services: Services,
    code: str,
    number: int,
    *,
    actor: Actor,
    part: Callable[[Sequence[Document]], Sequence[Document]] = _whole,
) -> OldVersion:
    """Read it from whichever copy gives what was recorded.

    What the account may read of it is what it may read today: a document that was closed since is
    closed in older versions too.

    Args:
        part: of all its documents those that are wanted.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError
        VersionUnknownError: there is no stored version of this number.
        NoSoundCopyError, StoreUnreachableError: no copy gives it.
    """
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        access.require(actor, "case-file:history", row)
        if not 1 <= number <= row.version_stored:
            raise VersionUnknownError(code=row.code, version=number, newest=row.version_stored)
        version = row.versions[number - 1]
        readable = {document.id for document in row.documents if is_readable(actor, row, document)}
        titles = {document.id: document.subject for document in row.documents}
        kept = {file.id for document in row.documents for file in document.files}
        newest = row.version_stored
        own = {
            own_subject.value: labels_of(session, row.agency_id, own_subject)
            for own_subject in (OwnSubject.CASE_FILE, OwnSubject.DOCUMENT)
        }
    content = HeldContent(services.copies, row.ocfl_id)
    state = content.inventory(version.number, version.inventory_sha256).state(number)
    past, _ = rows_of(content.read_small(state[CATALOGUE]))
    fonds = read_fonds(content.read_small(state[FONDS])) if FONDS in state else {}
    documents = sorted(past.documents, key=lambda document: document.ordinal)
    return OldVersion(
        code=row.code,
        title=past.title,
        number=number,
        newest=newest,
        message=version.message,
        built_at=version.built_at,
        values=_declared_data(past, actor, access.stricter_mode(row.mode, past.mode)),
        fonds=fonds,
        ordinals=tuple(document.ordinal for document in documents),
        documents=tuple(
            _document(document, kept, past.mode)
            if document.id in readable
            else _closed(document, titles.get(document.id, ""))
            for document in part(documents)
        ),
        own=own,
    )


def _declared_data(past: CaseFile, actor: Actor, mode: str) -> dict[str, str]:
    """Its data, less what this account does not learn of what is, or was then, conditional."""
    values = values_of(past)
    if access.may_know_all(actor, mode):
        return values
    return told_to_all(values)


def _document(document: Document, kept: set[UUID], mode: str) -> OldDocument:
    """Files are asked for by their rows, which stay as long as the case file does."""
    pdf = document.readable_pdf()
    images = [file for file in document.files if file.media_type in _AS_IMAGE]
    shown = [pdf] if pdf is not None else images
    return OldDocument(
        ordinal=document.ordinal,
        title=document.subject,
        kind=document.kind,
        readable=True,
        values=values_of(document) | {"mode": access.stricter_mode(mode, document.mode)},
        files=tuple(file for file in document.files if file.id in kept),
        shown=tuple(file.id for file in shown if file.id in kept),
        is_pdf=pdf is not None,
    )


def _closed(document: Document, title: str) -> OldDocument:
    return OldDocument(document.ordinal, title, document.kind, False, {}, (), (), False)
