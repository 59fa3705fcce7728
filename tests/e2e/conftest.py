"""A real browser, and what a page must never do in it."""

import functools
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from archive_service import messages
from archive_service.worker import work
from tests.services.tools import chromium_path
from tests.worlds.archive import new_home
from tests.worlds.main_job import Held, main_job
from tests.worlds.site import Site, served

PICTURES = os.environ.get("ARCHIVE_PICTURES", "")  # a folder to look at them

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = 1366, 390  # pixels
BETWEEN = (683, 820)  # a desk shown twice as large, and a tablet
PATIENCE_MS = 20_000  # a page is waited for, however busy the machine; no speed is tested here
SETTLED = """() => Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once a file; skips with its reason where there is none, and fails in CI.

    Not once a session: its event loop would stay in the way of signing in later tests.
    """
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """The main job's archive: A born digital, B paper, C at the desk."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # the same for all workers of one run
    return main_job(shared / "main-job")


@pytest.fixture(scope="session")
def site(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """That archive behind a listening server."""
    with served(held.copied(tmp_path_factory.mktemp("site") / "home").home) as listening:
        yield listening


@pytest.fixture
def plain(browser: Browser) -> Iterator[BrowserContext]:
    """A profile whose scripts are off."""
    made = browser.new_context(
        viewport={"width": 1366, "height": 900}, locale="vi-VN", java_script_enabled=False
    )
    yield made
    made.close()


@pytest.fixture(params=[DESK, pytest.param(PHONE, marks=pytest.mark.long)], ids=["desk", "phone"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A fresh profile, at the width of a desk; `make faults` walks all at that of a phone, too.

    What is seen at a desk is looked at as a phone shows it in any case.
    """
    made = browser.new_context(viewport=_window(request.param), locale="vi-VN")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; a script's error or a refusal by the security policy fails the test."""
    troubles: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "console",
        lambda said: troubles.append(said.text) if _is_trouble(said) else None,
    )
    yield opened
    assert not troubles


def _is_trouble(said: ConsoleMessage) -> bool:
    """A form that comes back with what is missing is told by its status; the browser notes that.

    A look that is given up for a newer one is told as its abort and its end; a look that failed is
    told as ``htmx:sendError`` as well. A page of another program may have no picture for its tab.
    """
    given_up = said.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    untold = given_up or "status of 422" in said.text
    untold = untold or said.location["url"].endswith("/favicon.ico")  # ours name theirs
    return said.type in {"error", "warning"} and not untold


def do_all(site: Site) -> None:
    """Do every job that waits; beside the browser's own loop, which signing cannot share."""
    worker = threading.Thread(target=work, args=(site.services,), kwargs={"until_empty": True})
    worker.start()
    worker.join()


def width_of(context: BrowserContext) -> int:
    """Of its window, in pixels."""
    size = context.pages[0].viewport_size
    assert size is not None
    return size["width"]


def overflow_px(page: Page) -> int:
    """By how much the page is wider than its window, once it has its styles; best 0."""
    page.wait_for_load_state("load")
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def barriers(page: Page, *without: str) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice, one line a place.

    The script comes through the driver: the page's own policy stays as strict as it is. Of what is
    in order axe-core gathers no places, which takes it as long as the rest and here a second time.
    """
    if not page.evaluate("() => 'axe' in window"):  # half a megabyte, read once for all widths
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {
        "runOnly": RULES,
        "rules": {rule: {"enabled": False} for rule in without},
        "resultTypes": ["violations"],
    }
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def is_sound(page: Page) -> None:
    """Nothing scrolls sideways and nobody is kept out, at a desk and on a phone."""
    under_menu = ("target-size",) if page.locator(".drop-menu[open]").count() else ()
    looked_at(page, *under_menu)
    if page.viewport_size == _window(DESK):
        for width in BETWEEN:
            page.set_viewport_size(_window(width))
            assert overflow_px(page) == 0, f"at {width} px"
        page.set_viewport_size(_window(PHONE))
        looked_at(page, "target-size")  # what lies half below the bar of acts depends on the scroll
        page.set_viewport_size(_window(DESK))


def seen(page: Page, context: BrowserContext, name: str) -> None:
    """What an archivist would trip over, and a picture where one is asked for."""
    if PICTURES:
        target = Path(PICTURES) / f"{name}-{width_of(context)}.png"
        page.screenshot(path=target, full_page=True)
    is_sound(page)


@functools.cache
def _key_of_a_text() -> re.Pattern[str]:
    families = "|".join(sorted({key.partition(".")[0] for key in messages.load("vi")}))
    return re.compile(rf"\b(?:{families})\.[a-z][\w-]*\.[\w-]+")


def bare_keys(page: Page) -> list[str]:
    """Keys of texts that stand on the page in place of the words that nobody wrote."""
    return _key_of_a_text().findall(page.locator("body").inner_text())


def looked_at(page: Page, *without: str) -> None:
    """The same at the width that the page has, ``without`` these rules."""
    page.evaluate(SETTLED)  # a colour on its way from one to the other has no contrast of its own
    assert bare_keys(page) == []
    assert overflow_px(page) == 0
    assert barriers(page, *without) == []


def _window(width: int) -> ViewportSize:
    return {"width": width, "height": 860}


@pytest.fixture
def service(tmp_path: Path, context: BrowserContext) -> Iterator[Site]:
    """A new archive, and its officer in the browser."""
    with served(new_home(tmp_path / "home")) as running:
        running.enter(context, "bach")
        yield running
