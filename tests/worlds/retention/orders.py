"""Orders to hold, as rows: where a test wants the row and not the act."""

from typing import Any

from archive_service import clock
from archive_service.domain.people.account import Role
from archive_service.domain.retention.hold import HoldOrder, HoldScope


def order_row(**other: Any) -> HoldOrder:
    """An order on one case file by the head of the archive."""
    told: dict[str, Any] = {
        "scope": HoldScope.CASE_FILES,
        "case_files": 1,
        "reason": "Thanh tra",
        "authority": "12/QĐ-TTT",
        "placed_by": "hung",
        "placed_role": Role.HEAD.value,
        "placed_at": clock.now(),
    }
    return HoldOrder(**(told | other))
