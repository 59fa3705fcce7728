"""Chờ ký số in the browser and over the API, and the page of keys."""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from archive_service import access
from archive_service.accounts.acts import add_account
from archive_service.app import create_app
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.settings import DEMO_MARK
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.desk.trial import sign_on_trial
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import DemoKeyError, SignerKind, Subject
from archive_service.signing.seals import acts as seals_acts
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of, post, post_from
from tests.worlds.clients import program_of, session_token

CODE = SAMPLE_AGENCY.new_code


@pytest.fixture(scope="module")
def signing_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = new_home(tmp_path_factory.mktemp("signing") / "home")
    with open_home(home) as opened, opened.unit_of_work() as uow:
        agency = get_agency(uow.session, CODE)
        for name, role, where in (
            ("thu", Role.CLERK, agency.id),
            ("an", Role.AGENCY_HEAD, agency.id),
            ("quan", Role.ADMIN, None),
        ):
            add_account(
                name, role=role, actor=OPERATOR, uow=uow, agency_id=where, display_name=name
            )
        uow.commit()
    return home


@pytest.fixture
def services(signing_home: Path, tmp_path: Path) -> Iterator[Services]:
    shutil.copytree(signing_home, tmp_path / "home")
    with open_home(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def paper(tmp_path: Path) -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "paper.pdf")
    return (tmp_path / "paper.pdf").read_bytes()


def sign(services: Services, data: bytes, folder: Path) -> bytes:
    """As the person does, with a tool and a key of their own."""
    services.authority.issue_key(Subject("an", "", SignerKind.PERSON), folder / "an.p12")
    file = folder / "mine.pdf"
    file.write_bytes(data)
    open_pkcs12("pkcs12:an.p12", home=folder).sign_pdf(file, file, field="Ky")
    return file.read_bytes()


def test_a_paper_is_asked_for_refused_and_taken_in_the_browser(
    app: Flask, services: Services, paper: bytes, tmp_path: Path
) -> None:
    officer, head = browser_of(app, services, "bach"), browser_of(app, services, "an")

    def send(path: str, data: bytes, name: str, **form: str) -> TestResponse:
        client = officer if path == "/signing" else head
        given = {"csrf_token": session_token(client), "file": (BytesIO(data), name), **form}
        return client.post(path, data=given, follow_redirects=True)

    asked = send("/signing", paper, "Tờ trình.pdf", account="an")
    assert asked.status_code == 200
    assert "Tờ trình.pdf" in asked.text
    (told,) = desk_acts.list_requests(services, actor=person(services, "an"))
    shown = head.get("/signing")
    link = f"/api/v1/signing-requests/{told.id}/paper"
    assert link in shown.text
    went_out = head.get(link)
    assert went_out.mimetype == "application/pdf"
    refused = send(f"/signing/{told.id}/return", went_out.data, "a.pdf")
    assert "chưa có chữ ký số nào được thêm" in refused.text
    signed = sign(services, went_out.data, tmp_path)
    assert "Đã ký" in send(f"/signing/{told.id}/return", signed, "a.pdf").text
    assert officer.get(f"/api/v1/signing-requests/{told.id}/signed").data == signed


def test_in_the_home_of_a_demo_the_signer_signs_without_a_tool(
    app: Flask, services: Services, paper: bytes
) -> None:
    officer, head = browser_of(app, services, "bach"), browser_of(app, services, "an")
    form = {
        "csrf_token": session_token(officer),
        "account": "an",
        "file": (BytesIO(paper), "a.pdf"),
    }
    officer.post("/signing", data=form)
    (asked,) = desk_acts.list_requests(services, actor=person(services, "an"))
    button = f'action="/signing/{asked.id}/trial"'
    assert button in head.get("/signing").text
    assert button not in officer.get("/signing").text
    assert post_from(officer, "/signing", f"/signing/{asked.id}/trial").status_code == 404
    post_from(head, "/signing", f"/signing/{asked.id}/trial")
    (signed,) = desk_acts.list_requests(services, actor=person(services, "an"))
    assert (signed.state, signed.signed_by) == ("signed", "an")
    assert [finding.code for finding in signed.findings] == ["signed-paper-not-pdfa"]
    assert button not in head.get("/signing").text


