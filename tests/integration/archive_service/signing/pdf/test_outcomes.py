"""Signatures as they stood when they were made: a test authority over simulated dates."""

import datetime as dt
import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service.signing.pdf.report import Addition, Outcome, Proof, SignatureReport, as_row
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Anchor, AnchorRole, Trust
from tests.worlds.simulated_signing import (
    Hierarchy,
    Party,
    add_evidence,
    blank,
    day,
    sign,
    sign_less,
    stamp_document,
)

SIGNED, REVOKED, NOW = day(2021, 3), day(2022, 6), day(2026, 11)


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def person(authority: Hierarchy) -> Party:
    return authority.person(since=day(2020), until=day(2030))


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return blank(tmp_path / "paper.pdf")


def trusting(authority: Hierarchy, *crls: bytes, anchors: tuple[Anchor, ...] = ()) -> Trust:
    """The authority's root, with lists that are good for the authority below it."""
    own = authority.root_crl(at=day(2026, 10))
    return Trust(roots=(authority.root.der,), revocations=(own, *crls), anchors=anchors)


def revoking(authority: Hierarchy, who: Party, at: dt.datetime) -> bytes:
    return authority.crl({who.certificate.serial_number: at}, at=at + dt.timedelta(days=1))


def the_report(file: Path, trust: Trust, now: dt.datetime = NOW) -> SignatureReport:
    (report,) = inspect_signatures(file, trust, now)
    return report


def test_a_signature_is_valid_where_somebody_vouches_for_its_certificate(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED, stamper=authority.stamper(SIGNED))
    report = the_report(signed, trusting(authority, authority.crl(at=day(2026, 10))))
    assert (report.outcome, report.proof) == (Outcome.VALID, Proof.TIMESTAMP)
    assert (report.signed_at, report.trusted) == (SIGNED, True)
    assert {evidence.kind for evidence in report.evidence} == {"certificate", "crl", "timestamp"}
    kept = json.loads(json.dumps(as_row(report)))
    assert kept["evidence"][0].keys() == {"kind", "sha256", "size_bytes"}


