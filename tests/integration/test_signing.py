"""Signing real PDF/A with a real authority, and saying of each signature whether it holds."""

import datetime as dt
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pikepdf
import pytest
from asn1crypto import tsp
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service.forms.receipt import signature_mark
from archive_service.forms.typst_form import FormPlace, render_bytes
from archive_service.signing.demo_authority import DemoAuthority
from archive_service.signing.pkcs12 import Pkcs12Signer, open_pkcs12
from archive_service.signing.port import (
    SignerKind,
    SigningKeyError,
    Subject,
    TimestampUnavailableError,
    UnsignablePdfError,
)
from archive_service.signing.timestamp import DemoTimestamps, HttpTimestamps, open_timestamps
from archive_service.signing.trust import Trust
from archive_service.signing.validate import inspect_signatures

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


def test_what_was_signed_stays_at_the_start_byte_for_byte(signed_twice: Path, paper: Path) -> None:
    once = paper.with_name("once.pdf").read_bytes()
    assert once.startswith(paper.read_bytes())
    assert signed_twice.read_bytes().startswith(once)


def test_a_changed_byte_is_found(signed_twice: Path, trust: Trust) -> None:
    content = bytearray(signed_twice.read_bytes())
    content[500] ^= 1
    signed_twice.write_bytes(content)
    for report in inspect_signatures(signed_twice, trust):
        assert "digest-differs" in report.errors
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
        writer.write_in_place()  # type: ignore[no-untyped-call]  # pyHanko's
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


@pytest.mark.parametrize("content", [b"", b"not a PDF", b"%PDF-1.7\n"])
def test_what_is_no_pdf_is_refused_and_leaves_nothing(
    content: bytes, person: Pkcs12Signer, tmp_path: Path
) -> None:
    (tmp_path / "x.pdf").write_bytes(content)
    with pytest.raises(UnsignablePdfError):
        person.sign_pdf(tmp_path / "x.pdf", tmp_path / "s.pdf", field="Person")
    assert [path.name for path in tmp_path.iterdir()] == ["x.pdf"]


def test_a_field_is_signed_once(paper: Path, person: Pkcs12Signer, tmp_path: Path) -> None:
    person.sign_pdf(paper, tmp_path / "s.pdf", field="Person")
    with pytest.raises(UnsignablePdfError):
        person.sign_pdf(tmp_path / "s.pdf", tmp_path / "t.pdf", field="Person")
    assert not (tmp_path / "t.pdf").exists()


def test_a_file_may_be_signed_in_its_place(paper: Path, person: Pkcs12Signer, trust: Trust) -> None:
    person.sign_pdf(paper, paper, field="Person")
    assert inspect_signatures(paper, trust)[0].trusted


@pytest.fixture
def stamp_server(home: Path) -> Iterator[str]:
    """The demo authority's stamps over HTTP, and every other path an answer that is none."""
    stamps = DemoTimestamps(DemoAuthority(home / "authority"))

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            if self.path != "/tsa":
                self.wfile.write(b"not a token")
                return
            imprint = tsp.TimeStampReq.load(asked)["message_imprint"]
            token = stamps.token(imprint["hashed_message"].native)
            answer = {
                "status": {"status": "granted"},
                "time_stamp_token": tsp.ContentInfo.load(token),
            }
            self.wfile.write(tsp.TimeStampResp(answer).dump())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_service_over_http_stamps_too(
    stamp_server: str, home: Path, paper: Path, trust: Trust
) -> None:
    stamps = HttpTimestamps(f"{stamp_server}/tsa")
    signer = open_pkcs12("pkcs12:agency.p12", home=home, timestamps=stamps)
    signer.sign_pdf(paper, paper, field="Agency", at=AT)
    (report,) = inspect_signatures(paper, trust)
    assert report.timestamped
    assert report.trusted


def test_an_answer_that_is_no_token_is_trouble_of_the_service(
    stamp_server: str, home: Path, paper: Path, tmp_path: Path
) -> None:
    stamps = HttpTimestamps(f"{stamp_server}/else")
    signer = open_pkcs12("pkcs12:agency.p12", home=home, timestamps=stamps)
    with pytest.raises(TimestampUnavailableError):
        signer.sign_pdf(paper, tmp_path / "s.pdf", field="Agency")
    assert not (tmp_path / "s.pdf").exists()


def test_a_service_that_is_not_there_is_trouble_of_the_service() -> None:
    with pytest.raises(TimestampUnavailableError):
        HttpTimestamps("http://127.0.0.1:9/tsa").token(bytes(32))


def test_the_url_picks_the_service(home: Path) -> None:
    authority = DemoAuthority(home / "authority")
    assert open_timestamps("none:", authority=authority) is None
    assert isinstance(open_timestamps("demo:", authority=authority), DemoTimestamps)
    assert isinstance(open_timestamps("http://tsa/", authority=None), HttpTimestamps)
    with pytest.raises(SigningKeyError):
        open_timestamps("demo:", authority=None)
    with pytest.raises(SigningKeyError):
        open_timestamps("ftp://tsa/", authority=None)