def test_a_paper_for_the_seal_is_not_signed_on_trial(services: Services, paper: bytes) -> None:
    clerk = person(services, "thu")
    asked = desk_acts.request_signature_of(
        services,
        paper,
        account="thu",
        actor=person(services, "an"),
        name="a.pdf",
        subject=("", ""),
        with_seal=True,
    )
    with pytest.raises(desk_acts.SigningRequestClosedError):
        sign_on_trial(services, asked.id, actor=clerk)
    with services.read_only() as session:
        tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.subject_id == str(asked.id)))
        assert "signing:sent-out" not in set(tags)


def test_no_other_archive_signs_on_trial(services: Services, paper: bytes, tmp_path: Path) -> None:
    head = person(services, "an")
    (tmp_path / "a.pdf").write_bytes(paper)
    asked = desk_acts.request_signature(services, tmp_path / "a.pdf", account="an", actor=head)
    (services.settings.home / DEMO_MARK).unlink()
    with open_home(services.settings.home) as real:
        with pytest.raises(DemoKeyError):
            sign_on_trial(real, asked.id, actor=person(real, "an"))
        shown = browser_of(create_app(real), real, "an").get("/signing").text
        assert f"/signing/{asked.id}/trial" not in shown


def test_papers_to_sign_are_counted_for_their_signer_on_every_page(
    app: Flask, services: Services, paper: bytes
) -> None:
    officer, head = browser_of(app, services, "bach"), browser_of(app, services, "an")

    def beside(client: FlaskClient) -> str:
        found = re.search(
            r'href="/signing"[^>]*>[^<]+(?:<span class="n">(\d+)<)?', client.get("/search").text
        )
        assert found
        return found[1] or ""

    assert beside(head) == ""
    form = {"csrf_token": session_token(officer), "account": "an"}
    for at in (1, 2):
        officer.post("/signing", data=form | {"file": (BytesIO(paper), f"{at}.pdf")})
        assert (beside(head), beside(officer)) == (str(at), "")
    (one, _) = desk_acts.list_requests(services, actor=person(services, "bach"))
    desk_acts.withdraw(services, one.id, actor=person(services, "bach"))
    assert beside(head) == "1"


def test_whoever_may_open_the_page_finds_the_way_to_it(app: Flask, services: Services) -> None:
    for name in ("bach", "lan", "hung", "thu", "an", "binh", "quan"):
        may = access.may(person(services, name), "signing:list")
        shown = browser_of(app, services, name).get("/", follow_redirects=True)
        assert ('href="/signing"' in shown.text) is may, name


def test_a_refusal_to_ask_is_told_on_the_page(app: Flask, services: Services) -> None:
    officer = browser_of(app, services, "bach")
    form = {"csrf_token": session_token(officer), "account": "an"}
    for data, status in ((b"no PDF", 422), (b"", 422)):
        given = {**form, "file": (BytesIO(data), "a.pdf")}
        answer = officer.post("/signing", data=given)
        assert answer.status_code == status
        assert "Không đưa tệp này đi ký được: tệp không phải PDF, đã hỏng," in answer.text


def test_the_clerk_seals_what_waits_for_the_seal(
    app: Flask, services: Services, tmp_path: Path, paper: bytes
) -> None:
    told = desk_acts.request_signature(
        services,
        tmp_path / "paper.pdf",
        account="thu",
        actor=person(services, "bach"),
        with_seal=True,
    )
    clerk = browser_of(app, services, "thu")
    assert clerk.get("/", follow_redirects=True).request.path == "/signing"
    refused = post(clerk, f"/signing/{told.id}/seal")
    assert refused.status_code == 403
    assert "chưa được giao khóa con dấu" in refused.text
    seals_acts.hand_over(services, CODE, to="thu", by="Ông An", actor=OPERATOR)
    done = post(clerk, f"/signing/{told.id}/seal")
    assert done.status_code == 303
    assert "Đã ký" in clerk.get("/signing").text


