"""Two seams of pyHanko: a signing time that is given, and time stamps of our port."""

import datetime as dt
from typing import Any

from asn1crypto import cms
from pyhanko.sign.signers import PdfSigner
from pyhanko.sign.timestamps import TimeStamper

from archive_service.signing.port import TimestampUnavailableError
from archive_service.signing.timestamp import TimestampService


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
        return cms.ContentInfo.load(self._service.token(message_digest))
