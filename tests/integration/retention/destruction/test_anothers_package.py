"""Bytes in staging that the package of another case file brought are no trace of what is gone."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.document import DigitalObject
from archive_service.services import Services
from retention.destruction.acts import who_asks
from tests.worlds.retention.removing import (
    case_of,
    claimed,
    do,
    marked_home,
    take_in,
    without_grace,
)

LATER = "H40.18.2014.44.TH"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two case files, and no backup."""
    return marked_home(tmp_path_factory.mktemp("shared"), backed_up=False)


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it whose staging has no time of grace."""
    with without_grace(stored, tmp_path / "home") as opened:
        yield opened


def test_what_the_next_package_has_as_well_is_not_found_again(
    services: Services, tmp_path: Path
) -> None:
    """Each package has the same schemas and the same record of its fonds."""
    with services.read_only() as session:
        mine = DigitalObject.case_file_id == case_of(services).id
        digest = session.scalars(select(DigitalObject.sha256).where(mine)).first()
    with services.staging.open(str(digest)) as staged:
        own = staged.read()
    removal_id = claimed(services)
    do(services)
    take_in(services, tmp_path / "later", LATER)
    assert who_asks(services)(removal_id)["staging"] == 0
    services.staging.receive(BytesIO(own))
    assert who_asks(services)(removal_id)["staging"] == 1, "its own bytes are known again"
