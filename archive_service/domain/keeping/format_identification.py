"""What newer signatures of PRONOM say of files that were identified when they came."""

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class FormatRegistry(Base):
    """A version of the signatures, and since when this archive identifies with it."""

    version: Mapped[str] = mapped_column(String(200), primary_key=True)
    since: Mapped[dt.datetime] = mapped_column()


class FormatIdentification(Base):
    """A file identified again. Derived from the bytes: a rebuild makes these rows anew."""

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    puid: Mapped[str | None] = mapped_column(String(40))
    format_name: Mapped[str | None] = mapped_column(String(200))
    signatures: Mapped[str] = mapped_column(String(200), index=True)  # their version
    identified_at: Mapped[dt.datetime] = mapped_column()
