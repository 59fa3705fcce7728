"""Evidence records (RFC 4998): one object's way to the day's time stamp, without the others."""

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.evidence.outside.hash_tree import reduced_tree
from archive_service.evidence.outside.stamping import LogStamp, iter_stamps, stamped_digests
from archive_service.services import Services

_SEQUENCE, _OCTETS = 0x30, 0x04
_DIGEST_ALGORITHM, _TREE = 0xA0, 0xA2  # [0] and [2] of ArchiveTimeStamp, both implicit
_V1 = bytes.fromhex("020101")
_SHA256 = bytes.fromhex("0609608648016503040201")  # its identifier, without parameters
_SHORT = 0x80  # lengths below stand in one byte


class NotStampedYetError(ConflictError):
    """No stamp covers this digest: ``sha256``."""

    code = "not-stamped-yet"


def evidence_record(services: Services, sha256: str, *, actor: Actor) -> bytes:
    """The record (DER) of an inventory, a segment or a checkpoint, by its digest.

    Raises:
        ActNotAllowedError: the account may not read the trail.
        NotStampedYetError: no stamp is over it.
    """
    access.require(actor, "audit:read")
    leaf = bytes.fromhex(sha256)
    with services.read_only() as session:
        for stamp in iter_stamps(session):
            digests = stamped_digests(session, stamp.checkpoint, stamp.after)
            if leaf in digests:
                return _record(stamp, digests, leaf)
    raise NotStampedYetError(sha256=sha256)


def _record(stamp: LogStamp, digests: list[bytes], leaf: bytes) -> bytes:
    """``EvidenceRecord`` with one chain of one ``ArchiveTimeStamp`` (RFC 4998, 3.1 and 4.1)."""
    reduced = reduced_tree(digests, leaf)
    tree = b""
    if len(reduced[0]) > 1:  # of one leaf alone the stamp is over itself
        partial = (b"".join(_der(_OCTETS, one) for one in beside) for beside in reduced)
        tree = _der(_TREE, b"".join(_der(_SEQUENCE, one) for one in partial))
    stamped = _der(_SEQUENCE, _der(_DIGEST_ALGORITHM, _SHA256) + tree + stamp.token)
    algorithms = _der(_SEQUENCE, _der(_SEQUENCE, _SHA256))
    chains = _der(_SEQUENCE, _der(_SEQUENCE, stamped))
    return _der(_SEQUENCE, _V1 + algorithms + chains)


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _SHORT:
        return bytes((tag, size)) + content
    told = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _SHORT | len(told))) + told + content
