"""Odd titles from a sheet: kept by one rule, and no page is wider for them."""

import unicodedata
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission
from ingest.submissions.acts import submit
from tests.e2e.conftest import do_all, overflow_px, seen
from tests.worlds.archive import new_home, person
from tests.worlds.papers.bad_input import small_case, write_small_sheet
from tests.worlds.site import Site, served

WORDS = "Hồ sơ sửa chữa đê điều"
# As it is typed, and as it is kept.
TITLES = {
    "x" * 900: "x" * 900,
    f"{WORDS} 🏗️ 👨‍👩‍👧": f"{WORDS} 🏗️ 👨‍👩‍👧",
    unicodedata.normalize("NFD", WORDS): WORDS,
    f"{WORDS} \u202egnôht\u202c": f"{WORDS} \u202egnôht\u202c",  # warned of, not changed
    f"\u200b{WORDS} 2\ufeff ": f"{WORDS} 2",
    f"=1+1 <b>{WORDS}</b> & #let": f"=1+1 <b>{WORDS}</b> & #let",
    "–": "–",  # an error: it names nothing
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("odd")
    with served(new_home(place / "home")) as running:
        for at, typed in enumerate(TITLES, start=1):
            code = f"H40.18.2025.{at:02}.QLCT"
            folder = small_case(place / code, code=code)
            write_small_sheet(folder, code=code, title=typed, subject=typed)
            submit(folder, actor=person(running.services, "bach"), services=running.services)
        do_all(running)
        yield running


def test_odd_titles_are_kept_and_widen_no_page(
    odd: Site, context: BrowserContext, page: Page
) -> None:
    with odd.services.read_only() as session:
        rows = session.scalars(select(Submission).order_by(Submission.code)).all()
        assert [row.title for row in rows] == [*TITLES.values()]
        told = [{finding.code for finding in row.findings} for row in rows]
        ids = [row.id for row in rows]
    assert ["invisible-character" in codes for codes in told][3]
    assert ["field-missing" in codes for codes in told] == [False] * 6 + [True]
    odd.enter(context, "lan")
    paths = [
        "/desk",
        *(f"/{room}/{identifier}" for identifier in ids for room in ("desk", "submissions")),
    ]
    wide = {}
    for path in paths:
        page.goto(f"{odd.url}{path}")
        wide[path] = overflow_px(page)
    assert {path: by for path, by in wide.items() if by} == {}
    seen(page, context, "odd-title")
