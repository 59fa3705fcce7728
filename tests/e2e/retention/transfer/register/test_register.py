"""In a real browser: a register that goes to the other desk, is answered there, and comes back."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ingest.submissions.acts import accept, submit
from retention.transfer.network.exchange import EXCHANGE_JOB
from tests.e2e.conftest import seen
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.papers.bad_input import small_case
from tests.worlds.site import Site, listening
from tests.worlds.transfer.networked import acquaint
from tests.worlds.transfer.registers import to_send
from tests.worlds.transfer.transfers import TwoArchives, two_archives


def aside(work: Callable[[], None]) -> None:
    """Beside the browser's own loop, which signing cannot share."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoArchives]:
    """The giver holds one case file."""
    home = new_home(tmp_path / "home")

    def hold() -> None:
        with open_home(home) as services:
            small_case(tmp_path / "open", code=OPEN_CODE)
            (identifier,) = submit(
                tmp_path / "open", actor=person(services, "bach"), services=services
            )
            do_all(services)
            accept(services, identifier, actor=person(services, "lan"))
            do_all(services)

    aside(hold)
    with two_archives(home, tmp_path) as both:
        yield both


@pytest.fixture
def desks(two: TwoArchives) -> Iterator[tuple[Site, Site, str]]:
    """Both desks, which know each other, and the page of a register that was approved."""
    with listening(two.giver) as giver, listening(two.receiver) as receiver:
        found: list[UUID] = []

        def approve() -> None:
            acquaint(two, receiver.url)
            found.append(to_send(two, OPEN_CODE))

        aside(approve)
        yield giver, receiver, f"/nop-luu/{found[0]}"


def asked(two: TwoArchives) -> None:
    with two.giver.writing() as session:
        two.giver.jobs.add(session, EXCHANGE_JOB)
    do_all(two.giver)


def test_a_register_is_sent_answered_and_its_answer_read(
    two: TwoArchives, desks: tuple[Site, Site, str], context: BrowserContext, page: Page
) -> None:
    giver, receiver, path = desks
    giver.enter(context, "lan")
    page.goto(giver.url + path)
    seen(page, context, "register-approved")
    page.get_by_role("button", name="Gửi đăng ký", exact=True).click()
    expect(page.get_by_text("Đăng ký đang được gửi qua mạng.")).to_be_visible()
    aside(lambda: asked(two))
    page.reload()
    seen(page, context, "register-sent")

    context.clear_cookies()
    receiver.enter(context, "lan")
    page.goto(receiver.url + "/nop-luu")
    expect(page.get_by_role("heading", name="Sắp nộp")).to_be_visible()
    seen(page, context, "registers-announced")
    page.get_by_role("link", name="Xem và trả lời").click()
    page.get_by_role("link", name="01/", exact=False).first.click()
    seen(page, context, "register-announced")
    page.get_by_label("Ý kiến chung").fill("Nộp trong quý I")
    page.get_by_role("button", name="Trả lời", exact=True).click()
    expect(page.get_by_text("Đã trả lời đăng ký.")).to_be_visible()
    seen(page, context, "register-answered")
    aside(lambda: asked(two))

    context.clear_cookies()
    giver.enter(context, "lan")
    page.goto(giver.url + path)
    expect(page.get_by_text("Nộp trong quý I")).to_be_visible()
    seen(page, context, "register-read")
