"""What was just signed is read back before it counts: whole, unchanged, by the key that was asked.

Each signed file is spoilt in one way, as a failing disk or a faulty writer would.
"""

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms, x509

from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.signed import require_signed
from archive_service.signing.port import SignatureBrokenError, SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority

AGENCY = "Sở Công trình tỉnh Sơn Lam"
FIELD = "Seal"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    authority = DemoAuthority.open_or_make(folder / "authority")
    subject = Subject(AGENCY, AGENCY, SignerKind.AGENCY, "MST:9900000018")
    authority.issue_key(subject, folder / "agency.p12")
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(folder / "paper.pdf")
    signer = open_pkcs12("pkcs12:agency.p12", home=folder)
    signer.sign_pdf(folder / "paper.pdf", folder / "signed.pdf", field=FIELD)
    return folder / "signed.pdf"


def _contents(data: bytes) -> tuple[int, int]:
    """Where the digits of the signature begin and end."""
    start = data.index(b"/Contents <") + len(b"/Contents <")
    return start, data.index(b">", start)


def _certificate(signed: Path) -> x509.Certificate:
    data = signed.read_bytes()
    start, end = _contents(data)
    found = cms.ContentInfo.load(bytes.fromhex(data[start:end].decode()))["content"]
    own = found["signer_infos"][0]["sid"].chosen["serial_number"].native
    return next(
        certificate.chosen
        for certificate in found["certificates"]
        if certificate.chosen.serial_number == own
    )


def test_what_is_whole_passes(signed: Path) -> None:
    require_signed(signed, FIELD, _certificate(signed))


def _other_page(data: bytes) -> bytes:
    return data.replace(b"612", b"613", 1)


def _other_signature(data: bytes) -> bytes:
    """One digit of the signature's value, the last thing of the CMS."""
    start, end = _contents(data)
    last = len(data[start:end].rstrip(b"0")) + start - 8
    digit = b"1" if data[last : last + 1] != b"1" else b"2"
    return data[:last] + digit + data[last + 1 :]


def _no_cms(data: bytes) -> bytes:
    start, end = _contents(data)
    return data[:start] + b"0" * (end - start) + data[end:]


def _more_behind(data: bytes) -> bytes:
    return data + b"% one line more\n"


def _cut(data: bytes) -> bytes:
    return data[:-200]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_other_page, "digest-differs"),
        (_other_signature, "signature-invalid"),
        (_no_cms, ""),
        (_more_behind, "coverage"),
        (_cut, ""),
    ],
)
def test_what_is_spoilt_does_not_count(
    signed: Path, tmp_path: Path, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    spoilt = tmp_path / "spoilt.pdf"
    spoilt.write_bytes(spoil(signed.read_bytes()))
    with pytest.raises(SignatureBrokenError) as broken:
        require_signed(spoilt, FIELD, _certificate(signed))
    assert broken.value.facts["field"] == FIELD
    assert reason in str(broken.value.facts["reason"])


def test_another_field_or_key_does_not_count(signed: Path, tmp_path: Path) -> None:
    own = _certificate(signed)
    with pytest.raises(SignatureBrokenError):
        require_signed(signed, "Other", own)
    other = DemoAuthority.open_or_make(tmp_path / "authority")
    other.issue_key(Subject(AGENCY, AGENCY, SignerKind.AGENCY, "MST:1"), tmp_path / "other.p12")
    key = open_pkcs12("pkcs12:other.p12", home=tmp_path)
    certificate = x509.Certificate.load(key.certificate.der)
    with pytest.raises(SignatureBrokenError, match="certificate"):
        require_signed(signed, FIELD, certificate)
