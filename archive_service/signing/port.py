"""What a signing key promises, wherever it is kept."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from archive_service.errors import (
    BackendError,
    ConflictError,
    InputError,
    IntegrityViolationError,
    NotFoundError,
)


class SignerKind(StrEnum):
    """Whose signature it is; NĐ 30/2020 wants a person's and an agency's on one document."""

    PERSON = "person"
    AGENCY = "agency"
    UNKNOWN = "unknown"


class SigningKeyNotFoundError(NotFoundError):
    """No key file, or no file with its passphrase."""


class SigningKeyError(InputError):
    """A key that cannot be used: the URL, the passphrase or the file is wrong."""

    code = "signing-key-unusable"


class SigningKeyExpiredError(ConflictError):
    """The certificate of the key is not valid any more, or not yet."""


class TokenAwayError(BackendError):
    """The token is not in its slot, or does not answer; what needs it waits."""


class TokenPinError(InputError):
    """The token refused this PIN: it is not tried again, since a token locks after a few tries."""

    code = "token-pin-wrong"


class TokenLockedError(InputError):
    """The token is locked, or one wrong PIN before it: a person has to see to it."""


class DemoKeyError(InputError):
    """A key of the demo's own authority, in an archive that the demo did not make."""


class DemoStampError(InputError):
    """Time stamps of the demo's own authority, in an archive that the demo did not make."""


# A person mends the key; what needs it is done afterwards, as after a backend was away.
KEY_TROUBLES = (
    DemoKeyError,
    DemoStampError,
    SigningKeyNotFoundError,
    SigningKeyError,
    SigningKeyExpiredError,
    TokenPinError,
    TokenLockedError,
)


class UnsignablePdfError(InputError):
    """The PDF is broken, encrypted or already has a field of this name."""

    code = "pdf-not-signable"


class UnsignablePaperError(UnsignablePdfError):
    """What is to be handed out for signing is no PDF, broken, encrypted, or too much to read."""

    code = "paper-not-signable"


class SignatureBrokenError(IntegrityViolationError):
    """What was just signed does not verify; nothing was written."""


class TimestampUrlError(InputError):
    """The address of the time-stamp service is none of the web."""


class TimestampUnavailableError(BackendError):
    """The time-stamp authority did not answer, or not with a valid token."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a certificate names.

    ``identifier`` is ``MST:…`` for an agency or ``CCCD:…`` for a person, as Vietnamese
    authorities write it into the certificate; empty if the certificate has none.
    """

    name: str
    organization: str
    kind: SignerKind
    identifier: str = ""
    unit: str = ""
    title: str = ""
    locality: str = ""


@dataclass(frozen=True, slots=True)
class KeyCertificate:
    """A certificate: whom it names, and from when to when.

    ``sha256`` is that of its DER bytes; ``chain`` are the certificates beside it, DER, unordered.
    """

    subject: Subject
    issuer: str
    sha256: str
    valid_from: dt.datetime
    valid_to: dt.datetime
    der: bytes
    chain: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class VisibleMark:
    """A picture of the signature on a page.

    ``picture`` is a one-page PDF/A that fills ``box`` (left, bottom, right, top, in points from
    the lower left corner of the page); ``page`` counts from 0, and from the end if negative.
    """

    page: int
    box: tuple[int, int, int, int]
    picture: bytes


class Signer(Protocol):
    """One key with its certificate. Opened once; threads may share it.

    A key on a token signs for one of them at a time; it is opened again in a forked process, and
    after the token was taken out and put back.
    """

    @property
    def subject(self) -> Subject:
        """Whom the certificate names."""

    @property
    def certificate(self) -> KeyCertificate:
        """The certificate, with its dates and those beside it."""

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
        """Add a PAdES signature to a PDF/A and write the result to ``target``, whole or not at all.

        What ``source`` holds stays byte for byte at the start of ``target``; earlier signatures
        stay valid, and PDF/A stays PDF/A. The result was verified when this returns.

        Args:
            source: the PDF; may itself be signed. Not changed.
            target: may already exist; then it is replaced.
            field: name of the signature field; must not be taken. Where ``source`` has an empty
                one of this name, the signature stands there.
            reason: why it was signed; shown by PDF viewers.
            location: where; shown by PDF viewers.
            visible: a picture on a page; without it the signature cannot be seen on paper.
            at: the signing time to claim, aware; the moment if not given.

        Raises:
            UnsignablePdfError: ``source`` is no PDF, is encrypted, or has such a field.
            SigningKeyExpiredError: the certificate is not valid now, or not at ``at``.
            SignatureBrokenError: the result does not verify.
            TokenAwayError: the token that holds the key is not there.
            TokenPinError, TokenLockedError: it refuses the PIN; that is told, and not tried again.
            TimestampUnavailableError: a time stamp is wanted and there is none.
        """

    def sign_bytes(self, data: bytes) -> bytes:
        """The bare signature of ``data`` over its SHA-256; by an RSA key that of PKCS#1 v1.5.

        Raises:
            SigningKeyExpiredError: the certificate is not valid now.
            TokenAwayError, TokenPinError, TokenLockedError: see ``sign_pdf``.
        """
