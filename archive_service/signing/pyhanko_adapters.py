"""Three seams of pyHanko: a signing time that is given, our time stamps, keys kept elsewhere."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from asn1crypto import cms
from pyhanko.sign.signers import PdfSigner, Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from archive_service.signing.port import TimestampUnavailableError
from archive_service.signing.timestamp import TimestampService

_LONGEST_SIGNATURE = 512  # bytes: RSA of 4096 bits


class DatedPdfSigner(PdfSigner):
    """Claims the time it was given instead of reading the clock while it signs."""

    claimed_at: dt.datetime

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        """As in pyHanko, with our time."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.claimed_at
        return session


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
