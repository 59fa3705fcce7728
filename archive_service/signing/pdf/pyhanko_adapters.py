"""Seams of pyHanko: a time that is given, our time stamps, keys loaded once or kept elsewhere."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pyhanko.sign.attributes import CMSAttributeProvider, SigningCertificateV2Provider
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.signers import PdfSigner, Signer, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper
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


class _NamedCertificate(CMSAttributeProvider):
    """The attribute that names the signer's certificate; its value was made before."""

    attribute_type = "signing_certificate_v2"

    def __init__(self, value: tsp.SigningCertificateV2) -> None:
        self._value = value

    async def build_attr_value(
        self,
        dry_run: bool = False,  # noqa: ARG002, FBT001, FBT002 - the signature is pyHanko's
    ) -> tsp.SigningCertificateV2:
        """The value."""
        return self._value


class EncodedOnceSigner(Signer):
    """Names its certificate as it did before; pyHanko builds that name for each signature.

    What asn1crypto has built it encodes again, with all that is below, whenever it is looked at.
    What it has read from bytes it takes as it stands.
    """

    _named: Any = None

    async def signed_attrs(self, *args: Any, **kwargs: Any) -> cms.CMSAttributes:
        """As in pyHanko."""
        return cms.CMSAttributes.load((await super().signed_attrs(*args, **kwargs)).dump())

    def _signed_attr_providers(self, *args: Any, **kwargs: Any) -> Iterator[CMSAttributeProvider]:
        for attr_provider in super()._signed_attr_providers(*args, **kwargs):
            yield (
                _NamedCertificate(self._certificate_named())
                if type(attr_provider) is SigningCertificateV2Provider
                else attr_provider
            )

    def _certificate_named(self) -> tsp.SigningCertificateV2:
        if self._named is None:
            made = as_signing_certificate_v2(self.signing_cert)
            self._named = tsp.SigningCertificateV2.load(made.dump())
        return self._named


class LoadedKeyStamper(DummyTimeStamper):
    """PyHanko's own time-stamp authority; it too would load its key for each stamp."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Its authority read it from its file, which is when an RSA key is checked (25 ms).
        self._loaded: Any = serialization.load_der_private_key(
            self.tsa_key.dump(), None, unsafe_skip_rsa_key_validation=True
        )
        named = as_signing_certificate_v2(self.tsa_cert)
        self._named = tsp.SigningCertificateV2.load(named.dump())

    def _sign_tst_info(
        self, tst_info_data: bytes, md_algorithm: str, dt: dt.datetime
    ) -> tuple[bytes, cms.CMSAttributes]:
        digest = get_pyca_cryptography_hash(md_algorithm)
        hashed = hashes.Hash(digest)
        hashed.update(tst_info_data)
        facts = {
            "content_type": "tst_info",
            "signing_time": cms.Time({"utc_time": core.UTCTime(dt)}),
            "signing_certificate_v2": self._named,
            "message_digest": hashed.finalize(),
        }
        built = cms.CMSAttributes([simple_cms_attribute(*fact) for fact in facts.items()])
        encoded = built.dump()
        signature = self._loaded.sign(encoded, PKCS1v15(), digest)
        return signature, cms.CMSAttributes.load(encoded)


class LoadedKeySigner(EncodedOnceSigner, SimpleSigner):
    """Loads its key once; pyHanko does so for each signature, and an RSA key takes 40 ms."""

    _loaded: Any = None

    @classmethod
    def of(cls, key: SimpleSigner) -> "LoadedKeySigner":
        """The same key, certificate and chain."""
        return cls(key.signing_cert, key.signing_key, key.cert_registry)

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """As in pyHanko, which signs itself by whatever is not RSA as of PKCS #1 v1.5."""
        if self._loaded is None:  # checked when it was read from its file
            self._loaded = serialization.load_der_private_key(
                self.signing_key.dump(), None, unsafe_skip_rsa_key_validation=True
            )
        mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)
        of_rsa = isinstance(self._loaded, RSAPrivateKey)
        if not of_rsa or mechanism["algorithm"].native not in _RSA_PKCS1:
            made: bytes = super().sign_raw(data, digest_algorithm)
            return made
        signed: bytes = self._loaded.sign(
            data, PKCS1v15(), get_pyca_cryptography_hash(digest_algorithm)
        )
        return signed


class CallbackSigner(EncodedOnceSigner):
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
