"""The decision on a schedule: printed when it is adopted, signed by who adopted it, shown."""

import unicodedata
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from flask import Flask

from archive_service.access import ActNotAllowedError
from archive_service.domain.people.account import Role
from archive_service.formats.pdf.facts import read_pdf
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.desk.documents import SigningAnswerDocument, SigningRequestDocument
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject
from retention.schedules import acts as schedules_acts
from retention.schedules import papers as schedules_papers
from retention.schedules.documents import DecisionPaper
from retention.schedules.papers import SchedulePaperAskedError, SchedulePaperMissingError
from tests.integration.retention.schedules.adopted import adopt, load, written
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import Program, add_person


def adopted(services: Services, tmp_path: Path) -> UUID:
    return UUID(adopt(services, load(services, written(tmp_path)))["id"])


def paper(services: Services, schedule: UUID) -> DecisionPaper:
    told = schedules_papers.paper_of(services, schedule, actor=person(services, "hung"))
    assert told is not None
    return told


def request_of(services: Services, schedule: UUID) -> SigningRequestDocument:
    signature = paper(services, schedule).signature
    assert signature is not None
    return signature


def signed(
    services: Services, schedule: UUID, tmp_path: Path, *, name: str = ""
) -> SigningAnswerDocument:
    """What became of the paper that came back with a signature of who is named."""
    asked, hung = request_of(services, schedule), person(services, "hung")
    _, data = desk_acts.send_out(services, asked.id, actor=hung)
    (tmp_path / "back.pdf").write_bytes(data)
    subject = Subject(name or asked.signer, "Sở Công trình", SignerKind.PERSON, "CCCD:hung")
    services.authority.issue_key(subject, tmp_path / "hung.p12")
    key = open_pkcs12("pkcs12:hung.p12", home=tmp_path)
    back = tmp_path / "back.pdf"
    key.sign_pdf(back, back, field="KyHung", reason="Duyệt")
    return desk_acts.take_return(services, asked.id, back, actor=hung)


def test_the_decision_waits_for_who_adopted_and_is_shown_signed(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    schedule = adopted(services, tmp_path)
    told = paper(services, schedule)
    assert told.signature is not None
    assert (told.signature.account, told.signature.state) == ("hung", "waiting")
    hung = browser_of(app, services, "hung")
    page = f"/retention-schedules/{schedule}"
    assert "Chờ ký" in hung.get(page).text
    with pytest.raises(SchedulePaperAskedError):
        schedules_papers.ask_for_signature(services, schedule, actor=person(services, "hung"))
    assert signed(services, schedule, tmp_path).accepted
    shown = browser_of(app, services, "lan").get(page).text
    assert "Đã ký" in shown
    answer = hung.get(f"{page}/paper.pdf")
    (tmp_path / "signed.pdf").write_bytes(answer.data)
    (report,) = inspect_signatures(tmp_path / "signed.pdf", services.trust)
    assert report.field == "KyHung"
    rebuild(services, actor=OPERATOR)
    assert request_of(services, schedule).state == "signed"


def test_the_paper_is_pdfa_and_names_schedule_entries_and_digest(
    services: Services, tmp_path: Path
) -> None:
    schedule = adopted(services, tmp_path)
    hung = person(services, "hung")
    name, data = schedules_papers.read_paper(services, schedule, actor=hung)
    assert name == "quyet-dinh-bang-thoi-han-nghanh-1.pdf"
    assert schedules_papers.read_paper(services, schedule, actor=hung)[1] == data
    target = tmp_path / "paper.pdf"
    target.write_bytes(data)
    assert read_pdf(target, limit_s=30, memory_mib=1024).pdfa
    with pypdfium2.PdfDocument(data) as pdf:
        pages = [one.get_textpage().get_text_range() for one in pdf]
    text = " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())
    document = schedules_acts.show(services, str(schedule), actor=hung)
    assert "Căn cứ Luật Lưu trữ ngày 21 tháng 6 năm 2024;" in text
    for words in ("QUYẾT ĐỊNH", "A.1", "A.2", "QĐ 9", document.title, "Điều 4"):
        assert words in text


def test_a_signature_under_another_name_is_told_with_the_paper(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    schedule = adopted(services, tmp_path)
    signed(services, schedule, tmp_path, name="Nguyễn Văn Khác")
    told = request_of(services, schedule)
    assert told.findings
    shown = browser_of(app, services, "hung").get(f"/retention-schedules/{schedule}").text
    assert told.findings[0].message in shown.replace("&#34;", '"')


def test_a_withdrawn_request_is_asked_again_by_who_may(
    app: Flask, services: Services, archivist: Program, tmp_path: Path
) -> None:
    draft = load(services, written(tmp_path))
    hung = person(services, "hung")
    with pytest.raises(SchedulePaperMissingError):
        schedules_papers.read_paper(services, UUID(draft["id"]), actor=hung)
    schedule = UUID(adopt(services, draft)["id"])
    first = request_of(services, schedule)
    desk_acts.withdraw(services, first.id, actor=hung)
    told = paper(services, schedule)
    assert (told.signature, told.may_ask) == (None, True)
    assert (
        "Chưa trình ký"
        in browser_of(app, services, "lan").get(f"/retention-schedules/{schedule}").text
    )
    with pytest.raises(ActNotAllowedError):
        schedules_papers.ask_for_signature(services, schedule, actor=person(services, "lan"))
    address = f"/retention-schedules/{schedule}"
    assert archivist.post(f"{address}/signature").status_code == 403
    answer = archivist.get(f"{address}/paper")
    assert answer.data.startswith(b"%PDF")
    add_person(services, "thu", Role.HEAD)
    assert post(browser_of(app, services, "thu"), f"{address}/signature").status_code == 303
    assert request_of(services, schedule).account == "hung"
