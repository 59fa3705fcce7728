"""Cosignatures of checkpoints (C2SP ``cosignature/v1``, Ed25519), and the keys that make them."""

import base64
import datetime as dt
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archive_service import clock
from archive_service.errors import BackendError, ConflictError, InputError
from archive_service.evidence.checkpoint import Checkpoint
from archive_service.storage.durable import write_whole

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # of logs and witnesses: a file's, too
OWN_KEY = Path("keys") / "witness.key"  # of an archive, below its home
_TYPE = b"\x04"
_KEY_BYTES, _STAMP_BYTES, _SIGNATURE_BYTES = 32, 8, 64
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - how the line begins, as signed notes have it


class WitnessKeyError(InputError):
    """Not the verifier key of a witness (NAME+HASH+KEY): ``text``."""


class WitnessKeyMissingError(BackendError):
    """There is no key to cosign with: ``path``."""


class WitnessKeyExistsError(ConflictError):
    """There is a key already, of ``name``: another one would be another witness."""


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """Who cosigns: a name, and the 32 bytes of an Ed25519 public key."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """What begins each of its signatures."""
        return sha256(self.name.encode() + b"\n" + _TYPE + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """As others pin it."""
        key_text = base64.b64encode(_TYPE + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key_text}"


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness with its private key."""

    key: WitnessKey
    private: Ed25519PrivateKey

    def cosign(self, checkpoint: Checkpoint) -> str:
        """A line of signature: now this is the largest tree of the log that was seen."""
        seconds = int(clock.now().timestamp())
        signed = self.private.sign(_message(checkpoint, seconds))
        stamp = seconds.to_bytes(_STAMP_BYTES, "big")
        signature_text = base64.b64encode(self.key.key_id + stamp + signed).decode()
        return f"\u2014 {self.key.name} {signature_text}\n"


def parse_vkey(text: str) -> WitnessKey:
    """The key in this text; ``WitnessKeyError`` where it is none, or its hash does not fit."""
    name, _, rest = text.strip().partition("+")
    key_id, _, hex_id = rest.partition("+")
    try:
        material = base64.b64decode(hex_id, validate=True)
    except ValueError:
        material = b""
    found = WitnessKey(name, material[1:])
    sound = material[:1] == _TYPE and len(found.public) == _KEY_BYTES and NAME.fullmatch(name)
    if not sound or found.key_id.hex() != key_id:
        raise WitnessKeyError(text=text.strip()[:200])
    return found


def cosigned_at(checkpoint: Checkpoint, line: str, key: WitnessKey) -> dt.datetime | None:
    """When ``key`` cosigned the checkpoint, as the line tells; ``None``: it did not."""
    head = f"\u2014 {key.name} "
    try:
        signature = base64.b64decode(line.strip().removeprefix(head), validate=True)
    except ValueError:
        return None
    fits = len(signature) == len(key.key_id) + _STAMP_BYTES + _SIGNATURE_BYTES
    if not line.startswith(head) or not fits or signature[:4] != key.key_id:
        return None
    seconds = int.from_bytes(signature[4 : 4 + _STAMP_BYTES], "big")
    try:
        public = Ed25519PublicKey.from_public_bytes(key.public)
        public.verify(signature[4 + _STAMP_BYTES :], _message(checkpoint, seconds))
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (InvalidSignature, ValueError, OverflowError, OSError):
        return None


def find_cosignature(checkpoint: Checkpoint, text: str, key: WitnessKey) -> str | None:
    """The line among these that ``key`` made of the checkpoint; those of others are passed over."""
    lines = (f"{line}\n" for line in text.splitlines())
    return next((line for line in lines if cosigned_at(checkpoint, line, key) is not None), None)


def make_key(path: Path, name: str) -> Cosigner:
    """A new key in this file, readable for its owner alone.

    Raises:
        WitnessKeyError: the name is none of a witness.
        WitnessKeyExistsError: the file is there.
    """
    if not NAME.fullmatch(name):
        raise WitnessKeyError(text=name[:200])
    if path.exists():
        raise WitnessKeyExistsError(name=read_key(path).key.name)
    private = Ed25519PrivateKey.generate()
    made = Cosigner(WitnessKey(name, private.public_key().public_bytes_raw()), private)
    seed = base64.b64encode(_TYPE + private.private_bytes_raw()).decode()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = f"{_SECRET}{name}+{made.key.key_id.hex()}+{seed}\n"
    write_whole(path, line.encode("ascii"), mode=0o600)
    return made


def read_key(path: Path) -> Cosigner:
    """The key in this file.

    Raises:
        WitnessKeyMissingError: there is none.
        WitnessKeyError: it is damaged.
    """
    if not path.is_file():
        raise WitnessKeyMissingError(path=path.name)
    name, _, rest = path.read_text("ascii", "replace").strip().removeprefix(_SECRET).partition("+")
    key_id, _, hex_id = rest.partition("+")
    try:
        seed = base64.b64decode(hex_id, validate=True)
        private = Ed25519PrivateKey.from_private_bytes(seed[1:])
    except ValueError:
        raise WitnessKeyError(text=path.name) from None
    found = Cosigner(WitnessKey(name, private.public_key().public_bytes_raw()), private)
    if found.key.key_id.hex() != key_id:
        raise WitnessKeyError(text=path.name)
    return found


def _message(checkpoint: Checkpoint, seconds: int) -> bytes:
    body = checkpoint.note.partition("\n\n")[0]
    return f"cosignature/v1\ntime {seconds}\n{body}\n".encode()
