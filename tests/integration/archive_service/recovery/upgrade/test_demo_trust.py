"""An archive of an earlier release that trusted the demo's authority: what rests on it is told."""

import hashlib
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
)
from archive_service.evidence.withdrawn_trust import WITHDRAWN
from archive_service.services import Services
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from ingest.submissions.acts import accept, submit
from retention.transfer.messages.form import signed
from retention.transfer.messages.tables import NOTICE_FORM, Notice
from tests.worlds.archive import (
    PDF_NAME,
    new_home,
    of_earlier_release,
    open_home,
    person,
    small_pdf_case,
)
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.transfer.transfers import add_transfers

BADGE = "ký bằng chứng thư thử nghiệm"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """It holds a document that the home's authority signed, and a receipt with its stamp."""
    home, case = new_home(tmp_path / "home"), small_pdf_case(tmp_path / "case")
    signer = open_pkcs12("pkcs12:keys/archive.p12", home=home)
    signer.sign_pdf(case / PDF_NAME, case / PDF_NAME, field="Signature1")
    with open_home(home) as services:
        (submission_id,) = submit(case, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission_id, actor=person(services, "lan"))
        do_all(services)
        assert _verdicts(services)[0]["trusted"]
        _notify(services)
    return of_earlier_release(home)


def _notify(services: Services) -> None:
    """A notice on a transfer, signed with the key of the home."""
    with services.writing() as session:
        add_transfers(session, 1)
        session.flush()
        (transfer,) = session.scalars(select(Transfer)).all()
        head = Notice(
            transfer=transfer.id,
            sequence=1,
            created=clock.now(),
            withdrawn=True,
            reason="nhầm",
            giver="a",
            receiver="b",
        )
        document = signed(NOTICE_FORM, head, [], services.signer()).document
        session.add(
            TransferMessage(
                transfer_id=transfer.id,
                kind=TransferMessageKind.NOTICE,
                direction=TransferDirection.OUT,
                sequence=1,
                sha256=hashlib.sha256(document).hexdigest(),
                document=document.decode(),
                at=clock.now(),
            )
        )


def _verdicts(services: Services) -> list[dict[str, Any]]:
    with services.read_only() as session:
        return list(session.scalars(select(Document)).one().signatures)


def test_what_rests_on_it_is_listed_and_said_on_the_papers(home: Path) -> None:
    told = Command(home).ask("upgrade")
    paper, notice = sorted(told["withdrawn"]["papers"], key=lambda one: str(one["kind"]))
    assert (notice["kind"], notice["number"]) == ("transfer-notice", "1")
    assert (paper["kind"], paper["stamped"]) == ("receipt", True)
    (signed,) = told["withdrawn"]["signatures"]
    assert (signed["code"], signed["document"]) == ("H40.18.2025.08.QLCT", 1)
    with pypdfium2.PdfDocument(told["report"]) as report:
        words = "".join(page.get_textpage().get_text_range() for page in report).split()
    assert paper["sha256"] in "".join(words)

    with open_home(home) as services:
        (row,) = _verdicts(services)
        assert (row["trusted"], row["outcome"]) == (False, "chain-unknown")
        assert row["said_before"]["trusted"]
        do_all(services)
        with services.read_only() as session:
            case_file = session.scalars(select(CaseFile)).one()
            assert (case_file.version_stored, case_file.receipt_sha256) == (2, paper["sha256"])
            assert session.scalars(select(Act).where(Act.kind == WITHDRAWN)).one().written
            submission_id = session.scalars(select(Submission.id)).one()
        browser = browser_of(create_app(services), services, "lan")
        for at in (f"/submissions/{submission_id}", f"/case-files/{case_file.code}/documents/1"):
            assert BADGE in browser.get(at).get_data(as_text=True), at
    again = Command(home).ask("upgrade")
    assert not again["withdrawn"], "nothing is told twice"


def test_a_home_of_the_demo_keeps_its_trust(tmp_path: Path) -> None:
    assert Command(new_home(tmp_path / "home")).ask("upgrade")["withdrawn"] is None
