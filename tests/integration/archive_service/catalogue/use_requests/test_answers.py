"""What a reader pays, the answer on paper and by mail, and the package made for a request."""

import hashlib
import io
import re
from pathlib import Path
from zipfile import ZipFile

import pikepdf
import pytest
from flask import Flask
from lxml import etree
from sqlalchemy import select

from archive_service import law
from archive_service.catalogue.use_requests.acts import (
    grant_access_request,
    list_access_requests,
    refuse_access_request,
    revoke_access_request,
)
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.fees import fee_classes
from archive_service.catalogue.use_requests.given import AreaGiven, Grant, Redaction, Wish, Words
from archive_service.catalogue.use_requests.letter import answer_letter
from archive_service.catalogue.use_requests.redaction import redact_access_request
from archive_service.catalogue.use_requests.rules import (
    AccessRequestNotFoundError,
    AccessRequestStateError,
)
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.notice import Notice
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.export.request import DipRequestError
from archive_service.services import Services
from archive_service.signing.copies.check_codes import verdict_of
from tests.worlds.archive import actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, add_person, program_of
from tests.worlds.command import Command
from tests.worlds.papers.coded import told_of

WISH = Wish(
    code=RESTRICTED_CODE,
    document=1,
    purpose="Xác minh thời gian công tác",
    person="Lê Thị Hoa",
    identity="001 088 012 345",
    kind="01",
    fee_class="07",
)


def text_of(pdf: bytes) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_every_group_of_the_circular_has_its_part_of_the_fee() -> None:
    assert list(fee_classes()) == list(law.code_list("feeObjectType").codes)
    parts = {code: fee_class.part for code, fee_class in fee_classes().items()}
    assert (parts["01"], parts["02"], parts["10"]) == ("half", "free", "full")
    assert not any(fee_class.is_certain for fee_class in fee_classes().values()), (
        "nobody has read it yet"
    )


def test_the_group_is_asked_for_and_told_to_who_decides(
    app: Flask, services: Services, reading: Actor, head: Actor
) -> None:
    client = browser_of(app, services, reading.account)
    form = client.get(f"/use-requests/new?code={RESTRICTED_CODE}&document=1").text
    assert "Người hưởng chế độ hưu trí (miễn phí)" in form
    sent = {"code": RESTRICTED_CODE, "document": "1", "purpose": WISH.purpose}
    wrong = post(client, "/use-requests", **sent, fee_class="11")
    assert (wrong.status_code, "Trường “Nhóm tính phí” còn trống" in wrong.text) == (422, True)
    assert post(client, "/use-requests", **sent, fee_class="07").status_code == 303
    (row,) = list_access_requests(services, actor=reading).requests
    assert (row.kind, row.fee_class, row.fee) == ("01", "07", "free")
    desk = browser_of(app, services, head.account).get("/use-requests").text
    assert "miễn phí" in desk
    assert "TT 275/2016/TT-BTC" in desk
    assert "chưa đối chiếu toàn văn" in desk


def test_the_answer_is_a_sealed_paper(
    app: Flask, services: Services, reading: Actor, head: Actor, asked: AccessRequestDocument
) -> None:
    with pytest.raises(AccessRequestStateError):
        answer_letter(services, asked.id, actor=reading)
    grant_access_request(services, asked.id, Grant(pages="1", reason="Điều 33"), actor=head)
    name, made = answer_letter(services, asked.id, actor=reading)
    assert name == f"{RESTRICTED_CODE}.1-answer.pdf"
    checked = told_of(services, made)
    assert (checked.state, checked.kind) == ("valid", "request-answer")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert pdf.open_metadata().pdfa_status == "2B"
        assert pdf.Root.AcroForm.Fields[0].FT == "/Sig"
    told = text_of(made)
    for words in ("- Lê Thị Hoa;", "Cho phép đọc", "được miễn phí", "Điều 33", str(asked.id)):
        assert words in told.replace("\r\n", " "), words
    client = browser_of(app, services, reading.account)
    assert f"/use-requests/{asked.id}/letter.pdf" in client.get("/use-requests").text
    assert client.get(f"/use-requests/{asked.id}/letter.pdf").data.startswith(b"%PDF")
    desk = program_of(app, services, head.account)
    assert desk.get(f"/access-requests/{asked.id}/letter").data.startswith(b"%PDF")
    add_person(services, "khac", Role.READER)
    with pytest.raises(AccessRequestNotFoundError):
        answer_letter(services, asked.id, actor=actor_of(services, "khac"))
    with services.read_only() as session:
        made_ones = select(AuditEvent).where(AuditEvent.tag == "access-request:letter-made")
        assert all(audit_event.data["sealed"] for audit_event in session.scalars(made_ones))
    revoke_access_request(services, asked.id, Words(text="Cấp nhầm tài liệu"), actor=head)
    assert told_of(services, made).state == "withdrawn"
    _, revoked = answer_letter(services, asked.id, actor=reading)
    assert told_of(services, revoked).state == "valid", "the answer that holds now"


