"""Who signs in at the provider is the account bound to them: by its owner, or by two others."""

import urllib.request

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.enrolment import enrol
from archive_service.accounts.gains.acts import Confirmation, confirm_gain, list_gains, refuse_gain
from archive_service.accounts.leaving.acts import leave
from archive_service.accounts.leaving.documents import Leaving
from archive_service.accounts.oidc.bindings import (
    BindingNotFoundError,
    BindingTakenError,
    NewBinding,
    bind_account,
    bind_own,
    end_binding,
    show_binding,
)
from archive_service.accounts.oidc.provider import Identity, OidcOffError
from archive_service.accounts.own_sessions import list_sessions
from archive_service.app import create_app
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.oidc import OidcBinding
from archive_service.recovery.rebuild.carried_over import carried_over
from archive_service.services import Services
from archive_service.settings import DEMO_MARK, SettingsError, load_settings
from tests.services.oidc import OidcProvider
from tests.worlds.archive import PASSWORD, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import API, add_person, program_of, sign_in
from tests.worlds.command import Command
from tests.worlds.servers.identity import (
    answer_of,
    lying_provider,
    sign_in_there,
    with_issuer,
    with_provider,
)

WHO = "huong-1979"


@pytest.fixture
def archive(services: Services, own_oidc: OidcProvider) -> Services:
    for name, role in (("quan.tri", Role.ADMIN), ("phu.trach", Role.HEAD)):
        add_person(services, name, role)
    return with_provider(services, own_oidc)


@pytest.fixture
def door(archive: Services) -> Flask:
    return create_app(archive)


def actor_of(services: Services, name: str) -> Actor:
    with services.read_only() as session:
        return get_account(session, name).as_actor()


def bind_there(client: FlaskClient, who: str, password: str = PASSWORD) -> str:
    """What the owner sees in the end."""
    page = post(client, "/account/binding", binding_password=password)
    address = page.text.split('class="btn btn-primary" href="')[1].split('"')[0]
    back = client.get(answer_of(address.replace("&amp;", "&"), who))
    assert back.status_code in (303, 409), back.text
    return back.text if back.status_code == 409 else client.get("/account").text


def events(services: Services, tag: str) -> list[AuditEvent]:
    with services.read_only() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.tag == tag)))


def test_no_account_is_made_by_signing_in_there(door: Flask, archive: Services) -> None:
    with archive.read_only() as session:
        before = session.scalars(select(Account.name).order_by(Account.name)).all()
    client = door.test_client()
    answer = sign_in_there(client, "nobody-here")
    assert answer.status_code == 403
    assert "không tự lập tài khoản" in answer.text
    assert client.get("/account").status_code != 200
    with archive.read_only() as session:
        assert session.scalars(select(Account.name).order_by(Account.name)).all() == before


def test_the_owner_binds_signs_in_and_ends_it(door: Flask, archive: Services) -> None:
    client = browser_of(door, archive, "bach")
    assert "Chưa" in client.get("/account").text or "chưa" in client.get("/account").text
    wrong = post(client, "/account/binding", binding_password="sai-mat-khau-roi")
    assert wrong.status_code == 403
    assert WHO in bind_there(client, WHO)
    (told,) = events(archive, "account:bound")
    assert (told.account, told.data["subject"]) == ("bach", WHO)

    there = door.test_client()
    assert sign_in_there(there, WHO, "/account").headers["Location"] == "/account"
    assert "Qua cổng xác thực" in there.get("/account").text
    assert events(archive, "account:signed-in")[-1].data["by"] == "oidc"
    last = list_sessions(archive, actor=person(archive, "bach")).sign_ins[0]
    assert last.by_provider

    assert post(client, "/account/binding/end").status_code == 303
    assert there.get("/account").status_code != 200, "sessions opened by it end"
    assert client.get("/account").status_code == 200
    assert sign_in_there(door.test_client(), WHO).status_code == 403
    with pytest.raises(BindingNotFoundError):
        end_binding(archive, "bach", actor=person(archive, "bach"))
    assert len(events(archive, "account:unbound")) == 1