def test_without_any_answer_nobody_knows_whether_it_was_revoked(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    report = the_report(signed, Trust(roots=(authority.root.der,)))
    assert (report.outcome, report.proof) == (Outcome.VALID_UNCHECKED, Proof.CLAIMED)
    assert report.revocation == "unknown"


def test_an_old_list_vouches_for_nothing_signed_later(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    report = the_report(signed, trusting(authority, authority.crl(at=day(2020, 6))))
    assert report.outcome is Outcome.VALID_UNCHECKED


def test_a_certificate_that_ran_out_since_leaves_its_signatures_valid(
    paper: Path, authority: Hierarchy, tmp_path: Path
) -> None:
    who = authority.person(since=day(2020), until=day(2023))
    signed = sign(paper, tmp_path / "s.pdf", who, at=SIGNED, stamper=authority.stamper(SIGNED))
    report = the_report(signed, trusting(authority, authority.crl(at=day(2022, 10))))
    assert (report.outcome, report.trusted) == (Outcome.EXPIRED_SINCE, True)


@pytest.mark.parametrize("at", [day(2019, 6), day(2024, 6)])
def test_a_certificate_out_of_its_time_when_it_signed_is_told(
    paper: Path, authority: Hierarchy, tmp_path: Path, at: dt.datetime
) -> None:
    who = authority.person(since=day(2020), until=day(2023))
    signed = sign(paper, tmp_path / "s.pdf", who, at=at)
    report = the_report(signed, trusting(authority, authority.crl(at=day(2022, 10))))
    assert (report.outcome, report.trusted) == (Outcome.EXPIRED_AT_SIGNING, False)


def test_one_revoked_before_it_signed_does_not_hold(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    later = day(2023, 5)
    signed = sign(paper, tmp_path / "s.pdf", person, at=later, stamper=authority.stamper(later))
    report = the_report(signed, trusting(authority, revoking(authority, person, REVOKED)))
    assert (report.outcome, report.revoked_at) == (Outcome.REVOKED_BEFORE, REVOKED)
    assert "revoked" in report.errors


@pytest.mark.parametrize(
    ("stamped", "outcome", "holds"),
    [
        (True, Outcome.REVOKED_AFTER, True),
        (False, Outcome.REVOKED_AFTER_DOUBTFUL, False),
    ],
)
def test_one_revoked_afterwards_holds_only_where_a_stamp_proves_the_time(
    paper: Path,
    authority: Hierarchy,
    person: Party,
    tmp_path: Path,
    *,
    stamped: bool,
    outcome: Outcome,
    holds: bool,
) -> None:
    stamper = authority.stamper(SIGNED) if stamped else None
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED, stamper=stamper)
    report = the_report(signed, trusting(authority, revoking(authority, person, REVOKED)))
    assert (report.outcome, report.trusted) == (outcome, holds)


def test_a_document_time_stamp_proves_the_time_as_well(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    stamped = stamp_document(signed, tmp_path / "d.pdf", authority.stamper(day(2021, 4)))
    report = the_report(stamped, trusting(authority, revoking(authority, person, REVOKED)))
    assert (report.outcome, report.proof) == (Outcome.REVOKED_AFTER, Proof.DOCUMENT_TIMESTAMP)
    assert report.signed_at == day(2021, 4)
    assert report.added_later is Addition.EVIDENCE


def test_a_stamp_of_an_unknown_authority_proves_nothing(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    stranger = Hierarchy("Người lạ")
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED, stamper=stranger.stamper(SIGNED))
    report = the_report(signed, trusting(authority, revoking(authority, person, REVOKED)))
    assert (report.outcome, report.proof) == (Outcome.REVOKED_AFTER_DOUBTFUL, Proof.CLAIMED)
    assert "timestamp-untrusted" in report.errors


def test_the_document_carries_its_own_evidence(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED, stamper=authority.stamper(SIGNED))
    carrying = add_evidence(
        signed,
        tmp_path / "ltv.pdf",
        certificates=[authority.issuing],
        crls=[authority.root_crl(at=day(2021, 4))],
        ocsps=[authority.ocsp(person, at=day(2021, 4))],
    )
    report = the_report(carrying, Trust(roots=(authority.root.der,)))
    assert (report.outcome, report.added_later) == (Outcome.VALID, Addition.EVIDENCE)
    assert {evidence.kind for evidence in report.evidence} == {
        "certificate",
        "crl",
        "ocsp",
        "timestamp",
    }


def test_a_carried_ocsp_answer_tells_of_a_revocation(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    told = authority.ocsp(person, at=day(2021, 2), revoked_at=day(2021))
    carrying = add_evidence(signed, tmp_path / "ltv.pdf", ocsps=[told])
    report = the_report(carrying, Trust(roots=(authority.root.der,)))
    assert (report.outcome, report.revoked_at) == (Outcome.REVOKED_BEFORE, day(2021))


def test_a_forged_list_counts_for_nothing(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    serials = {person.certificate.serial_number: day(2020, 6)}
    forged = authority.crl(serials, at=day(2020, 7), key=person.key)
    report = the_report(signed, trusting(authority, forged))
    assert report.outcome is Outcome.VALID_UNCHECKED
    assert sha256(forged).hexdigest() not in {evidence.sha256 for evidence in report.evidence}


def test_a_chain_to_no_root_of_ours_is_unknown(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    assert the_report(signed, Trust.none()).outcome is Outcome.CHAIN_UNKNOWN
    same_name = trusting(Hierarchy())  # another root of the very same name
    assert the_report(signed, same_name).outcome is Outcome.CHAIN_UNKNOWN


def test_a_root_counts_only_for_its_period_and_role(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    state = AnchorRole.STATE
    late = Anchor(authority.root.der, state, "Gốc mới", valid_from=dt.date(2024, 1, 1))
    early = Anchor(authority.root.der, state, "Gốc cũ", valid_to=dt.date(2023, 12, 31))
    good = authority.crl(at=day(2026, 10))
    report = the_report(signed, trusting(authority, good, anchors=(late,)))
    assert report.outcome is Outcome.ROOT_OUT_OF_PERIOD
    report = the_report(signed, trusting(authority, good, anchors=(late, early)))
    assert (report.outcome, report.root) == (Outcome.VALID, "Gốc cũ")
    assert report.root_role == "cong-vu"


def test_content_added_after_a_signature_is_told_from_a_further_signature(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    trust = trusting(authority, authority.crl(at=day(2026, 10)))
    once = sign(paper, tmp_path / "1.pdf", person, at=SIGNED, name="A")
    twice = sign(once, tmp_path / "2.pdf", authority.agency(), at=day(2021, 4), name="B")
    first, second = inspect_signatures(twice, trust, NOW)
    assert [first.outcome, second.outcome] == [Outcome.VALID, Outcome.VALID]
    assert [first.added_later, second.added_later] == [Addition.EVIDENCE, Addition.NOTHING]

    with once.open("r+b") as document:
        writer = IncrementalPdfFileWriter(document)
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        page["/Rotate"] = generic.NumberObject(90)
        writer.update_container(page)
        writer.write_in_place()
    report = the_report(once, trust)
    assert (report.outcome, report.trusted) == (Outcome.ALTERED_LATER, False)


def test_a_signature_over_half_of_the_file_is_told(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    """Its byte range stops short: what lies behind could be anything."""
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    sign_less(signed, person, bytes_left_out=40)
    report = the_report(signed, trusting(authority))
    assert (report.outcome, report.intact, report.valid) == (Outcome.PARTIAL, True, True)
    assert not report.trusted


def test_changed_bytes_break_a_signature(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
    signed.write_bytes(signed.read_bytes().replace(b"595", b"596", 1))
    report = the_report(signed, trusting(authority))
    assert (report.outcome, report.intact) == (Outcome.BROKEN, False)


def test_weak_means_are_told(paper: Path, authority: Hierarchy, tmp_path: Path) -> None:
    trust = trusting(authority, authority.crl(at=day(2026, 10)))
    short = authority.person(key=rsa.generate_private_key(65537, 1024))  # noqa: S505 - that is what is tested
    report = the_report(sign(paper, tmp_path / "k.pdf", short, at=SIGNED), trust)
    assert (report.outcome, report.weak) == (Outcome.WEAK, "rsa1024")
    old = sign(paper, tmp_path / "d.pdf", authority.person(), at=SIGNED, digest="sha1")
    report = the_report(old, trust)
    assert (report.outcome, report.weak, report.valid) == (Outcome.WEAK, "sha1", True)


def test_the_list_of_roots_says_whose_they_are(tmp_path: Path, authority: Hierarchy) -> None:
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "goc.crt").write_bytes(authority.root.der)
    row = '[[anchor]]\nname = "Gốc"\nrole = "quoc-gia"\nfile = "goc.crt"\nvalid_to = 2030-12-31\n'
    (folder / "trust_list.toml").write_text(row, encoding="utf-8")
    trust = Trust.read(folder)
    anchor = trust.anchor_of(authority.root.der)
    assert (anchor.role, anchor.valid_to) == (AnchorRole.NATIONAL, dt.date(2030, 12, 31))
    before = trust.sha256()
    (folder / "trust_list.toml").write_text(row.replace("2030", "2031"), encoding="utf-8")
    assert Trust.read(folder).sha256() != before


@pytest.mark.parametrize("whole_document", [False, True])
def test_a_stamp_of_an_authority_that_was_revoked_proves_nothing(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path, *, whole_document: bool
) -> None:
    serials = {
        authority.stamps.certificate.serial_number: day(2020, 6),
        person.certificate.serial_number: REVOKED,
    }
    trust = trusting(authority, authority.crl(serials, at=day(2022, 7)))
    stamper = authority.stamper(SIGNED)
    if whole_document:
        signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED)
        signed = stamp_document(signed, tmp_path / "d.pdf", stamper)
    else:
        signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED, stamper=stamper)
    report = the_report(signed, trust)
    assert (report.outcome, report.proof) == (Outcome.REVOKED_AFTER_DOUBTFUL, Proof.CLAIMED)
    assert "timestamp-revoked" in report.errors


def test_tokens_from_before_an_authority_ended_its_work_stay_valid(
    paper: Path, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    """RFC 3161 section 4: revoked without a word of why, all its tokens count as invalid."""
    signed = sign(paper, tmp_path / "s.pdf", person, at=SIGNED, stamper=authority.stamper(SIGNED))
    stamps = authority.stamps.certificate.serial_number
    without = authority.crl({stamps: REVOKED}, at=day(2022, 7))
    report = the_report(signed, trusting(authority, without))
    assert (report.outcome, report.proof) == (Outcome.VALID, Proof.CLAIMED)
    ended = x509.ReasonFlags.cessation_of_operation
    told = authority.crl({stamps: REVOKED}, at=day(2022, 7), reason=ended)
    report = the_report(signed, trusting(authority, told))
    assert (report.outcome, report.proof) == (Outcome.VALID, Proof.TIMESTAMP)
