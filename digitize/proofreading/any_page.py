"""Any scanned page of a stored document, so that a person copies what the engine left out there.

Pages with doubtful words have their row since they were indexed; the others get one when somebody
opens them.
"""

from uuid import UUID

from archive_service import access
from archive_service.catalogue.holdings.opening import FileUnknownError, readable_document
from archive_service.db.upsert import insert_of
from archive_service.domain.case_files.document import sheet_of
from archive_service.domain.digitization.page_reading import DoubtfulPage
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from digitize.proofreading.doubtful_pages import page_values


def page_of_document(
    services: Services, code: str, document_id: UUID, number: int, *, actor: Actor
) -> UUID:
    """The id by which page ``number``, from 1, is proofread; the use of the document is noted.

    Raises:
        CaseFileNotFoundError, DocumentUnknownError, FileUnknownError: absent, or not to be known.
        NotAllowedError: the account does not work on batches, or does not read the document.
    """
    access.require(actor, "batch:edit")
    keeper, document = readable_document(services, code, document_id, actor=actor)
    sheet = sheet_of(document.read_from(keeper.version_stored), number)
    if sheet is None:
        raise FileUnknownError(code=code, file=str(number))
    values = page_values(keeper.id, document.ordinal, number, sheet)
    page_id: UUID = values["id"]
    with services.writing() as session:
        insert = insert_of(session)
        session.execute(insert(DoubtfulPage).values(values).on_conflict_do_nothing())
    return page_id
