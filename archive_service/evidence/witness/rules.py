"""What a witness asks before it cosigns: the request of C2SP ``tlog-witness``, and its answers."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from archive_service.evidence.checkpoint import (
    Checkpoint,
    CheckpointUnreadableError,
    is_signed_by,
    parse_checkpoint,
)
from archive_service.evidence.merkle import is_consistent

ADD_AT = "/add-checkpoint"
KEPT_AT = "/checkpoint"
LONGEST_ASKING = 1 << 16  # bytes
SIZE_TYPE = "text/x.tlog.size"
CERTIFICATE = "Log-Certificate"  # header: DER in base64, where the witness pins its digest alone
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")
_MOST_HASHES = 63


class AskingUnreadableError(InputError):
    """Not a request as the protocol has it; HTTP 400, since 422 tells of a proof."""

    code = "witness-asking"
    status = 400


class LogUnknownError(NotFoundError):
    """Nobody told this witness to keep the checkpoints of ``origin``."""


class LogUnsignedError(NotAllowedError):
    """No pinned key of the log signed the checkpoint: ``origin``."""


class KeptSizeError(ConflictError):
    """The proof does not begin where this witness is: it keeps a checkpoint of ``size``."""


class LogContradictsError(ConflictError):
    """Signed, as long as the kept checkpoint, and of another root: two logs were shown."""


class LogUnprovedError(InputError):
    """Nothing proves that the log of ``size`` continues the one that is kept here."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A checkpoint to cosign, and the proof that it continues the one of ``old`` leaves."""

    old: int
    proof: Sequence[bytes]
    checkpoint: Checkpoint

    def text(self) -> str:
        """The body of the request."""
        proof = "".join(f"{base64.b64encode(node).decode()}\n" for node in self.proof)
        return f"old {self.old}\n{proof}\n{self.checkpoint.note}"


def parse_asking(text: str) -> Asking:
    """What is asked; ``AskingUnreadableError`` where it is no request, or asks to go back."""
    head, _, note = text.partition("\n\n")
    first, *hashes = head.split("\n")
    old = _OLD.fullmatch(first)
    try:
        checkpoint = parse_checkpoint(note)
        proof = [base64.b64decode(digest, validate=True) for digest in hashes]
    except (CheckpointUnreadableError, ValueError):
        raise AskingUnreadableError from None
    sized = all(len(node) == sha256().digest_size for node in proof)
    if old is None or not sized or len(proof) > _MOST_HASHES or int(old[1]) > checkpoint.size:
        raise AskingUnreadableError
    return Asking(int(old[1]), proof, checkpoint)


def require_signed(checkpoint: Checkpoint, certificates: Iterable[bytes]) -> None:
    """``LogUnsignedError`` unless the key of one of these certificates (DER) signed it."""
    if not any(is_signed_by(checkpoint, certificate) for certificate in certificates):
        raise LogUnsignedError(origin=checkpoint.origin)


def require_next(asking: Asking, kept: Checkpoint | None) -> None:
    """Let through what is the kept checkpoint, or is proved to continue it.

    The first of a log is taken as it is.

    Raises:
        KeptSizeError: the proof is of another size; the caller asks again with that of ``size``.
        LogContradictsError: the same size, and another root.
        LogUnprovedError: the proof does not lead from the kept root to the new one.
    """
    size, asked = kept.size if kept else 0, asking.checkpoint
    if asking.old != size:
        raise KeptSizeError(size=size, asked=asked.size)
    if kept is None or not size:
        if asking.proof:
            raise LogUnprovedError(size=asked.size, kept=0)
        return
    if asked.size == size:
        if asked.root != kept.root:
            raise LogContradictsError(size=size)
        return
    if not is_consistent(size, asked.size, asking.proof, kept.root, asked.root):
        raise LogUnprovedError(size=asked.size, kept=size)
