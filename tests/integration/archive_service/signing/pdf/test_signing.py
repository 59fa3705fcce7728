"""Signing real PDF/A with a real authority, and saying of each signature whether it holds."""

import datetime as dt
from pathlib import Path
from types import ModuleType

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service.forms.signed_form import signature_mark
from archive_service.forms.typst_form import FormPlace, render_bytes
from archive_service.signing.key_stores.pkcs12 import Pkcs12Signer, open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject, UnsignablePdfError
from archive_service.signing.timestamp import DemoTimestamps
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust

AGENCY = "Sở Công trình tỉnh Sơn Lam"
AT = dt.datetime(2025, 3, 3, 2, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of a person and an agency under one authority."""
    folder = tmp_path_factory.mktemp("home")
    authority = DemoAuthority.open_or_make(folder / "authority")
    person = Subject("Trần Minh Khôi", AGENCY, SignerKind.PERSON, "CCCD:000000000118")
    authority.issue_key(person, folder / "person.p12")
    agency = Subject(AGENCY, AGENCY, SignerKind.AGENCY, "MST:9900000018")
    authority.issue_key(agency, folder / "agency.p12")
    return folder


@pytest.fixture(scope="module")
def trust(home: Path) -> Trust:
    return Trust.read(home / "authority")


@pytest.fixture(scope="module")
def person(home: Path) -> Pkcs12Signer:
    return open_pkcs12("pkcs12:person.p12", home=home)


@pytest.fixture(scope="module")
def seal(home: Path) -> Pkcs12Signer:
    stamps = DemoTimestamps(DemoAuthority(home / "authority"))
    return open_pkcs12("pkcs12:agency.p12", home=home, timestamps=stamps)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A PDF/A as typst ends it: without a newline after the last mark."""
    template = tmp_path / "paper.typ"
    template.write_text('#set document(title: "a")\n#set text(font: "Tinos")\nQuyết định\n')
    file = tmp_path / "paper.pdf"
    file.write_bytes(render_bytes(template, {}, at=AT))
    assert file.read_bytes().endswith(b"%%EOF")
    return file


@pytest.fixture
def signed_twice(paper: Path, person: Pkcs12Signer, seal: Pkcs12Signer) -> Path:
    once, twice = paper.with_name("once.pdf"), paper.with_name("twice.pdf")
    person.sign_pdf(paper, once, field="Person", reason="Ký ban hành", at=AT)
    mark = signature_mark(AGENCY, FormPlace(0, (320, 796, 538, 824)), at=AT, framed=False)
    seal.sign_pdf(once, twice, field="Agency", visible=mark)
    return twice


def test_person_and_agency_are_both_trusted(signed_twice: Path, trust: Trust) -> None:
    first, second = inspect_signatures(signed_twice, trust)
    assert (first.signer, first.kind) == ("Trần Minh Khôi", SignerKind.PERSON)
    assert (second.signer, second.kind) == (AGENCY, SignerKind.AGENCY)
    for report in (first, second):
        assert report.intact
        assert report.valid
        assert report.trusted
        assert report.errors == ()
        assert report.algorithm == "sha256/sha256_rsa"


def test_the_second_signature_covers_what_the_first_cannot(
    signed_twice: Path, trust: Trust
) -> None:
    first, second = inspect_signatures(signed_twice, trust)
    assert (first.covers_whole_document, first.altered_later) == (False, False)
    assert second.covers_whole_document


def test_the_time_is_the_claimed_one_unless_stamped(signed_twice: Path, trust: Trust) -> None:
    first, second = inspect_signatures(signed_twice, trust)
    assert (first.signed_at, first.timestamped) == (AT, False)
    assert second.timestamped
    assert second.signed_at is not None
    assert second.signed_at > AT


def test_signed_pdf_a_is_still_pdf_a(signed_twice: Path, tools: ModuleType) -> None:
    verdicts = tools.verapdf([signed_twice.with_name("once.pdf"), signed_twice])
    assert [(v.passed, v.flavour, v.details) for v in verdicts] == [(True, "2b", "")] * 2


def test_a_changed_byte_is_found(signed_twice: Path, trust: Trust) -> None:
    content = bytearray(signed_twice.read_bytes())
    content[500] ^= 1
    signed_twice.write_bytes(content)
    for report in inspect_signatures(signed_twice, trust):
        assert "digest-differs" in report.errors
        assert "untrusted" not in report.errors  # of its certificate nothing is wrong
        assert not report.trusted


def test_a_page_altered_by_an_update_is_found(
    paper: Path, person: Pkcs12Signer, trust: Trust
) -> None:
    person.sign_pdf(paper, paper, field="Person")
    with paper.open("r+b") as file:
        writer = IncrementalPdfFileWriter(file)
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 9 9 re f"))
        writer.update_container(page)
        writer.write_in_place()
    (report,) = inspect_signatures(paper, trust)
    assert report.intact
    assert not report.covers_whole_document
    assert report.altered_later
    assert "altered-later" in report.errors


def test_an_unknown_authority_is_not_trusted(signed_twice: Path) -> None:
    for report in inspect_signatures(signed_twice, Trust.none()):
        assert report.intact
        assert report.valid
        assert not report.trusted
        assert report.errors[0] == "untrusted"


@pytest.mark.parametrize("keep", [0, 10, 3000])
def test_a_broken_pdf_is_a_report_and_no_error(keep: int, signed_twice: Path, trust: Trust) -> None:
    signed_twice.write_bytes(signed_twice.read_bytes()[:keep])
    (report,) = inspect_signatures(signed_twice, trust)
    assert report.errors == ("pdf-unreadable",)
    assert not report.intact


def test_a_pdf_without_signatures_has_no_report(paper: Path, trust: Trust) -> None:
    assert inspect_signatures(paper, trust) == []


def test_an_encrypted_pdf_is_said_to_be_and_not_signed(
    paper: Path, person: Pkcs12Signer, trust: Trust, tmp_path: Path
) -> None:
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(paper) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(user="a", owner="a"))
    (report,) = inspect_signatures(locked, trust)
    assert report.errors == ("pdf-encrypted",)
    with pytest.raises(UnsignablePdfError):
        person.sign_pdf(locked, tmp_path / "s.pdf", field="Person")


def test_a_field_is_signed_once(paper: Path, person: Pkcs12Signer, tmp_path: Path) -> None:
    person.sign_pdf(paper, tmp_path / "s.pdf", field="Person")
    with pytest.raises(UnsignablePdfError):
        person.sign_pdf(tmp_path / "s.pdf", tmp_path / "t.pdf", field="Person")
    assert not (tmp_path / "t.pdf").exists()


def test_a_file_may_be_signed_in_its_place(paper: Path, person: Pkcs12Signer, trust: Trust) -> None:
    person.sign_pdf(paper, paper, field="Person")
    assert inspect_signatures(paper, trust)[0].trusted
