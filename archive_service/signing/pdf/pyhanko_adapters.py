"""Seams of pyHanko: a time that is given, our time stamps, keys loaded once or kept elsewhere."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from asn1crypto import cms
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pyhanko.sign.signers import PdfSigner, Signer, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from archive_service import clock
from archive_service.signing.port import TimestampUnavailableError
from archive_service.signing.timestamp import TimestampService

_RSA_PKCS1 = ("rsassa_pkcs1v15", "sha256_rsa", "sha384_rsa", "sha512_rsa")
_LONGEST_SIGNATURE = 512  # bytes: RSA of 4096 bits


class DatedPdfSigner(PdfSigner):
    """Claims the time it was given instead of reading the clock while it signs."""

    claimed_at: dt.datetime

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        """As in pyHanko, with our time."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.claimed_at
        return session


async def reserved_bytes(key: Signer, timestamper: TimeStamper | None) -> int:
    """Hexadecimal digits that a signature by this key takes, with half as many to spare.

    PyHanko learns it anew for each document by signing nothing; of one key with one service for
    stamps it stays the same.
    """
    made = await key.async_sign(
        bytes(32),
        "sha256",
        dry_run=True,
        use_pades=True,
        timestamper=timestamper,
        signed_attr_settings=PdfCMSSignedAttributes(signing_time=clock.now()),
    )
    length = 2 * len(made.dump())
    return length + 2 * (length // 4)


class PyhankoTimestamper(TimeStamper):
    """A ``TimestampService`` as pyHanko wants to see it."""

    def __init__(self, service: TimestampService) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko's
        self._service = service

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
        """One token; pyHanko asks once more beforehand, to learn its size."""
        if md_algorithm != "sha256":
            raise TimestampUnavailableError(reason=md_algorithm)
        # A service takes its time, and checks with pyHanko, whose loop is busy here.
        return cms.ContentInfo.load(await asyncio.to_thread(self._service.token, message_digest))


class LoadedKeySigner(SimpleSigner):
    """Loads its key once; pyHanko does so for each signature, and an RSA key takes 40 ms."""

    _loaded: Any = None

    @classmethod
    def of(cls, key: SimpleSigner) -> "LoadedKeySigner":
        """The same key, certificate and chain."""
        return cls(key.signing_cert, key.signing_key, key.cert_registry)

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """As in pyHanko, which signs itself by whatever is not RSA as of PKCS #1 v1.5."""
        if self._loaded is None:
            self._loaded = serialization.load_der_private_key(self.signing_key.dump(), None)
        mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)
        of_rsa = isinstance(self._loaded, RSAPrivateKey)
        if not of_rsa or mechanism["algorithm"].native not in _RSA_PKCS1:
            made: bytes = super().sign_raw(data, digest_algorithm)
            return made
        signed: bytes = self._loaded.sign(
            data, PKCS1v15(), get_pyca_cryptography_hash(digest_algorithm)
        )
        return signed


class CallbackSigner(Signer):
    """Signs by calling ``sign`` with the bytes, the mechanism and the name of the digest."""

    def __init__(
        self, certificate: Any, chain: Iterable[Any], sign: Callable[[bytes, Any, str], bytes]
    ) -> None:
        store = SimpleCertificateStore()
        store.register_multiple([certificate, *chain])
        super().__init__(signing_cert=certificate, cert_registry=store)
        self._sign = sign

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - the signature is pyHanko's
    ) -> bytes:
        """The bare signature; as long as any key makes them where it is a rehearsal."""
        if dry_run:
            return bytes(_LONGEST_SIGNATURE)
        mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)
        return await asyncio.to_thread(self._sign, data, mechanism, digest_algorithm)
