"""Whom we trust: the roots in ``config/trust``, and the demo authority's where there is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive_service.errors import InputError
from archive_service.signing.port import KeyCertificate

_CERTIFICATES = {".crt", ".cer", ".pem", ".der"}


class TrustFileError(InputError):
    """A file among the trusted roots that is no certificate or revocation list."""

    code = "trust-file-invalid"


@dataclass(frozen=True, slots=True)
class Trust:
    """Trusted roots, certificates that help to build a path, and revocation lists; all DER."""

    roots: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()

    @classmethod
    def none(cls) -> "Trust":
        """Nobody: signatures can be intact and valid, but not trusted."""
        return cls()

    @classmethod
    def read(cls, *folders: Path) -> "Trust":
        """Every certificate and revocation list in ``folders``; those missing are left out.

        A certificate that signed itself is a root, any other only helps to build a path.

        Raises:
            TrustFileError: a ``.crt .cer .pem .der .crl`` file that cannot be read as such.
        """
        roots: list[bytes] = []
        others: list[bytes] = []
        revocations: list[bytes] = []
        for file in _files(folders):
            if file.suffix.lower() == ".crl":
                revocations.append(_revocation_list(file))
                continue
            der, own = _certificate(file)
            (roots if own else others).append(der)
        return cls(tuple(roots), tuple(others), tuple(revocations))


def _files(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            known = _CERTIFICATES | {".crl"}
            yield from (file for file in sorted(folder.iterdir()) if file.suffix.lower() in known)


def _certificate(file: Path) -> tuple[bytes, bool]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    content = file.read_bytes()
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            certificate = x509.load_pem_x509_certificate(content)
        else:
            certificate = x509.load_der_x509_certificate(content)
    except ValueError as wrong:
        raise TrustFileError(file=file.as_posix(), reason=str(wrong)) from wrong
    own = certificate.issuer == certificate.subject
    return certificate.public_bytes(Encoding.DER), own


def _revocation_list(file: Path) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    content = file.read_bytes()
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            crl = x509.load_pem_x509_crl(content)
        else:
            crl = x509.load_der_x509_crl(content)
    except ValueError as wrong:
        raise TrustFileError(file=file.as_posix(), reason=str(wrong)) from wrong
    return crl.public_bytes(Encoding.DER)


def roots_above(trust: Trust, certificate: KeyCertificate) -> list[KeyCertificate]:
    """The trusted roots that a path from ``certificate`` leads to, by the names of issuers."""
    from asn1crypto import x509

    from archive_service.signing.subject import certificate_of

    between = [x509.Certificate.load(der) for der in (*certificate.chain, *trust.others)]
    roots = [x509.Certificate.load(der) for der in trust.roots]
    wanted = [x509.Certificate.load(certificate.der).issuer]
    found: list[KeyCertificate] = []
    seen = 0
    while seen < len(wanted):
        name = wanted[seen]
        seen += 1
        found += [certificate_of(root) for root in roots if root.subject == name]
        above = (one.issuer for one in between if one.subject == name)
        wanted += [issuer for issuer in above if issuer not in wanted]
    return found
