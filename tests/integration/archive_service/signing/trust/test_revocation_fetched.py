"""Asking authorities about certificates, over loopback: only where it is allowed."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust import fetch
from archive_service.signing.trust.roots import Trust
from tests.integration.archive_service.signing.trust.responder import Responder
from tests.worlds.simulated_signing import Hierarchy, Party, blank, day, sign

SIGNED, NOW = day(2021, 3), day(2026, 11)


@pytest.fixture
def responder() -> Iterator[Responder]:
    fetch._kept.clear()
    started = Responder()
    yield started
    started.close()


@pytest.fixture
def authority(responder: Responder) -> Hierarchy:
    return Hierarchy(address=responder.address)


@pytest.fixture
def signed(authority: Hierarchy, tmp_path: Path) -> tuple[Path, Party]:
    who = authority.person()
    return sign(blank(tmp_path / "p.pdf"), tmp_path / "s.pdf", who, at=SIGNED), who


def judged(authority: Hierarchy, file: Path, *, allowed: bool) -> SignatureReport:
    trust = Trust(roots=(authority.root.der,), revocations=(authority.root_crl(at=day(2026, 10)),))
    (report,) = inspect_signatures(file, trust, NOW, allowed)
    return report


def test_nobody_is_asked_unless_it_is_allowed(
    authority: Hierarchy, responder: Responder, signed: tuple[Path, Party]
) -> None:
    file, who = signed
    responder.answers["/ocsp"] = lambda: authority.ocsp(who, at=NOW - dt.timedelta(hours=1))
    assert judged(authority, file, allowed=False).outcome is Outcome.VALID_UNCHECKED
    assert responder.asked == []


def test_a_responder_vouches_and_its_answer_is_kept_as_evidence(
    authority: Hierarchy, responder: Responder, signed: tuple[Path, Party]
) -> None:
    file, who = signed
    answer = authority.ocsp(who, at=NOW - dt.timedelta(hours=1))
    responder.answers["/ocsp"] = lambda: answer
    report = judged(authority, file, allowed=True)
    assert report.outcome is Outcome.VALID
    assert answer in [evidence.der for evidence in report.evidence if evidence.kind == "ocsp"]
    assert judged(authority, file, allowed=True).outcome is Outcome.VALID
    assert responder.asked == ["/ocsp"]  # the same is not asked again so soon


def test_the_list_is_asked_for_where_no_responder_answers(
    authority: Hierarchy, responder: Responder, signed: tuple[Path, Party]
) -> None:
    file, who = signed
    revoked = {who.certificate.serial_number: day(2020)}
    responder.answers["/crl"] = lambda: authority.crl(revoked, at=NOW - dt.timedelta(hours=1))
    report = judged(authority, file, allowed=True)
    assert (report.outcome, report.revoked_at) == (Outcome.REVOKED_BEFORE, day(2020))
    assert responder.asked == ["/ocsp", "/crl"]


def test_a_machine_that_is_away_or_lies_leaves_it_unknown(
    authority: Hierarchy, responder: Responder, signed: tuple[Path, Party]
) -> None:
    file, _ = signed
    responder.answers["/ocsp"] = lambda: b"no such thing"
    assert judged(authority, file, allowed=True).outcome is Outcome.VALID_UNCHECKED


def test_a_stranger_cannot_send_us_anywhere(
    authority: Hierarchy, responder: Responder, signed: tuple[Path, Party]
) -> None:
    file, _ = signed
    (report,) = inspect_signatures(file, Trust(roots=(Hierarchy().root.der,)), NOW, True)
    assert report.outcome is Outcome.CHAIN_UNKNOWN
    assert responder.asked == []
