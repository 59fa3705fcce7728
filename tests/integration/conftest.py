"""What tests of whole acts share: an archive that did its main job, once for all of them."""

import os
from pathlib import Path

import pytest

from tests.factories.main_job import Held, main_job


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """An archive that holds A and B. Only to be read: take ``spoilt`` to change it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # the same for all workers of one run
    return main_job(folder / "main-job")


@pytest.fixture
def spoilt(held: Held, tmp_path: Path) -> Held:
    """A copy of the archive for one test, which may do with it what it likes."""
    return held.copied(tmp_path / "home")
