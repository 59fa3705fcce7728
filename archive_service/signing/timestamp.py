"""Time stamps of RFC 3161: the port, the demo authority's, and a service over HTTP."""

import asyncio
import datetime as dt
import http.client
import secrets
import threading
import time
import urllib.request
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import URLError

from archive_service.signing.port import (
    DemoStampError,
    TimestampUnavailableError,
    TimestampUrlError,
)
from archive_service.signing.trust.weakness import digest_of, key_of

if TYPE_CHECKING:
    from archive_service.signing.port import KeyCertificate
    from archive_service.signing.trust.demo_authority import DemoAuthority
    from archive_service.signing.trust.roots import Trust

TIMEOUT_S = 20
RESPONSE_LIMIT_BYTES = 1 << 20


class TimestampService(Protocol):
    """Whoever says when a digest was there."""

    def token(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """A time-stamp token (DER, CMS ContentInfo) over this digest.

        From outside: its signature was verified, by a certificate for time stamps alone.
        Raises ``TimestampUnavailableError``; a token that answers another question never comes.
        """


class DemoTimestamps:
    """Stamps of the demo authority: the clock of this machine, of no value outside it."""

    def __init__(self, authority: "DemoAuthority") -> None:
        self._authority = authority
        self._stamper: Any = None  # made at the first stamp: its key takes longer than ten of them
        self._lock = threading.Lock()

    def token(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """See ``TimestampService.token``."""
        asked = _request(digest, algorithm)
        with self._lock:
            if self._stamper is None:
                self._stamper = demo_stamper(self._authority)
            token = _answering(self._stamper.request_tsa_response(asked), asked)
            return bytes(token.dump())


def demo_stamper(authority: "DemoAuthority") -> Any:
    """PyHanko's own authority, with the demo authority's key: it answers a ``TimeStampReq``."""
    from asn1crypto import keys, x509
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    from archive_service.signing.pdf.pyhanko_adapters import LoadedKeyStamper

    key, certificate, issuer = authority.timestamp_identity()
    store = SimpleCertificateStore()
    store.register(x509.Certificate.load(issuer))
    return LoadedKeyStamper(
        x509.Certificate.load(certificate), keys.PrivateKeyInfo.load(key), store
    )


class HttpTimestamps:
    """A time-stamp service at a URL, as RFC 3161 section 3.4 says.

    The answer comes over a line that anybody may sit on: with ``trust`` its certificate must lead
    to a trusted root. It must be whole within ``timeout_s`` seconds.
    """

    def __init__(
        self, url: str, *, trust: "Trust | None" = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise TimestampUrlError(url=url)
        self._url, self._trust, self._timeout_s = url, trust, timeout_s

    def token(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """See ``TimestampService.token``."""
        from asn1crypto import tsp

        asked = _request(digest, algorithm)
        try:
            body = self._answer(asked.dump())
        except (URLError, OSError, http.client.HTTPException) as trouble:
            raise TimestampUnavailableError(reason=str(trouble)) from trouble
        try:
            token = _answering(tsp.TimeStampResp.load(body), asked)
            _require_signed(token["content"], asked, self._trust)
            return bytes(token.dump())
        except (ValueError, TypeError, KeyError) as wrong:
            raise TimestampUnavailableError(reason=str(wrong)) from wrong

    def _answer(self, query: bytes) -> bytes:
        asked = urllib.request.Request(  # noqa: S310 - the scheme was checked when it was built
            self._url, data=query, headers={"Content-Type": "application/timestamp-query"}
        )
        until = time.monotonic() + self._timeout_s
        body = b""
        with urllib.request.urlopen(asked, timeout=self._timeout_s) as answer:  # noqa: S310 - as above
            while piece := answer.read1(RESPONSE_LIMIT_BYTES):
                body += piece
                if time.monotonic() > until or len(body) > RESPONSE_LIMIT_BYTES:
                    raise TimestampUnavailableError(reason="the answer does not end")
        return body


def open_timestamps(
    url: str, *, authority: "DemoAuthority | None", trust: "Trust | None" = None
) -> TimestampService | None:
    """The service that a ``timestamp.url`` names: ``none:``, ``demo:`` or ``http://…``.

    Raises:
        SigningKeyError: another form.
        DemoStampError: ``demo:`` without a demo authority, as in every real archive.
    """
    if url == "none:":
        return None
    if url == "demo:":
        if authority is None:
            raise DemoStampError(url=url)
        return DemoTimestamps(authority)
    return HttpTimestamps(url, trust=trust)


def _request(digest: bytes, algorithm: str) -> Any:
    from asn1crypto import algos, tsp

    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}),
            "hashed_message": digest,
        }
    )
    request = {
        "version": 1,
        "message_imprint": imprint,
        "nonce": int.from_bytes(secrets.token_bytes(8)),
        "cert_req": True,
    }
    return tsp.TimeStampReq(request)


def _answering(response: Any, asked: Any) -> Any:
    """The token of an answer, if it answers what was ``asked``."""
    status = response["status"]["status"].native
    if status not in {"granted", "granted_with_mods"}:
        raise TimestampUnavailableError(reason=status)
    token = response["time_stamp_token"]
    if token["content_type"].native != "signed_data":
        raise TimestampUnavailableError(reason="not signed")
    info = token["content"]["encap_content_info"]["content"].parsed
    if info["message_imprint"].dump() != asked["message_imprint"].dump():
        raise TimestampUnavailableError(reason="another digest")
    if info["nonce"].native != asked["nonce"].native:
        raise TimestampUnavailableError(reason="another nonce")
    return token


