"""A signature that names its certificate is judged by that one (XAdES)."""

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.inspect import inspect_xml_signatures
from tests.worlds.ingest import signed_files as files
from tests.worlds.simulated_signing import Hierarchy, Party, day

AT = day(2025, 3, 3)
BY = {"sha256": "http://www.w3.org/2001/04/xmlenc#sha256", "md2": "urn:md2"}


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


def invoice(who: Party, named: Party, *, digest: str = "sha256", before: bytes = b"") -> str:
    """Signed by ``who``, with properties that name the certificate of ``named``."""
    value = base64.b64encode(hashlib.sha256(named.der).digest()).decode()
    certificate = (
        f'<CertDigest><DigestMethod Algorithm="{BY[digest]}"/>'
        f"<DigestValue>{value}</DigestValue></CertDigest>"
    )
    properties = (
        '<Object><QualifyingProperties><SignedProperties Id="props"><SignedSignatureProperties>'
        f"<SigningCertificateV2><Cert>{certificate}</Cert></SigningCertificateV2>"
        "</SignedSignatureProperties></SignedProperties></QualifyingProperties></Object>"
    )
    part = properties[properties.index("<SignedP") : properties.index("</Qual")]
    part = part.replace(" Id=", f' xmlns="{files.DSIG}" Id=', 1)
    data = files.INVOICE[files.INVOICE.index("<DLHDon") : files.INVOICE.index("<DSCKS")]
    references = [
        files.reference("#data", files.canonical(data)),
        files.reference("#props", files.canonical(part)),
    ]
    made = files.signature(who, references, properties, before=[before] if before else ())
    return files.INVOICE.replace("<NBan>", f"<NBan>{made}")


def judged(authority: Hierarchy, path: Path, xml: str) -> SignatureReport:
    path.write_text(xml, encoding="utf-8")
    lists = authority.root_crl(at=AT), authority.crl(at=AT)
    trust = Trust(roots=(authority.root.der,), revocations=lists)
    (report,) = inspect_xml_signatures(path, trust, AT)
    return report


def test_another_certificate_of_the_same_key_is_not_put_in_its_place(
    authority: Hierarchy, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    signer = authority.person("Trần Minh Khôi", since=day(2020), until=day(2030), key=key)
    other = authority.person("Người Khác", since=day(2020), until=day(2030), key=key)
    report = judged(authority, tmp_path / "a.xml", invoice(signer, signer))
    assert (report.outcome, report.signer) == (Outcome.VALID, "Trần Minh Khôi")
    report = judged(authority, tmp_path / "a.xml", invoice(other, signer))
    assert (report.outcome, report.errors) == (Outcome.INVALID, ("signature-invalid",))
    both = invoice(signer, signer, before=other.der)  # the one that it names counts
    report = judged(authority, tmp_path / "a.xml", both)
    assert (report.outcome, report.signer) == (Outcome.VALID, "Trần Minh Khôi")


def test_a_name_by_a_digest_that_is_not_known_is_not_judged(
    authority: Hierarchy, tmp_path: Path
) -> None:
    signer = authority.person(since=day(2020), until=day(2030))
    report = judged(authority, tmp_path / "a.xml", invoice(signer, signer, digest="md2"))
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("algorithm-unknown",))


def test_a_signed_document_within_names_the_certificate_of_its_own_signer(
    authority: Hierarchy, tmp_path: Path
) -> None:
    signer = authority.person(since=day(2020), until=day(2030))
    other = authority.person("Người Khác", since=day(2020), until=day(2030))
    enclosed = f'<Object Id="enclosed">{invoice(other, other)}</Object>'
    digested = files.canonical(enclosed.replace(" Id=", f' xmlns="{files.DSIG}" Id=', 1))
    made = files.signature(signer, [files.reference("#enclosed", digested)], enclosed)
    report = judged(authority, tmp_path / "a.xml", made)
    assert (report.outcome, report.signer) == (Outcome.VALID, "Trần Minh Khôi")
