"""People sign in at an identity provider: a real browser goes there and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service.app import create_app
from tests.e2e.conftest import seen
from tests.services.oidc import run_oidc_provider
from tests.services.process import free_port
from tests.worlds.archive import PASSWORD, new_home, open_home
from tests.worlds.servers.identity import with_provider
from tests.worlds.site import Site, answering

WHO = "huong-1979"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Site]:
    """At ``localhost``, while the provider is at 127.0.0.1: for a browser another site."""
    port = free_port()
    url = f"http://localhost:{port}"
    with (
        run_oidc_provider([f"{url}/sign-in/provider/back"]) as provider,
        open_home(new_home(tmp_path / "home")) as services,
    ):
        known = with_provider(services, provider)
        with answering(create_app(known), port=port):
            yield Site(url, known)


def sign_in_there(page: Page, who: str) -> None:
    """At the provider's own page."""
    page.get_by_label("Who").fill(who)
    page.get_by_role("button", name="Sign in").click()


def begin(page: Page, archive: Site, wanted: str = "") -> None:
    page.goto(f"{archive.url}{wanted or '/sign-in'}")
    page.get_by_role("link", name="Đăng nhập qua 127.0.0.1").click()


def test_the_owner_binds_leaves_and_signs_in_by_the_provider(
    archive: Site, context: BrowserContext, page: Page
) -> None:
    archive.enter(context, "bach")
    page.goto(f"{archive.url}/account")
    binding = page.get_by_role("region", name="Cổng xác thực")
    binding.get_by_role("textbox").fill(PASSWORD)
    binding.get_by_role("button", name="Liên kết").click()
    page.get_by_role("link", name="Sang cổng xác thực").click()
    sign_in_there(page, WHO)
    expect(page.get_by_text(f"Liên kết với {WHO}")).to_be_visible()
    seen(page, context, "lien-ket-cong-xac-thuc")
    context.clear_cookies()

    away = context.new_page()  # a page that may be refused: the browser notes each as a trouble
    begin(away, archive, "/account")  # where one wanted to go, one comes out
    sign_in_there(away, WHO)
    expect(away).to_have_url(f"{archive.url}/account")
    expect(away.get_by_text("Qua cổng xác thực").first).to_be_visible()

    away.get_by_role("button", name="Kết thúc liên kết").click()
    away.goto(f"{archive.url}/account")  # what was opened by it ended with it
    begin(away, archive)
    expect(away.get_by_text("không tự lập tài khoản")).to_be_visible()


def test_whom_nobody_bound_is_told_so_and_comes_no_further(
    archive: Site, context: BrowserContext, page: Page
) -> None:
    page.goto(f"{archive.url}/sign-in")
    seen(page, context, "dang-nhap-qua-cong")
    refused = context.new_page()
    begin(refused, archive)
    sign_in_there(refused, "nobody-here")
    expect(refused.get_by_text("không tự lập tài khoản")).to_be_visible()
    refused.goto(f"{archive.url}/account")
    expect(refused.get_by_role("link", name="Đăng nhập qua 127.0.0.1")).to_be_visible()
