"""Certificates that a partner signs with: a trusted root alone makes nobody a partner."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.transfer.partner import TransferPartner
from archive_service.errors import ConflictError


class PartnerUnpinnedError(ConflictError):
    """It signs what comes from it, and no certificate of its own is known.

    Whoever has a certificate under one of our trusted roots could sign in its name.
    """


def needs_certificate(row: TransferPartner) -> bool:
    """Who gives, by network or by hand, who replies, and whose checkpoints we keep.

    Who only keeps our checkpoints needs none.
    """
    return row.gives or row.receives or row.witnessed


def require_pinned(row: TransferPartner) -> None:
    """``PartnerUnpinnedError`` where one is needed and none is known."""
    if needs_certificate(row) and not row.certificates:
        raise PartnerUnpinnedError(code=row.code, name=row.name)


def pinned_certificates(session: Session, archive_code: str) -> set[str]:
    """SHA-256 of the DER of each certificate that the archive signs with.

    Those of a retired one too: no other certificate becomes its own by its retirement. None of an
    archive that is no partner.

    Raises:
        PartnerUnpinnedError: it has to have one, and has none: let go, or of an older release.
    """
    row = _find(session, archive_code)
    if row is None:
        return set()
    require_pinned(row)
    return {certificate["sha256"] for certificate in row.certificates}


def has_certificates(session: Session, archive_code: str) -> bool:
    """Whether the archive signs with certificates that are known here."""
    row = _find(session, archive_code)
    return row is not None and bool(row.certificates)


def _find(session: Session, code: str) -> TransferPartner | None:
    return session.scalar(select(TransferPartner).where(TransferPartner.code == code.strip()))
