"""The copies this archive has taken into use, each with the identity its bytes carry."""

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class EnrolledCopy(Base):
    """A store that answers under ``name`` with another identity is not this copy."""

    __tablename__ = "enrolled_copy"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    identity: Mapped[str] = mapped_column(String(36))
    enrolled_at: Mapped[dt.datetime] = mapped_column()
