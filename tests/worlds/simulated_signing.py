"""A certificate authority over simulated dates: who signed when, expired when, revoked when."""

import asyncio
import datetime as dt
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import keys as asn1_keys
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.stamp import BaseStampStyle, TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from archive_service.signing.pdf.pyhanko_adapters import DatedPdfSigner
from tests.worlds.drawn_stamp import drawn

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def day(year: int, month: int = 1, number: int = 1) -> dt.datetime:
    """Noon of a day, UTC."""
    return dt.datetime(year, month, number, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Party:
    """A key with its certificate, and the certificates between it and its root."""

    key: Key
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


@dataclass
class Hierarchy:
    """A root, an authority below it, and what that one issued and revoked."""

    name: str = "Thử nghiệm"
    since: dt.datetime = field(default_factory=lambda: day(2015))
    until: dt.datetime = field(default_factory=lambda: day(2045))
    address: str = ""  # where it answers: /crl and /ocsp
    curve: ec.EllipticCurve = field(default_factory=ec.SECP256R1)  # of P-521 it signs by SHA-512

    def __post_init__(self) -> None:
        root = ec.generate_private_key(self.curve)
        own = _issued(
            _named(f"{self.name} - Gốc"), root, root, None, (self.since, self.until), path_length=1
        )
        self.root = Party(root, own)
        self.issuing = self._below(f"{self.name} - Cấp", path_length=0)
        self.stamps = self.stamping(self.until)

    def person(
        self,
        name: str = "Trần Minh Khôi",
        *,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        key: Key | None = None,
        mail: str = "",
    ) -> Party:
        """A certificate of a person at the agency."""
        subject = _named(name, "Sở Công trình tỉnh Sơn Lam", "CCCD:000000000118", "Giám đốc", mail)
        return self._party(subject, since or self.since, until or self.until, key=key)

    def agency(self, name: str = "Sở Công trình tỉnh Sơn Lam") -> Party:
        """A certificate of an agency."""
        return self._party(_named(name, name, "MST:9900000018"), self.since, self.until)

    def stamping(self, until: dt.datetime) -> Party:
        """A certificate for time stamps."""
        key = rsa.generate_private_key(65537, 2048)  # all that pyHanko's stamper takes
        subject = _named(f"{self.name} - Thời gian")
        return self._party(subject, self.since, until, key=key, stamps=True)

    def crl(
        self,
        revoked: dict[int, dt.datetime] | None = None,
        *,
        at: dt.datetime,
        until: dt.datetime | None = None,
        issuer: Party | None = None,
        key: Key | None = None,
        reason: x509.ReasonFlags | None = None,
    ) -> bytes:
        """A revocation list made at ``at``: serial numbers with their moments; DER."""
        issuer = issuer or self.issuing
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(at)
            .next_update(until or at + dt.timedelta(days=7))
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for serial, moment in (revoked or {}).items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        made = builder.sign(key or issuer.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.DER)

    def root_crl(self, *, at: dt.datetime) -> bytes:
        """The root's own list: nothing on it."""
        return self.crl(at=at, issuer=self.root)

    def ocsp(self, of: Party, *, at: dt.datetime, revoked_at: dt.datetime | None = None) -> bytes:
        """An OCSP response about a certificate, by its issuer; DER."""
        status = ocsp.OCSPCertStatus.GOOD if revoked_at is None else ocsp.OCSPCertStatus.REVOKED
        made = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=of.certificate,
                issuer=self.issuing.certificate,
                algorithm=hashes.SHA256(),
                cert_status=status,
                this_update=at,
                next_update=at + dt.timedelta(days=1),
                revocation_time=revoked_at,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.issuing.certificate)
            .sign(self.issuing.key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.DER)

    def stamper(self, at: dt.datetime | None, by: Party | None = None) -> DummyTimeStamper:
        """Time stamps of this hierarchy, all of the same moment; ``None`` is now."""
        by = by or self.stamps
        chain = _store(by.above)
        return DummyTimeStamper(_parsed(by.certificate), _private(by.key), chain, fixed_dt=at)

    def _below(self, name: str, *, path_length: int) -> Party:
        key = ec.generate_private_key(self.curve)
        made = _issued(
            _named(name), key, self.root.key, self.root, (self.since, self.until), path_length
        )
        return Party(key, made)

    def _party(
        self,
        subject: x509.Name,
        since: dt.datetime,
        until: dt.datetime,
        *,
        key: Key | None = None,
        stamps: bool = False,
    ) -> Party:
        key = key or ec.generate_private_key(ec.SECP256R1())
        issuer = self.issuing
        made = _issued(
            subject, key, issuer.key, issuer, (since, until), None, stamps=stamps, at=self.address
        )
        return Party(key, made, (issuer.certificate,))


