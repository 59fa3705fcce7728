"""Signatures as other programs make them: good ones are called good, the rest is not called bad."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive_service.signing.pdf.report import Outcome, Proof, SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.changed_papers import form_paper
from tests.worlds.odd_signatures import (
    KIND_OF_KEY,
    NOBODY_KNOWS,
    PLAIN_ECDSA_SHA256,
    cms_of,
    lay_over,
    misspelt,
)
from tests.worlds.simulated_signing import (
    Hierarchy,
    Party,
    blank,
    day,
    sign,
    sign_seen,
    stamp_document,
)

SIGNED, NOW = day(2021, 3), day(2026, 11)
FORM = b"/SubFilter /ETSI.CAdES.detached"


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def person(authority: Hierarchy) -> Party:
    return authority.person()


@pytest.fixture(scope="module")
def trust(authority: Hierarchy) -> Trust:
    lists = authority.root_crl(at=day(2026, 10)), authority.crl(at=day(2026, 10))
    return Trust(roots=(authority.root.der,), revocations=lists)


@pytest.fixture
def signed(tmp_path: Path, person: Party) -> Path:
    return sign(blank(tmp_path / "paper.pdf"), tmp_path / "signed.pdf", person, at=SIGNED)


def the_report(paper: Path, trust: Trust) -> SignatureReport:
    (report,) = inspect_signatures(paper, trust, NOW)
    return report


@pytest.mark.parametrize("stored_first", ["content_type", "message_digest"])
@pytest.mark.parametrize("sorted_value", [False, True])
def test_attributes_count_in_either_order(
    signed: Path, trust: Trust, person: Party, stored_first: str, *, sorted_value: bool
) -> None:
    made = cms_of(person, stored_first=stored_first, sorted_value=sorted_value)
    assert the_report(lay_over(signed, made), trust).outcome is Outcome.VALID


@pytest.mark.parametrize("mechanism", [PLAIN_ECDSA_SHA256, "sha256_ecdsa"])
def test_plain_ecdsa_is_read(signed: Path, trust: Trust, person: Party, mechanism: str) -> None:
    made = cms_of(person, mechanism=mechanism, plain=True)
    assert the_report(lay_over(signed, made), trust).outcome is Outcome.VALID


@pytest.mark.parametrize("mechanism", [KIND_OF_KEY, "rsassa_pkcs1v15", "sha256_rsa"])
def test_what_a_key_of_a_curve_made_is_judged_by_its_key(
    signed: Path, trust: Trust, person: Party, authority: Hierarchy, mechanism: str
) -> None:
    """For the means iText up to 5 and OpenPDF name the kind of key, endesive RSA."""
    made = cms_of(person, mechanism=mechanism)
    assert the_report(lay_over(signed, made), trust).outcome is Outcome.VALID
    other = Party(authority.person().key, person.certificate, person.above)
    report = the_report(lay_over(signed, cms_of(other, mechanism=mechanism)), trust)
    assert report.outcome is Outcome.INVALID


def test_a_further_signature_that_cannot_be_judged_is_as_that_of_a_stranger(
    signed: Path, trust: Trust, authority: Hierarchy
) -> None:
    """Its maker could as well have signed by means that are known, with a key of their own."""
    agency = authority.agency()
    twice = sign_seen(signed, signed.with_name("2.pdf"), agency, box=(300, 100, 480, 160))
    lay_over(twice, cms_of(agency, mechanism=NOBODY_KNOWS))
    first, second = inspect_signatures(twice, trust, NOW)
    assert second.outcome is Outcome.UNJUDGED
    assert (first.outcome, first.changes) == (Outcome.VALID, ())


def signed_by_own_means(signed: Path, authority: Hierarchy) -> Path:
    """With a further signature of a kind that nobody knows."""
    box = (300, 100, 480, 160)
    twice = sign_seen(signed, signed.with_name("2.pdf"), authority.agency(), box=box)
    lay_over(twice, lambda _: b"of their own", (FORM, b"/SubFilter /vn.own.detached"))
    return twice


def test_a_further_signature_of_an_unknown_kind_is_no_change(
    signed: Path, trust: Trust, authority: Hierarchy
) -> None:
    twice = signed_by_own_means(signed, authority)
    first, second = inspect_signatures(twice, trust, NOW)
    assert (second.outcome, second.errors) == (Outcome.UNJUDGED, ("format-unknown",))
    assert (first.outcome, first.changes) == (Outcome.VALID, ())


def test_a_field_of_an_unknown_kind_that_covers_no_revision_may_show_nothing(
    signed: Path, trust: Trust, authority: Hierarchy
) -> None:
    """Anybody can write such a dictionary, around whatever they like to put on the page."""
    twice = signed_by_own_means(signed, authority)
    at = twice.read_bytes().rindex(b"/ByteRange")
    twice.write_bytes(twice.read_bytes()[:at] + b"/ByteRangf" + twice.read_bytes()[at + 10 :])
    assert inspect_signatures(twice, trust, NOW)[0].outcome is Outcome.ALTERED_LATER


@pytest.mark.parametrize("plain", [False, True])
def test_a_value_over_something_else_stays_invalid(
    signed: Path, trust: Trust, person: Party, authority: Hierarchy, *, plain: bool
) -> None:
    other = Party(authority.person().key, person.certificate, person.above)
    report = the_report(lay_over(signed, cms_of(other, plain=plain)), trust)
    assert (report.outcome, report.valid) == (Outcome.INVALID, False)


@pytest.mark.parametrize(
    ("made", "words", "why"),
    [
        (lambda who: cms_of(who, mechanism=NOBODY_KNOWS), None, "algorithm-unknown"),
        (lambda who: cms_of(who, with_certificate=False), None, "certificate-missing"),
        (cms_of, (FORM, b"/SubFilter /adbe.x509.rsa_sha1"), "format-unknown"),
    ],
)
def test_what_cannot_be_judged_is_neither_good_nor_bad(
    signed: Path,
    trust: Trust,
    person: Party,
    made: Callable[[Party], Callable[[bytes], bytes]],
    words: tuple[bytes, bytes] | None,
    why: str,
) -> None:
    report = the_report(lay_over(signed, made(person), words), trust)
    assert (report.outcome, report.errors, report.trusted) == (Outcome.UNJUDGED, (why,), False)


def test_a_certificate_whose_issuer_is_misspelt_is_found_by_its_number(
    signed: Path, trust: Trust, person: Party, authority: Hierarchy
) -> None:
    """Programs of Node.js misspell issuers with marks; what the key signed is all the same."""
    made = misspelt(cms_of(person, stored_first="content_type", sorted_value=True))
    assert the_report(lay_over(signed, made), trust).outcome is Outcome.VALID
    other = Party(authority.person().key, person.certificate, person.above)
    false = misspelt(cms_of(other, stored_first="content_type", sorted_value=True))
    assert the_report(lay_over(signed, false), trust).outcome is Outcome.INVALID


def test_a_signature_that_carries_the_bytes_it_covers_is_judged(
    tmp_path: Path, trust: Trust, person: Party
) -> None:
    """Such a CMS should carry none (ISO 32000-1, 12.8.3.3.1); it is no false one for that."""
    paper, room = blank(tmp_path / "paper.pdf"), 1 << 16
    signed = sign(paper, tmp_path / "signed.pdf", person, at=SIGNED, room=room)
    made = cms_of(person, carried=lambda covered: covered)
    assert the_report(lay_over(signed, made), trust).outcome is Outcome.VALID
    at = signed.read_bytes().index(b"595")
    signed.write_bytes(signed.read_bytes()[:at] + b"596" + signed.read_bytes()[at + 3 :])
    report = the_report(signed, trust)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("format-unknown",))


def test_a_signature_that_carries_other_bytes_is_not_judged_by_these(
    signed: Path, trust: Trust, person: Party
) -> None:
    report = the_report(lay_over(signed, cms_of(person, carried=lambda _: b"other")), trust)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("format-unknown",))


def test_what_is_no_signature_is_told_as_unreadable(signed: Path, trust: Trust) -> None:
    report = the_report(lay_over(signed, lambda _: b"\x30\x03abc"), trust)
    assert (report.outcome, report.errors) == (Outcome.UNREADABLE, ("signature-unreadable",))


@pytest.mark.parametrize(
    "words",
    [b"/Reference 9999 0 R", b"/Reference[9999 0 R]", b"/Prop_Build 9999 0 R", b"/Reference[<<>>]"],
)
def test_references_that_lead_nowhere_are_null(
    signed: Path, trust: Trust, person: Party, words: bytes
) -> None:
    """Without ``/SubFilter`` the CMS itself says what it is."""
    report = the_report(lay_over(signed, cms_of(person), (FORM, words)), trust)
    assert report.outcome is Outcome.VALID


def test_a_digest_that_was_signed_is_read_and_weak(
    signed: Path, trust: Trust, person: Party
) -> None:
    made = cms_of(person, of_digest=True)
    report = the_report(lay_over(signed, made, (FORM, b"/SubFilter /adbe.pkcs7.sha1")), trust)
    assert (report.outcome, report.weak) == (Outcome.WEAK, "sha1")
    at = signed.read_bytes().index(b"595")
    signed.write_bytes(signed.read_bytes()[:at] + b"596" + signed.read_bytes()[at + 3 :])
    assert the_report(signed, trust).outcome is Outcome.BROKEN


@pytest.mark.parametrize("type_", [b"/Type /DocTimeStamp", b"/Type /Sig"])
def test_a_document_time_stamp_is_known_by_its_form(
    signed: Path, trust: Trust, authority: Hierarchy, tmp_path: Path, type_: bytes
) -> None:
    stamper = authority.stamper(day(2021, 4))
    stamped = stamp_document(signed, tmp_path / "d.pdf", stamper)
    words = (b"/Type /DocTimeStamp", b"" if type_ == b"/Type /DocTimeStamp" else type_)

    def made(covered: bytes) -> bytes:
        asked = stamper.async_timestamp(hashlib.sha256(covered).digest(), "sha256")
        token: Any = asyncio.run(asked)
        return bytes(token.dump())

    report = the_report(lay_over(stamped, made, words), trust)
    assert (report.outcome, report.proof) == (Outcome.VALID, Proof.DOCUMENT_TIMESTAMP)


def test_a_table_of_objects_that_leads_nowhere_is_no_reason_to_judge_nothing(
    signed: Path, trust: Trust
) -> None:
    """Readers find the objects without it."""
    signed.write_bytes(signed.read_bytes() + b"startxref\n0\n%%EOF\n")
    report = the_report(signed, trust)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())


def test_a_table_that_leads_to_no_catalogue_hides_neither_signature_nor_change(
    tmp_path: Path, person: Party, trust: Trust
) -> None:
    """Programs look for the objects then, and take the last of one number."""
    signed = sign(form_paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", person, at=SIGNED)
    data = signed.read_bytes() + b"\n"
    number = re.findall(rb"/Contents (\d+) 0 R", data)[0]
    other = b"%b 0 obj\n<</Length 20>>stream\n0 0 m 99 9 l S      \nendstream\nendobj\n" % number
    for more, outcome in ((b"", Outcome.VALID), (other, Outcome.ALTERED_LATER)):
        rows = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1>>\n"
        end = b"startxref\n%d\n%%%%EOF\n" % (len(data) + len(more))
        signed.write_bytes(data + more + rows + end)
        assert the_report(signed, trust).outcome is outcome
