"""A key on a token: taken out and put back, a wrong PIN, a forked process, a key beside it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest

from archive_service.signing.key_stores.pkcs11 import TokenKey, open_pkcs11
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import (
    Signer,
    SignerKind,
    SigningKeyError,
    SigningKeyNotFoundError,
    Subject,
    TokenAwayError,
    TokenPinError,
)
from archive_service.signing.trust.roots import Trust
from tests.services.servers import SoftHsm

PIN = "ARCHIVE_PIN_ARCHIVE"


@pytest.fixture
def signer(softhsm: SoftHsm, tmp_path: Path) -> Signer:
    return open_pkcs11(softhsm.url(), home=tmp_path)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    file = tmp_path / "paper.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(file)
    return file


@contextmanager
def taken_out(token: SoftHsm) -> Iterator[None]:
    """The token is not in its slot."""
    tokens = token.folder / "tokens"
    away = tokens.rename(token.folder / "away")
    tokens.mkdir()
    try:
        yield
    finally:
        tokens.rmdir()
        away.rename(tokens)


def drop_session(token: SoftHsm, signer: Signer, paper: Path) -> None:
    """The process has to log in again."""
    with taken_out(token), pytest.raises(TokenAwayError):
        signer.sign_pdf(paper, paper.with_name("none.pdf"), field="Seal")


def test_a_token_that_was_taken_out_is_waited_for_and_opened_again(
    softhsm: SoftHsm, signer: Signer, paper: Path, tmp_path: Path
) -> None:
    signed = tmp_path / "signed.pdf"
    signer.sign_pdf(paper, signed, field="Seal")
    with taken_out(softhsm):
        for _ in range(2):
            with pytest.raises(TokenAwayError):
                signer.sign_pdf(paper, tmp_path / "none.pdf", field="Seal")
    assert not (tmp_path / "none.pdf").exists()
    signer.sign_pdf(paper, signed, field="Seal")
    assert inspect_signatures(signed, Trust.read(softhsm.authority))[0].trusted


def test_a_wrong_pin_is_told_at_once_and_never_tried_again(
    softhsm: SoftHsm,
    signer: Signer,
    paper: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drop_session(softhsm, signer, paper)
    monkeypatch.setenv(PIN, "000000")
    with pytest.raises(TokenPinError):
        signer.sign_pdf(paper, tmp_path / "s.pdf", field="Seal")
    refused = tmp_path / "keys" / "archive.pin-refused"
    known = refused.read_bytes()
    assert refused.stat().st_mode & 0o777 == 0o600
    assert b"000000" not in known
    with pytest.raises(TokenPinError):  # by another object, as by another process
        open_pkcs11(softhsm.url(), home=tmp_path)
    assert refused.read_bytes() == known  # the token was not asked: a refusal has a new salt
    monkeypatch.setenv(PIN, softhsm.pin)
    signer.sign_pdf(paper, tmp_path / "s.pdf", field="Seal")
    assert refused.read_bytes() == b""


def test_the_pin_may_lie_in_a_file_that_others_cannot_read(
    softhsm: SoftHsm,
    signer: Signer,
    paper: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drop_session(softhsm, signer, paper)
    monkeypatch.delenv(PIN)
    with pytest.raises(SigningKeyNotFoundError, match=r"archive\.pin"):
        open_pkcs11(softhsm.url(), home=tmp_path)
    file = tmp_path / "keys" / "archive.pin"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{softhsm.pin}\n")
    file.chmod(0o644)
    with pytest.raises(SigningKeyError, match="0600"):
        open_pkcs11(softhsm.url(), home=tmp_path)
    file.chmod(0o600)
    assert open_pkcs11(softhsm.url(), home=tmp_path).subject == signer.subject


def test_a_forked_process_opens_a_session_of_its_own(
    softhsm: SoftHsm, signer: Signer, paper: Path, tmp_path: Path
) -> None:
    signer.sign_pdf(paper, tmp_path / "before.pdf", field="Seal")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signer.sign_pdf(paper, tmp_path / "child.pdf", field="Seal")
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    signer.sign_pdf(paper, tmp_path / "after.pdf", field="Seal")
    trust = Trust.read(softhsm.authority)
    for name in ("before", "child", "after"):
        assert inspect_signatures(tmp_path / f"{name}.pdf", trust)[0].trusted


def test_two_keys_of_one_token_sign_in_turn(
    softhsm: SoftHsm, signer: Signer, paper: Path, tmp_path: Path
) -> None:
    agency = Subject("Sở Công trình", "Sở Công trình", SignerKind.AGENCY, "MST:9900000018")
    softhsm.add_key("agency", agency)
    drop_session(softhsm, signer, paper)
    other = open_pkcs11(softhsm.url("agency", agency="H40.18"), home=tmp_path)
    assert other.subject == agency
    assert other.certificate.sha256 != signer.certificate.sha256
    for key in (signer, other, signer):
        key.sign_pdf(paper, tmp_path / "s.pdf", field="Seal")
        (report,) = inspect_signatures(tmp_path / "s.pdf", Trust.read(softhsm.authority))
        assert (report.signer, report.trusted) == (key.subject.name, True)


def test_a_key_or_token_that_is_not_there_is_told_by_name(softhsm: SoftHsm, tmp_path: Path) -> None:
    with pytest.raises(SigningKeyNotFoundError, match="archive/none"):
        open_pkcs11(softhsm.url("none"), home=tmp_path)
    with pytest.raises(TokenAwayError, match="other"):
        open_pkcs11(softhsm.url(token="other"), home=tmp_path)
    with pytest.raises(SigningKeyError, match="no PKCS#11 library"):
        open_pkcs11("pkcs11:///lib/none.so?token=archive&key=seal", home=tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "pkcs11:lib.so?token=a&key=b",
        "pkcs11:///lib.so?token=a",
        "pkcs11:///lib.so?token=a&key=b&pin=1234",
        "pkcs12:keys/a.p12",
    ],
)
def test_another_form_of_url_is_refused_and_its_query_not_told(url: str) -> None:
    with pytest.raises(SigningKeyError) as refused:
        TokenKey.parse(url)
    assert "1234" not in str(refused.value)