def sign(
    source: Path,
    target: Path,
    who: Party,
    *,
    at: dt.datetime,
    name: str = "Signature1",
    stamper: DummyTimeStamper | None = None,
    digest: str = "sha256",
    room: int | None = None,
) -> Path:
    """Sign as of ``at``, by the signer's own word, with a time stamp if there is a ``stamper``.

    Args:
        room: hexadecimal digits that are left for the signature; as many as it needs if not given.
    """
    metadata = PdfSignatureMetadata(
        field_name=name, md_algorithm=digest, subfilter=SigSeedSubFilter.PADES
    )
    document = io.BytesIO(source.read_bytes())
    pdf_signer = DatedPdfSigner(
        metadata, _signer(who), timestamper=stamper, new_field_spec=SigFieldSpec(name)
    )
    pdf_signer.claimed_at = at
    pdf_signer.sign_pdf(IncrementalPdfFileWriter(document), in_place=True, bytes_reserved=room)
    target.write_bytes(document.getvalue())
    return target


def sign_seen(
    source: Path,
    target: Path,
    who: Party,
    *,
    box: tuple[int, int, int, int],
    name: str = "B",
    drawing: bytes = b"",
) -> Path:
    """Sign with a picture on the first page: words on a white ground, or this ``drawing`` alone."""
    document = io.BytesIO(source.read_bytes())
    metadata = PdfSignatureMetadata(field_name=name, subfilter=SigSeedSubFilter.PADES)
    white = RawContent(b"1 1 1 rg 0 0 2000 2000 re f")
    style: BaseStampStyle = TextStampStyle(
        stamp_text="Da ky", background=white, background_opacity=1
    )
    if drawing:
        style = drawn(drawing, box)
    spec = SigFieldSpec(name, on_page=0, box=box)
    signer = PdfSigner(metadata, _signer(who), stamp_style=style, new_field_spec=spec)
    signer.sign_pdf(IncrementalPdfFileWriter(document), in_place=True)
    target.write_bytes(document.getvalue())
    return target


def free_objects(signed: Path, entry: bytes = b"0000000000 00001 f") -> None:
    """Append an update that frees an object which nothing names, or has ``entry`` for it."""
    data = signed.read_bytes()
    with pikepdf.open(signed) as pdf:
        size, root = int(pdf.trailer.Size), pdf.Root.objgen[0]
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    table = b"xref\n0 1\n%010d 65535 f \n%d 1\n%s \n" % (size, size, entry)
    trailer = b"trailer\n<</Size %d /Root %d 0 R /Prev %d>>\n" % (size + 1, root, before)
    end = b"startxref\n%d\n%%%%EOF\n" % len(data)
    signed.write_bytes(data + table + trailer + end)


def sign_less(signed: Path, who: Party, *, bytes_left_out: int) -> None:
    """Sign the same file anew, over a range that ends so many bytes before the file does."""
    with pikepdf.open(signed) as pdf:
        spans = [int(number) for number in pdf.Root.AcroForm.Fields[0].V.ByteRange]
    told = b"%d %d %d " % tuple(spans[:3])
    end = spans[3] - bytes_left_out
    data = signed.read_bytes().replace(told + b"%d" % spans[3], told + b"%d" % end)
    covered = data[: spans[1]] + data[spans[2] : spans[2] + end]
    made = asyncio.run(
        _signer(who).async_sign(hashlib.sha256(covered).digest(), "sha256", use_pades=True)
    )
    room = spans[2] - spans[1] - 2
    contents = made.dump().hex().encode().ljust(room, b"0")
    signed.write_bytes(data[: spans[1] + 1] + contents + data[spans[2] - 1 :])


