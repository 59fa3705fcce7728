"""Partners on pages: looked at by staff, kept by the administrator; a token is shown once."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service.catalogue.agencies.acts import add_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from archive_service.services import Services
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from tests.worlds.archive import OPERATOR, OTHER_AGENCY
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import add_person, session_token
from tests.worlds.transfer.transfers import add_givers

AT = "/nop-luu/doi-tac"
CODE = "H40.97"
NAME = "Lưu trữ Sở Y tế"
FORM = {"code": CODE, "name": NAME, "gives": "1", "agencies": OTHER_AGENCY, "quota": "4,7"}


@pytest.fixture
def admin(app: Flask, services: Services) -> FlaskClient:
    add_person(services, "quan", Role.ADMIN)
    return browser_of(app, services, "quan")


def known(services: Services) -> dict[str, Any]:
    return partners_acts.show_whole(services, CODE, actor=OPERATOR).as_json()


def token_in(answer: TestResponse) -> str:
    found = re.search(r'id="token">([^<]+)<', answer.text)
    assert found is not None
    return found[1]


def with_files(client: FlaskClient, path: str, **given: Any) -> TestResponse:
    """Bytes are files of the form."""
    form = {k: (io.BytesIO(v), "seal.crt") if isinstance(v, bytes) else v for k, v in given.items()}
    data = {"csrf_token": session_token(client), **form}
    return client.post(path, data=data, content_type="multipart/form-data")


def test_a_partner_is_added_changed_and_retired(
    admin: FlaskClient, app: Flask, services: Services
) -> None:
    assert "Chưa có lưu trữ đối tác nào" in admin.get(AT).text
    seal = services.signer().certificate
    made = with_files(admin, AT, **FORM, certificates=seal.der)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    token = token_in(made)
    page = admin.get(f"{AT}/{CODE}").text
    assert token not in page
    assert " ".join(re.findall("....", seal.sha256.upper())) in page
    assert "0 B / 4,7 GB" in page
    one = known(services)
    assert (one["quota_bytes"], one["gives"], one["receives"]) == (4_700_000_000, True, False)
    assert one["token"]["used_at"] is None
    facts = {"name": "Lưu trữ Y tế", "receives": "1", "gives": "1", "url": "https://y.example/"}
    changed = with_files(admin, f"{AT}/{CODE}/facts", **facts, tls=seal.der)
    assert changed.status_code == 303
    one = known(services)
    assert (one["name"], one["url"], one["tls_sha256"], one["quota_bytes"]) == (
        "Lưu trữ Y tế", "https://y.example", seal.sha256, 0,
    )  # fmt: skip
    assert post(admin, f"{AT}/{CODE}/our-token", token="Ma-truy_cap").status_code == 303
    assert partners_acts.token_for(services, CODE) == "Ma-truy_cap"
    page = admin.get(f"{AT}/{CODE}").text
    assert "Ma-truy_cap" not in page
    assert "Đã có, không hiện lại" in page
    assert post(admin, f"{AT}/{CODE}/facts", **facts, drop_tls="1").status_code == 303
    assert known(services)["tls_sha256"] == ""
    assert post(admin, f"{AT}/{CODE}/certificates/{seal.sha256}/drop").status_code == 303
    assert known(services)["certificates"] == []
    assert token_in(post(admin, f"{AT}/{CODE}/token")) != token
    assert post(admin, f"{AT}/{CODE}/retirement").status_code == 303
    assert "Đã ngừng" in admin.get(f"{AT}/{CODE}").text
    refused = post(admin, f"{AT}/{CODE}/token")
    assert (refused.status_code, "đã ngừng" in refused.text) == (409, True)


def test_what_cannot_be_is_told_at_its_field(admin: FlaskClient, services: Services) -> None:
    for field, wrong in {
        "code": "H40 97",
        "name": "  ",
        "agencies": "H40.404",
        "quota": "nhiều",
        "url": "http://luutru.example",
    }.items():
        refused = post(admin, AT, **FORM | {field: wrong})
        assert refused.status_code in (404, 422)
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', refused.text), field
    assert with_files(admin, AT, **FORM, certificates=b"xin chao").status_code == 422
    idle = post(admin, AT, **{name: given for name, given in FORM.items() if name != "gives"})
    assert (idle.status_code, "không giao hồ sơ vào đây" in idle.text) == (422, True)
    assert re.search(r'id="sides"[^>]*aria-invalid="true"', idle.text)
    much = post(admin, AT, **FORM | {"quota": "-1"}).text
    assert "Hạn mức mỗi ngày phải là một số không âm." in much
    assert "Ghi số GB, ví dụ 4,7" in much
    assert "byte" not in much
    assert partners_acts.list_all(services, actor=OPERATOR) == []
    seal = services.signer().certificate.der
    assert with_files(admin, AT, **FORM, receives="1", certificates=seal).status_code == 200
    twice = post(admin, AT, **FORM | {"name": "Tên khác"})
    assert (twice.status_code, NAME in twice.text) == (409, True)
    for act, given, field in (
        ("facts", {"name": NAME, "gives": "1", "quota": "-1"}, "quota"),
        ("facts", {"name": NAME}, "sides"),
        ("agencies", {"agency": "H40.404"}, "agency"),
        ("our-token", {"token": "hai mã"}, "token"),
    ):
        refused = post(admin, f"{AT}/{CODE}/{act}", **given)
        assert refused.status_code in (404, 422)
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', refused.text), act
    refused = with_files(admin, f"{AT}/{CODE}/certificates", certificates=b"xin chao")
    assert refused.status_code == 422
    assert '<dialog class="dialog" id="key-dialog" open' in refused.text
    assert admin.get(f"{AT}/H40.404").status_code == 404


def test_an_agency_that_was_merged_is_changed_for_its_successor(
    admin: FlaskClient, services: Services
) -> None:
    with_files(admin, AT, **FORM, certificates=services.signer().certificate.der)
    with services.unit_of_work() as uow:
        add_agency("H40.72", "Sở Mới", actor=OPERATOR, uow=uow, successor_of=OTHER_AGENCY)
        uow.commit()
    page = admin.get(f"{AT}/{CODE}").text
    assert "Đã sáp nhập" in page
    assert "vào Sở Mới" in page
    moved = post(admin, f"{AT}/{CODE}/agencies", agency="H40.72", drop=OTHER_AGENCY)
    assert moved.status_code == 303
    assert [agency["code"] for agency in known(services)["agencies"]] == ["H40.72"]
    page = admin.get(f"{AT}/{CODE}").text
    assert f"Giao cả hồ sơ của Sở Nông nghiệp tỉnh Sơn Lam ({OTHER_AGENCY})" in page
    last = post(admin, f"{AT}/{CODE}/agencies", drop="H40.72")
    assert (last.status_code, "Gắn cơ quan khác trước" in last.text) == (409, True)
    assert [agency["code"] for agency in known(services)["agencies"]] == ["H40.72"]


def test_staff_sees_and_does_not_keep(app: Flask, services: Services, admin: FlaskClient) -> None:
    with_files(admin, AT, **FORM, certificates=services.signer().certificate.der)
    lan = browser_of(app, services, "lan")
    for path in (AT, f"{AT}/{CODE}"):
        page = lan.get(path).text
        assert NAME in page
        assert "dialog" not in page.partition("<main")[2].partition("</main>")[0]
    assert lan.get(f"{AT}/new").status_code == 403
    for act in ("facts", "certificates", "agencies", "our-token", "token", "retirement"):
        assert post(lan, f"{AT}/{CODE}/{act}", name="X", token="m").status_code == 403
    assert browser_of(app, services, "bach").get(AT).status_code == 403
    assert f'href="{AT}"' in lan.get("/nop-luu").text  # in the row of tabs
    for who, place in ((lan, "/case-files"), (admin, "/system")):
        bar = who.get(AT).text.partition("<h1")[0]
        assert re.search(rf'href="{place}"[^>]*aria-current', bar), place


def test_the_list_is_narrowed_paged_and_downloaded(
    app: Flask, services: Services, admin: FlaskClient
) -> None:
    with services.writing() as session:
        add_givers(session, 60)
    takes = PartnerFacts(name="LƯU TRỮ LỊCH SỬ ĐÔNG", receives=True)
    told = PartnerGiven(takes, certificates=[("seal.crt", services.signer().certificate.der)])
    partners_acts.add(services, "A.1", told, actor=OPERATOR)
    assert "không cần gắn cơ quan" in admin.get(f"{AT}/A.1").text
    partners_acts.retire(services, "A.1", actor=OPERATOR)
    first = admin.get(AT).text
    assert (first.count("data-item"), "61" in first) == (50, True)
    assert admin.get(f"{AT}?cursor=2").text.count("data-item") == 11
    for asked in ("q=lịch sử đông", "side=receives", "standing=retired"):
        page = admin.get(f"{AT}?{asked}").text
        assert (page.count("data-item"), "LƯU TRỮ LỊCH SỬ ĐÔNG" in page) == (1, True)
    assert admin.get(f"{AT}?q={SAMPLE_AGENCY.new_code}").text.count("data-item") >= 50
    assert "Không có đối tác nào như vậy" in admin.get(f"{AT}?q=khong-co").text
    table = admin.get(f"{AT}?export=csv").text
    assert len(table.strip().splitlines()) == 62
    with counted(services) as few:
        admin.get(f"{AT}?q=lịch sử")
    with counted(services) as many:
        admin.get(AT)
    assert len(many) <= len(few) + 2
