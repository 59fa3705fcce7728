"""Earlier opinions and decisions about a case file of a list."""

from typing import Any
from uuid import UUID

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from retention.disposition.earlier_lists import earlier_lists
from retention.disposition.listing import DispositionNotFoundError, get_disposition


def earlier_of(
    services: Services, disposition_id: UUID, code: str, *, actor: Actor, lang: str = "vi"
) -> list[dict[str, Any]]:
    """What lists proposed before this one came to about one of its case files, newest first.

    Raises:
        ActNotAllowedError
        DispositionNotFoundError: no such list, or no such case file on it.
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        item = next((one for one in row.items if one.code == code), None)
        if item is None:
            raise DispositionNotFoundError(id=f"{disposition_id}/{code}")
        return earlier_lists(session, item.case_file_id, before=row, actor=actor, lang=lang)
