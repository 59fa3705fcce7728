"""A list that goes from due to destroyed with all its papers, on an archive without grace."""

import atexit
import functools
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pypdfium2

from archive_service.services import Services
from archive_service.worker import work
from retention.destruction.acts import WATCH_JOB
from retention.disposition import execution
from retention.disposition.decision import acts as decision_acts
from retention.disposition.given import DecisionApproval, ListShown
from retention.disposition.papers.reading import read_paper
from tests.worlds.archive import OPERATOR, person
from tests.worlds.retention.dispositions import HEAD, add_agency_head, make_due, otp_of, submitted
from tests.worlds.retention.removing import without_grace


@contextmanager
def open_due(stored: Path, home: Path, *codes: str) -> Iterator[tuple[Services, str]]:
    """A copy of a stored home in ``home`` where these are due; and the head's secret."""
    due, secret = _due(stored, codes)
    with without_grace(due, home) as services:
        yield services, secret


@functools.cache
def _due(stored: Path, codes: tuple[str, ...]) -> tuple[Path, str]:
    """Made once a process; a copy of it is another archive."""
    place = Path(tempfile.mkdtemp(prefix="due-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    with without_grace(stored, place / "home") as services:
        make_due(services, *codes)
        return place / "home", add_agency_head(services)


def approved(services: Services, secret: str, *codes: str) -> UUID:
    """A list that the head of the agency decided on."""
    row = submitted(services, *codes)
    head = person(services, HEAD)
    decision_acts.approve(
        services, row, DecisionApproval(otp=otp_of(secret), number="41/QĐ-SCT"), actor=head
    )
    return row


def carried_out(services: Services, secret: str, *codes: str) -> UUID:
    """A list that was carried out, with its papers."""
    row = approved(services, secret, *codes)
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    return row


def watch(services: Services) -> None:
    """The daily look at lists: what became known since is certified."""
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    work(services, until_empty=True)


def certificate_words(services: Services, row: UUID) -> str:
    """What the newest certificate says on all its pages, in one line."""
    _, data = read_paper(services, row, "certificate", actor=OPERATOR)
    with pypdfium2.PdfDocument(data) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())
