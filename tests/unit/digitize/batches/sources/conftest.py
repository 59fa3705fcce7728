"""Where sources are split."""

from pathlib import Path

import pytest

from archive_service.storage.staging import FolderStaging
from digitize.batches.sources.frames import Splitter
from tests.unit.digitize.batches.sources.split import LIMITS


@pytest.fixture
def splitter(tmp_path: Path) -> Splitter:
    """Staging and a work folder of its own."""
    work = tmp_path / "work"
    work.mkdir()
    return Splitter(FolderStaging(tmp_path / "staging"), work, LIMITS)
