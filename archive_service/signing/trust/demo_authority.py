"""A certificate authority of our own for demonstrations and tests; worth nothing outside them."""

import datetime as dt
import os
import secrets
import warnings
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive_service.signing.port import KeyCertificate, SignerKind, Subject
from archive_service.signing.trust.roots import Trust, roots_above

KEY_BITS = 2048
NAME_LIMIT = 64
VALID_FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
VALID_TO = dt.datetime(2045, 1, 1, tzinfo=dt.UTC)
SHOWN_NAME = "Trung tâm Chứng thực số Thử nghiệm"

_ROOT, _ISSUING, _STAMPS = "root", "issuing", "timestamp"
_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class DemoAuthority:
    """A root, an authority under it that issues, a time-stamp key and an empty revocation list.

    Everything lies in one folder, keys readable by the owner alone. ``open_or_make`` is safe to
    repeat: what is there stays.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open_or_make(cls, folder: Path) -> "DemoAuthority":
        """The authority in ``folder``; made there if there is none."""
        authority = cls(folder)
        if not (folder / "revoked.crl").is_file():  # written last
            folder.mkdir(parents=True, exist_ok=True)
            authority._make()
        return authority

    def root_certificate(self) -> bytes:
        """The root, DER."""
        return self._certificate(_ROOT).public_bytes(serialization.Encoding.DER)

    def timestamp_identity(self) -> tuple[bytes, bytes, bytes]:
        """Key, its certificate and the issuer's, DER."""
        key = self._key(_STAMPS).private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        der = serialization.Encoding.DER
        return (
            key,
            self._certificate(_STAMPS).public_bytes(der),
            self._certificate(_ISSUING).public_bytes(der),
        )

    def issue_key(self, subject: Subject, target: Path) -> bool:
        """Make a key for ``subject`` at ``target`` (PKCS#12), its passphrase beside it (``.pass``).

        ``False``, and nothing done, if both are already there.
        """
        passphrase_file = target.with_suffix(".pass")
        if target.is_file() and passphrase_file.is_file():
            return False
        key = _new_key()
        certificate = self._issue(
            _name_of(subject), key.public_key(), issuer=_ISSUING, extensions=_leaf_extensions()
        )
        passphrase = secrets.token_urlsafe(24)
        packed = pkcs12.serialize_key_and_certificates(
            subject.name.encode(),
            key,
            certificate,
            [self._certificate(_ISSUING), self._certificate(_ROOT)],
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_private(passphrase_file, passphrase.encode() + b"\n")
        _write_private(target, packed)
        return True

    def _make(self) -> None:
        for who, issuer, shown, extensions in (
            (_ROOT, _ROOT, f"{SHOWN_NAME} - Gốc", _authority_extensions(path_length=1)),
            (_ISSUING, _ROOT, SHOWN_NAME, _authority_extensions(path_length=0)),
            (_STAMPS, _ISSUING, f"{SHOWN_NAME} - Thời gian", _timestamp_extensions()),
        ):
            key = _new_key()
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            _write_private(self.folder / f"{who}.key", pem)
            name = _name(
                (NameOID.COUNTRY_NAME, "VN"),
                (NameOID.ORGANIZATION_NAME, "Cơ quan giả định"),
                (NameOID.COMMON_NAME, shown),
            )
            certificate = self._issue(
                name, key.public_key(), issuer=issuer, extensions=extensions, own=issuer == who
            )
            pem = certificate.public_bytes(serialization.Encoding.PEM)
            (self.folder / f"{who}.crt").write_bytes(pem)
        self._write_revocation_lists()

    def _issue(
        self,
        name: x509.Name,
        public_key: rsa.RSAPublicKey,
        *,
        issuer: str,
        extensions: list[tuple[x509.ExtensionType, bool]],
        own: bool = False,
    ) -> x509.Certificate:
        signing_key = self._key(issuer)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if own else self._certificate(issuer).subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(VALID_FROM)
            .not_valid_after(VALID_TO)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
                critical=False,
            )
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signing_key, hashes.SHA256())

    def _write_revocation_lists(self) -> None:
        """Nothing is revoked; without the lists a validator could not know that."""
        for who, file in ((_ROOT, "root.crl"), (_ISSUING, "revoked.crl")):
            crl = (
                x509.CertificateRevocationListBuilder()
                .issuer_name(self._certificate(who).subject)
                .last_update(VALID_FROM)
                .next_update(VALID_TO)
                .add_extension(x509.CRLNumber(1), critical=False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key(who).public_key()),
                    critical=False,
                )
                .sign(self._key(who), hashes.SHA256())
            )
            (self.folder / file).write_bytes(crl.public_bytes(serialization.Encoding.DER))

    def issued(self, certificate: x509.Certificate) -> bool:
        """Whether the key of this authority made the certificate, whatever it is called."""
        try:
            certificate.verify_directly_issued_by(self._certificate(_ISSUING))
        except (OSError, ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _key(self, who: str) -> rsa.RSAPrivateKey:
        pem = (self.folder / f"{who}.key").read_bytes()
        # Our own key needs no proof of its primes; that takes longer than all the rest.
        key = serialization.load_pem_private_key(
            pem, password=None, unsafe_skip_rsa_key_validation=True
        )
        return cast(rsa.RSAPrivateKey, key)

    def _certificate(self, who: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / f"{who}.crt").read_bytes())


def is_toy(certificate: KeyCertificate, folder: Path, trust: Trust) -> bool:
    """Whether it was issued by the demo authority in ``folder``, or by another that nobody trusts.

    A test authority whose root a person laid into the trust is that person's decision.
    """
    if DemoAuthority(folder).issued(x509.load_der_x509_certificate(certificate.der)):
        return True
    return certificate.issuer == SHOWN_NAME and not roots_above(trust, certificate)


def trusts_trial(trust: Trust) -> bool:
    """Whether a root of such an authority counts, of this home or of another."""
    roots = (x509.load_der_x509_certificate(der) for der in trust.roots)
    named = (root.subject.get_attributes_for_oid(NameOID.COMMON_NAME) for root in roots)
    return any(str(name.value).startswith(SHOWN_NAME) for names in named for name in names)


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _name_of(subject: Subject) -> x509.Name:
    """As public authorities write it: the tax or identity number goes into UID."""
    return _name(
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.LOCALITY_NAME, subject.locality),
        (NameOID.ORGANIZATION_NAME, subject.organization),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, subject.unit),
        (NameOID.TITLE, subject.title if subject.kind is SignerKind.PERSON else ""),
        (NameOID.COMMON_NAME, subject.name),
        (NameOID.USER_ID, subject.identifier),
    )


def _name(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """The pairs that have a value, each cut to what RFC 5280 appendix A allows.

    The library's own check counts bytes, the standard counts characters: a Vietnamese name of
    60 characters is fine.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return x509.Name(
            [
                x509.NameAttribute(oid, value[:NAME_LIMIT], _validate=False)
                for oid, value in pairs
                if value
            ]
        )


def _key_usage(*wanted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in wanted for usage in _KEY_USAGES})


def _authority_extensions(*, path_length: int) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (_key_usage("key_cert_sign", "crl_sign"), True),
    ]


def _leaf_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage("digital_signature", "content_commitment"), True),
    ]


def _timestamp_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
    ]


def _write_private(path: Path, content: bytes) -> None:
    """Readable by the owner alone from its first byte on."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
