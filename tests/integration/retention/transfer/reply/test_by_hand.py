"""Handing over to an archive that answers on paper: receipts are noted with a scan of them."""

import datetime as dt
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from archive_service import clock
from archive_service.app import create_app
from archive_service.catalogue.case_files import queries
from archive_service.domain.case_files.case_file import CaseState
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.transfer.closing.close import close
from retention.transfer.closing.remove import remove
from retention.transfer.given import RemovalApproval
from retention.transfer.papers.acts import papers_of, read_paper
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.refusals import (
    TransferDayError,
    TransferItemsError,
    TransferStateError,
    TransferWordsError,
)
from retention.transfer.register import acts as register_acts
from retention.transfer.reply.hand_receipts import (
    HandReceipt,
    TransferReceiptContradictsError,
    TransferReceiptSignedError,
    TransferScanError,
    note_receipt,
)
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.door import write_pdf
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.retention.removing import graceless
from tests.worlds.transfer.replies import is_over, packed, sent
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
THEIRS = "TTLT-07/1234"
WHY = "Thiếu chữ ký"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    write_pdf(tmp_path / "biên nhận.pdf", words="Biên nhận")
    return tmp_path / "biên nhận.pdf"


@pytest.fixture
def row(two: TwoArchives, tmp_path: Path) -> UUID:
    """A transfer on a disk that was carried to the other archive."""
    return sent(two, tmp_path, *BOTH)


@pytest.fixture
def services(two: TwoArchives, row: UUID) -> Services:
    """Of the giver, opened when it has gone that way."""
    return two.giver


def receipt(**changed: object) -> HandReceipt:
    """That one is kept, and one returned."""
    told: dict[str, object] = {
        "number": "12/BN-TTLT",
        "on": clock.today(),
        "kept": {OPEN_CODE: THEIRS},
        "returned": {RESTRICTED_CODE: WHY},
        "archive": "TTLT.07",
    }
    return HandReceipt(**(told | changed))  # type: ignore[arg-type]  # as each test changes it


def states(services: Services, row: UUID) -> list[str]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return [transfer_item.state for transfer_item in told.items]


def test_what_a_paper_says_closes_a_transfer_and_lets_bytes_go(
    services: Services, row: UUID, scan: Path
) -> None:
    services = graceless(services)
    lan = person(services, "lan")
    told = note_receipt(services, row, receipt(), scan=scan, actor=lan)
    assert (told.state, told.partner_code) == ("replied", "TTLT.07")
    kept, returned = told.items
    assert (kept.state, returned.state, returned.reason) == ("receipted", "returned", WHY)
    assert (kept.receipt or {})["arc_file_code"] == THEIRS
    assert (kept.receipt or {})["package_sha256"] == kept.sha256
    assert (kept.receipt or {})["paper"]["number"] == "12/BN-TTLT"
    name, data = read_paper(services, row, "hand-receipt", actor=lan)
    assert (name[:9], data) == ("bien-nhan", scan.read_bytes())
    close(services, row, actor=lan)
    rebuild(services, actor=OPERATOR)
    assert states(services, row) == ["transferred", "returned"]
    assert "hand-receipt" in [paper.kind for paper in papers_of(services, row, actor=lan)]
    is_over(services, row)
    remove(
        services, row, RemovalApproval(otp=new_otp(services, HEAD)), actor=person(services, HEAD)
    )
    do_all(services)
    assert states(services, row) == ["removed", "returned"]
    case = queries.case_file(services, OPEN_CODE, actor=OPERATOR).as_json()
    assert case["state"] == CaseState.TRANSFERRED
    assert case["handed_over"]["receipt"] == kept.receipt


def test_all_that_is_not_returned_is_kept_and_a_second_paper_tells_of_the_rest(
    services: Services, row: UUID, scan: Path
) -> None:
    lan = person(services, "lan")
    first = receipt(kept={}, returned={OPEN_CODE: WHY}, all_kept=False)
    note_receipt(services, row, first, scan=scan, actor=lan)
    assert states(services, row) == ["returned", "sent"]
    rest = receipt(number="13/BN-TTLT", kept={}, returned={}, all_kept=True)
    told = note_receipt(services, row, rest, scan=scan, actor=lan)
    assert states(services, row) == ["returned", "receipted"]
    assert told.reply_sequence == 2
    with pytest.raises(TransferItemsError):
        note_receipt(services, row, receipt(), scan=scan, actor=lan)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"kept": {}, "returned": {}}, TransferWordsError),
        ({"returned": {OPEN_CODE: WHY}}, TransferReceiptContradictsError),
        ({"returned": {RESTRICTED_CODE: " "}}, TransferWordsError),
        ({"number": ""}, TransferWordsError),
        ({"kept": {"H40.18.2025.99.QLCT": ""}}, TransferItemsError),
        ({"on": clock.today() + dt.timedelta(days=2)}, TransferDayError),
        ({"on": dt.date(2020, 1, 1)}, TransferDayError),
    ],
    ids=["nothing", "both", "no-reason", "no-number", "unknown", "ahead", "before"],
)
def test_a_receipt_that_does_not_fit_changes_nothing(
    services: Services, row: UUID, scan: Path, changed: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        note_receipt(services, row, receipt(**changed), scan=scan, actor=person(services, "lan"))
    assert states(services, row) == ["sent", "sent"]


def test_no_scan_no_receipt_and_none_of_an_archive_that_signs(
    services: Services, row: UUID, scan: Path, tmp_path: Path
) -> None:
    lan = person(services, "lan")
    no_pdf = tmp_path / "scan.pdf"
    no_pdf.write_text("Biên nhận", encoding="utf-8")
    with pytest.raises(TransferScanError):
        note_receipt(services, row, receipt(), scan=no_pdf, actor=lan)
    certificate = [("seal.crt", services.signer().certificate.der)]
    told = PartnerGiven(PartnerFacts(name="Lưu trữ", receives=True), certificates=certificate)
    partners_acts.add(services, "TTLT.07", told, actor=OPERATOR)
    with pytest.raises(TransferReceiptSignedError):
        note_receipt(services, row, receipt(), scan=scan, actor=lan)
    assert states(services, row) == ["sent", "sent"]


def test_nothing_is_receipted_that_was_not_sent(
    two: TwoArchives, scan: Path, tmp_path: Path
) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    with pytest.raises(TransferStateError):
        note_receipt(services, row, receipt(), scan=scan, actor=person(services, "lan"))


def test_programs_and_the_command_note_a_receipt(services: Services, row: UUID, scan: Path) -> None:
    program = program_of(create_app(services), services, "lan")
    form: dict[str, Any] = {
        "number": "12/BN-TTLT",
        "on": clock.today().isoformat(),
        "returned": json.dumps({RESTRICTED_CODE: WHY}),
        "file": (scan.open("rb"), "biên nhận.pdf"),
    }
    answer = program.post(f"/transfers/{row}/receipt", data=form)
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["items"][1]["reason"] == WHY
    archive = Command(services.settings.home)
    told = archive.ask(
        "transfer", "note-receipt", str(row), "--number", "13/BN", "--on", form["on"],
        "--scan", str(scan), "--kept", f"{OPEN_CODE}={THEIRS}", account="lan",
    )  # fmt: skip
    assert told["items"][0]["receipt"]["arc_file_code"] == THEIRS
