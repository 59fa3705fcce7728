"""A list that goes from due to destroyed with all its papers, on an archive without grace."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from archive_service.bootstrap import Services
from archive_service.worker import work
from archive_service.workflow import disposition_decision, disposition_execution
from tests.factories.archive import person
from tests.factories.dispositions import HEAD, add_agency_head, make_due, otp_of, submitted
from tests.factories.removing import without_grace


@contextmanager
def open_due(stored: Path, home: Path, *codes: str) -> Iterator[tuple[Services, str]]:
    """A copy of a stored home in ``home`` where these are due; and the head's secret."""
    with without_grace(stored, home) as services:
        make_due(services, *codes)
        yield services, add_agency_head(services)


def approved(services: Services, secret: str, *codes: str) -> UUID:
    """A list that the head of the agency decided on."""
    row = submitted(services, *codes)
    head = person(services, HEAD)
    disposition_decision.approve(services, row, actor=head, otp=otp_of(secret), number="41/QĐ-SCT")
    return row


def carried_out(services: Services, secret: str, *codes: str) -> UUID:
    """A list that was carried out, with its papers."""
    row = approved(services, secret, *codes)
    disposition_execution.execute(services, row, actor=person(services, "lan"))
    work(services, until_empty=True)
    return row
