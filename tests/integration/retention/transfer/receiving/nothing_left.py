"""What is there after a refusal: nothing."""

from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission
from archive_service.domain.transfer.transfer import Transfer
from archive_service.services import Services


def nothing_is_here(services: Services) -> bool:
    with services.read_only() as session:
        rows = (Transfer, Submission)
        counts = [session.scalar(select(func.count()).select_from(row)) for row in rows]
    return counts == [0, 0]
