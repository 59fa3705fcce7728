"""Signatures of a CMS that no attribute binds to what it signs."""

from pathlib import Path

import pytest
from asn1crypto import cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from archive_service import clock
from archive_service.signing.inspect import Bearer, ToJudge, inspect_file
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.finder import DSIG
from tests.worlds.simulated_signing import Hierarchy, Party, day

LETTER = b"12/Q\xc4\x90-UBND\n"


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


def judged(
    authority: Hierarchy, folder: Path, signature: bytes, content: bytes | None
) -> SignatureReport:
    now = clock.now()
    lists = authority.root_crl(at=now), authority.crl(at=now)
    (folder / "a.bin.p7s").write_bytes(signature)
    beside: tuple[tuple[str, Path], ...] = ()
    if content is not None:
        (folder / "a.bin").write_bytes(content)
        beside = (("a.bin", folder / "a.bin"),)
    file = ToJudge(folder / "a.bin.p7s", "a.bin.p7s", Bearer.CMS, beside)
    (report,) = inspect_file(file, Trust(roots=(authority.root.der,), revocations=lists), now)
    return report


def signed(who: Party) -> cms.ContentInfo:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(LETTER)
    assert isinstance(who.key, rsa.RSAPrivateKey)
    builder = builder.add_signer(who.certificate, who.key, hashes.SHA256())
    builder = builder.add_certificate(who.above[0])
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature]
    return cms.ContentInfo.load(builder.sign(Encoding.DER, options))


@pytest.mark.parametrize("place", ["beside", "within"])
def test_attributes_of_a_signature_are_no_content_of_another(
    authority: Hierarchy, tmp_path: Path, place: str
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    who = authority.person(since=day(2020), until=day(2040), key=key)
    whole = signed(who)
    assert judged(authority, tmp_path, whole.dump(), LETTER).outcome is Outcome.VALID
    signer = whole["content"]["signer_infos"][0]
    content = signer["signed_attrs"].copy().untag().dump()
    forged = whole.copy()
    fields = [name for name in signer if name not in ("signed_attrs", "unsigned_attrs")]
    bare = cms.SignerInfo({name: signer[name] for name in fields})
    held = forged["content"].copy()
    held["signer_infos"] = cms.SignerInfos([bare])
    if place == "within":
        inner = {"content_type": "data", "content": core.OctetString(content)}
        held["encap_content_info"] = cms.ContentInfo(inner)
    made = cms.ContentInfo({"content_type": "signed_data", "content": held}).dump()
    report = judged(authority, tmp_path, made, content if place == "beside" else None)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signed-attributes",))
    assert not report.trusted


def test_what_a_signature_in_xml_was_made_over_is_no_content(
    authority: Hierarchy, tmp_path: Path
) -> None:
    content = f'<SignedInfo xmlns="{DSIG}"><Reference URI=""></Reference></SignedInfo>'.encode()
    made = signed_bare(authority, content)
    report = judged(authority, tmp_path, made, content)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signed-attributes",))


def test_what_holds_more_than_a_signature_is_over_no_file(
    authority: Hierarchy, tmp_path: Path
) -> None:
    made = signed_bare(authority, LETTER)
    armoured = signed_bare(authority, LETTER, Encoding.PEM)
    for whole in (made, made + b"\0\0\n", armoured):
        report = judged(authority, tmp_path, whole, LETTER)
        assert (report.outcome, report.over) == (Outcome.VALID, ("a.bin",))
    for more in (made + b"\0and more", b"<html>" + armoured, armoured + b"and more"):
        report = judged(authority, tmp_path, more, LETTER)
        assert (report.outcome, report.over) == (Outcome.VALID, ())


def signed_bare(authority: Hierarchy, content: bytes, how: Encoding = Encoding.DER) -> bytes:
    """Over the content itself, without attributes."""
    party = authority.person(since=day(2020), until=day(2040))
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(party.certificate, party.key, hashes.SHA256())
    builder = builder.add_certificate(authority.issuing.certificate)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoAttributes]
    return builder.sign(how, [*options, pkcs7.PKCS7Options.Binary])


def test_attributes_hidden_from_the_eye_by_line_ends_are_no_content_either(
    authority: Hierarchy, tmp_path: Path
) -> None:
    """The text form of a file leaves out what stands at the end of a long line."""
    kinds = bytes.fromhex("06092a864886f70d010903"), bytes.fromhex("06092a864886f70d010904")
    content = b"\x31\x18" + b"".join(kinds)
    made = signed_bare(authority, content)
    for shown in (content, content[:5] + b"\r" * 1018 + content[5:]):
        report = judged(authority, tmp_path, made, shown)
        assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("signed-attributes",))


def test_a_key_that_signs_no_digest_is_not_called_broken(
    authority: Hierarchy, tmp_path: Path
) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = certificate_of(authority, key)
    parsed = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    digest = {"algorithm": "sha512"}
    number = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", number),
        "digest_algorithm": digest,
        "signature_algorithm": {"algorithm": "ed25519"},
        "signature": key.sign(LETTER),
    }
    held = {
        "version": "v1",
        "digest_algorithms": [digest],
        "encap_content_info": {"content_type": "data"},
        "certificates": [parsed],
        "signer_infos": [signer],
    }
    made = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(held)}).dump()
    report = judged(authority, tmp_path, made, LETTER)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("algorithm-unknown",))


def certificate_of(authority: Hierarchy, key: ed25519.Ed25519PrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Trần Minh Khôi")])
    builder = x509.CertificateBuilder(authority.issuing.certificate.subject, name)
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(day(2020)).not_valid_after(day(2040))
    return builder.sign(authority.issuing.key, hashes.SHA256())
