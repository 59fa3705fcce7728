"""Checkpoints of the log: C2SP signed notes of origin, size and root."""

import base64
import functools
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archive_service.errors import InputError
from archive_service.evidence.tiles import LOG
from archive_service.signing.port import Signer

CHECKPOINTS = f"{LOG}checkpoint/"
_FORM = re.compile(
    r"(?P<origin>[^\s+]{1,200})\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[^\n]{44})\n"
)
_OWN_TYPE = b"\xffx509-sha256"  # a signature type of ours, in the form the specification asks for
_DASH = "\u2014"  # what a line of signature begins with


class CheckpointUnreadableError(InputError):
    """A text that is no checkpoint of a log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long a log was, and the root over all its leaves; ``note`` is the signed text."""

    origin: str
    size: int
    root: bytes
    note: str

    @property
    def key(self) -> str:
        """Where it lies in every copy; the names sort by size."""
        return f"{CHECKPOINTS}{self.size:012d}"

    @property
    def mark(self) -> tuple[int, str]:
        """By what events name it: its size, and its root in base64."""
        return self.size, base64.b64encode(self.root).decode()


def make_checkpoint(origin: str, size: int, root: bytes, signer: Signer | None) -> Checkpoint:
    """The checkpoint, signed where there is a key; raises as ``Signer.sign_bytes``."""
    body = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    return Checkpoint(origin, size, root, make_note(origin, body, signer))


def make_note(origin: str, body: str, signer: Signer | None) -> str:
    """A C2SP signed note of these lines, none of them empty; raises as ``Signer.sign_bytes``."""
    note = f"{body}\n"
    if signer is not None:
        signed = _key_id(origin, signer.certificate.der) + signer.sign_bytes(body.encode())
        note += f"{_DASH} {origin} {base64.b64encode(signed).decode()}\n"
    return note


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in this text, as it was printed, mailed or kept.

    Blanks around the lines are left out, as where it was typed from paper.

    Raises:
        CheckpointUnreadableError: it is none.
    """
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    found = _FORM.match(f"{lines}\n")
    try:
        root = base64.b64decode(found["root"], validate=True) if found else b""
    except ValueError:  # no base64, or not even ASCII
        root = b""
    if found is None or len(root) != sha256().digest_size:
        raise CheckpointUnreadableError
    return Checkpoint(found["origin"], int(found["size"]), root, f"{lines}\n")


def parse_held(text: str) -> Checkpoint:
    """The same, as a row or a copy holds it; one that does not read fits nothing."""
    try:
        return parse_checkpoint(text)
    except CheckpointUnreadableError:
        return Checkpoint("", 0, b"", "")


def decoded(text: object) -> bytes:
    """Base64 as an act holds it; nothing where it is none."""
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError:
        return b""


def is_signed_by(checkpoint: Checkpoint, certificate: bytes) -> bool:
    """Whether a line of the note is a signature by the key of this certificate (DER)."""
    body, _, lines = checkpoint.note.partition("\n\n")
    head = f"{_DASH} {checkpoint.origin} "
    try:
        key_id = _key_id(checkpoint.origin, certificate)
    except ValueError:  # no certificate
        return False
    for line in lines.splitlines():
        try:
            signed = base64.b64decode(line.removeprefix(head), validate=True)
        except ValueError:
            continue
        if line.startswith(head) and signed[:4] == key_id:
            return _verifies(certificate, signed[4:], f"{body}\n".encode())
    return False


@functools.lru_cache(maxsize=64)
def _public_key(certificate: bytes) -> CertificatePublicKeyTypes:
    return x509.load_der_x509_certificate(certificate).public_key()


def _key_id(origin: str, certificate: bytes) -> bytes:
    public = _public_key(certificate)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(origin.encode() + b"\n" + _OWN_TYPE + der).digest()[:4]


def _verifies(certificate: bytes, signature: bytes, body: bytes) -> bool:
    key = _public_key(certificate)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, body, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, body, ec.ECDSA(SHA256()))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, body)
        else:
            return False
    except InvalidSignature:
        return False
    return True
