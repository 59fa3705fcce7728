"""Documents of a sheet in any order stand by time after one press at the desk."""

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.submissions.acts import submit
from ingest.submissions.desk.time_order import OrderOfPackageError, order_by_time
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

CODE = "H40.18.2025.11.QLCT"
SENT = (("10", "2025-03-09"), ("2", "2025-03-09"), ("7", "2025-02-01"))


@pytest.fixture
def unordered(services: Services, tmp_path: Path) -> UUID:
    """Three documents in the order in which somebody filed them."""
    folder = tmp_path / "ba"
    folder.mkdir()
    rows = []
    for number, day in SENT:
        name = f"van-ban-{number}.pdf"
        write_pdf(folder / name, words=f"Văn bản số {number}")
        rows.append(
            document_row(
                name, CODE, subject=f"Văn bản số {number}", codeNumber=number, issuedDate=day
            )
        )
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], rows)
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    look(services, submission)
    return submission


def look(services: Services, submission: UUID) -> None:
    while run_one(services, subject_id=submission, names=("check-submission",)) == "done":
        pass


def numbers(services: Services, submission: UUID) -> list[str]:
    with services.read_only() as session:
        declared = session.get_one(Submission, submission).case_file()
        return [document.fields["codeNumber"] for document in declared.documents]


def codes(services: Services, submission: UUID) -> set[str]:
    with services.read_only() as session:
        return {finding.code for finding in session.get_one(Submission, submission).findings}


def test_one_press_sorts_them_and_the_officer_is_told(
    app: Flask, services: Services, unordered: UUID
) -> None:
    assert "documents-out-of-time" in codes(services, unordered)
    client = browser_of(app, services, "lan")
    assert "Xếp tài liệu theo thời gian" in client.get(f"/desk/{unordered}").text
    assert post(client, f"/submissions/{unordered}/time-order").status_code == 303
    assert numbers(services, unordered) == ["7", "2", "10"]
    look(services, unordered)
    assert "documents-out-of-time" not in codes(services, unordered)
    with services.read_only() as session:
        of_it = Notice.kind == "submission-documents-reordered"
        (told,) = session.scalars(select(Notice).where(of_it))
        assert told.facts["count"] == 2
        assert told.facts["moves"] == "Văn bản số 7: 3 → 1; Văn bản số 10: 1 → 3"
    assert "Xếp tài liệu theo thời gian" not in client.get(f"/desk/{unordered}").text


def test_programs_and_commands_sort_as_well(
    app: Flask, services: Services, unordered: UUID, home: Path
) -> None:
    told = Command(home).ask("submission", "order-by-time", unordered, account="lan")
    assert told["state"] == "received"
    place = f"/submissions/{unordered}/time-order"
    busy = program_of(app, services, "lan").post(place)
    assert (busy.status_code, busy.get_json()["code"]) == (409, "submission-state")
    look(services, unordered)
    again = program_of(app, services, "lan").post(place)
    assert (again.status_code, again.get_json()["code"]) == (409, "in-time-order")


def test_nothing_is_sorted_by_others_or_in_another_archives_package(
    services: Services, unordered: UUID
) -> None:
    with pytest.raises(ActNotAllowedError):
        order_by_time(services, unordered, actor=person(services, "bach"))
    with services.writing() as session:
        row = session.get_one(Submission, unordered)
        row.declared = row.declared | {"custody": {"archive": "Lưu trữ khác"}}
    with pytest.raises(OrderOfPackageError):
        order_by_time(services, unordered, actor=person(services, "lan"))
