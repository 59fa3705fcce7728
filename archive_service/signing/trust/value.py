"""Verifies the bare value of a signature as signers make it, where that can be done safely."""

from dataclasses import replace
from typing import Any

from asn1crypto import core
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko_certvalidator.errors import AlgorithmNotSupported
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
)

_SET = 0x31
_PLAIN_ECDSA = {  # BSI TR-03111: r and s side by side
    "0.4.0.127.0.7.1.1.4.1.1": "sha1",
    "0.4.0.127.0.7.1.1.4.1.2": "sha224",
    "0.4.0.127.0.7.1.1.4.1.3": "sha256",
    "0.4.0.127.0.7.1.1.4.1.4": "sha384",
    "0.4.0.127.0.7.1.1.4.1.5": "sha512",
}
_RSA_SHA_3 = {  # NIST, Computer Security Objects Register: which asn1crypto does not know
    "2.16.840.1.101.3.4.3.13": "sha3_224",
    "2.16.840.1.101.3.4.3.14": "sha3_256",
    "2.16.840.1.101.3.4.3.15": "sha3_384",
    "2.16.840.1.101.3.4.3.16": "sha3_512",
}
_OF_WHOLE = ("ed25519", "ed448")  # RFC 8419: without attributes over the content, not its digest
_EC_KEY = "1.2.840.10045.2.1"  # RFC 5480: a kind of key, which iText up to 5 names for the means
# Which endesive names for the means whatever the key is.
_RSA = {f"{digest}_rsa": digest for digest in ("sha1", "sha224", "sha256", "sha384", "sha512")}


class UnknownMeansError(Exception):
    """No value made by these means can be verified here."""


class _Values(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = core.Any


class PatientValidator(DefaultSignatureValidator):
    """Takes values as signers make them: attributes in either order, ECDSA without DER.

    Args:
        attributes: the signed attributes as they came, where pyHanko may pass them in order.
    """

    def __init__(self, attributes: bytes = b"") -> None:
        self._attributes = attributes

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: Any,
        signature_algorithm: Any,
        context: Any = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """As in pyHanko.

        Raises:
            InvalidSignature: every reading of it failed.
            UnknownMeansError: the means are not known here.
        """
        name = signature_algorithm["algorithm"].native
        if context.prehashed and name in _OF_WHOLE:
            raise UnknownMeansError(name)
        is_curve = public_key_info.algorithm == "ec"
        if name in _PLAIN_ECDSA:
            signature_algorithm = _ecdsa_with(signature_algorithm, _PLAIN_ECDSA[name])
        elif is_curve and (digest := _digest_by(name, context)):
            signature_algorithm = _ecdsa_with(signature_algorithm, digest)
        elif name in _RSA_SHA_3:
            signature_algorithm = type(signature_algorithm)({"algorithm": "rsassa_pkcs1v15"})
            context = replace(context, contextual_md_algorithm=_RSA_SHA_3[name])
        values = [signature]
        if is_curve and (der := _as_der(signature, public_key_info)):
            values.append(der)
        readings = [signed_data]
        other = signed_data if context.prehashed else _in_order(signed_data)
        if other != signed_data:
            readings.append(other)
        if other == _in_order(self._attributes):
            readings.append(self._attributes)
        for value in values:
            for data in readings:
                try:
                    super().validate_signature(
                        value, data, public_key_info, signature_algorithm, context
                    )
                except AlgorithmNotSupported as unknown:  # which pyHanko counts as invalid
                    raise UnknownMeansError(name) from unknown
                except InvalidSignature:
                    continue
                return
        raise InvalidSignature


def _digest_by(name: str, context: Any) -> str | None:
    """The digest of means that are none of a curve: it stands by itself, or in their name."""
    by_itself: str | None = context.contextual_md_algorithm
    return by_itself if name in (_EC_KEY, "rsassa_pkcs1v15") else _RSA.get(name)


def _ecdsa_with(algorithm: Any, digest: str) -> Any:
    return type(algorithm)({"algorithm": f"{digest}_ecdsa"})


def _as_der(signature: bytes, key: Any) -> bytes:
    """The DER of a value that is r and s side by side; empty where it cannot be one."""
    half = (key.bit_size + 7) // 8
    if len(signature) != 2 * half:
        return b""
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    return encode_dss_signature(r, s)


def _in_order(signed_data: bytes) -> bytes:
    """Attributes as DER orders them: what some sign, and store otherwise."""
    if not signed_data or signed_data[0] != _SET:
        return signed_data
    try:
        parts = [value.dump() for value in _Values.load(signed_data)]
    except (ValueError, TypeError):
        return signed_data
    length = sum(map(len, parts))
    return signed_data[: len(signed_data) - length] + b"".join(sorted(parts))
