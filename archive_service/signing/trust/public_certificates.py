"""Certificates out of a file: PEM, one or several, or DER."""

from archive_service.errors import InputError
from archive_service.log import logger
from archive_service.signing.port import KeyCertificate
from archive_service.signing.trust.subject import certificate_of


class CertificateFileError(InputError):
    """The file holds no certificate that can be read, or something else beside one: ``reason``.

    ``key``, ``other`` or ``unreadable``.
    """


def read_certificates(data: bytes, *, name: str) -> list[KeyCertificate]:
    """Those of a file, in its order; private keys and all else are refused.

    Raises:
        CertificateFileError: ``name`` of the file and what is wrong with it.
    """
    from asn1crypto import pem, x509

    try:
        if not pem.detect(data):
            return [certificate_of(x509.Certificate.load(data, strict=True))]
        found = []
        for kind, _, der in pem.unarmor(data, multiple=True):
            if kind != "CERTIFICATE":
                reason = "key" if kind.endswith("PRIVATE KEY") else "other"
                raise CertificateFileError(file=name, reason=reason)
            found.append(certificate_of(x509.Certificate.load(der, strict=True)))
    except (ValueError, TypeError, KeyError) as wrong:
        logger().info("certificate-file", file=name, reason=str(wrong)[:200])
        raise CertificateFileError(file=name, reason="unreadable") from None
    return found
