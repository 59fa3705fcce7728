"""The words of a case file, page by page, for whoever may read it."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.text_documents import (
    CaseTextDocument,
    DocumentTextDocument,
)
from archive_service.catalogue.holdings.uses import is_readable, note_use
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.people.account import Actor
from archive_service.packaging.page_texts import document_texts
from archive_service.services import Services
from archive_service.storage.content import HeldContent

_UNREAD = "words-unread"


def case_texts(services: Services, code: str, *, actor: Actor) -> CaseTextDocument:
    """The words of every document, page by page.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
        ActNotAllowedError: known, but its content is not open to the account.
    """
    documents = iter_case_texts(services, code, actor=actor)
    return CaseTextDocument(code=code.strip(), documents=list(documents))


def iter_case_texts(
    services: Services, code: str, *, actor: Actor
) -> Iterator[DocumentTextDocument]:
    """The documents of ``case_texts`` one by one; it raises at once, not at the first of them."""
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
    access.require(actor, "case-file:read", row)
    content = HeldContent(services.copies, row.ocfl_id)
    readable = [document for document in row.documents if is_readable(actor, row, document)]
    for document in readable:
        note_use(actor, row, document, database=services.database)

    def documents() -> Iterator[DocumentTextDocument]:
        for document in readable:
            pages = document_texts(
                document,
                version=row.version_stored,
                content=content,
                folder=services.work_folder,
                confidences=True,
            )
            yield DocumentTextDocument.of(document, pages)

    return documents()


def note_unread(
    session: Session, unread: Mapping[UUID, str], case_file_ids: Iterable[UUID]
) -> None:
    """Note of each file of these case files why its words are not found; what is read, is not."""
    ids = list(case_file_ids)
    noted = (
        DigitalObject.text_layer[_UNREAD].as_string().is_not(None),
        Document.case_file_id.in_(ids),
    )
    of_them = select(DigitalObject.id).join(Document).where(*noted)
    wrong = {*session.scalars(of_them)} - unread.keys()
    for file_id in (*unread, *wrong):
        file = session.get(DigitalObject, file_id)
        if file is not None:
            rest = {name: fact for name, fact in (file.text_layer or {}).items() if name != _UNREAD}
            reason = unread.get(file_id)
            file.text_layer = rest | ({_UNREAD: reason} if reason else {})
