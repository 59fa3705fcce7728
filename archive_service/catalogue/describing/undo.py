"""The last edit by hand taken back, as one more edit."""

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.describing.documents import DescriptionDone
from archive_service.catalogue.describing.given import UndoIn
from archive_service.catalogue.describing.last_edit import last_edit
from archive_service.catalogue.describing.rules import require_some
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.services import Services


class DescriptionNotUndoneError(ConflictError):
    """Nobody described it by hand, or it was changed since in another way."""


def undo_description(
    services: Services, code: str, given: UndoIn, *, actor: Actor
) -> DescriptionDone:
    """Put back what the last edit by hand changed, while nothing else was changed since.

    Raises: see ``describe_case_file``.
        DescriptionNotUndoneError: there was none, or the case file was changed since.
    """
    require_some(actor)
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        last, stands = last_edit(row), row.edition
    if last is None:
        raise DescriptionNotUndoneError(code=code)
    seen = stands if given.edition is None else given.edition
    return describe_case_file(
        services, code, last.was, reason=given.reason, actor=actor, edition=seen
    )