def test_an_answer_that_no_key_seals_bears_its_code_too(
    services: Services, reading: Actor, head: Actor, asked: AccessRequestDocument
) -> None:
    refuse_access_request(services, asked.id, Words(text="Điều 21 Luật Lưu trữ"), actor=head)
    (services.settings.home / "keys" / "archive.p12").unlink()
    _, made = answer_letter(services, asked.id, actor=reading)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert "/AcroForm" not in pdf.Root
    assert told_of(services, made).state == "valid"


def test_a_refusal_says_why_and_goes_by_mail_at_once(
    services: Services, reading: Actor, head: Actor, asked: AccessRequestDocument
) -> None:
    refuse_access_request(services, asked.id, Words(text="Điều 21 Luật Lưu trữ"), actor=head)
    told = text_of(answer_letter(services, asked.id, actor=reading)[1])
    assert "Từ chối" in told
    assert "Điều 21 Luật Lưu trữ" in told
    assert "miễn phí" not in told
    with services.read_only() as session:
        moved = select(Notice).where(Notice.kind == "access-request-moved")
        assert all(notice.urgent for notice in session.scalars(moved))


def test_a_package_for_use_says_what_the_request_says(
    app: Flask,
    services: Services,
    reading: Actor,
    head: Actor,
    asked: AccessRequestDocument,
    tmp_path: Path,
) -> None:
    def dip(request: AccessRequestDocument, code: str = RESTRICTED_CODE) -> Path:
        told = export_case_file(
            services, code, form="dip", folder=tmp_path, actor=head, request_id=request.id
        )
        return told.path

    with pytest.raises(DipRequestError):
        dip(asked)
    grant_access_request(services, asked.id, Grant(), actor=head)
    with pytest.raises(DipRequestError):
        dip(asked, OPEN_CODE)
    with ZipFile(dip(asked)) as package:
        (ead,) = [one for one in package.namelist() if one.endswith("/descriptive/EAD.xml")]
        words = " ".join(map(str, etree.fromstring(package.read(ead)).itertext()))
        (name,) = [one for one in package.namelist() if "/documentation/" in one]
        certificate = package.read(name)
        assert name.rpartition("/")[2] in package.read(f"{name.split('/')[0]}/METS.xml").decode()
    told = text_of(certificate).replace("\r\n", " ")
    (code,) = {*re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){4}", told)}
    for said in ("Lê Thị Hoa, 001088012345", WISH.purpose, services.settings.archive.name):
        assert said in told, "the certificate says for whom and for what"
    checked = verdict_of(services, code)
    assert (checked.state, checked.kind) == ("valid", "dip-certificate")
    assert checked.digests == [hashlib.sha256(certificate).hexdigest()]
    with pikepdf.open(io.BytesIO(certificate)) as pdf:
        assert pdf.open_metadata().pdfa_status == "2B"
    for said in (str(asked.id), WISH.purpose, "07", "Lê Thị Hoa"):
        assert said in words
    at = f"/case-files/{RESTRICTED_CODE}/export?form=dip&request={asked.id}"
    assert (
        at.replace("&", "&amp;")
        in browser_of(app, services, head.account).get("/use-requests").text
    )
    assert program_of(app, services, head.account).get(at).status_code == 200
    assert browser_of(app, services, reading.account).get(at).status_code == 403
    command = Command(services.settings.home)
    path = command.ask(
        *("case", "export", RESTRICTED_CODE, "--form", "dip", "--request", str(asked.id)),
        *("--to", str(tmp_path / "cli")),
        account=head.account,
    )["path"]
    assert Path(path).is_file()
    area = AreaGiven(page=1, left=0.1, top=0.1, width=0.1, height=0.1, reason="personal-data")
    redact_access_request(services, asked.id, Redaction(areas=[area]), actor=head)
    with pytest.raises(DipRequestError):
        dip(asked)