def _require_signed(signed: Any, asked: Any, trust: "Trust | None") -> None:
    """RFC 3161 sections 2.3 and 2.4.2: signed by a certificate that is for time stamps alone."""
    from pyhanko.sign.general import CMSExtractionError, extract_certificate_info
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus

    from archive_service.signing.trust.judged_by import validation_context
    from archive_service.signing.trust.roots import Trust

    def imprint(_algorithm: str) -> bytes:
        return bytes(asked["message_imprint"]["hashed_message"].native)

    try:
        certificate = extract_certificate_info(signed).signer_cert
        uses = certificate.extended_key_usage_value
        if uses is None or uses.native != ["time_stamping"]:
            raise TimestampUnavailableError(reason="its certificate is not for time stamps")
        context = validation_context(trust or Trust.none(), None)
        told = asyncio.run(validate_tst_signed_data(signed, context, imprint))
    except (SignatureValidationError, CMSExtractionError) as wrong:
        raise TimestampUnavailableError(reason=str(wrong)) from wrong
    status = TimestampSignatureStatus(**told)
    if not (status.intact and status.valid):
        raise TimestampUnavailableError(reason="its signature does not hold")
    if trust is not None and not status.trusted:
        raise TimestampUnavailableError(reason="its certificate is not trusted")


def stamp_certificate(token: bytes) -> "KeyCertificate":
    """The certificate of whoever made the token, with those that came with it."""
    from asn1crypto import cms
    from pyhanko.sign.general import extract_certificate_info

    from archive_service.signing.trust.subject import certificate_of

    found = extract_certificate_info(cms.ContentInfo.load(token)["content"])
    return certificate_of(found.signer_cert, found.other_certs)


@dataclass(frozen=True, slots=True)
class TokenMeans:
    """What the proof of a token rests on: digests by name, keys by kind and bits, certificates."""

    digests: frozenset[str]
    keys: frozenset[tuple[str, int]]
    valid_to: dt.datetime  # the first end of its certificates, but for the root's
    at: dt.datetime


def means_of(token: bytes) -> TokenMeans | None:
    """What it rests on by its own word; ``None`` where it does not read."""
    from asn1crypto import cms
    from pyhanko.sign.general import CMSExtractionError, extract_certificate_info

    try:
        signed = cms.ContentInfo.load(token)["content"]
        info = signed["encap_content_info"]["content"].parsed
        found = extract_certificate_info(signed)
        beside = [cert for cert in found.other_certs if cert.issuer != cert.subject]
        certificates = [found.signer_cert, *beside]
        digests = {info["message_imprint"]["hash_algorithm"]["algorithm"].native}
        digests |= {
            signer_info["digest_algorithm"]["algorithm"].native
            for signer_info in signed["signer_infos"]
        }
        digests |= {name for certificate in certificates if (name := digest_of(certificate))}
        keys = frozenset(key_of(certificate) for certificate in certificates)
        ends = [certificate.not_valid_after for certificate in certificates]
        at = info["gen_time"].native
    except (CMSExtractionError, ValueError, TypeError, KeyError):
        return None
    return TokenMeans(frozenset(digests), keys, min(ends), at)


def imprint_of(token: bytes) -> bytes:
    """The digest that a token says it is over; nothing where it does not read."""
    from asn1crypto import cms

    try:
        info = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
        return bytes(info["message_imprint"]["hashed_message"].native)
    except (ValueError, TypeError, KeyError):
        return b""


@dataclass(frozen=True, slots=True)
class JudgedToken:
    """Who stamped and when; the SHA-256 of the trusted root above it, empty where there is none."""

    at: dt.datetime
    by: str
    root_sha256: str


def judge_token(
    token: bytes, digest: bytes, trust: "Trust", algorithm: str = "sha256"
) -> JudgedToken | None:
    """What a kept token is worth as of its own moment; ``None`` if it does not hold over this."""
    from asn1crypto import cms
    from pyhanko.sign.general import CMSExtractionError
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus
    from pyhanko_certvalidator.authority import CertTrustAnchor

    from archive_service.signing.trust.judged_by import validation_context

    try:
        signed = cms.ContentInfo.load(token)["content"]
        info = signed["encap_content_info"]["content"].parsed
        at = info["gen_time"].native
        if info["message_imprint"]["hash_algorithm"]["algorithm"].native != algorithm:
            return None
        context = validation_context(trust, at)
        told = asyncio.run(validate_tst_signed_data(signed, context, lambda _: digest))
        certificate = stamp_certificate(token)
    except (SignatureValidationError, CMSExtractionError, ValueError, TypeError, KeyError):
        return None
    except AttributeError:  # a digest that pyHanko does not know
        return None
    status = TimestampSignatureStatus(**told)
    if not (status.intact and status.valid):
        return None
    anchor = status.validation_path.trust_anchor if status.validation_path else None
    root = ""
    if status.trusted and isinstance(anchor, CertTrustAnchor):
        root = sha256(anchor.certificate.dump()).hexdigest()
    return JudgedToken(at, certificate.subject.name, root)
