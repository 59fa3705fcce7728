"""Signatures in XML, Office and OpenDocument files count as those in PDFs do."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from archive_service import clock
from archive_service.catalogue.case_files.signatures_now import signatures_of
from archive_service.services import Services
from archive_service.signing.pdf.report import Outcome
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Acceptance
from tests.worlds.archive import new_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.holding import case_of
from tests.worlds.ingest import signed_files as files
from tests.worlds.simulated_signing import Hierarchy, Party, day

CODE = "H40.18.2025.12.QLCT"


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture
def home(tmp_path: Path, authority: Hierarchy) -> Path:
    home = new_home(tmp_path / "home")
    trust = home / "trust"
    trust.mkdir(exist_ok=True)
    (trust / "root.der").write_bytes(authority.root.der)
    (trust / "issuing.crl").write_bytes(authority.crl(at=clock.now()))
    (trust / "above.crl").write_bytes(authority.root_crl(at=clock.now()))
    return home


def test_what_a_known_signer_signed_is_an_original_and_what_was_changed_is_told(
    app: Flask, services: Services, authority: Hierarchy, tmp_path: Path
) -> None:
    signer = authority.person(since=day(2020), until=day(2040))
    _lay_down(tmp_path / "case", signer)
    actor = person(services, "bach")
    (identifier,) = submissions_acts.submit(tmp_path / "case", actor=actor, services=services)
    do_all(services)
    lan = browser_of(app, services, "lan")
    desk = lan.get(f"/desk/{identifier}").text
    assert "Nội dung đã thay đổi sau khi Trần Minh Khôi ký số" in desk
    assert "Nội dung được ký nằm ở tệp khác" in desk
    assert "Trần Minh Khôi (tệp đính kèm “Tờ trình.docx”)" in desk
    submissions_acts.accept(
        services, identifier, Acceptance(reason="Đủ"), actor=person(services, "lan")
    )
    do_all(services)
    documents = case_of(services, CODE).documents
    assert [document.standing for document in documents] == [
        *["original"] * 3,
        "reference",
        None,
        "reference",  # nobody signed the letter itself
    ]
    outcomes = [signature["outcome"] for document in documents for signature in document.signatures]
    assert outcomes == [*[Outcome.VALID] * 3, "broken", "unjudged", Outcome.VALID]
    again = signatures_of(services, CODE, 2, now=True, actor=person(services, "lan"))
    (compared,) = again.signatures
    assert compared.now is not None
    assert (compared.now["outcome"], compared.now["signer"]) == ("valid", "Trần Minh Khôi")
    (hanging,) = signatures_of(
        services, CODE, 6, now=True, actor=person(services, "lan")
    ).signatures
    assert hanging.now is not None
    assert (hanging.now["outcome"], hanging.now["within"]) == ("valid", "Tờ trình.docx")
    page = lan.get(f"/case-files/{CODE}?document=1").text
    assert "Trần Minh Khôi" in page


def _letter(signed: bytes) -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"] = "a@sonlam.example", "b@sonlam.example"
    letter["Date"], letter["Subject"] = "Mon, 03 Mar 2025 08:00:00 +0700", "Gửi tờ trình"
    letter.set_content("Kính gửi văn phòng.")
    letter.add_attachment(signed, "application", "octet-stream", filename="Tờ trình.docx")
    return letter.as_bytes()


def _lay_down(folder: Path, signer: Party) -> None:
    invoice = files.signed_invoice(signer)
    made = {
        "a.xml": invoice.encode(),
        "b.docx": files.signed_docx(signer),
        "c.odt": files.signed_odt(signer),
        "d.xml": invoice.replace("6480000", "1").encode(),
        "e.xml": invoice.replace('URI="#data"', 'URI="vb.xml"').encode(),
        "g.eml": _letter(files.signed_docx(signer)),
    }
    folder.mkdir()
    for name, data in made.items():
        (folder / name).write_bytes(data)
    rows = [document_row(name, CODE, codeNumber=name[0], standing="") for name in made]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], rows)
