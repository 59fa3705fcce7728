"""Letters that Outlook signed or encrypted whole: their words lie within a CMS alone."""

import datetime as dt
import zlib
from email.message import EmailMessage
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from archive_service.formats.enclosed import enclosed_here
from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here
from archive_service.formats.unopened import Unopened, unopened_here
from archive_service.formats.words.read import sections_of

KEY = rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Trần Minh Khôi")])
    day = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    return x509.CertificateBuilder(
        name, name, KEY.public_key(), 1, day, day + dt.timedelta(days=900)
    ).sign(KEY, hashes.SHA256())


def inner(words: str, attached: bytes = b"") -> bytes:
    letter = EmailMessage()
    letter.set_content(words, cte="base64")
    if attached:
        letter.add_attachment(attached, maintype="application", subtype="pdf", filename="a.pdf")
    return bytes(letter)


def wrapped(cms: bytes) -> bytes:
    """A letter whose body is a CMS, as it is sent."""
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "khoi@sonlam.gov.vn", "Báo cáo"
    letter["Date"] = "Mon, 01 Jul 2024 08:00:00 +0700"
    letter.set_content(cms, maintype="application", subtype="pkcs7-mime", filename="smime.p7m")
    return bytes(letter)


def signed(content: bytes, certificate: x509.Certificate) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, KEY, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def encrypted(content: bytes, certificate: x509.Certificate) -> bytes:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(certificate)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def mark_of(path: Path) -> str:
    return read_mark_here(path, identify_here(path, path.name))


@pytest.mark.parametrize("times", [1, 2])
def test_words_of_a_letter_signed_whole_are_read(
    tmp_path: Path, certificate: x509.Certificate, times: int
) -> None:
    content = inner("MẬT\n\nKế hoạch kiểm kê kho tàng\n", b"%PDF-1.7")
    path = tmp_path / "a.eml"
    for _ in range(times):
        path.write_bytes(content := wrapped(signed(content, certificate)))
    assert mark_of(path) == "MẬT"
    assert [one.name for one in enclosed_here(path, "message/rfc822", "eml")] == ["a.pdf"]
    assert "kiểm kê kho tàng" in str(list(sections_of(path, "eml", 0)))
    assert unopened_here(path, "message/rfc822") is Unopened.NO


@pytest.mark.parametrize(
    ("layers", "unopened"), [(4, Unopened.NO), (5, Unopened.LIMITS), (30, Unopened.LIMITS)]
)
def test_a_letter_wrapped_deeper_than_is_read_is_told(
    tmp_path: Path, layers: int, unopened: Unopened
) -> None:
    content = inner("MẬT\n\nKế hoạch kiểm kê kho tàng\n")
    for _ in range(layers):
        content = wrapped(content)
    path = tmp_path / "a.eml"
    path.write_bytes(content)
    assert unopened_here(path, "message/rfc822") is unopened
    assert unopened or mark_of(path) == "MẬT"


def test_a_letter_of_parts_within_parts_without_end_is_told(tmp_path: Path) -> None:
    heads = "".join(
        f'Content-Type: multipart/mixed; boundary="b{depth}"\n\n--b{depth}\n'
        for depth in range(2000)
    )
    path = tmp_path / "a.eml"
    path.write_text(f"From: a@b.vn\nMIME-Version: 1.0\n{heads}\nMẬT\n")
    assert unopened_here(path, "message/rfc822") is Unopened.LIMITS


def test_a_signed_letter_within_another_is_read(
    tmp_path: Path, certificate: x509.Certificate
) -> None:
    """Outlook keeps the body of a signed letter as an attachment of its own."""
    letter = EmailMessage()
    letter["From"], letter["Date"] = "a@b.vn", "Mon, 01 Jul 2024 08:00:00 +0700"
    letter.set_content("Kính chuyển")
    data = signed(inner("TỐI MẬT\n\nKế hoạch\n"), certificate)
    letter.add_attachment(data, maintype="application", subtype="octet-stream", filename="b.p7m")
    path = tmp_path / "a.eml"
    path.write_bytes(bytes(letter))
    assert mark_of(path) == "TỐI MẬT"


def test_an_encrypted_letter_is_told(tmp_path: Path, certificate: x509.Certificate) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(wrapped(encrypted(inner("Kế hoạch"), certificate)))
    assert unopened_here(path, "message/rfc822") is Unopened.ENCRYPTED
    path.write_bytes(wrapped(signed(path.read_bytes(), certificate)))
    assert unopened_here(path, "message/rfc822") is Unopened.ENCRYPTED


@pytest.mark.parametrize("cms", [b"", b"0\x03\x02\x01\x01", b"\x30\x80" + bytes(40)])
def test_what_is_no_cms_is_a_letter_all_the_same(tmp_path: Path, cms: bytes) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(wrapped(cms))
    assert (unopened_here(path, "message/rfc822"), mark_of(path)) == (Unopened.NO, "")


def test_a_letter_that_was_packed_is_read(tmp_path: Path) -> None:
    held = {"content_type": "data", "content": zlib.compress(inner("MẬT\n\nTrạm bơm Nà Sáng"))}
    packed = {
        "version": "v0",
        "compression_algorithm": {"algorithm": "zlib"},
        "encap_content_info": held,
    }
    cms_of = cms.ContentInfo({"content_type": "compressed_data", "content": packed})
    path = tmp_path / "thu.eml"
    path.write_bytes(wrapped(cms_of.dump()))
    assert mark_of(path) == "MẬT"
    assert "Trạm bơm Nà Sáng" in " ".join(one.text for one in sections_of(path, "eml", 0))
