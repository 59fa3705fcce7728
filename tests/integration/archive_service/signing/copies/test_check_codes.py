"""Anybody checks a copy by its code: valid, ended, withdrawn, unknown, and no more is told."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pypdfium2
import pytest
import zxingcpp

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.accounts.tries import Place, TriesExceededError, counted, paused_for
from archive_service.app import create_app
from archive_service.catalogue.holdings.opening import read_receipt
from archive_service.evidence.check_codes import check_code, note_handed_out
from archive_service.services import Services
from archive_service.signing.copies.check_codes import (
    CopyCodeUnknownError,
    CopyWithdrawalWordsError,
    CopyWithdrawnError,
    Withdrawal,
    verdict_of,
    withdraw_copy,
)
from archive_service.signing.copies.issuing import issue_copy
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.digitize.scanned import CLERK, add_clerks
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

CODE = "H40.18.2025.34.QLCT"
ABROAD = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A PDF of two pages."""
    place = tmp_path_factory.mktemp("checked")
    with open_home(new_home(place / "home")) as opened:
        add_clerks(opened)
        born = place / "born"
        born.mkdir()
        write_pdf(born / "a.pdf", words="Quyết định", pages=2)
        write_sheet(born / "Hồ sơ.xlsx", [case_row(CODE)], [document_row("a.pdf", CODE)])
        (submission,) = submit(born, actor=person(opened, "bach"), services=opened)
        do_all(opened)
        accept(opened, submission, actor=person(opened, "lan"))
        do_all(opened)
        yield opened


def issued(services: Services) -> tuple[str, bytes]:
    told, data = issue_copy(services, CODE, 1, form="sao-y", actor=person(services, CLERK))
    return str(told["check"]), data


def test_a_signed_copy_bears_its_code_and_is_valid_until_it_is_withdrawn(
    services: Services,
) -> None:
    code, data = issued(services)
    with pypdfium2.PdfDocument(io.BytesIO(data)) as pdf:
        (seen,) = zxingcpp.read_barcodes(pdf[0].render(scale=200 / 72).to_pil())
        assert zxingcpp.read_barcodes(pdf[1].render(scale=200 / 72).to_pil()) == []
    assert seen.text == code, "no address where the archive names none of its own"
    told = verdict_of(services, code.lower().replace("-", " "))
    assert (told.state, told.kind) == ("valid", "sao-y")
    assert told.on == clock.today().isoformat()
    assert told.digests == [hashlib.sha256(data).hexdigest()]
    clerk = person(services, CLERK)
    with pytest.raises(CopyWithdrawalWordsError):
        withdraw_copy(services, Withdrawal(check=code, reason=" "), actor=clerk)
    wrong = Withdrawal(check=code, reason="Sai bản")
    with pytest.raises(CopyCodeUnknownError):
        withdraw_copy(services, wrong, actor=replace(clerk, agency_id=uuid4()))
    with pytest.raises(ActNotAllowedError):
        withdraw_copy(services, wrong, actor=person(services, "lan"))
    assert withdraw_copy(services, wrong, actor=clerk).kind == "sao-y"
    with pytest.raises(CopyWithdrawnError):
        withdraw_copy(services, wrong, actor=clerk)
    assert verdict_of(services, code).state == "withdrawn"


def test_a_receipt_bears_its_code_and_nobody_withdraws_it_by_hand(services: Services) -> None:
    _, data = read_receipt(services, CODE, actor=person(services, "lan"))
    with pypdfium2.PdfDocument(io.BytesIO(data)) as pdf:
        seen = zxingcpp.read_barcodes(pdf[0].render(scale=300 / 72).to_pil())
        words = pdf[0].get_textpage().get_text_bounded()
    code = next(barcode.text for barcode in seen if len(barcode.text) == len(check_code("")))
    assert code in words, "who has no camera reads it"
    told = verdict_of(services, code)
    assert (told.state, told.kind) == ("valid", "receipt")
    assert told.digests == [hashlib.sha256(data).hexdigest()]
    shown = create_app(services).test_client().get(f"/check-copy?code={code}").text
    assert "Văn bản có giá trị." in shown
    assert "Giấy tiếp nhận" in shown
    clerk, wrong = person(services, CLERK), Withdrawal(check=code, reason="Sai bản")
    with pytest.raises(CopyCodeUnknownError):
        withdraw_copy(services, wrong, actor=clerk)


def test_programs_and_commands_withdraw(services: Services) -> None:
    code, _ = issued(services)
    program = program_of(create_app(services), services, CLERK)
    at, given = "/signing-orders/copies/withdraw", {"check": code, "reason": "Sai bản"}
    assert program.post(at, json=given).get_json()["check"] == code
    assert program.post(at, json=given).status_code == 409
    other, _ = issued(services)
    archive = Command(services.settings.home)
    done = archive.run(
        "sign", "withdraw-copy", "--check", other, "--reason", "Sai bản", account=CLERK
    )
    assert (done.code, other in done.stdout + done.stderr) == (0, True)
    assert verdict_of(services, other).state == "withdrawn"


def test_a_term_that_is_over_is_told_and_what_nobody_handed_out_is_unknown(
    services: Services,
) -> None:
    code = check_code("one of a test")
    told, until = {"kind": "ban-sao", "sha256": "0" * 64}, clock.now() - dt.timedelta(seconds=1)
    with services.writing() as session:
        note_handed_out(session, code, told, until=until, actor=OPERATOR, agency_id=None)
    assert verdict_of(services, code).state == "ended"
    for unknown in ("", "x", code[:-1], f"{code}A", check_code("another")):
        assert verdict_of(services, unknown).state == "unknown"


def test_the_open_page_tells_the_verdict_and_nothing_of_the_document(services: Services) -> None:
    code, data = issued(services)
    client = create_app(services).test_client()
    assert client.get("/check-copy").status_code == 200
    shown = client.get(f"/check-copy?code={code}")
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Bản sao có giá trị." in shown.text
    assert "SAO Y" in shown.text
    assert hashlib.sha256(data).hexdigest() in shown.text
    for kept in (CODE, "Quyết định", "Sở Công trình"):
        assert kept not in shown.text
    for _ in range(30):  # whoever has a copy looks as often as they like
        assert client.get(f"/check-copy?code={code}", environ_base=ABROAD).status_code == 200
    answers = [
        client.get(f"/check-copy?code={check_code(str(number))}", environ_base=ABROAD)
        for number in range(12)
    ]
    assert "Không có bản sao nào mang mã này." in answers[0].text
    assert answers[0].status_code == 200
    assert answers[-1].status_code == TriesExceededError.status
    assert int(answers[-1].headers["Retry-After"]) > 0
    abroad = Place(ABROAD["REMOTE_ADDR"], inside=False)
    assert not paused_for("bach", abroad, database=services.database), "a sign-in is another thing"
    for number in range(10):
        with counted(f"nobody{number}", abroad, database=services.database):
            pass
    assert paused_for("bach", abroad, database=services.database)
