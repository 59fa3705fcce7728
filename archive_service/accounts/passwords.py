"""Passwords: argon2id, and made ones that a person can type."""

import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import ARGON2_VERSION

_HASHER = PasswordHasher()
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another


def _of_nobody() -> str:
    """Drawn, not computed, as every start of a command would wait for it: no password has it."""
    salt, drawn = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (_HASHER.salt_len, _HASHER.hash_len)
    )
    costs = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${drawn}"


_NOBODY = _of_nobody()


def hash_password(password: str) -> str:
    """argon2id hash with its parameters."""
    return _HASHER.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether they belong together; takes as long when there is no such account."""
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


def make_password() -> str:
    """Four groups of four letters and digits: 79 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
