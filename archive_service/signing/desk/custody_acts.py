"""Papers that were signed elsewhere, as acts: written into every copy, and read back from one."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.keeping.act import Act
from archive_service.domain.signing.signing_request import (
    SIGNED_PAPER,
    SigningRequest,
    SigningState,
)


def record_signed_act(session: Session, row: SigningRequest, *, at: dt.datetime) -> None:
    """The signed paper, with who asked for it and who signed, on its way into every copy."""
    session.add(
        Act(
            kind=SIGNED_PAPER,
            subject_id=str(row.id),
            at=at,
            document={
                "id": str(row.id),
                "agency_id": row.agency_id and str(row.agency_id),
                "name": row.name,
                "account": row.account,
                "signer_name": row.signer_name,
                "signer_identifier": row.signer_identifier,
                "with_seal": row.with_seal,
                "subject_kind": row.subject_kind,
                "subject_id": row.subject_id,
                "requested_by": row.requested_by,
                "requested_at": clock.iso(row.requested_at),
                "sha256": row.sha256,
                "size_bytes": row.size_bytes,
                "refusals": row.refusals,
                "findings": row.findings,
                "signed_sha256": row.signed_sha256,
                "signed_size_bytes": row.signed_size_bytes,
                "signed_by": row.signed_by,
                "signed_at": row.signed_at and clock.iso(row.signed_at),
                "closed_at": row.closed_at and clock.iso(row.closed_at),
            },
            companion_sha256=row.signed_sha256,
            companion_suffix="pdf",
        )
    )


def restore_signed(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """The rows that ``record_signed_act`` wrote."""
    for body in bodies:
        told = dict(body)
        for name in ("requested_at", "signed_at", "closed_at"):
            told[name] = clock.parse_iso(body[name]) if body[name] else None
        for name in ("id", "agency_id"):
            told[name] = UUID(body[name]) if body[name] else None
        session.add(SigningRequest(**told, state=SigningState.SIGNED))
