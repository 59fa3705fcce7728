"""What ``Signer`` promises, held against every place where a key may be kept."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from archive_service.forms.signed_form import signature_mark
from archive_service.forms.typst_form import FormPlace, render_bytes
from archive_service.signing.key_stores.pkcs11 import open_pkcs11
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import (
    Signer,
    SignerKind,
    SigningKeyExpiredError,
    Subject,
    TimestampUnavailableError,
    UnsignablePdfError,
)
from archive_service.signing.timestamp import DemoTimestamps, HttpTimestamps, TimestampService
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from tests.services.servers import SoftHsm

BACKENDS = ("pkcs12", "pkcs11")
AT = dt.datetime(2025, 3, 3, 2, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Kept:
    """A key of one backend, and whom its signatures are judged by."""

    open: Callable[[TimestampService | None], Signer]
    authority: DemoAuthority

    @property
    def trust(self) -> Trust:
        """The authority alone."""
        return Trust.read(self.authority.folder)


@pytest.fixture(scope="module", params=BACKENDS)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """One key in each place."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "pkcs12":
        authority = DemoAuthority.open_or_make(home / "authority")
        name = "Trung tâm Lưu trữ lịch sử"
        subject = Subject(name, name, SignerKind.AGENCY, "MST:9900000018")
        authority.issue_key(subject, home / "key.p12")
        return Kept(
            lambda stamps: open_pkcs12("pkcs12:key.p12", home=home, timestamps=stamps), authority
        )
    token: SoftHsm = request.getfixturevalue("softhsm")
    return Kept(
        lambda stamps: open_pkcs11(token.url(), home=home, timestamps=stamps),
        DemoAuthority(token.authority),
    )


@pytest.fixture(scope="module")
def key(kept: Kept) -> Signer:
    return kept.open(None)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A PDF/A as typst ends it: without a newline after the last mark."""
    template = tmp_path / "paper.typ"
    template.write_text('#set document(title: "a")\n#set text(font: "Tinos")\nQuyết định\n')
    file = tmp_path / "paper.pdf"
    file.write_bytes(render_bytes(template, {}, at=AT))
    return file


def test_the_key_names_its_owner_and_its_dates(key: Signer) -> None:
    own = key.certificate
    assert key.subject == own.subject
    assert own.subject.kind is SignerKind.AGENCY
    assert own.subject.name.startswith("Trung tâm Lưu trữ lịch sử")
    assert own.valid_from < AT < own.valid_to
    assert len(own.sha256) == 64
    assert len(own.chain) == 2


def test_what_was_signed_stays_at_the_start_and_the_signature_is_trusted(
    kept: Kept, key: Signer, paper: Path, tmp_path: Path
) -> None:
    signed = tmp_path / "signed.pdf"
    key.sign_pdf(paper, signed, field="Seal", reason="Sao y", at=AT)
    assert signed.read_bytes().startswith(paper.read_bytes())
    (report,) = inspect_signatures(signed, kept.trust)
    assert (report.trusted, report.covers_whole_document) == (True, True)
    assert (report.signer, report.signed_at) == (key.subject.name, AT)
    assert report.errors == ()


def test_an_earlier_signature_stays_valid_and_both_are_visible_pdf_a(
    kept: Kept, key: Signer, paper: Path, tools: ModuleType
) -> None:
    once, twice = paper.with_name("once.pdf"), paper.with_name("twice.pdf")
    key.sign_pdf(paper, once, field="First", at=AT)
    mark = signature_mark("Lưu trữ", FormPlace(0, (320, 796, 538, 824)), at=AT)
    key.sign_pdf(once, twice, field="Second", visible=mark)
    first, second = inspect_signatures(twice, kept.trust)
    assert first.trusted
    assert not first.altered_later
    assert second.covers_whole_document
    assert twice.read_bytes().startswith(once.read_bytes())
    assert [verdict.passed for verdict in tools.verapdf([once, twice])] == [True, True]


def test_a_time_stamp_is_part_of_the_signature(kept: Kept, paper: Path) -> None:
    kept.open(DemoTimestamps(kept.authority)).sign_pdf(paper, paper, field="Seal", at=AT)
    (report,) = inspect_signatures(paper, kept.trust)
    assert report.timestamped
    assert report.trusted
    assert report.signed_at is not None
    assert report.signed_at > AT


def test_without_its_time_stamp_nothing_is_signed(kept: Kept, paper: Path, tmp_path: Path) -> None:
    silent = HttpTimestamps("http://127.0.0.1:9/tsa")
    with pytest.raises(TimestampUnavailableError):
        kept.open(silent).sign_pdf(paper, tmp_path / "s.pdf", field="Seal")
    assert not (tmp_path / "s.pdf").exists()


def test_threads_share_one_key(kept: Kept, key: Signer, paper: Path, tmp_path: Path) -> None:
    targets = [tmp_path / f"{number}.pdf" for number in range(6)]

    def sign_every_other(start: int) -> None:
        for target in targets[start::2]:
            key.sign_pdf(paper, target, field="Seal")

    some = [threading.Thread(target=sign_every_other, args=(start,)) for start in (0, 1)]
    for thread in some:
        thread.start()
    for thread in some:
        thread.join()
    for target in targets:
        (report,) = inspect_signatures(target, kept.trust)
        assert report.trusted


@pytest.mark.parametrize("content", [b"", b"not a PDF", b"%PDF-1.7\n"])
def test_what_is_no_pdf_is_refused_and_leaves_nothing(
    content: bytes, key: Signer, tmp_path: Path
) -> None:
    (tmp_path / "x.pdf").write_bytes(content)
    with pytest.raises(UnsignablePdfError):
        key.sign_pdf(tmp_path / "x.pdf", tmp_path / "s.pdf", field="Seal")
    assert [path.name for path in tmp_path.iterdir()] == ["x.pdf"]


def test_a_key_does_not_sign_outside_the_dates_of_its_certificate(
    key: Signer, paper: Path, tmp_path: Path
) -> None:
    for years in (-10, 1):
        at = (key.certificate.valid_from if years < 0 else key.certificate.valid_to) + dt.timedelta(
            days=365 * years
        )
        with pytest.raises(SigningKeyExpiredError):
            key.sign_pdf(paper, tmp_path / "s.pdf", field="Seal", at=at)
    assert not (tmp_path / "s.pdf").exists()
