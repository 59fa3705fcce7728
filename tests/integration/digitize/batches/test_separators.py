"""Separator sheets from the page on which a batch is opened."""

from collections.abc import Iterator

import pypdfium2
import pytest

from archive_service.app import create_app
from archive_service.services import Services
from tests.worlds.archive import open_home
from tests.worlds.browsers import browser_of
from tests.worlds.digitize.scanning import CODE, waiting_home

ADDRESS = "/scanning/upload/separators.pdf"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(waiting_home(tmp_path_factory.mktemp("separators"))) as opened:
        yield opened


def test_the_sheets_asked_for_are_in_the_file(services: Services) -> None:
    client = browser_of(create_app(services), services, "lan")
    assert ADDRESS in client.get("/scanning/upload").text
    answer = client.get(f"{ADDRESS}?case={CODE}&documents=1,3-4")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert len(pypdfium2.PdfDocument(answer.data)) == 3


@pytest.mark.parametrize(
    ("query", "words"),
    [("case=H40.18.2025.99.QLCT", "H40.18.2025.99.QLCT"), (f"case={CODE}&documents=b", "“b”")],
)
def test_what_cannot_be_printed_is_said_beside_the_form_that_keeps_what_was_typed(
    services: Services, query: str, words: str
) -> None:
    answer = browser_of(create_app(services), services, "lan").get(f"{ADDRESS}?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{query.rpartition("=")[2]}"' in answer.text


def test_who_opens_no_batch_gets_no_sheets(services: Services) -> None:
    answer = browser_of(create_app(services), services, "bach").get(f"{ADDRESS}?case={CODE}")
    assert answer.status_code == 403
