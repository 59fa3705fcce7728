"""What every signing key does alike, wherever it is kept: name itself and sign a PDF."""

import datetime as dt
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.signing.port import (
    KeyCertificate,
    SigningKeyExpiredError,
    Subject,
    VisibleMark,
)
from archive_service.signing.timestamp import TimestampService


class PdfKey:
    """A key that pyHanko signs with; ``key`` is one of its signers, with certificate and chain."""

    def __init__(self, key: Any, timestamps: TimestampService | None) -> None:
        self._key = key
        self._timestamps = timestamps
        self._stamper: Any = None
        self._reserved_bytes = 0

    @property
    def subject(self) -> Subject:
        """See ``Signer.subject``."""
        return self.certificate.subject

    @property
    def certificate(self) -> KeyCertificate:
        """See ``Signer.certificate``."""
        from archive_service.signing.trust.subject import certificate_of

        return certificate_of(self._key.signing_cert, list(self._key.cert_registry))

    def sign_pdf(
        self,
        source: Path,
        target: Path,
        *,
        field: str,
        reason: str = "",
        location: str = "",
        visible: VisibleMark | None = None,
        at: dt.datetime | None = None,
    ) -> None:
        """See ``Signer.sign_pdf``."""
        from archive_service.signing.pdf.sign import PdfSigning, Pen, sign_pdf

        self._require_valid(at)
        wanted = PdfSigning(field=field, reason=reason, location=location, visible=visible, at=at)
        sign_pdf(source, target, wanted, pen=Pen(self._key, self._timestamper(), self._reserved))

    def _timestamper(self) -> Any:
        """One for all its signatures: a new one asks for a stamp more, to learn its size."""
        if self._stamper is None and self._timestamps is not None:
            from archive_service.signing.pdf.pyhanko_adapters import PyhankoTimestamper

            self._stamper = PyhankoTimestamper(self._timestamps)
        return self._stamper

    def _reserved(self) -> int:
        """Learnt once, at the first signature."""
        import asyncio

        from archive_service.signing.pdf.pyhanko_adapters import reserved_bytes

        if not self._reserved_bytes:
            self._reserved_bytes = asyncio.run(reserved_bytes(self._key, self._timestamper()))
        return self._reserved_bytes

    def sign_bytes(self, data: bytes) -> bytes:
        """See ``Signer.sign_bytes``."""
        import asyncio

        self._require_valid(None)
        made: bytes = asyncio.run(self._key.async_sign_raw(data, "sha256"))
        return made

    def _require_valid(self, at: dt.datetime | None) -> None:
        """NĐ 23/2025 Điều 15: who signs looks at the certificate first."""
        own = self.certificate
        for moment in (clock.now(), at or clock.now()):
            if not own.valid_from <= moment <= own.valid_to:
                raise SigningKeyExpiredError(
                    name=own.subject.name, valid_from=own.valid_from, valid_to=own.valid_to
                )
