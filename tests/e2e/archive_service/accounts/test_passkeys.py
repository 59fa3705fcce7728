"""Passkeys in a real browser, with the authenticator that Chromium itself plays."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, CDPSession, Page, expect
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role, WebSession
from archive_service.domain.people.notice import Notice
from archive_service.domain.people.passkey import Passkey
from archive_service.settings import DEMO_MARK
from tests.e2e.conftest import seen
from tests.worlds.archive import PASSWORD, new_home
from tests.worlds.clients import add_person
from tests.worlds.site import Site, answering, served

HEAD = "phu.trach"
DEVICE = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# What the browser signs with the passkey of the question, and its answer as our script sends it.
SIGN = """async asked => {
  const bytes = (told) => Uint8Array.from(atob(told.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const shown = await navigator.credentials.get({ publicKey: {
    challenge: bytes(asked.challenge), rpId: asked.rpId,
    allowCredentials: asked.allowCredentials.map((one) => ({ ...one, id: bytes(one.id) })) } });
  const { clientDataJSON, authenticatorData, signature } = shown.response;
  return JSON.stringify({ id: shown.id, rawId: text(shown.rawId), type: shown.type, response: {
    clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData),
    signature: text(signature) } });
}"""  # noqa: E501 - a script
# A form of the page, sent by the page itself: the answer's status, and what it says went wrong.
SEND = """async ([at, fields]) => {
  const body = new URLSearchParams({ ...fields,
    csrf_token: document.querySelector("[name=csrf_token]").value });
  const answer = await fetch(at, { method: "POST", body, redirect: "manual" });
  return [answer.status, await answer.text()];
}"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """At ``localhost``: no browser makes a passkey for an IP address."""
    home = new_home(tmp_path / "home")
    (home / DEMO_MARK).unlink()
    with served(home) as running:
        add_person(running.services, HEAD, Role.HEAD)
        yield Site(running.url.replace("127.0.0.1", "localhost"), running.services)


@pytest.fixture
def browser_page(context: BrowserContext) -> Page:
    """A page that may be refused: the browser notes each refusal as a trouble."""
    return context.new_page()


def plug_in(context: BrowserContext, page: Page) -> tuple[CDPSession, str]:
    """A security key in the machine."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, made["authenticatorId"]


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Tên tài khoản").fill(HEAD)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def press(page: Page, name: str) -> None:
    """A button that only the script hears."""
    button = page.get_by_role("button", name=name)
    button.wait_for()  # the page before has started as well, and may still be there
    page.locator("html[data-started]").wait_for()
    button.click()


def enrol(page: Page, name: str) -> None:
    """By who has signed in and has no second factor yet, as the role must."""
    page.get_by_label("Tên khóa").fill(name)
    page.locator("#passkey_password").fill(PASSWORD)
    page.get_by_role("button", name="Đăng ký khóa truy cập").click()
    press(page, "Lập khóa trên thiết bị này")
    expect(page.locator("#recovery-codes li")).to_have_count(10)


def let_pass(site: Site, minutes: int) -> None:
    at = clock.now() - dt.timedelta(minutes=minutes)
    with site.services.writing() as session:
        session.execute(update(WebSession).values(proved_at=at))


def question(page: Page) -> dict[str, Any]:
    status, asked = page.evaluate(SEND, ["/account/passkeys/question", {}])
    assert status == 200, asked
    return dict(json.loads(asked))


def renews_codes(page: Page, answer: str) -> str:
    """What an act that asks for a second factor says to this answer; "" where it is done."""
    status, told = page.evaluate(SEND, ["/account/recovery-codes", {"otp": answer}])
    if status == 200:
        return ""
    assert status == 403, told
    return "copied" if "bộ đếm" in told else "wrong" if "không đúng" in told else str(told)


def keys(site: Site) -> list[Passkey]:
    with site.services.read_only() as session:
        return list(session.scalars(select(Passkey).order_by(Passkey.made_at)))


def test_enrolled_used_to_sign_in_and_for_a_grave_act(
    site: Site, context: BrowserContext, browser_page: Page
) -> None:
    page = browser_page
    plug_in(context, page)
    sign_in(page, site)
    enrol(page, "Khóa USB số 1")
    seen(page, context, "passkey-first")
    page.get_by_role("link", name="làm việc tiếp").click()
    context.clear_cookies()

    sign_in(page, site)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    seen(page, context, "passkey-sign-in")
    press(page, "Dùng khóa truy cập")
    expect(page).to_have_url(re.compile(f"^{site.url}/(?!sign-in)"))
    (key,) = keys(site)
    assert key.used_at is not None
    assert key.sign_count > 0

    let_pass(site, 6)
    page.goto(f"{site.url}/account")
    page.evaluate(
        """() => { const form = document.createElement("form"); form.method = "post";
        form.action = "/session/proof"; form.dataset.unasked = "";
        form.append(document.querySelector("[name=csrf_token]").cloneNode());
        const next = { name: "next", value: "/account" };
        form.append(Object.assign(document.createElement("input"), next));
        document.body.append(form); form.submit(); }"""
    )
    expect(page.get_by_role("heading", name="xác thực thứ hai")).to_be_visible()
    seen(page, context, "passkey-proof")
    press(page, "Dùng khóa truy cập")
    expect(page).to_have_url(f"{site.url}/account")
    with site.services.read_only() as session:
        proved = session.scalars(select(WebSession.proved_at)).all()
        assert max(filter(None, proved)) > clock.now() - dt.timedelta(minutes=1)
        row = get_account(session, HEAD)
        assert row.totp_secret is None
        told = session.scalars(select(Notice.kind).where(Notice.account_id == row.id))
        assert "passkey-added" in set(told)
    seen(page, context, "passkeys")


def test_a_second_press_sends_what_the_first_could_not(
    site: Site, context: BrowserContext, browser_page: Page
) -> None:
    page = browser_page
    plug_in(context, page)
    sign_in(page, site)
    enrol(page, "Khóa USB số 1")
    context.clear_cookies()

    sign_in(page, site)
    press(page, "Dùng khóa truy cập")  # the browser asks for the password first
    expect(page.locator("[name=otp]:disabled")).to_have_count(1)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    press(page, "Dùng khóa truy cập")
    expect(page).to_have_url(re.compile(f"^{site.url}/(?!sign-in)"))


def test_answers_of_another_origin_used_ones_and_copied_keys_are_refused(
    site: Site, context: BrowserContext, browser_page: Page
) -> None:
    page = browser_page
    device, authenticator = plug_in(context, page)
    sign_in(page, site)
    enrol(page, "Khóa USB số 1")
    page.goto(f"{site.url}/account")

    answer = page.evaluate(SIGN, question(page))
    assert renews_codes(page, answer) == ""
    assert renews_codes(page, answer) == "wrong", "an answer is taken once"

    asked = question(page)
    other = context.new_page()
    with answering(Flask("other")) as elsewhere:  # the same host, another origin
        other.goto(elsewhere.replace("127.0.0.1", "localhost"))
        there, of_there = plug_in(context, other)
        held = device.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
        (copied,) = held["credentials"]
        there.send("WebAuthn.addCredential", {"authenticatorId": of_there, "credential": copied})
        foreign = other.evaluate(SIGN, asked)
    assert renews_codes(page, foreign) == "wrong"
    assert renews_codes(page, page.evaluate(SIGN, asked)) == "wrong", "a question is asked once"

    copied["signCount"] = 0
    there.send("WebAuthn.clearCredentials", {"authenticatorId": of_there})
    device.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
    device.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": copied})
    assert renews_codes(page, page.evaluate(SIGN, question(page))) == "copied"
    with site.services.read_only() as session:
        refused = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "account:second-factor-refused")
        )
        assert len(refused.all()) == 4
    page.goto(f"{site.url}/account")
    expect(page.get_by_role("row", name="Khóa USB số 1")).to_contain_text("bộ đếm của khóa đi lùi")
    seen(page, context, "passkey-ended")


