"""What the desk tells before a release: the sample that a person looks at, what stays open."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.services import Services
from digitize.batches.reading.verdicts import finding_row
from digitize.batches.release.sampling import plan
from tests.worlds.archive import open_home
from tests.worlds.browsers import browser_of, post
from tests.worlds.digitize.scanning import (
    CODE,
    folder_of_pages,
    import_batch,
    station_of,
    waiting_home,
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An archive with one batch of three good pages."""
    with open_home(waiting_home(tmp_path)) as services:
        import_batch(
            services, folder_of_pages(tmp_path / "box", 3), station_of(services), code=CODE
        )
        yield services


def archivist(services: Services) -> tuple[FlaskClient, str]:
    with services.read_only() as session:
        number = session.scalars(select(ScanBatch.number)).one()
    return browser_of(create_app(services), services, "lan"), f"/scanning/batches/{number}"


def test_the_sample_is_told_and_looked_at_with_two_buttons(services: Services) -> None:
    with services.writing() as session:
        batch = session.scalars(select(ScanBatch)).one()
        drawn = [str(page.id) for page in batch.pages[:2]]
        chosen = plan(3).as_dict() | {"size": 2, "accept": 0, "reject": 1}
        batch.sample = {"plan": chosen, "drawn": drawn}
    client, address = archivist(services)
    shown = client.get(f"{address}?page={drawn[0]}").text
    assert "Mẫu kiểm tra: 2 trong 3 trang; đã xem 0, không đạt 0, cho phép 0." in shown
    assert "Còn 2 trang mẫu chờ xem." in shown
    assert "trang chờ quyết định" not in shown
    assert re.findall(r'<button [^>]*class="btn [^>]*data-key="(g|l)"', shown) == ["g", "l"]
    (asked,) = re.findall(r'id="ticket-dialog".*?</dialog>', shown, re.DOTALL)
    assert "tính là một trang không đạt của mẫu" in asked
    post(client, f"{address}/keep", page=drawn[0])
    post(client, f"{address}/rescan", page=drawn[1], reason="Mất góc")
    shown = client.get(f"{address}?page={drawn[1]}").text
    assert "đã xem 2, không đạt 1, cho phép 0." in shown
    assert "Còn 1 trang chờ quyết định." in shown
    assert not re.findall(r'<button [^>]*class="btn [^>]*data-key="l"', shown)


def test_the_release_tells_what_stays_open_and_what_changes_in_the_list(
    services: Services,
) -> None:
    read = {"confidence": 91, "box": [0, 0, 1, 1]}
    with services.writing() as session:
        batch = session.scalars(select(ScanBatch)).one()
        page = {"page": str(batch.pages[0].id)} | read
        batch.documents[0].proposals = {
            "number": page | {"value": "132", "in_list": "777", "state": "taken"},
            "signer": page | {"value": "Lê Lan", "in_list": "Lê Lam", "state": "refused"},
            "abstract": page | {"value": "Về việc cấp đất", "state": "proposed"},
        }
        batch.documents[0].findings = [
            finding_row(Finding("scan-batch", "page-front-blank", Severity.WARNING, "1"))
        ]
    client, address = archivist(services)
    (asked,) = re.findall(r'id="release-leaves".*?</ul>', client.get(address).text, re.DOTALL)
    assert "Còn 1 cảnh báo của lô" in asked
    assert "Còn 1 trường đọc từ trang đầu chưa lấy cũng chưa bỏ" in asked
    assert re.findall(r"Mục lục đổi, [^<]*: ([^<]*)\.", asked) == ["777 → 132"]
