"""Databases of the two kinds: empty, with today's tables, and opened as the product opens them."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import make_url

from archive_service import audit
from archive_service.db.engine import Bounds, open_engine
from archive_service.db.trail_guards import guard_trail
from archive_service.db.unit_of_work import Database
from archive_service.domain.tables import METADATA

KINDS = ("sqlite", "postgresql")


def opened(url: str, bounds: Bounds | None = None) -> Database:
    """The database at ``url``; to be closed."""
    return Database(open_engine(make_url(url), bounds), audit.chain_pending)


def make_tables(url: str) -> None:
    """Today's tables, without a migration; in a new file they are those of the first, copied."""
    address = make_url(url)
    file = Path(address.database or "")
    if address.get_backend_name() == "sqlite" and not file.exists():
        shutil.copyfile(_first_file(), file)
    else:
        _create(url)


@functools.cache
def _first_file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ready-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _create(f"sqlite:///{folder / 'archive.db'}")
    return folder / "archive.db"


def _create(url: str) -> None:
    database = opened(url)
    with database.engine.begin() as connection:
        METADATA.create_all(connection)
        guard_trail(connection)
    database.close()
