"""Keys in PKCS#12 files: where they lie, their passphrases, and whom they name."""

import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from archive_service.signing.key_stores.pkcs12 import key_file, open_pkcs12
from archive_service.signing.key_stores.secret import key_agency, read_secret
from archive_service.signing.port import (
    SignerKind,
    SigningKeyError,
    SigningKeyNotFoundError,
    Subject,
)
from archive_service.signing.trust.demo_authority import DemoAuthority

AGENCY = Subject(
    "Sở Công trình tỉnh Sơn Lam",
    "Sở Công trình tỉnh Sơn Lam",
    SignerKind.AGENCY,
    identifier="MST:9900000018",
    locality="Sơn Lam",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a demo authority and one key."""
    folder = tmp_path_factory.mktemp("home")
    authority = DemoAuthority.open_or_make(folder / "keys" / "authority")
    assert authority.issue_key(AGENCY, folder / "keys" / "archive.p12")
    return folder


def test_a_key_names_the_agency_it_was_issued_to(home: Path) -> None:
    assert open_pkcs12("pkcs12:keys/archive.p12", home=home).subject == AGENCY


def test_a_person_is_told_from_an_agency_by_the_number(home: Path) -> None:
    person = Subject("Trần Văn Bách", AGENCY.name, SignerKind.PERSON, "CCCD:000000000118")
    DemoAuthority(home / "keys" / "authority").issue_key(person, home / "keys" / "person.p12")
    assert open_pkcs12("pkcs12:keys/person.p12", home=home).subject == person


def test_a_name_longer_than_a_certificate_holds_is_cut_by_characters(home: Path) -> None:
    name = "Lưu trữ hiện hành " * 6
    long = Subject(name, name, SignerKind.AGENCY)
    DemoAuthority(home / "keys" / "authority").issue_key(long, home / "keys" / "long.p12")
    assert open_pkcs12("pkcs12:keys/long.p12", home=home).subject.name == name[:64]


def test_issuing_again_keeps_the_key_that_is_there(home: Path) -> None:
    before = (home / "keys" / "archive.p12").read_bytes()
    authority = DemoAuthority.open_or_make(home / "keys" / "authority")
    assert not authority.issue_key(AGENCY, home / "keys" / "archive.p12")
    assert (home / "keys" / "archive.p12").read_bytes() == before


def test_an_authority_opened_again_is_the_same(home: Path) -> None:
    folder = home / "keys" / "authority"
    assert (
        DemoAuthority.open_or_make(folder).root_certificate()
        == DemoAuthority(folder).root_certificate()
    )


def test_keys_and_passphrases_are_readable_by_the_owner_alone(home: Path) -> None:
    private = [*(home / "keys").rglob("*.key"), *(home / "keys").glob("archive.*")]
    assert len(private) == 5
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}


def test_a_passphrase_that_others_can_read_is_refused(home: Path, tmp_path: Path) -> None:
    for suffix in (".p12", ".pass"):
        copied = tmp_path / f"key{suffix}"
        copied.write_bytes((home / "keys" / f"archive{suffix}").read_bytes())
        copied.chmod(0o644)
    with pytest.raises(SigningKeyError):
        open_pkcs12("pkcs12:key.p12", home=tmp_path)


def test_a_variable_may_hold_the_passphrase(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "h40.18.p12").write_bytes((home / "keys" / "archive.p12").read_bytes())
    with pytest.raises(SigningKeyNotFoundError):
        open_pkcs12("pkcs12:h40.18.p12", home=tmp_path)
    passphrase = (home / "keys" / "archive.pass").read_text().strip()
    monkeypatch.setenv("ARCHIVE_PASSPHRASE_H40_18", passphrase)
    assert open_pkcs12("pkcs12:h40.18.p12", home=tmp_path).subject == AGENCY


def test_a_wrong_passphrase_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_PASSPHRASE_ARCHIVE", "another")
    with pytest.raises(SigningKeyError):
        open_pkcs12("pkcs12:keys/archive.p12", home=home)


def test_a_missing_key_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyNotFoundError, match=r"none\.p12"):
        open_pkcs12("pkcs12:none.p12", home=tmp_path)


def test_the_url_says_file_and_agency(tmp_path: Path) -> None:
    url = "pkcs12:keys/H40.18.p12?agency=H40.18"
    assert key_file(url, home=tmp_path) == tmp_path / "keys" / "H40.18.p12"
    assert key_agency(url) == "H40.18"
    assert key_agency("pkcs12:keys/archive.p12") is None
    assert key_file("pkcs12:///srv/a.p12", home=tmp_path) == Path("/srv/a.p12")


@pytest.mark.parametrize("url", ["pkcs11:///lib.so", "keys/archive.p12", "pkcs12:"])
def test_another_form_of_url_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError):
        key_file(url, home=tmp_path)


def test_a_key_is_loaded_once_however_much_it_signs(home: Path) -> None:
    loaded: list[str] = []

    def seen(_frame: object, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ == "load_der_private_key":
            loaded.append(called.__name__)

    signer = open_pkcs12("pkcs12:keys/archive.p12", home=home)
    own = x509.load_der_x509_certificate(signer.certificate.der).public_key()
    assert isinstance(own, RSAPublicKey)
    sys.setprofile(seen)
    try:
        signed = {words: signer.sign_bytes(words) for words in (b"one", b"two")}
    finally:
        sys.setprofile(None)
    for words, signature in signed.items():
        own.verify(signature, words, PKCS1v15(), SHA256())
    assert len(loaded) == 1


def test_a_key_whose_numbers_do_not_fit_is_refused_when_it_is_opened(
    home: Path, tmp_path: Path
) -> None:
    """It is checked here and nowhere later: a signature by it would give the key away."""
    passphrase = read_secret(home / "keys" / "archive.pass")
    held = (home / "keys" / "archive.p12").read_bytes()
    key, certificate, _ = pkcs12.load_key_and_certificates(held, passphrase)
    assert isinstance(key, RSAPrivateKey)
    wrong = replace_exponent(key)
    (tmp_path / "wrong.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"wrong", wrong, certificate, None, BestAvailableEncryption(passphrase)
        )
    )
    (tmp_path / "wrong.pass").write_bytes(passphrase)
    (tmp_path / "wrong.pass").chmod(0o600)
    with pytest.raises(SigningKeyError):
        open_pkcs12("pkcs12:wrong.p12", home=tmp_path)


def replace_exponent(key: RSAPrivateKey) -> RSAPrivateKey:
    own = key.private_numbers()
    return RSAPrivateNumbers(
        p=own.p,
        q=own.q,
        d=own.d,
        dmp1=own.dmp1 + 2,
        dmq1=own.dmq1,
        iqmp=own.iqmp,
        public_numbers=own.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
