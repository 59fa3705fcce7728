"""Signatures that somebody altered, wrapped or dressed up: none of them is good."""

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from archive_service import clock
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.report import Outcome
from archive_service.signing.port import Signer, SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import DSIG, SignatureFinder
from archive_service.signing.xml.signature import XmlSignatureReport, check_signature
from archive_service.signing.xml.signing import sign_xml

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
TRANSFORM = f'<ds:Transform Algorithm="{C14N}"/></ds:Transforms>'
Change = Callable[[str], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    authority = DemoAuthority.open_or_make(folder / "authority")
    for name in ("own", "other"):
        subject = Subject(f"Lưu trữ {name}", "Lưu trữ", SignerKind.AGENCY, "MST:0600000000")
        authority.issue_key(subject, folder / f"{name}.p12")
    return folder


@pytest.fixture(scope="module")
def document(folder: Path) -> str:
    return signed_by(open_pkcs12("pkcs12:own.p12", home=folder))


def signed_by(signer: Signer) -> str:
    root = etree.fromstring(
        '<m:message xmlns:m="urn:m" xmlns:u="urn:u" a="1"><m:head/></m:message>'
    )
    items = [b'<m:item code="H1"></m:item>', b'<m:item code="H2"></m:item>']
    return sign_xml(root, root[0], signer, more=items).read().decode()


def reports(document: str, trust: Trust | None = None) -> list[XmlSignatureReport]:
    data, finder = document.encode(), SignatureFinder()
    read_events(io.BytesIO(data), finder)
    judging = {"trust": trust or Trust.none(), "at": clock.now()}
    return [check_signature(lambda: io.BytesIO(data), one, **judging) for one in finder.found]  # type: ignore[arg-type]  # both by their names


def is_good(report: XmlSignatureReport) -> bool:
    return report.intact and report.valid


def replacing(old: str, new: str) -> Change:
    def change(document: str) -> str:
        assert old in document
        return document.replace(old, new, 1)

    return change


def test_as_it_was_signed_it_is_good_and_trusted(folder: Path, document: str) -> None:
    (report,) = reports(document, Trust.read(folder / "authority"))
    assert is_good(report)
    assert (report.trusted, report.trouble) == (True, "")


WRAPPED: dict[str, Change] = {
    "in another document": lambda text: f"<x>{text.partition('?>')[2]}</x>",
    "beside a further item": replacing("</m:message>", '<m:item code="H3"></m:item></m:message>'),
    "without an item": replacing('<m:item code="H2"></m:item>', ""),
    "with items in another order": lambda text: re.sub(
        "(<m:item.*?</m:item>)(<m:item.*?</m:item>)", r"\2\1", text
    ),
    "with another value": replacing('a="1"', 'a="2"'),
    "with a text": replacing("</m:message>", "H3</m:message>"),
    "moved to another place": lambda text: re.sub(
        "<ds:Signature .*</ds:Signature>", "", text, flags=re.DOTALL
    ).replace(
        "</m:message>",
        "<m:item>"
        + re.findall("<ds:Signature .*</ds:Signature>", text, re.DOTALL)[0]
        + "</m:item></m:message>",
    ),
}


@pytest.mark.parametrize("how", WRAPPED)
def test_another_document_around_it_is_not_what_was_signed(document: str, how: str) -> None:
    (report,) = reports(WRAPPED[how](document))
    assert (report.intact, report.valid, report.outcome) == (False, True, Outcome.BROKEN)


OTHER: dict[str, Change] = {
    "algorithm of the signature": replacing("#rsa-sha256", "#rsa-sha512"),
    "weak algorithm of the signature": replacing(RSA_SHA256, f"{DSIG}rsa-sha1"),
    "algorithm of the digest": replacing("xmlenc#sha256", "xmlenc#sha512"),
    "canonical form": replacing(
        f'Method Algorithm="{C14N}"', 'Method Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"'
    ),
    "transforms": replacing(f'<ds:Transform Algorithm="{C14N}"/>', ""),
    "words in it": replacing("<ds:Reference", "x<ds:Reference"),
    "namespace around it": replacing('xmlns:u="urn:u"', 'xmlns:u="urn:v"'),
    "prefix of it": replacing("<ds:SignedInfo>", '<ds:SignedInfo xmlns:v="urn:v">'),
    "reference beside its own": replacing(
        "</ds:SignedInfo>",
        '<ds:Reference URI=""><ds:DigestMethod'
        ' Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>",
    ),
}


@pytest.mark.parametrize("what", OTHER)
def test_another_signed_info_was_signed_by_nobody(document: str, what: str) -> None:
    (report,) = reports(OTHER[what](document))
    assert (report.trouble, report.valid, is_good(report)) == ("", False, False)


UNKNOWN: dict[str, tuple[Change, str]] = {
    "a key that both know": (
        replacing(RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        "SignatureMethod",
    ),
    "a path": (
        replacing(
            TRANSFORM,
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
            "<ds:XPath>not(//m:item)</ds:XPath></ds:Transform></ds:Transforms>",
        ),
        "Transform",
    ),
    "a style sheet": (
        replacing(
            TRANSFORM,
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'
            "</ds:Transforms>",
        ),
        "Transform",
    ),
    "base64": (
        replacing(TRANSFORM, f'<ds:Transform Algorithm="{DSIG}base64"/></ds:Transforms>'),
        "Transform",
    ),
    "a file": (replacing('URI=""', 'URI="file:///etc/passwd"'), "Reference file"),
    "a network": (replacing('URI=""', 'URI="http://127.0.0.1:9/"'), "Reference http"),
    "no place": (replacing(' URI=""', ""), "Reference"),
    "nothing": (
        lambda text: re.sub("<ds:Reference .*</ds:Reference>", "", text, flags=re.DOTALL),
        "Reference",
    ),
    "two things": (
        replacing("</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo></ds:SignedInfo>"),
        "SignedInfo",
    ),
    "something of another namespace first": (
        replacing("<ds:SignedInfo>", '<x:SignedInfo xmlns:x="urn:x"/><ds:SignedInfo>'),
        "SignedInfo",
    ),
    "something of another namespace alone": (
        lambda text: text.replace("<ds:SignedInfo>", '<x:SignedInfo xmlns:x="urn:x">').replace(
            "</ds:SignedInfo>", "</x:SignedInfo>"
        ),
        "",
    ),
    "two values": (
        replacing("</ds:SignatureValue>", "</ds:SignatureValue><ds:SignatureValue/>"),
        "SignatureValue",
    ),
    "no value": (
        lambda text: re.sub("<ds:SignatureValue>.*?<", "<ds:SignatureValue><", text),
        "",
    ),
    "a prefix that nothing declares": (
        replacing("<ds:SignatureValue>", "<y:z/><ds:SignatureValue>"),
        "",
    ),
    "no certificate": (replacing("<ds:KeyInfo>", "<ds:KeyInfo/><ds:Object>"), ""),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_nobody_can_check_is_told_and_is_not_good(document: str, what: str) -> None:
    change, trouble = UNKNOWN[what]
    altered = change(document)
    if what == "no certificate":
        altered = altered.replace("</ds:KeyInfo>", "</ds:Object>", 1)
    (report,) = reports(altered)
    assert report.trouble or not report.valid
    assert report.trouble.startswith(trouble)
    assert not is_good(report)


def test_a_part_alone_is_told_as_a_part(document: str) -> None:
    (report,) = reports(document.replace('URI=""', 'URI="#a"'))
    assert (report.outcome, is_good(report)) == (Outcome.PARTIAL, False)


def test_a_comment_changes_nothing_of_what_was_signed(document: str) -> None:
    at = document.index("<ds:DigestValue>") + 20
    (report,) = reports(document[:at] + "<!-- ghi chú -->" + document[at:])
    assert is_good(report)
    (report,) = reports(document.replace('<m:item code="H1">', '<!-- x --><m:item code="H1">'))
    assert is_good(report)


def test_another_signature_beside_it_does_not_make_it_good(folder: Path, document: str) -> None:
    (further,) = re.findall("<ds:Signature .*</ds:Signature>", document, re.DOTALL)
    both = reports(document.replace("</m:message>", f"{further}</m:message>"))
    assert [is_good(one) for one in both] == [False, False]


def test_it_is_by_the_key_of_its_certificate_and_of_no_other(folder: Path, document: str) -> None:
    other = open_pkcs12("pkcs12:other.p12", home=folder).certificate.der
    encoded = base64.b64encode(other).decode()
    swapped = re.sub(
        "<ds:X509Certificate>[^<]*", f"<ds:X509Certificate>{encoded}", document, count=1
    )
    (report,) = reports(swapped)
    assert (report.signer, report.valid) == ("Lưu trữ other", False)


def test_a_bare_key_beside_the_certificate_has_to_be_its_own(folder: Path, document: str) -> None:
    for name, is_its_own in (("own", True), ("other", False)):
        der = open_pkcs12(f"pkcs12:{name}.p12", home=folder).certificate.der
        key = x509.load_der_x509_certificate(der).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        numbers = key.public_numbers()
        modulus, exponent = (
            base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
            for number in (numbers.n, numbers.e)
        )
        value = (
            f"<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus>"
            f"<ds:Exponent>{exponent}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
        )
        (report,) = reports(document.replace("<ds:KeyInfo>", value))
        assert (is_good(report), bool(report.trouble)) == (is_its_own, not is_its_own)
