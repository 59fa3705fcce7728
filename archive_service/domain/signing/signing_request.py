"""Papers that go out to be signed elsewhere, and come back signed."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

OTHER_PERSON = "signed-paper-other-person"  # a finding
SIGNED_PAPER = "signed-paper"  # the kind of the act that a signed paper lies beside


class SigningState(enum.StrEnum):
    """A refused return leaves the request waiting."""

    WAITING = "waiting"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class SigningRequest(Base):
    """One paper for one person's own key, or for their agency's seal.

    ``sha256`` is that of the paper as it goes out; what comes back begins with these bytes.
    ``findings`` are those of the last return, taken or refused, as ``{code, severity, facts}``.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))  # of the file
    account: Mapped[str] = mapped_column(String(100), index=True)  # who is to sign
    signer_name: Mapped[str] = mapped_column(String(200))  # as the certificate ought to say it
    signer_identifier: Mapped[str] = mapped_column(String(40), default="")  # CCCD; "": not known
    with_seal: Mapped[bool] = mapped_column(default=False)  # the agency's, not the person's own
    requested_by: Mapped[str] = mapped_column(String(100))
    requested_at: Mapped[dt.datetime] = mapped_column()
    state: Mapped[SigningState] = mapped_column(default=SigningState.WAITING)
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column()
    refusals: Mapped[int] = mapped_column(default=0)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    signed_sha256: Mapped[str | None] = mapped_column(String(64))
    signed_size_bytes: Mapped[int | None] = mapped_column()
    signed_by: Mapped[str] = mapped_column(String(200), default="")  # as the certificate says it
    signed_at: Mapped[dt.datetime | None] = mapped_column()  # as the signature says it
    closed_at: Mapped[dt.datetime | None] = mapped_column()
    # What the paper is of, where the archive printed it itself: "file-plan" and the id of one.
    subject_kind: Mapped[str] = mapped_column(String(30), default="", server_default="")
    subject_id: Mapped[str] = mapped_column(String(100), default="", server_default="", index=True)
    revision: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": revision}

    def is_signed_by_who_was_asked(self) -> bool:
        """Signed, and not with another person's certificate, which is taken with a warning."""
        others = any(finding["code"] == OTHER_PERSON for finding in self.findings)
        return self.state is SigningState.SIGNED and not others
