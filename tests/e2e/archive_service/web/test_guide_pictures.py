"""The script of the guides' pictures takes them of running pages, and stops at what it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.guide.pictures import HEIGHT, SHOTS, WIDTH, Shot, missing, take
from tests.worlds.site import Site


def test_a_picture_is_the_page_that_was_followed_to(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    for name, shot in (
        ("list.png", Shot("luutru", "/case-files")),
        ("one.png", Shot("luutru", "/case-files", "main tbody a")),
    ):
        take(shot, tmp_path / name, site=site, browser=browser)
    with Image.open(tmp_path / "list.png") as first, Image.open(tmp_path / "one.png") as second:
        assert first.size == second.size == (WIDTH, HEIGHT)
        assert first.tobytes() != second.tobytes()
        assert len(first.getcolors(1 << 20) or []) > 20, "no empty page"


@pytest.mark.parametrize(
    "shot",
    [Shot("canbo", "/desk"), Shot("luutru", "/nowhere"), Shot("canbo", "/case-files/H40.18.0")],
)
def test_a_page_that_refuses_ends_the_script(
    site: Site, browser: Browser, tmp_path: Path, shot: Shot
) -> None:
    with pytest.raises(SystemExit):
        take(shot, tmp_path / "no.png", site=site, browser=browser)
    assert missing(tmp_path) == list(SHOTS)


def test_what_lies_there_is_not_missing(tmp_path: Path) -> None:
    for name in list(SHOTS)[1:]:
        (tmp_path / name).touch()
    assert missing(tmp_path) == list(SHOTS)[:1]


def test_beside_the_pages_it_ends_when_they_do(tmp_path: Path) -> None:
    pages = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    script = f"from tests.guide import pictures; pictures.end_with({pages.pid}); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as beside:
        pages.communicate()
        code = beside.wait(300)
    assert code == 1