def test_a_paper_is_withdrawn_by_whoever_asked(
    app: Flask, services: Services, tmp_path: Path, paper: bytes
) -> None:
    told = desk_acts.request_signature(
        services, tmp_path / "paper.pdf", account="an", actor=person(services, "bach")
    )
    assert post(browser_of(app, services, "an"), f"/signing/{told.id}/withdraw").status_code == (
        404
    )
    officer = browser_of(app, services, "bach")
    assert post(officer, f"/signing/{told.id}/withdraw").status_code == 303
    assert "Đã rút" in officer.get("/signing").text


def test_programs_do_the_same_over_the_api(
    app: Flask, services: Services, paper: bytes, tmp_path: Path
) -> None:
    officer, head = program_of(app, services, "bach"), program_of(app, services, "an")
    form = {"file": (BytesIO(paper), "Tờ trình.pdf"), "account": "an"}
    asked = officer.post("/signing-requests", data=form)
    assert asked.status_code == 201, asked.text
    place = f"/signing-requests/{asked.json['id']}" if asked.json else ""
    went_out = head.get(f"{place}/paper").data
    answer = head.post(f"{place}/signed", data={"file": (BytesIO(went_out), "a.pdf")})
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["accepted"], answer.json["refusals"]) == (False, 1)
    signed = sign(services, went_out, tmp_path)
    taken = head.post(f"{place}/signed", data={"file": (BytesIO(signed), "a.pdf")})
    assert taken.json is not None
    assert taken.json["accepted"]
    listed = officer.get("/signing-requests").json
    assert listed is not None
    assert [signing_request["state"] for signing_request in listed["signing_requests"]] == [
        "signed"
    ]
    stranger = program_of(app, services, "stranger")
    assert stranger.get(f"{place}/signed").status_code == 404


def test_a_paper_asked_for_again_otherwise_is_another_request(
    app: Flask, services: Services, paper: bytes
) -> None:
    officer = program_of(app, services, "bach")

    def ask(**more: str) -> int:
        form = {"file": (BytesIO(paper), "Tờ trình.pdf"), "account": "thu", **more}
        key = {"Idempotency-Key": "one"}
        return officer.post("/signing-requests", data=form, headers=key).status_code

    assert [ask(), ask(), ask(with_seal="true"), ask(identifier="001")] == [201, 201, 409, 409]
    listed = officer.get("/signing-requests").json
    assert listed is not None
    assert len(listed["signing_requests"]) == 1


def test_the_page_of_keys_shows_dates_and_holders(app: Flask, services: Services) -> None:
    seals_acts.hand_over(services, CODE, to="thu", by="Ông An", actor=OPERATOR)
    (services.settings.home / "keys" / "H40.20.p12").write_bytes(b"broken")
    shown = browser_of(app, services, "quan").get("/system/keys")
    assert shown.status_code == 200
    for words in ("01/01/2045", "biên bản 01/BB-BGKBM", "Không mở được", CODE):
        assert words in shown.text
    assert browser_of(app, services, "bach").get("/system/keys").status_code == 403


def test_a_form_without_its_file_asks_for_it_at_its_field(app: Flask, services: Services) -> None:
    clerk = browser_of(app, services, "thu")
    for file in ({}, {"file": (BytesIO(), "")}):
        sent = post_from(clerk, "/signing", "/signing", account="an", **file)
        assert sent.status_code == 422
        field = sent.text.partition('name="file"')[2].partition("<label")[0]
        assert "Chưa chọn tệp ở mục “Tệp PDF”." in field
        assert 'value="an"' in sent.text
