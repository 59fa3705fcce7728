"""Signed HTTP requests of ours: RFC 9421 over method, address and digest of the body (RFC 9530)."""

import base64
import datetime as dt
import hashlib

from archive_service.signing.port import Signer

LABEL = "archive"
ALGORITHM = "rsa-v1_5-sha256"
COVERED = ("@method", "@target-uri", "content-digest", "content-type")


def signed_headers(
    method: str, url: str, body: bytes, *, signer: Signer, at: dt.datetime, media_type: str
) -> dict[str, str]:
    """The headers to send with ``body``; ``keyid`` is the SHA-256 of the certificate.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    digest = f"sha-256=:{_base64(hashlib.sha256(body).digest())}:"
    parameters = (
        f"({' '.join(_quoted(name) for name in COVERED)})"
        f';created={int(at.timestamp())};keyid="{signer.certificate.sha256}";alg="{ALGORITHM}"'
    )
    base = signature_base(method, url, digest, media_type, parameters)
    return {
        "Content-Type": media_type,
        "Content-Digest": digest,
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{_base64(signer.sign_bytes(base))}:",
    }


def signature_base(method: str, url: str, digest: str, media_type: str, parameters: str) -> bytes:
    """What is signed (RFC 9421 section 2.5): a line a component, the parameters last."""
    values = (method.upper(), url, digest, media_type)
    lines = [f"{_quoted(name)}: {value}" for name, value in zip(COVERED, values, strict=True)]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def _quoted(name: str) -> str:
    return f'"{name}"'


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
