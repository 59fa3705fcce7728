"""Databases of the two kinds: empty, with today's tables, and opened as the product opens them."""

from sqlalchemy import make_url

from archive_service import audit
from archive_service.db.engine import Bounds, open_engine
from archive_service.db.unit_of_work import Database
from archive_service.domain.tables import METADATA

KINDS = ("sqlite", "postgresql")


def opened(url: str, bounds: Bounds | None = None) -> Database:
    """The database at ``url``; to be closed."""
    return Database(open_engine(make_url(url), bounds), audit.chain_pending)


def make_tables(url: str) -> None:
    """Today's tables, without a migration, in an empty database."""
    database = opened(url)
    METADATA.create_all(database.engine)
    database.close()
