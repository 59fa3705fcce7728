"""Deliveries come back with their receipt, whether the old database can still be read or not."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from archive_service.catalogue.holdings.opening import read_receipt
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.delivery import Delivery, DeliveryState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.job import FormNumber
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.reports.registers import rows_of_year
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries.receipts import read_delivery_receipt
from ingest.submissions import acts as submissions_acts
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import OPERATOR, copy_home, new_home, open_home, person, small_pdf_case
from tests.worlds.ingest.bulk import code_of, make_bulk
from tests.worlds.ingest.delivered import (
    KEPT,
    REFUSED,
    RETURNED,
    SECRET,
    Settled,
    decide,
    deliver,
    delivery_of,
    settled_archive,
    submissions_of,
)


@pytest.fixture
def settled() -> Settled:
    return settled_archive()


@pytest.fixture
def home(settled: Settled, tmp_path: Path) -> Path:
    return copy_home(settled.home, tmp_path / "home")


def lose(home: Path) -> None:
    """The database and the index are gone, and nothing waits in staging any more."""
    for file in (*home.glob("archive.db*"), *home.glob("search.db*")):
        file.unlink()


def told(services: Services, settled: Settled) -> dict[str, object]:
    """What a delivery and its case files say of the receipt."""
    row = delivery_of(services, settled.delivery)
    with services.read_only() as session:
        held = session.execute(
            select(
                CaseFile.code,
                CaseFile.receipt_number,
                CaseFile.receipt_sha256,
                CaseFile.receipt_issued_at,
                CaseFile.delivery_id,
            ).order_by(CaseFile.code)
        ).all()
        numbers = session.scalars(select(FormNumber.last).where(FormNumber.form == "receipt"))
        states = session.execute(
            select(Submission.code, Submission.state)
            .where(Submission.code.in_(KEPT))
            .order_by(Submission.code)
        )
        return {
            "register": list(rows_of_year(session, "receipts", row.receipt_year or 0)),
            "row": {
                column_attr.key: getattr(row, column_attr.key)
                for column_attr in inspect(Delivery).column_attrs
                if column_attr.key != "revision"
            },
            "held": [tuple(one) for one in held],
            "numbers": list(numbers),
            "states": [tuple(state) for state in states],
        }


def refused(services: Services, settled: Settled) -> list[tuple[int, str, list[str]]]:
    from ingest.deliveries.views import iter_refusals

    with services.read_only() as session:
        return [
            (refusal.row, refusal.code, [found["code"] for found in refusal.findings])
            for refusal in iter_refusals(session, settled.delivery)
        ]


@pytest.mark.parametrize("lost", [False, True], ids=["carried over", "from the copies alone"])
def test_a_settled_delivery_comes_back_with_the_same_receipt(
    home: Path, settled: Settled, *, lost: bool
) -> None:
    with open_home(home) as services:
        before, rows = told(services, settled), refused(services, settled)
        whole = read_delivery_receipt(services, settled.delivery, actor=person(services, "lan"))
        agencies = person(services, "lan")
    assert [row[1] for row in rows] == [SECRET, REFUSED]
    if lost:
        lose(home)
    with open_home(home) as services:
        rebuild(services, actor=OPERATOR)
        work(services, until_empty=True)
        assert told(services, settled) == before
        assert refused(services, settled) == rows
        assert read_delivery_receipt(services, settled.delivery, actor=agencies) == whole
        assert read_receipt(services, KEPT[0], actor=agencies) == whole
        assert (
            hashlib.sha256(whole[1]).hexdigest()
            == delivery_of(services, settled.delivery).receipt_sha256
        )


def test_numbers_go_on_after_that_of_the_delivery(
    home: Path, settled: Settled, tmp_path: Path
) -> None:
    with open_home(home) as services:
        bach, lan = person(services, "bach"), person(services, "lan")
    lose(home)
    with open_home(home) as services:
        rebuild(services, actor=OPERATOR)
        source = small_pdf_case(tmp_path / "source", code=RETURNED)
        (again,) = submissions_acts.submit(source, actor=bach, services=services)
        work(services, until_empty=True)
        submissions_acts.accept(services, again, actor=lan)
        work(services, until_empty=True)
        assert read_receipt(services, RETURNED, actor=lan)[0] == "02/GTN-LT"
        assert read_receipt(services, KEPT[0], actor=lan)[0] == "01/GTN-LT"


def test_what_was_not_settled_stands_still_and_goes_on_when_its_list_is_read_anew(
    tmp_path: Path,
) -> None:
    home = new_home(tmp_path / "home")
    folder = make_bulk(tmp_path / "Đợt 3", 3)
    with open_home(home) as services:
        bach, lan = person(services, "bach"), person(services, "lan")
        found = deliver(services, folder)
        first = submissions_of(services, found)[0]
        submissions_acts.accept(services, first.id, actor=lan)
        work(services, until_empty=True)
    lose(home)
    with open_home(home) as services:
        rebuild(services, actor=OPERATOR)
        work(services, until_empty=True)
        row = delivery_of(services, found)
        assert (row.state, row.done, row.settled_at) == (DeliveryState.STOPPED, 0, None)
        assert row.trouble["code"] == "delivery-interrupted"
        (kept,) = submissions_of(services, found)
        assert (kept.code, kept.state) == (code_of(1), SubmissionState.STORED)
        deliveries_acts.resume(services, found, actor=bach, progress=lambda *_: None)
        work(services, until_empty=True)
        row = delivery_of(services, found)
        assert (row.state, row.done, row.again) == (DeliveryState.DONE, 3, 1)
        for submission in submissions_of(services, found)[1:]:
            submissions_acts.accept(services, submission.id, actor=lan)
        work(services, until_empty=True)
        row = delivery_of(services, found)
        assert (row.receipt_number, row.outcome) == ("01/GTN-LT", {"stored": 3})


def test_what_was_not_settled_may_be_closed_instead(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    with open_home(home) as services:
        bach = person(services, "bach")
        found = deliver(services, make_bulk(tmp_path / "Đợt 4", 2))
        submissions_acts.accept(
            services, submissions_of(services, found)[0].id, actor=person(services, "lan")
        )
        work(services, until_empty=True)
    lose(home)
    with open_home(home) as services:
        rebuild(services, actor=OPERATOR)
        deliveries_acts.close(services, found, actor=bach)
        work(services, until_empty=True)
        row = delivery_of(services, found)
        assert row.receipt_issued_at is not None
        assert row.trouble == {}


def test_what_is_under_way_in_an_upload_goes_on_after_a_rebuild(
    tmp_path: Path,
) -> None:
    import shutil

    home = new_home(tmp_path / "home")
    packed = shutil.make_archive(str(tmp_path / "dot"), "zip", make_bulk(tmp_path / "Đợt 5", 2))
    with open_home(home) as services:
        bach = person(services, "bach")
        uploads = upload_folder(services)
        size = Path(packed).stat().st_size
        begun = uploads.begin(owner=bach.account, name="dot.zip", size_bytes=size)
        with Path(packed).open("rb") as source:
            uploads.append(begun.id, source, owner=bach.account, offset=0)
        found = deliveries_acts.deliver_upload(begun.id, "Đợt 5.zip", actor=bach, services=services)
        rebuild(services, actor=OPERATOR)
        assert run_one(services, names=("take-delivery",)) == "done"
        assert delivery_of(services, found).state is DeliveryState.DONE
        decide(services, found)
        assert len(submissions_of(services, found)) == 2
