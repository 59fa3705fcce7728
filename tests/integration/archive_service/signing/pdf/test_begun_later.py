"""Signatures of PDFs before whose first line other bytes stand: judged as in any other file."""

import datetime as dt
from pathlib import Path

import pytest

from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.simulated_signing import Hierarchy, Party, blank, day, sign

SIGNED, NOW = day(2021, 3), day(2026, 11)
BEFORE = [b"\n", b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000 + b"\n"]


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


def the_report(paper: Path, trust: Trust, now: dt.datetime = NOW) -> SignatureReport:
    (report,) = inspect_signatures(paper, trust, now)
    return report


@pytest.mark.parametrize("before", BEFORE)
def test_what_a_gateway_put_before_it_breaks_no_signature(
    tmp_path: Path, person: Party, trust: Trust, before: bytes
) -> None:
    paper = sign(blank(tmp_path / "paper.pdf"), tmp_path / "signed.pdf", person, at=SIGNED)
    paper.write_bytes(before + paper.read_bytes())
    assert the_report(paper, trust).outcome is Outcome.VALID


@pytest.mark.parametrize("before", BEFORE)
def test_a_file_that_was_signed_with_what_stands_before_it(
    tmp_path: Path,
    person: Party,
    trust: Trust,
    monkeypatch: pytest.MonkeyPatch,
    before: bytes,
) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(_counted_from_its_start(before))
    with monkeypatch.context() as lenient:
        lenient.setattr("pyhanko.pdf_utils.reader._read_header_version", lambda _: (1, 7))
        signed = sign(paper, tmp_path / "signed.pdf", person, at=SIGNED)
    assert the_report(signed, trust).outcome is Outcome.VALID
    data = signed.read_bytes()
    for changed in (data.replace(b"100 100 l", b"100 200 l"), bytes([data[0] ^ 1]) + data[1:]):
        signed.write_bytes(changed)
        assert the_report(signed, trust).outcome is Outcome.BROKEN


def test_behind_the_first_kilobyte_no_pdf_begins(
    tmp_path: Path, person: Party, trust: Trust
) -> None:
    paper = sign(blank(tmp_path / "paper.pdf"), tmp_path / "signed.pdf", person, at=SIGNED)
    paper.write_bytes(b"x" * 1100 + paper.read_bytes())
    report = the_report(paper, trust)
    assert (report.outcome, report.errors) == (Outcome.UNJUDGED, ("pdf-unreadable",))


def _counted_from_its_start(before: bytes) -> bytes:
    """A page with a line on it; places count from the start of the file, not from its header."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length 20>>stream\n0 0 m 100 100 l S    \nendstream",
    ]
    data, places = bytearray(before + b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, part in enumerate(parts, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = len(data)
    data += b"xref\n0 5\n0000000000 65535 f \n"
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table
    return bytes(data)
