"""The pictures of the guides: `make guide-pictures` makes a demo, serves it and shoots its pages.

They lie in archive_service/static/guide, outside the repository; a guide shows those it finds.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Response, sync_playwright

from archive_service.bootstrap import open_services
from archive_service.log import configure_log
from archive_service.settings import load_settings
from archive_service.web.guide_text import PICTURES
from tests.e2e.conftest import FLAGS
from tests.guide.sources import ROOT
from tests.services.install import ToolMissingError
from tests.services.tools import chromium_path
from tests.worlds.command import settings_set
from tests.worlds.site import Site, listening

WIDTH, HEIGHT = 1366, 860
OFFICER, RETURNED = "canbo", "C"  # of the demo: who hands in, and what was given back


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who looks where, the link followed from there, and what must be seen."""

    account: str
    address: str
    follow: str = ""
    shows: str = "main h1"


# Name of the file, which opens with the guide that shows it, and what is on it.
SHOTS = {
    "officer-my-case-files.png": Shot(OFFICER, "/my-case-files"),
    "officer-submit.png": Shot(OFFICER, "/submit"),
    "archivist-desk.png": Shot("luutru", "/desk", shows=".desk-head .code"),
    "archivist-case-file.png": Shot("luutru", "/case-files", "main tbody a"),
    "archivist-deliveries.png": Shot("luutru", "/deliveries"),
    "archivist-terms.png": Shot("luutru", "/terms"),
    "archivist-recalls.png": Shot("luutru", "/recalls"),
    "archivist-outages.png": Shot("luutru", "/outages"),
    "head-approvals.png": Shot("phutrach", "/approvals"),
    "head-holds.png": Shot("phutrach", "/holds"),
    "agency-head-approvals.png": Shot("thutruong", "/approvals"),
    "agency-head-collection.png": Shot("thutruong", "/collection"),
    "clerk-signing.png": Shot("vanthu", "/signing"),
    "clerk-copies.png": Shot("vanthu", "/signing/copies"),
    "station-scanning.png": Shot("tramso", "/scanning"),
    "reader-search.png": Shot("docgia", "/search?q=c%C3%B4ng+tr%C3%ACnh"),
    "reader-case-file.png": Shot("docgia", "/search?q=c%C3%B4ng+tr%C3%ACnh", ".hit .pageno"),
    "admin-system.png": Shot("quantri", "/system"),
    "admin-accounts.png": Shot("quantri", "/system/accounts"),
    "agency-admin-accounts.png": Shot("quantricoquan", "/system/accounts"),
    "auditor-audit.png": Shot("kiemtra", "/audit"),
    "auditor-fixity.png": Shot("kiemtra", "/fixity"),
}


def main() -> None:
    """All of them, of a demo that is made for it or lies in ``--home`` already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="An earlier demo's home, taken as it is.")
    parser.add_argument("--once", action="store_true", help="Only where some are missing.")
    parser.add_argument("--beside", type=int, metavar="PID", help="End when that process does.")
    options = parser.parse_args()
    for name in settings_set():  # the demo's home is an embedded one, whatever the shell says
        del os.environ[name]
    if options.once and not _wanted():
        return
    if options.beside is not None:
        end_with(options.beside)
    if options.home is not None:
        shoot_all(options.home.absolute())
        return
    with tempfile.TemporaryDirectory() as made:
        _archive(Path(made), "demo")
        shoot_all(Path(made))


def missing(folder: Path) -> list[str]:
    """Names of those that do not lie there yet."""
    return [name for name in SHOTS if not (folder / name).is_file()]


def _wanted() -> bool:
    """Whether some are to be made and can be; who waits for them is told."""
    if not missing(PICTURES):
        return False
    try:
        chromium_path()
    except ToolMissingError as absent:
        sys.stderr.write(f"The guides stay without pictures. {absent}\n")
        return False
    sys.stderr.write("The pictures of the guides are made now, once: some minutes.\n")
    return True


def end_with(process: int) -> None:
    """From now on end, and clear away, when that process is no more: Ctrl-C reaches none beside."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main = threading.main_thread().ident or 0

    def watch() -> None:
        while Path(f"/proc/{process}").exists():
            time.sleep(1)
        signal.pthread_kill(main, signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def shoot_all(home: Path) -> None:
    """Every picture; the officer sees what came back, then the desk has it once more."""
    PICTURES.mkdir(exist_ok=True)
    officers = {name: shot for name, shot in SHOTS.items() if shot.account == OFFICER}
    shoot(home, officers)
    _archive(home, "--as", OFFICER, "submit", str(home / "sample" / RETURNED), "--wait", ends=1)
    shoot(home, {name: shot for name, shot in SHOTS.items() if name not in officers})


def _archive(home: Path, *words: str, ends: int = 0) -> None:
    command = [sys.executable, "-m", "archive_service.main", "--home", str(home), *words]
    found = subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if found.returncode != ends:
        raise SystemExit(f"{' '.join(command)} ends with {found.returncode}\n{found.stdout}")


def shoot(home: Path, shots: dict[str, Shot]) -> None:
    """These pictures, of the pages as this home has them now."""
    configure_log(quiet=True)
    services = open_services(load_settings(home, None))
    with closing(services), listening(services) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for name, shot in shots.items():
            take(shot, PICTURES / name, site=site, browser=browser)
            sys.stdout.write(f"{PICTURES.relative_to(ROOT) / name}\n")
        browser.close()


def take(shot: Shot, target: Path, *, site: Site, browser: Browser) -> None:
    """One picture; a page that refuses, or a link that is not there, ends it with an error."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="vi-VN")
    site.enter(context, shot.account)
    page = context.new_page()
    _require(page.goto(f"{site.url}{shot.address}"), target)
    if shot.follow:
        with page.expect_response(lambda answer: answer.request.is_navigation_request()) as led:
            page.locator(shot.follow).first.click()
        _require(led.value, target)
    page.locator(shot.shows).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=target)
    context.close()


def _require(answer: Response | None, target: Path) -> None:
    if answer is None or not answer.ok:
        raise SystemExit(f"{target.name}: {answer and (answer.url, answer.status)}")


if __name__ == "__main__":
    main()
