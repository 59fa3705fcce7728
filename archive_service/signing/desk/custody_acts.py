"""Papers that were signed elsewhere, as acts: written into every copy, and read back from one."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from archive_service.domain.keeping.act import Act
from archive_service.domain.signing.signing_request import (
    SIGNED_PAPER,
    SigningRequest,
    SigningState,
)
from archive_service.packaging.catalogue import plain_row, row_from

_SIGNED = (
    *("id", "agency_id", "name", "account", "signer_name", "signer_identifier", "with_seal"),
    *("subject_kind", "subject_id", "requested_by", "requested_at", "sha256", "size_bytes"),
    *("refusals", "findings", "signed_sha256", "signed_size_bytes", "signed_by", "signed_at"),
    "closed_at",
)


def record_signed_act(session: Session, row: SigningRequest, *, at: dt.datetime) -> None:
    """The signed paper, with who asked for it and who signed, on its way into every copy."""
    session.add(
        Act(
            kind=SIGNED_PAPER,
            subject_id=str(row.id),
            at=at,
            document=plain_row(row, _SIGNED),
            companion_sha256=row.signed_sha256,
            companion_suffix="pdf",
        )
    )


def restore_signed(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """The rows that ``record_signed_act`` wrote."""
    for body in bodies:
        session.add(row_from(SigningRequest, body | {"state": SigningState.SIGNED}))
