"""XML signatures over simulated dates: the outcomes are those of signatures in PDFs."""

import base64
import datetime as dt
import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from pyhanko.sign.timestamps import DummyTimeStamper
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

from archive_service.signing.pdf.report import Outcome, Proof
from archive_service.signing.trust.roots import Anchor, AnchorRole, Trust
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import SignatureFinder
from archive_service.signing.xml.references import ENVELOPED
from archive_service.signing.xml.signature import XmlSignatureReport, check_signature
from tests.worlds.ingest import signed_files
from tests.worlds.simulated_signing import Hierarchy, Party, day

SIGNED, REVOKED, NOW = day(2021, 3), day(2022, 6), day(2026, 11)
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
XML = """<e:edXML xmlns:e="http://www.mic.gov.vn/TBT/QCVN_102_2016">
<e:Head>Văn bản</e:Head></e:edXML>""".encode()


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def person(authority: Hierarchy) -> Party:
    key = rsa.generate_private_key(65537, 2048)
    return authority.person(since=day(2020), until=day(2030), key=key)


def signed(
    who: Party,
    *,
    stamper: DummyTimeStamper | None = None,
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
) -> bytes:
    """The document with an enveloped signature, a time stamp and revocation values of XAdES."""
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    pem = b"".join(
        certificate.public_bytes(Encoding.PEM) for certificate in (who.certificate, *who.above)
    )
    root = signer.sign(etree.fromstring(XML), key=who.key, cert=pem.decode())
    signature = root.find(f"{_DS}Signature")
    assert signature is not None
    properties = signature
    for name in (f"{_DS}Object", "QualifyingProperties", "UnsignedProperties"):
        tag = name if name.startswith("{") else _XADES + name
        properties = etree.SubElement(properties, tag)
    properties = etree.SubElement(properties, f"{_XADES}UnsignedSignatureProperties")
    if stamper is not None:
        value = signature.find(f"{_DS}SignatureValue")
        assert value is not None
        stamp = etree.SubElement(properties, f"{_XADES}SignatureTimeStamp")
        written = etree.tostring(value, method="c14n", with_tail=False)
        _text(stamp, "EncapsulatedTimeStamp", token(stamper, written))
    revocation = etree.SubElement(properties, f"{_XADES}RevocationValues")
    for group, name, found in (
        ("CRLValues", "EncapsulatedCRLValue", crls),
        ("OCSPValues", "EncapsulatedOCSPValue", ocsps),
    ):
        values = etree.SubElement(revocation, _XADES + group)
        for der in found:
            _text(values, name, der)
    return etree.tostring(root)


def token(stamper: DummyTimeStamper, written: bytes) -> bytes:
    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": {"algorithm": "sha256"},
            "hashed_message": hashlib.sha256(written).digest(),
        }
    )
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
    made = stamper.request_tsa_response(asked)["time_stamp_token"]
    return bytes(made.dump())


def _text(parent: etree._Element, name: str, der: bytes) -> None:
    etree.SubElement(parent, _XADES + name).text = base64.encodebytes(der).decode()


def trusting(authority: Hierarchy, *crls: bytes, anchors: tuple[Anchor, ...] = ()) -> Trust:
    own = authority.root_crl(at=day(2026, 10))
    return Trust(roots=(authority.root.der,), revocations=(own, *crls), anchors=anchors)


def revoking(authority: Hierarchy, who: Party, at: dt.datetime) -> bytes:
    return authority.crl({who.certificate.serial_number: at}, at=at + dt.timedelta(days=1))


def judged(document: bytes, trust: Trust, *, at: dt.datetime = SIGNED) -> XmlSignatureReport:
    finder = SignatureFinder()
    read_events(io.BytesIO(document), finder)
    (found,) = finder.found
    report = check_signature(lambda: io.BytesIO(document), found, trust, at=at, now=NOW)
    assert (report.trouble, report.intact, report.valid) == ("", True, True)
    return report


def test_it_is_valid_where_a_list_vouches_for_the_certificate(
    authority: Hierarchy, person: Party
) -> None:
    report = judged(signed(person), trusting(authority, authority.crl(at=day(2026, 10))))
    assert (report.outcome, report.proof, report.trusted) == (Outcome.VALID, Proof.CLAIMED, True)


def test_without_a_list_nobody_knows_whether_it_was_revoked(
    authority: Hierarchy, person: Party
) -> None:
    report = judged(signed(person), Trust(roots=(authority.root.der,)))
    assert (report.outcome, report.trusted) == (Outcome.VALID_UNCHECKED, True)


def test_one_revoked_before_does_not_hold(authority: Hierarchy, person: Party) -> None:
    trust = trusting(authority, revoking(authority, person, REVOKED))
    report = judged(signed(person), trust, at=day(2023, 5))
    assert (report.outcome, report.revoked_at) == (Outcome.REVOKED_BEFORE, REVOKED)
    assert not report.trusted


@pytest.mark.parametrize(
    ("stamped", "outcome", "holds"),
    [
        (True, Outcome.REVOKED_AFTER, True),
        (False, Outcome.REVOKED_AFTER_DOUBTFUL, False),
    ],
)
def test_one_revoked_afterwards_holds_where_a_stamp_proves_the_time(
    authority: Hierarchy, person: Party, *, stamped: bool, outcome: Outcome, holds: bool
) -> None:
    document = signed(person, stamper=authority.stamper(SIGNED) if stamped else None)
    report = judged(document, trusting(authority, revoking(authority, person, REVOKED)))
    assert (report.outcome, report.trusted) == (outcome, holds)
    assert report.proof is (Proof.TIMESTAMP if stamped else Proof.CLAIMED)


