"""The search index whose contents the case files speak of."""

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

SEARCH = "search"
COMING = "search-coming"  # it is full, and takes the place of the one in use


class IndexInUse(Base):
    """``version_indexed`` of every case file is true of the index with this identity alone."""

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    identity: Mapped[str] = mapped_column(String(36))
    adopted_at: Mapped[dt.datetime] = mapped_column()
