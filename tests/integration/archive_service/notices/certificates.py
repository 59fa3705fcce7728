"""A certificate authority of a test, and certificates of servers that it vouches for."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive_service import clock

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class TestAuthority:
    """Its root lies in ``root``, which clients are told to trust."""

    __test__ = False
    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, folder: Path) -> "TestAuthority":
        """A new one, with its root written below ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")])
        made = _begun(name, name, key, clock.now() + 30 * DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        authority = cls(folder, key, made.sign(key, hashes.SHA256()))
        authority.root.write_bytes(_pem(authority.certificate))
        return authority

    @property
    def root(self) -> Path:
        """The root's certificate."""
        return self.folder / "root.pem"

    def server(
        self, host: str = "127.0.0.1", *, until: dt.datetime | None = None
    ) -> ssl.SSLContext:
        """What a server needs that goes by this address, till ``until``."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        ends = until or clock.now() + 10 * DAY
        made = _begun(name, self.certificate.subject, key, ends).add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        chain = self.folder / f"server-{host}-{ends:%Y%m%d%H%M%S}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        chain.write_bytes(private + _pem(made.sign(self.key, hashes.SHA256())))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chain)
        return context


def _begun(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - 60 * DAY)
        .not_valid_after(ends)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