def test_several_with_names_a_new_one_rests_and_the_last_stays(
    site: Site, context: BrowserContext, browser_page: Page
) -> None:
    page = browser_page
    device, first = plug_in(context, page)
    sign_in(page, site)
    enrol(page, "Khóa USB số 1")
    page.goto(f"{site.url}/account")
    (key,) = keys(site)
    remove = f"/account/passkeys/{key.id}/remove"
    status, told = page.evaluate(SEND, [remove, {"otp": page.evaluate(SIGN, question(page))}])
    assert (status, "duy nhất" in told) == (409, True)

    page.get_by_label("Tên khóa").fill("Khóa dự phòng")
    form = page.locator("form[action$='/passkeys/begin']")
    form.get_by_label("Mã của xác thực đang dùng").fill("000000")
    press(page, "Đăng ký khóa truy cập")
    expect(page).to_have_url(f"{site.url}/account/passkeys/begin")
    expect(page.get_by_label("Tên khóa")).to_have_value("Khóa dự phòng")
    page.locator("html[data-started]").wait_for()
    form.get_by_role("button", name="Dùng khóa truy cập").click()
    expect(page.get_by_role("button", name="Lập khóa trên thiết bị này")).to_be_visible()
    press(page, "Lập khóa trên thiết bị này")
    expect(page.get_by_text("Khóa này đã được đăng ký")).to_be_visible()
    spare_key = device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    held = device.send("WebAuthn.getCredentials", {"authenticatorId": first})["credentials"]
    device.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": first})
    press(page, "Lập khóa trên thiết bị này")
    expect(page.get_by_text("Đã đăng ký khóa truy cập.").first).to_be_visible()
    expect(page.get_by_role("row", name="Khóa dự phòng")).to_contain_text("Chưa quyết định")
    seen(page, context, "passkeys-two")
    spare = keys(site)[1]
    assert spare.rests_until is not None

    of_spare = spare_key["authenticatorId"]
    for one in held:  # both in the machine: which of them answers is the browser's to choose
        device.send("WebAuthn.addCredential", {"authenticatorId": of_spare, "credential": one})
    row = page.get_by_role("row", name="Khóa USB số 1")
    row.get_by_role("button", name="Dùng khóa truy cập").click()
    expect(page.get_by_text("Đã gỡ khóa truy cập.").first).to_be_visible()
    assert [passkey.id for passkey in keys(site)] == [spare.id]


def test_at_an_address_without_a_name_the_page_says_where_passkeys_are_taken(
    site: Site, context: BrowserContext, page: Page
) -> None:
    bare = Site(site.url.replace("localhost", "127.0.0.1"), site.services)
    bare.enter(context, "lan")
    page.goto(f"{bare.url}/account")
    region = page.get_by_role("region", name="Khóa truy cập")
    expect(region).to_contain_text("không dùng được khóa truy cập")
    expect(region).to_contain_text(site.url)
    seen(page, context, "passkeys-no-place")
