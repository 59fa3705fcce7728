"""XML signatures: made by signxml and by us, checked in one pass without the tree."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import SignatureFinder
from archive_service.signing.xml.signature import XmlSignatureReport, check_signature
from archive_service.signing.xml.signing import sign_xml

SENT_AT = dt.datetime(2025, 8, 1, 2, tzinfo=dt.UTC)
XML = """<?xml version="1.0" encoding="utf-8"?>
<e:edXML xmlns:e="http://www.mic.gov.vn/TBT/QCVN_102_2016"><e:Head><e:Subject>Về việc nộp &amp; lưu
</e:Subject></e:Head><!-- ghi chú --><e:Body a="1" b='"'/></e:edXML>"""


class OldSigner(XMLSigner):
    """signxml as it signed when SHA-1 was still allowed."""

    def check_deprecated_methods(self) -> None:
        """Old packets bear it."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    authority = DemoAuthority.open_or_make(folder / "authority")
    agency = Subject("Sở Nội vụ", "Sở Nội vụ", SignerKind.AGENCY, "MST:0600000000")
    authority.issue_key(agency, folder / "sender.p12")
    return folder


@pytest.fixture(scope="module")
def trust(keys: Path) -> Trust:
    return Trust.read(keys / "authority")


def signed_by_signxml(
    keys: Path,
    digest: str = "sha256",
    c14n: CanonicalizationMethod = CanonicalizationMethod.CANONICAL_XML_1_0,
) -> bytes:
    phrase = (keys / "sender.pass").read_bytes().strip()
    key, own, chain = pkcs12.load_key_and_certificates((keys / "sender.p12").read_bytes(), phrase)
    assert key is not None
    assert own is not None
    signer = OldSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod[f"RSA_{digest.upper()}"],
        digest_algorithm=DigestAlgorithm[digest.upper()],
        c14n_algorithm=c14n,
    )
    pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in (own, *chain))
    root = etree.fromstring(XML.encode())
    return etree.tostring(signer.sign(root, key=key, cert=pem.decode()))  # type: ignore[arg-type]  # a private key of any kind


def checked(document: bytes, trust: Trust, at: dt.datetime = SENT_AT) -> XmlSignatureReport:
    finder = SignatureFinder()
    read_events(io.BytesIO(document), finder)
    (found,) = finder.found
    return check_signature(lambda: io.BytesIO(document), found, trust, at=at)


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize(
    "c14n",
    [
        CanonicalizationMethod.CANONICAL_XML_1_0,
        CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ],
)
def test_what_signxml_signed_holds(
    keys: Path, trust: Trust, digest: str, c14n: CanonicalizationMethod
) -> None:
    report = checked(signed_by_signxml(keys, digest, c14n=c14n), trust)
    assert (report.intact, report.valid, report.trusted, report.weak) == (True, True, True, False)
    assert report.signer == "Sở Nội vụ"
    assert report.algorithm == f"rsa-{digest}"


def test_an_old_signature_by_sha1_is_checked_and_told_as_weak(keys: Path, trust: Trust) -> None:
    report = checked(signed_by_signxml(keys, "sha1"), trust)
    assert (report.intact, report.valid, report.trusted, report.weak) == (True, True, True, True)


def test_a_changed_letter_is_seen(keys: Path, trust: Trust) -> None:
    document = signed_by_signxml(keys).replace(b'a="1"', b'a="2"')
    report = checked(document, trust)
    assert (report.intact, report.valid, report.trusted) == (False, True, False)


def test_a_changed_digest_is_not_what_was_signed(keys: Path, trust: Trust) -> None:
    document = signed_by_signxml(keys)
    at = document.index(b"DigestValue>") + len(b"DigestValue>")
    other = b"A" if document[at : at + 1] != b"A" else b"B"
    report = checked(document[:at] + other + document[at + 1 :], trust)
    assert (report.intact, report.valid) == (False, False)


def test_an_authority_that_nobody_knows_is_not_trusted(keys: Path) -> None:
    report = checked(signed_by_signxml(keys), Trust.none())
    assert (report.intact, report.valid, report.trusted) == (True, True, False)


def test_the_certificate_is_judged_at_the_moment_of_sending(keys: Path, trust: Trust) -> None:
    before = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
    assert not checked(signed_by_signxml(keys), trust, before).trusted


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d.replace(b'URI=""', b'URI="http://example.invalid/x"'), "Reference http"),
        (lambda d: d.replace(b"xmldsig-more#rsa-sha256", b"xmldsig#unheard"), "SignatureMethod"),
        (lambda d: d.replace(b"REC-xml-c14n-20010315", b"REC-xslt-19991116"), "Transform"),
        (lambda d: d.replace(b"X509Certificate>", b"X509Nothing>"), "X509Certificate"),
    ],
)
def test_what_is_not_known_here_is_said_and_nothing_is_fetched(
    keys: Path, trust: Trust, spoil: Callable[[bytes], bytes], told: str
) -> None:
    report = checked(spoil(signed_by_signxml(keys)), trust)
    assert report.trouble.startswith(told)
    assert not report.valid


def test_what_we_sign_holds_for_us_and_for_signxml(keys: Path, trust: Trust) -> None:
    root = etree.fromstring(XML.encode())
    document = sign_xml(root, root[0], open_pkcs12("pkcs12:sender.p12", home=keys)).read()
    report = checked(document, trust)
    assert (report.trusted, report.weak, report.algorithm) == (True, False, "rsa-sha256")
    roots = keys / "root.pem"
    authority = DemoAuthority.open_or_make(keys / "authority")
    from cryptography import x509

    root_certificate = x509.load_der_x509_certificate(authority.root_certificate())
    roots.write_bytes(root_certificate.public_bytes(Encoding.PEM))
    XMLVerifier().verify(
        document,
        ca_pem_file=str(roots),
        expect_config=SignatureConfiguration(location=".//"),
    )
