"""The newest checkpoint of the log as its row tells it, for papers that carry it outside."""

from sqlalchemy import select

from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.act import CHECKPOINT, Act, few_of


def newest_note(database: Database) -> str:
    """Its signed text: origin, size and root, each on its line; nothing where there is none."""
    size = Act.document["size"].as_integer()
    query = select(Act.document["note"].as_string()).where(few_of(CHECKPOINT))
    with database.read_only() as session:
        return session.scalar(query.order_by(size.desc()).limit(1)) or ""
