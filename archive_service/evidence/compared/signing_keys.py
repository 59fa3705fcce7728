"""By which key a checkpoint is signed: the one that the log had noted last by then.

A key that was replaced still signs whatever its holder likes, and its certificate stays known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit import NOTED, last_number
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.noting import KEYS


@dataclass(frozen=True, slots=True)
class KeysInForce:
    """Digests of certificates, each with the event from which on it signs; ``events`` in all."""

    noted: tuple[tuple[int, str], ...]
    events: int

    @classmethod
    def read(cls, session: Session) -> "KeysInForce":
        """All of this trail."""
        of_keys = AuditEvent.tag == NOTED, AuditEvent.subject_id == KEYS
        query = select(AuditEvent.number, AuditEvent.data).where(*of_keys)
        rows = session.execute(query.order_by(AuditEvent.number))
        noted = ((number, noted_certificate(data)) for number, data in rows)
        return cls(tuple(noted), last_number(session))

    def allow(self, certificates: Iterable[bytes], size: int) -> bool:
        """Whether one of these (DER) was in force when so many events were sealed.

        Of what was sealed beyond the end, or before any key was noted, nothing is known.
        """
        noted = self._noted_by(size)
        return not noted or size > self.events or noted in _digests(certificates)

    def lacks(self, certificates: Iterable[bytes], size: int) -> bool:
        """Whether the one in force by then is none of these, so that none can say who signed."""
        known, noted = _digests(certificates), self._noted_by(size)
        return noted not in known if noted else not known

    def _noted_by(self, size: int) -> str:
        return next((digest for number, digest in reversed(self.noted) if number <= size), "")


def _digests(certificates: Iterable[bytes]) -> set[str]:
    return {sha256(certificate).hexdigest() for certificate in certificates}


def noted_certificate(data: object) -> str:
    """Digest of the certificate that an event notes; nothing where it is no event of ours."""
    states = data.get("states") if isinstance(data, dict) else None
    return str(states.get("certificate", "")) if isinstance(states, dict) else ""
