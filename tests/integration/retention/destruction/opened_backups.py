"""Backups opened, file by file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.recovery.backup.files import SEALED
from tests.worlds.retention.removing import (
    MARKS,
    marked_home,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case file full of marks, another, and a backup of both."""
    return marked_home(tmp_path_factory.mktemp("backed-up"))


@pytest.fixture
def medium(stored: Path) -> Path:
    """That of the backup from before."""
    return stored.parent / "medium"


def iter_opened(medium: Path, keys: Path, *marks: bytes) -> Iterator[Path]:
    """Files of a medium with a mark in them, plain or opened with any key that is there."""
    from pyrage import DecryptError, decrypt
    from pyrage.x25519 import Identity

    lines = [line for file in keys.rglob("*.key") for line in file.read_text("ascii").split()]
    identities = [Identity.from_str(line) for line in lines if line.startswith("AGE-SECRET-KEY")]
    for file in sorted(path for path in medium.rglob("*") if path.is_file()):
        data = file.read_bytes()
        if file.suffix == SEALED:
            try:
                data = decrypt(data, identities)
            except DecryptError:
                continue
        if any(mark in data for mark in marks or MARKS):
            yield file.relative_to(medium)