def test_one_person_there_is_one_account_here(door: Flask, archive: Services) -> None:
    assert WHO in bind_there(browser_of(door, archive, "bach"), WHO)
    refused = bind_there(browser_of(door, archive, "phu.trach"), WHO)
    assert "đã liên kết với tài khoản khác" in refused
    with pytest.raises(BindingTakenError):
        bind_account(
            archive, "bach", NewBinding(subject="another"), actor=actor_of(archive, "quan.tri")
        )


def test_an_answer_binds_the_account_that_asked(door: Flask, archive: Services) -> None:
    client = browser_of(door, archive, "bach")
    page = post(client, "/account/binding", binding_password=PASSWORD)
    address = page.text.split('class="btn btn-primary" href="')[1].split('"')[0]
    path = answer_of(address.replace("&amp;", "&"), WHO)
    post(client, "/sign-out")
    assert client.get(path).status_code == 403
    with pytest.raises(BindingNotFoundError):
        show_binding(archive, "bach", actor=person(archive, "bach"))


def test_who_sets_up_binds_with_a_second_person(door: Flask, archive: Services) -> None:
    admin, head = actor_of(archive, "quan.tri"), actor_of(archive, "phu.trach")
    client = browser_of(door, archive, "quan.tri")
    at = "/system/accounts/bach/binding"
    assert post(client, at, subject="").status_code == 422
    assert post(client, at, subject=WHO).status_code == 303
    assert "đang chờ người thứ hai xác nhận" in client.get("/system/accounts/bach/rights").text
    assert show_binding(archive, "bach", actor=admin).waits
    assert sign_in_there(door.test_client(), WHO).status_code == 403
    (asked,) = [gain for gain in list_gains(archive, actor=head).gains if gain.kind == "bound"]
    assert asked.subject == WHO
    assert WHO in browser_of(door, archive, "phu.trach").get("/rights").text
    confirm_gain(archive, asked.id, Confirmation(), actor=head)
    assert sign_in_there(door.test_client(), WHO).status_code == 303
    assert post(client, f"{at}/end").status_code == 303
    assert sign_in_there(door.test_client(), WHO).status_code == 403


def test_a_binding_that_is_refused_is_over(archive: Services) -> None:
    admin, head = actor_of(archive, "quan.tri"), actor_of(archive, "phu.trach")
    bind_account(archive, "bach", NewBinding(subject=WHO), actor=admin)
    (asked,) = [gain for gain in list_gains(archive, actor=head).gains if gain.kind == "bound"]
    refuse_gain(archive, asked.id, actor=head)
    with pytest.raises(BindingNotFoundError):
        show_binding(archive, "bach", actor=admin)
    bind_account(archive, "hung", NewBinding(subject=WHO), actor=admin)


def test_a_leaver_is_bound_no_more(door: Flask, archive: Services) -> None:
    own = Identity(archive.settings.oidc.issuer, WHO, by_factor=False)
    bind_own(archive, own, actor=person(archive, "binh"))
    assert sign_in_there(door.test_client(), WHO).status_code == 303
    given = Leaving(left_on=clock.today(), reason="Chuyển công tác", to="lan")
    leave(archive, "binh", given, actor=actor_of(archive, "quan.tri"))
    assert sign_in_there(door.test_client(), WHO).status_code == 403
    with pytest.raises(BindingNotFoundError):
        show_binding(archive, "binh", actor=actor_of(archive, "quan.tri"))


def test_a_rebuild_brings_bindings_back(archive: Services) -> None:
    own = Identity(archive.settings.oidc.issuer, WHO, by_factor=False)
    bind_own(archive, own, actor=person(archive, "bach"))
    with archive.read_only() as session:
        rows = carried_over(session).rows
    assert [row.subject for row in rows if isinstance(row, OidcBinding)] == [WHO]


