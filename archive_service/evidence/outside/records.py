"""Evidence records (RFC 4998): one object's way to the day's time stamp, without the others."""

from collections.abc import Mapping
from hashlib import sha256

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.evidence.outside.hash_tree import HashTree, node
from archive_service.evidence.outside.renewing import (
    Renewal,
    by_renewed,
    chain_above,
    iter_renewals,
)
from archive_service.evidence.outside.stamping import LogStamp, iter_stamps, stamped_digests
from archive_service.services import Services


class NotStampedYetError(ConflictError):
    """No stamp covers this digest: ``sha256``."""

    code = "not-stamped-yet"


def evidence_record(
    services: Services, sha256: str, *, actor: Actor, service: str | None = None
) -> bytes:
    """The record (DER) of an inventory, a segment or a checkpoint, by its digest.

    By the first stamp that is over it, or the first of one service.

    Raises:
        ActNotAllowedError: the account may not read the trail.
        NotStampedYetError: no stamp is over it.
    """
    access.require(actor, "audit:read")
    leaf = bytes.fromhex(sha256)
    with services.read_only() as session:
        for stamp in iter_stamps(session):
            if service not in (None, stamp.service):
                continue
            digests = stamped_digests(session, stamp.checkpoint, stamp.after)
            if leaf in digests:
                return _record(stamp, digests, leaf, by_renewed(iter_renewals(session)))
    raise NotStampedYetError(sha256=sha256)


def _record(
    stamp: LogStamp, digests: list[bytes], leaf: bytes, renewed: Mapping[bytes, Renewal]
) -> bytes:
    """``EvidenceRecord`` with the chain of this stamp (RFC 4998, 3.1, 4.1 and 5.2)."""
    from archive_service.signing.evidence_record import record_of

    chain = [(HashTree(digests).reduced(leaf), stamp.token)]
    for one in chain_above(stamp.token, renewed):
        before = [sha256(token).digest() for _, token in chain]
        chain.append((HashTree(one.over).reduced(node(before), before), one.token))
    return record_of(chain)
