"""A word that lost its marks is shown with what the words beside it speak for, and stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.digitization.scan_batch import ScanPage
from archive_service.services import Services
from digitize.proofreading.acts import page_to_read, pages_left
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import API, program_of
from tests.worlds.digitize.scanning import (
    CODE,
    import_batch,
    new_station,
    paper_case,
    scanned_page,
    text_of_page,
)
from tests.worlds.servers.backends import read_settings, write_settings

LINE = "Kho bao quản tài liệu lưu trữ của cơ quan"  # as a copy of a copy shows "bảo"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A page that is read, where no word counts as surely read."""
    home = new_home(tmp_path / "home")
    settings = read_settings(home)
    settings["digitize"] = {**settings.get("digitize", {}), "doubtful_below": 100}
    write_settings(home, settings)
    with open_home(home) as opened:
        paper_case(opened, tmp_path / "case")
        (tmp_path / "box").mkdir()
        scanned_page(tmp_path / "box" / "001.jpg", LINE, *text_of_page(1))
        import_batch(opened, tmp_path / "box", new_station(opened), code=CODE)
        yield opened


def test_it_stands_beside_what_was_read_and_is_counted_apart(services: Services) -> None:
    lan = person(services, "lan")
    (waiting,), _ = pages_left(services, actor=lan, limit=10)
    found = {word.text: word for word in page_to_read(services, waiting.id, actor=lan).words}
    word = found["bao"]
    assert (word.proposal, word.suggestions[0], word.becomes) == ("bảo", "bảo", "")
    assert sum(1 for page_word in found.values() if page_word.proposal) == 1
    app = create_app(services)
    page = browser_of(app, services, "lan").get(f"/scanning/words/{waiting.id}")
    shown = page.get_data(as_text=True)
    assert "có thể là bảo" in shown
    assert "1 chữ có đề xuất dấu" in shown
    program = program_of(app, services, "lan")
    answer = program.client.get(
        f"{API}/proofreading/pages/{waiting.id}",
        headers={"Authorization": f"Bearer {program.token}"},
    )
    told = {one["text"]: one["proposal"] for one in answer.get_json()["words"]}
    assert told["bao"] == "bảo"
    assert told["quản"] is None
    with services.read_only() as session:
        row = session.scalars(select(ScanPage)).one()
    with services.staging.open(row.reading_sha256 or "") as source:
        assert "bảo" not in source.read().decode()