def test_the_second_factor_is_asked_for_all_the_same(door: Flask, archive: Services) -> None:
    (archive.settings.home / DEMO_MARK).unlink(missing_ok=True)
    head = actor_of(archive, "phu.trach")
    secret = enrol(archive, "phu.trach", actor=head)["secret"]
    bind_own(archive, Identity(archive.settings.oidc.issuer, WHO, by_factor=False), actor=head)
    client = door.test_client()
    assert client.get("/sign-in/provider/code").status_code == 403, "nobody was there"
    asked = sign_in_there(client, f"{WHO},otp", "/account")
    assert asked.headers["Location"] == "/sign-in/provider/code", "a setting would have to trust it"
    assert client.get("/account").status_code != 200
    assert 'name="otp"' in client.get("/sign-in/provider/code").text
    for wrong in ("", "000000"):
        assert post(client, "/sign-in/provider/code", otp=wrong).status_code == 403
    code = pyotp.TOTP(secret).at(clock.now())
    done = post(client, "/sign-in/provider/code", otp=code)
    assert (done.status_code, done.headers["Location"]) == (303, "/account")
    assert client.get("/account").status_code == 200
    assert post(door.test_client(), "/sign-in/provider/code", otp=code).status_code == 403


def test_wrong_codes_after_the_provider_are_counted(door: Flask, archive: Services) -> None:
    (archive.settings.home / DEMO_MARK).unlink(missing_ok=True)
    head = actor_of(archive, "phu.trach")
    enrol(archive, "phu.trach", actor=head)
    bind_own(archive, Identity(archive.settings.oidc.issuer, WHO, by_factor=False), actor=head)
    client = door.test_client()
    sign_in_there(client, WHO)
    statuses = [post(client, "/sign-in/provider/code", otp="000000").status_code for _ in range(6)]
    assert statuses[:5] == [403] * 5
    assert statuses[5] == 429


def test_a_factor_that_is_trusted_counts(services: Services, own_oidc: OidcProvider) -> None:
    add_person(services, "phu.trach", Role.HEAD)
    archive = with_provider(services, own_oidc, trusted_factors=["otp", "hwk"])
    (archive.settings.home / DEMO_MARK).unlink(missing_ok=True)
    head = actor_of(archive, "phu.trach")
    bind_own(archive, Identity(own_oidc.issuer, WHO, by_factor=False), actor=head)
    app = create_app(archive)
    client = app.test_client()
    assert sign_in_there(client, f"{WHO},pwd,otp", "/account").headers["Location"] == "/account"
    assert client.get("/rights").status_code == 200, "nothing is to be enrolled first"
    other = app.test_client()
    sign_in_there(other, f"{WHO},pwd")
    assert other.get("/rights").status_code == 303, "without it the role enrols one here"


def test_a_password_made_by_others_is_no_matter_there(door: Flask, archive: Services) -> None:
    with archive.writing() as session:
        get_account(session, "bach").password_once = True
    own = Identity(archive.settings.oidc.issuer, WHO, by_factor=False)
    bind_own(archive, own, actor=person(archive, "bach"))
    client = door.test_client()
    sign_in_there(client, WHO)
    assert client.get("/search").status_code == 200


def test_where_it_is_required_two_sign_in_here(services: Services, own_oidc: OidcProvider) -> None:
    for name, role in (("quan.tri", Role.ADMIN), ("phu.trach", Role.HEAD)):
        add_person(services, name, role)
    two = ["bach", "phu.trach"]
    app = create_app(with_provider(services, own_oidc, required=True, local_accounts=two))
    page = app.test_client().get("/sign-in")
    assert "hai tài khoản được phép" in page.text
    for name, status in (("bach", 303), ("phu.trach", 303), ("quan.tri", 403), ("nobody", 403)):
        assert sign_in(app.test_client(), name).status_code == status, name
    assert "Chọn nút đăng nhập qua cổng" in sign_in(app.test_client(), "quan.tri").text


