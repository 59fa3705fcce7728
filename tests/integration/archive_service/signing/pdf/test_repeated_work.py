"""What is the same for every signature of a key is worked out at its first."""

from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import as_signing_certificate_v2

from archive_service.bench.material import write_pdf
from archive_service.signing.key_stores.pkcs12 import Pkcs12Signer, open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.timestamp import DemoTimestamps
from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.worlds.calls import calls

ONCE = {"as_signing_certificate_v2", "load_der_private_key", "reserved_bytes"}


@pytest.fixture
def key(tmp_path: Path) -> Pkcs12Signer:
    authority = DemoAuthority.open_or_make(tmp_path / "authority")
    agency = Subject("Sở Công trình", "Sở Công trình", SignerKind.AGENCY, "MST:9900000018")
    authority.issue_key(agency, tmp_path / "agency.p12")
    stamps = DemoTimestamps(authority)
    return open_pkcs12("pkcs12:agency.p12", home=tmp_path, timestamps=stamps)


@pytest.fixture
def papers(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{number}.pdf" for number in range(2)]
    for number, file in enumerate(found):
        write_pdf(file, 4096, seed=number)
    return found


def test_a_second_signature_names_no_certificate_anew_and_loads_no_key(
    key: Pkcs12Signer, papers: list[Path]
) -> None:
    seen = []
    for paper in papers:
        with calls() as counted:
            key.sign_pdf(paper, paper, field="Seal")
        seen.append(counted)
    first, second = seen
    assert ONCE & first.keys() == ONCE
    assert ONCE & second.keys() == set()
    assert second["_sign_tst_info"] == 1
    assert second["dump"] < first["dump"] / 2


def test_the_certificate_is_named_as_pyhanko_names_it(
    key: Pkcs12Signer, papers: list[Path]
) -> None:
    key.sign_pdf(papers[0], papers[0], field="Seal")
    with papers[0].open("rb") as signed:
        (found,) = PdfFileReader(signed).embedded_signatures
        own, certificate = found.signed_data, found.signer_cert
    assert named(own) == as_signing_certificate_v2(certificate).dump()
    (token,) = own["signer_infos"][0]["unsigned_attrs"]
    stamp = token["values"][0]["content"]
    issuers = {one.chosen.serial_number: one.chosen for one in stamp["certificates"]}
    stamper = issuers[stamp["signer_infos"][0]["sid"].chosen["serial_number"].native]
    assert named(stamp) == as_signing_certificate_v2(stamper).dump()


def named(signed: cms.SignedData) -> bytes:
    attributes = {
        signed_attr["type"].native: signed_attr["values"][0]
        for signed_attr in signed["signer_infos"][0]["signed_attrs"]
    }
    return bytes(attributes["signing_certificate_v2"].dump())
