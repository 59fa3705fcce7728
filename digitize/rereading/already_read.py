"""Whether another reading would tell anything: texts say at their head which engine read them."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from archive_service.catalogue.holdings.rows import whole_case_files
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.errors import ConflictError, IntegrityViolationError
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from digitize.rereading.read_again import text_to_read_again
from digitize.rereading.rules import ALTO_HEAD, alto_software

LOOKED_AT = 200  # case files; in more of them the job itself passes over what it read


class ReadAlreadyError(ConflictError):
    """The engine asked for has read all of it: nothing would come of it."""


def require_unread(services: Services, ids: Sequence[UUID], model: str) -> None:
    """Raise ``ReadAlreadyError`` where this model has read every text of these case files."""
    if len(ids) > LOOKED_AT:
        return
    with services.read_only() as session:
        rows = whole_case_files(session, ids)
    software = _software_of(services, model)
    try:
        if any(engine != software for row in rows for engine in _read_by(services, row)):
            return
    except IntegrityViolationError:  # the job tells of a text that no copy has
        return
    raise ReadAlreadyError(software=software, count=len(rows))


def _software_of(services: Services, model: str) -> str:
    if model == services.settings.digitize.model:
        return services.ocr.software
    with services.open_ocr(model) as engine:
        return engine.software


def _read_by(services: Services, row: CaseFile) -> Iterator[str]:
    content = HeldContent(services.copies, row.ocfl_id)
    for document in row.documents:
        found = text_to_read_again(document)
        if found is not None:
            alto = found[1]
            head = min(ALTO_HEAD, alto.size_bytes)
            with content.open(alto.sha256, length=head) as source:
                yield alto_software(source.read(head))