def test_settings_lock_nobody_out(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    home = services.settings.home
    monkeypatch.setenv("ARCHIVE_OIDC__REQUIRED", "true")
    monkeypatch.setenv("ARCHIVE_OIDC__ISSUER", "https://id.example")
    monkeypatch.setenv("ARCHIVE_OIDC__CLIENT_ID", "archive")
    for two in ("[]", '["bach"]', '["bach", "bach"]', '["bach", "hung", "mai"]'):
        monkeypatch.setenv("ARCHIVE_OIDC__LOCAL_ACCOUNTS", two)
        with pytest.raises(SettingsError):
            load_settings(home)
    monkeypatch.setenv("ARCHIVE_OIDC__LOCAL_ACCOUNTS", '["bach", "hung"]')
    assert load_settings(home).oidc.required
    monkeypatch.setenv("ARCHIVE_OIDC__ISSUER", "http://id.example")
    with pytest.raises(SettingsError):
        load_settings(home)


def test_without_a_provider_nothing_leads_there(app: Flask, services: Services) -> None:
    assert "/sign-in/provider" not in app.test_client().get("/sign-in").text
    assert app.test_client().get("/sign-in/provider").status_code == 404
    add_person(services, "quan.tri", Role.ADMIN)
    admin = actor_of(services, "quan.tri")
    with pytest.raises(OidcOffError):
        bind_account(services, "bach", NewBinding(subject=WHO), actor=admin)


def test_programs_and_the_shell_bind_and_end(door: Flask, archive: Services) -> None:
    program = program_of(door, archive, "quan.tri")
    bound = program.post("/accounts/bach/binding", json={"subject": WHO})
    assert (bound.status_code, bound.get_json()["waits"]) == (200, True)
    assert program.get("/accounts/bach/binding").get_json()["subject"] == WHO
    assert program.post("/accounts/bach/binding/end").get_json()["ended_at"]
    assert program.get("/accounts/bach/binding").status_code == 404
    assert door.test_client().get(f"{API}/accounts/bach/binding").status_code == 401
    oidc = archive.settings.oidc
    named = {"ARCHIVE_OIDC__ISSUER": oidc.issuer, "ARCHIVE_OIDC__CLIENT_ID": oidc.client_id}
    command = Command(archive.settings.home, named)
    made = command.ask("account", "bind", "bach", "--subject", WHO, account="quan.tri")
    assert (made["account"], made["waits"]) == ("bach", False), "the shell is trusted here"
    assert WHO in command.run("account", "binding", "bach", account="quan.tri").stderr
    assert command.ask("account", "unbind", "bach", account="quan.tri")["ended_at"]


def test_who_came_from_the_provider_is_shown_where_to_sign_out_there(
    door: Flask, archive: Services
) -> None:
    bind_there(browser_of(door, archive, "bach"), WHO)
    there = door.test_client()
    sign_in_there(there, WHO)
    out = post(there, "/sign-out")
    assert out.headers["Location"] == "/sign-in?left=provider"
    page = there.get(out.headers["Location"]).text
    address = page.split('mt-2" href="')[1].split('"')[0]
    assert address == f"{archive.settings.oidc.issuer}/session/end?client_id=archive"
    with urllib.request.build_opener().open(address, timeout=20) as shown:
        assert shown.status == 200  # it asks whether one means it
    here = browser_of(door, archive, "bach")
    assert post(here, "/sign-out").headers["Location"] == "/sign-in"
    assert "Đăng xuất ở cổng xác thực" not in door.test_client().get("/sign-in").text


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({}, False),
        ({"end_session_endpoint": "ftp://x/end"}, False),
        ({"end_session_endpoint": "https://x/end?a=1"}, True),
    ],
)
def test_an_end_that_a_provider_does_not_tell_of_is_not_shown(
    services: Services, told: dict[str, str], *, shown: bool
) -> None:
    with lying_provider() as liar:
        liar.metadata = told
        page = create_app(with_issuer(services, liar.issuer)).test_client()
        text = page.get("/sign-in?left=provider").text
        assert ("https://x/end?a=1&amp;client_id=archive" in text) is shown
    assert "Đăng xuất ở cổng" not in page.get("/sign-in?left=provider").text  # it is away
