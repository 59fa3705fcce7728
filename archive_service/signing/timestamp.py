"""Time stamps of RFC 3161: the port, the demo authority's, and a service over HTTP."""

import http.client
import secrets
import urllib.request
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import URLError

from archive_service.signing.port import SigningKeyError, TimestampUnavailableError

if TYPE_CHECKING:
    from archive_service.signing.demo_authority import DemoAuthority

TIMEOUT_S = 20
RESPONSE_LIMIT_BYTES = 1 << 20


class TimestampService(Protocol):
    """Whoever says when a digest was there."""

    def token(self, digest: bytes) -> bytes:
        """A time-stamp token (DER, CMS ContentInfo) over this SHA-256 digest.

        Raises ``TimestampUnavailableError``; a token that answers another question never comes.
        """


class DemoTimestamps:
    """Stamps of the demo authority: the clock of this machine, of no value outside it."""

    def __init__(self, authority: "DemoAuthority") -> None:
        self._authority = authority

    def token(self, digest: bytes) -> bytes:
        """See ``TimestampService.token``."""
        from asn1crypto import keys, tsp, x509
        from pyhanko.sign.timestamps import DummyTimeStamper
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        key, certificate, issuer = self._authority.timestamp_identity()
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's
        store.register(x509.Certificate.load(issuer))
        stamper = DummyTimeStamper(
            x509.Certificate.load(certificate), keys.PrivateKeyInfo.load(key), store
        )
        return _granted(
            stamper.request_tsa_response(tsp.TimeStampReq.load(_request(digest))), digest
        )


class HttpTimestamps:
    """A time-stamp service at a URL, as RFC 3161 section 3.4 says."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise SigningKeyError(url=url, reason="not http or https")
        self._url = url

    def token(self, digest: bytes) -> bytes:
        """See ``TimestampService.token``."""
        from asn1crypto import tsp

        asked = urllib.request.Request(  # noqa: S310 - the scheme was checked when it was built
            self._url,
            data=_request(digest),
            headers={"Content-Type": "application/timestamp-query"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
                body = answer.read(RESPONSE_LIMIT_BYTES)
        except (URLError, OSError, http.client.HTTPException) as trouble:
            raise TimestampUnavailableError(reason=str(trouble)) from trouble
        try:
            return _granted(tsp.TimeStampResp.load(body), digest)
        except (ValueError, TypeError, KeyError) as wrong:
            raise TimestampUnavailableError(reason=str(wrong)) from wrong


def open_timestamps(url: str, *, authority: "DemoAuthority | None") -> TimestampService | None:
    """The service that a ``timestamp.url`` names: ``none:``, ``demo:`` or ``http://…``.

    Raises:
        SigningKeyError: another form, or ``demo:`` without a demo authority.
    """
    if url == "none:":
        return None
    if url == "demo:":
        if authority is None:
            raise SigningKeyError(url=url, reason="no demo authority")
        return DemoTimestamps(authority)
    return HttpTimestamps(url)


def _request(digest: bytes) -> bytes:
    from asn1crypto import algos, tsp

    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": digest,
        }
    )
    request = {
        "version": 1,
        "message_imprint": imprint,
        "nonce": int.from_bytes(secrets.token_bytes(8)),
        "cert_req": True,
    }
    return bytes(tsp.TimeStampReq(request).dump())


def _granted(response: Any, digest: bytes) -> bytes:
    """The token of an answer, if it was granted and is about ``digest``."""
    status = response["status"]["status"].native
    if status not in {"granted", "granted_with_mods"}:
        raise TimestampUnavailableError(reason=status)
    token = response["time_stamp_token"]
    info = token["content"]["encap_content_info"]["content"].parsed
    if info["message_imprint"]["hashed_message"].native != digest:
        raise TimestampUnavailableError(reason="another digest")
    return bytes(token.dump())
