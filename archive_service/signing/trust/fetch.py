"""Asks for revocation answers over the network, where a setting allows it.

Only of certificates whose path leads to a trusted root: the addresses in them are the authority's
word, and no stranger's document can send us anywhere.
"""

import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from archive_service.signing.trust.revocation import Answer, AnswerKind, AnswerOrigin

TIMEOUT_S = 10
LARGEST_BYTES = 20 << 20  # of a list
KEPT_S = 600  # the same address is not asked again so soon
_OCSP_REQUEST = "application/ocsp-request"
_kept: dict[tuple[str, bytes], tuple[float, bytes]] = {}


def fetch_answers(path: Any) -> list[Answer]:
    """Answers on each certificate of a path (certvalidator) but its root.

    OCSP first; the list only where no responder answered. Who does not answer leaves the state of
    the certificate unknown, which the report says.
    """
    found: list[Answer] = []
    for certificate in path.iter_certs(include_root=False):
        issuer = path.find_issuing_authority(certificate).certificate
        answer = next(_ocsp(certificate, issuer), None) or next(_crls(certificate), None)
        if answer is not None:
            found.append(answer)
    return found


def _ocsp(certificate: Any, issuer: Any) -> Iterator[Answer]:
    for url in certificate.ocsp_urls:
        der = _answer(url, _request(certificate, issuer))
        if der is not None:
            yield Answer(AnswerKind.OCSP, der, AnswerOrigin.FETCHED)


def _crls(certificate: Any) -> Iterator[Answer]:
    for point in certificate.crl_distribution_points:
        url = point.url
        der = _answer(url) if url else None
        if der is not None:
            yield Answer(AnswerKind.CRL, der, AnswerOrigin.FETCHED)


def _request(certificate: Any, issuer: Any) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    of, by = (x509.load_der_x509_certificate(one.dump()) for one in (certificate, issuer))
    builder = ocsp.OCSPRequestBuilder()
    # The digest names the issuer and proves nothing; responders take no other (RFC 5019, 2.1.1).
    asked = builder.add_certificate(of, by, SHA1())  # noqa: S303 - names an issuer
    return asked.build().public_bytes(Encoding.DER)


def _answer(url: str, body: bytes = b"") -> bytes | None:
    """The bytes at an address; ``None`` where nothing useful comes in time."""
    if not url.startswith(("http://", "https://")):
        return None
    at, data = _kept.get((url, body), (0.0, b""))
    if data and time.monotonic() - at < KEPT_S:
        return data
    asked = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, data=body or None, headers={"Content-Type": _OCSP_REQUEST} if body else {}
    )
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            data = answer.read(LARGEST_BYTES + 1)
    except (URLError, OSError, HTTPException, ValueError):
        return None
    if not data or len(data) > LARGEST_BYTES:
        return None
    _kept[url, body] = time.monotonic(), data
    return bytes(data)
