"""The manifest of a transfer: as XML has it, signed, whatever a title holds."""

import datetime as dt
from uuid import uuid4

import pytest
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from archive_service.domain.transfer.transfer import Transfer, TransferItem
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import Signer, SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from retention.transfer.packages.folder import Giver, manifest

TITLES = ("Hồ sơ «A» & 'B' < \"C\" >", "hai\tdòng\nở\rđây", "ký tự \x00\x1b lạ", "😀 \u2028 Ế")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    folder = tmp_path_factory.mktemp("authority")
    authority = DemoAuthority.open_or_make(folder / "authority")
    subject = Subject("Lưu trữ", "Lưu trữ", SignerKind.AGENCY, "MST:0600000000")
    authority.issue_key(subject, folder / "archive.p12")
    return open_pkcs12("pkcs12:archive.p12", home=folder)


def transfer() -> Transfer:
    given = {"partner": "Lưu trữ & lịch sử", "partner_code": "", "list_sha256": "0" * 64}
    numbers = {"register_number": "1/ĐK", "answer_number": "2/TL"}
    return Transfer(id=uuid4(), number=1, year=2026, edition=1, media=2, **given, **numbers)


def item(ordinal: int, title: str) -> TransferItem:
    return TransferItem(
        ordinal=ordinal,
        code=f"H40.18.2025.{ordinal:02}.QLCT",
        title=title,
        documents=3,
        version=1,
        package="sip",
        file=f"{ordinal:07}-uuid.sip.zip",
        sha256="a" * 64,
        size_bytes=1000,
        medium=ordinal,
    )


def made(signer: Signer, *titles: str) -> bytes:
    items = [item(number, title) for number, title in enumerate(titles, start=1)]
    giver = Giver("X00", "Lưu trữ", "H40.18", "Sở")
    created = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    document = manifest(transfer(), items, giver, sequence=1, created=created, signer=signer)
    return document.read()


def test_every_title_is_told_as_it_is(signer: Signer) -> None:
    root = etree.fromstring(made(signer, *TITLES))
    told = [element.get("title") for element in root.iter("{*}package")]
    assert told == [title.replace("\x00", "\ufffd").replace("\x1b", "\ufffd") for title in TITLES]
    first, *_, last = root.iter("{*}package")
    assert (first.get("file"), first.get("medium")) == ("packages/0000001-uuid.sip.zip", "1")
    assert last.get("medium") == "2"  # the manifest has no further one


def test_packages_are_written_as_canonical_xml_has_them(signer: Signer) -> None:
    document = made(signer, *TITLES)
    canonical = etree.tostring(etree.fromstring(document), method="c14n")
    begins = document.index(b"<transfer:package ")
    assert canonical.endswith(document[begins:])


def test_other_tools_find_the_signature_good(signer: Signer) -> None:
    document = made(signer, *TITLES)
    XMLVerifier().verify(
        document,
        x509_cert=_pem(signer),
        expect_config=SignatureConfiguration(location=".//"),
    )


def _pem(signer: Signer) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    found = x509.load_der_x509_certificate(signer.certificate.der)
    return found.public_bytes(Encoding.PEM).decode()