def test_a_stamp_proves_another_time_than_the_sender_says(
    authority: Hierarchy, person: Party
) -> None:
    document = signed(person, stamper=authority.stamper(day(2023, 5)))
    report = judged(document, trusting(authority, revoking(authority, person, REVOKED)))
    assert (report.outcome, report.judged_at) == (Outcome.REVOKED_BEFORE, day(2023, 5))


def test_a_stamp_over_something_else_proves_nothing(authority: Hierarchy, person: Party) -> None:
    whole = signed(person, stamper=authority.stamper(SIGNED))
    other = token(authority.stamper(SIGNED), b"something else")
    root = etree.fromstring(whole)
    (place,) = root.iter(f"{_XADES}EncapsulatedTimeStamp")
    place.text = base64.b64encode(other).decode()
    trust = trusting(authority, revoking(authority, person, REVOKED))
    assert judged(etree.tostring(root), trust).outcome is Outcome.REVOKED_AFTER_DOUBTFUL


def test_a_stamp_of_a_revoked_authority_proves_nothing_and_that_is_told(
    authority: Hierarchy, person: Party
) -> None:
    serials = {
        authority.stamps.certificate.serial_number: day(2020, 6),
        person.certificate.serial_number: REVOKED,
    }
    trust = trusting(authority, authority.crl(serials, at=day(2022, 7)))
    report = judged(signed(person, stamper=authority.stamper(SIGNED)), trust)
    assert (report.outcome, report.proof) == (Outcome.REVOKED_AFTER_DOUBTFUL, Proof.CLAIMED)
    assert report.stamp_revoked


def test_a_certificate_that_ran_out_since_leaves_it_valid_and_one_out_of_time_does_not(
    authority: Hierarchy,
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    who = authority.person(since=day(2020), until=day(2023), key=key)
    trust = trusting(authority, authority.crl(at=day(2022, 10)))
    assert judged(signed(who), trust).outcome is Outcome.EXPIRED_SINCE
    late = judged(signed(who), trust, at=day(2024, 6))
    assert (late.outcome, late.trusted) == (Outcome.EXPIRED_AT_SIGNING, False)


def test_a_chain_to_no_root_of_ours_is_unknown(authority: Hierarchy, person: Party) -> None:
    assert judged(signed(person), Trust.none()).outcome is Outcome.CHAIN_UNKNOWN
    assert judged(signed(person), trusting(Hierarchy())).outcome is Outcome.CHAIN_UNKNOWN
    assert authority.name


def test_a_root_counts_for_its_period_and_role(authority: Hierarchy, person: Party) -> None:
    late = Anchor(authority.root.der, AnchorRole.STATE, "Gốc mới", valid_from=dt.date(2024, 1, 1))
    early = replace(late, name="Gốc cũ", valid_from=None, valid_to=dt.date(2023, 12, 31))
    good = authority.crl(at=day(2026, 10))
    report = judged(signed(person), trusting(authority, good, anchors=(late,)))
    assert report.outcome is Outcome.ROOT_OUT_OF_PERIOD
    report = judged(signed(person), trusting(authority, good, anchors=(late, early)))
    assert (report.outcome, report.root_role) == (Outcome.VALID, "cong-vu")


def test_the_packet_carries_its_own_evidence(authority: Hierarchy, person: Party) -> None:
    document = signed(
        person,
        crls=[authority.root_crl(at=day(2021, 4))],
        ocsps=[authority.ocsp(person, at=day(2021, 4))],
    )
    assert judged(document, Trust(roots=(authority.root.der,))).outcome is Outcome.VALID
    told = authority.ocsp(person, at=day(2021, 2), revoked_at=day(2021))
    report = judged(signed(person, ocsps=[told]), Trust(roots=(authority.root.der,)))
    assert (report.outcome, report.revoked_at) == (Outcome.REVOKED_BEFORE, day(2021))


def test_a_forged_list_counts_for_nothing(authority: Hierarchy, person: Party) -> None:
    serials = {person.certificate.serial_number: day(2020, 6)}
    forged = authority.crl(serials, at=day(2020, 7), key=authority.root.key)
    report = judged(signed(person, crls=[forged]), trusting(authority))
    assert report.outcome is Outcome.VALID_UNCHECKED


def test_one_in_inclusive_form_with_a_default_namespace_is_valid(
    authority: Hierarchy, person: Party
) -> None:
    """As .NET signs: libxml2 writes ``SignedInfo`` otherwise than it was signed."""
    whole = "<edXML>Văn bản</edXML>"
    way = signed_files.transform(ENVELOPED) + signed_files.transform(signed_files.C14N)
    signed_over = signed_files.reference("", signed_files.canonical(whole), way)
    made = signed_files.signature(person, [signed_over])
    document = whole.replace("</edXML>", f"{made}</edXML>").encode()
    report = judged(document, Trust(roots=(authority.root.der,)))
    assert report.outcome is Outcome.VALID_UNCHECKED
