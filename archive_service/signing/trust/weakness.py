"""Means of signing that can be forged today: digests and key lengths, as config says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from archive_service import law

_SIZED = ("rsa", "rsassa_pss", "dsa", "ec")  # kinds of keys that come in sizes


@dataclass(frozen=True, slots=True)
class _Limits:
    digests: frozenset[str]  # too weak
    least_bits: dict[str, int]  # by kind of key


@lru_cache(maxsize=1)
def _limits() -> _Limits:
    rows = law.load_rule_set(law.CONFIG / "standards" / "signature_means.toml").rows
    digests = frozenset(str(row["digest"]) for row in rows if "digest" in row)
    bits = {str(row["key"]): int(str(row["least_bits"])) for row in rows if "key" in row}
    return _Limits(digests, bits)


def weak_digests(names: Iterable[str]) -> list[str]:
    """Those of these digests that can be forged today, sorted."""
    return sorted(_limits().digests.intersection(names))


def weakness_of(signature: Any, path: Any) -> str:
    """What of a signature (pyHanko) and its path, but for the root, is too weak; else empty."""
    digests = (signature.md_algorithm, signature.external_md_algorithm)
    return weak_means(digests, signature.signer_cert, path)


def weak_means(digests: Iterable[str], certificate: Any, path: Any) -> str:
    """The same of a signature by these digests and the key of this certificate (asn1crypto)."""
    certificates = [certificate] if path is None else path.iter_certs(include_root=False)
    return ", ".join(dict.fromkeys(_weak(digests, certificates)))


def _weak(digests: Iterable[str], certificates: Iterable[Any]) -> Iterator[str]:
    limits = _limits()
    yield from weak_digests(digests)
    for certificate in certificates:
        digest = digest_of(certificate)
        if digest in limits.digests:
            yield digest
        kind, bits = key_of(certificate)
        if bits < limits.least_bits.get(kind, 0):
            yield f"{kind}{bits}"


def key_of(certificate: Any) -> tuple[str, int]:
    """Kind and bits of its key; no bits where the kind comes in one size."""
    key = certificate.public_key
    return key.algorithm, key.bit_size if key.algorithm in _SIZED else 0


def digest_of(certificate: Any) -> str:
    """By which digest it is signed."""
    try:
        return str(certificate["signature_algorithm"].hash_algo)
    except ValueError:  # EdDSA and such have none of their own
        return ""
