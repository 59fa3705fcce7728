"""Which account signs in as whom at the identity provider."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

LONGEST_SUBJECT = 255  # ASCII characters (OpenID Connect Core 1.0, section 2)
_LIVING = text("ended_at IS NULL")


class OidcBinding(Base):
    """One account and one subject of one issuer, of which each is bound once at a time."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    waits: Mapped[bool] = mapped_column(default=False, server_default="0")  # for a second person
    bound_by: Mapped[str] = mapped_column(String(100))
    bound_at: Mapped[dt.datetime] = mapped_column()
    used_at: Mapped[dt.datetime | None] = mapped_column()
    ended_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    ended_at: Mapped[dt.datetime | None] = mapped_column()

    __table_args__ = (
        Index(
            "ux_oidc_binding_subject", "issuer", "subject",
            unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING,
        ),
        Index(
            "ux_oidc_binding_account", "account_id",
            unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING,
        ),
    )  # fmt: skip