def stamp_document(source: Path, target: Path, stamper: DummyTimeStamper) -> Path:
    """Put a document time stamp behind all that is there."""
    document = io.BytesIO(source.read_bytes())
    PdfTimeStamper(stamper).timestamp_pdf(
        IncrementalPdfFileWriter(document), "sha256", validation_paths=[], in_place=True
    )
    target.write_bytes(document.getvalue())
    return target


def add_evidence(
    source: Path,
    target: Path,
    *,
    certificates: Sequence[Party] = (),
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
) -> Path:
    """Append a DSS with these."""
    from asn1crypto import crl as asn1_crl
    from asn1crypto import ocsp as asn1_ocsp

    document = io.BytesIO(source.read_bytes())
    DocumentSecurityStore.add_dss(
        document,
        None,
        certs=[_parsed(certificate.certificate) for certificate in certificates],
        crls=[asn1_crl.CertificateList.load(der) for der in crls],
        ocsps=[asn1_ocsp.OCSPResponse.load(der) for der in ocsps],
    )
    target.write_bytes(document.getvalue())
    return target


def blank(target: Path) -> Path:
    """A PDF of one page."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.save(target)
    return target


def _signer(who: Party) -> SimpleSigner:
    return SimpleSigner(
        signing_cert=_parsed(who.certificate),
        signing_key=_private(who.key),
        cert_registry=_store(who.above),
    )


def _named(
    common: str,
    organization: str = "Cơ quan giả định",
    number: str = "",
    title: str = "",
    mail: str = "",
) -> x509.Name:
    pairs = [
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.ORGANIZATION_NAME, organization),
        (NameOID.COMMON_NAME, common),
        *((NameOID.TITLE, title), (NameOID.USER_ID, number), (NameOID.EMAIL_ADDRESS, mail)),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs if value])


def _issued(
    subject: x509.Name,
    key: Key,
    issuer_key: Key,
    issuer: Party | None,
    term: tuple[dt.datetime, dt.datetime],
    path_length: int | None = None,
    *,
    stamps: bool = False,
    at: str = "",
) -> x509.Certificate:
    usages = ("key_cert_sign", "crl_sign") if path_length is not None else ("digital_signature",)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(term[0])
        .not_valid_after(term[1])
        .add_extension(
            x509.BasicConstraints(ca=path_length is not None, path_length=path_length), True
        )
        .add_extension(_usage(*usages), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
    )
    if stamps:
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(uses, True)
    if at:
        builder = _answering(builder, at)
    is_strong = isinstance(getattr(issuer_key, "curve", None), ec.SECP521R1)
    return builder.sign(issuer_key, hashes.SHA512() if is_strong else hashes.SHA256())


def _answering(builder: x509.CertificateBuilder, address: str) -> x509.CertificateBuilder:
    """Says where to ask about the certificate."""
    list_at = [x509.UniformResourceIdentifier(f"{address}/crl")]
    points = [x509.DistributionPoint(list_at, None, None, None)]
    responder = x509.UniformResourceIdentifier(f"{address}/ocsp")
    access = [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, responder)]
    return builder.add_extension(x509.CRLDistributionPoints(points), False).add_extension(
        x509.AuthorityInformationAccess(access), False
    )


def _usage(*wanted: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{usage: usage in wanted for usage in every})


def _parsed(certificate: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _private(key: Key) -> Any:
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return asn1_keys.PrivateKeyInfo.load(pem.unarmor(text)[2])


def _store(certificates: Sequence[x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()
    store.register_multiple(_parsed(certificate) for certificate in certificates)
    return store
