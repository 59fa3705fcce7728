"""Submissions handed in and claimed at the desk."""

from pathlib import Path
from uuid import UUID

import pytest

from archive_service.domain.people.account import Role
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from ingest.submissions import queries
from tests.worlds.archive import new_home, person, small_pdf_case
from tests.worlds.clients import add_person, do_all

GOOD, OTHER, BAD = "H40.18.2025.08.QLCT", "H40.18.2025.12.QLCT", "H40.18.2025.10.QLCT"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def second(services: Services) -> str:
    """Another archivist."""
    add_person(services, "hoa", Role.ARCHIVIST)
    return "hoa"


def hand_in(services: Services, folder: Path, code: str) -> UUID:
    small_pdf_case(folder, code=code)
    (found,) = submissions_acts.submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    return found


def state(services: Services, submission_id: UUID) -> str:
    (found,) = queries.submissions(services, [submission_id], actor=person(services, "lan"))
    return found.state
