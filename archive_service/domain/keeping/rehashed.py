"""Objects read again by a new digest algorithm, for new hash trees (RFC 4998, 5.3)."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class Rehashed(Base):
    """A version of a package, or a segment of the trail, by its digest in the stamp of its day.

    ``digests``: the new ones by the old, of the object itself and of a version's own files. Once
    a new tree is stamped, ``leaf`` is what stands there for all of them and ``act_id`` the stamp.
    """

    object_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(20), primary_key=True)
    digests: Mapped[dict[str, Any]] = mapped_column()
    leaf: Mapped[str] = mapped_column(String(128), default="", server_default="")
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("act.id"), index=True)
