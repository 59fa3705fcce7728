"""What stops a case file from being changed, said before anybody fills in a form of changes."""

from typing import Any

from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.request import current_actor, services
from retention.holds.documents import holds_of


def holds_on(code: str) -> list[dict[str, Any]]:
    """HOLD of each order in force on a case file; without its words for who may not know them.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    actor = current_actor()
    with services().read_only() as session:
        return holds_of(holdings_rows.get_case_file(session, code, actor=actor, whole=False), actor)
