"""Several case files handed in at once, as a folder or a ZIP: one delivery with one receipt."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.services import Services
from archive_service.worker import work
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries.receipts import read_delivery_receipt
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.ingest.bulk import code_of, make_bulk


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Services]:
    """An archive without a delivery."""
    with open_home(new_home(tmp_path / "empty")) as opened:
        yield opened


def case_files(services: Services) -> list[CaseFile]:
    with services.read_only() as session:
        return list(session.scalars(select(CaseFile).order_by(CaseFile.code)))


def handed_in(services: Services, source: Path) -> Delivery:
    """Submit it, check what it holds, accept all of it, and do the work."""
    bach, lan = person(services, "bach"), person(services, "lan")
    ids = submissions_acts.submit(source, actor=bach, services=services)
    work(services, until_empty=True)
    for submission_id in ids:
        submissions_acts.accept(services, submission_id, actor=lan)
    work(services, until_empty=True)
    with services.read_only() as session:
        (row,) = session.scalars(select(Delivery))
        session.expunge(row)
        return row


@pytest.mark.parametrize("way", ["folder", "zip"])
def test_several_case_files_handed_in_at_once_are_a_delivery_with_one_receipt(
    empty: Services, tmp_path: Path, way: str
) -> None:
    source = make_bulk(tmp_path / "Ba hồ sơ", 3)
    if way == "zip":
        source = Path(shutil.make_archive(str(source), "zip", source))
    row = handed_in(empty, source)
    assert (row.channel, row.source, row.rows, row.done) == (way, source.name, 3, 3)
    assert (row.state, row.files, row.refused) == (DeliveryState.DONE, 7, 0)
    assert row.receipt_number == "01/GTN-LT"
    assert row.receipt_issued_at is not None
    assert row.outcome == {"stored": 3}
    assert {case_file.receipt_number for case_file in case_files(empty)} == {"01/GTN-LT"}
    _, data = read_delivery_receipt(empty, row.id, actor=person(empty, "bach"))
    assert data.startswith(b"%PDF")
    again = submissions_acts.submit(source, actor=person(empty, "bach"), services=empty)
    assert set(again) == {case_file.id for case_file in case_files(empty)}
    with empty.read_only() as session:
        assert session.scalars(select(Delivery.id)).all() == [row.id]


def test_a_secret_among_several_is_a_refused_row_of_the_delivery(
    empty: Services, tmp_path: Path
) -> None:
    source = make_bulk(tmp_path / "Có mật", 3, c2={"mode": "Mật"})
    bach = person(empty, "bach")
    submissions_acts.submit(source, actor=bach, services=empty)
    with empty.read_only() as session:
        row = session.scalars(select(Delivery)).one()
        refused = session.scalars(select(DeliveryRefusal)).one()
    assert (row.rows, row.done, row.refused) == (3, 3, 1)
    assert (refused.ordinal, refused.code, refused.declared) == (2, code_of(2), {})


def test_what_was_handed_in_at_once_survives_a_rebuild_only_to_be_closed(
    empty: Services, tmp_path: Path
) -> None:
    bach = person(empty, "bach")
    submissions_acts.submit(make_bulk(tmp_path / "Hai hồ sơ", 2), actor=bach, services=empty)
    with empty.unit_of_work() as uow:  # as a rebuild leaves one that was not settled
        row = uow.session.scalars(select(Delivery)).one()
        row.state = DeliveryState.STOPPED
        uow.commit()
        found = row.id
    with pytest.raises(deliveries_acts.DeliveryElsewhereError):
        deliveries_acts.resume(empty, found, actor=bach, progress=lambda *_: None)
