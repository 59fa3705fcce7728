"""A spreadsheet of many case files beside their folders, taken in piece by piece."""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.keeping.job import Job
from ingest.channels.bulk import Bulk, open_bulk
from ingest.channels.spreadsheet import (
    SheetEmptyError,
    SheetMissingError,
    SheetNotFoundError,
    SheetOtherFormatError,
)
from ingest.deliveries import take_in
from ingest.deliveries.delivery import stop_delivery
from ingest.deliveries.plan import DeliveryPlan, open_plan
from ingest.deliveries.take_in import Tools, begin_delivery, iter_taken, tell_plan
from tests.worlds.door import Door, case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.bulk import code_of, make_bulk

COUNT = 95  # more than two pieces


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bulk(tmp_path_factory.mktemp("bulk") / "dot-1", COUNT)


@pytest.fixture
def bulk_folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "dot-1")
    return tmp_path / "dot-1"


@contextmanager
def opened(door: Door, place: Path) -> Iterator[tuple[UUID, Bulk, DeliveryPlan, Tools]]:
    tools = Tools(door.database, door.staging, door.jobs, door.limits)
    with (
        open_bulk(place, place.name, door.limits, channel="folder") as bulk,
        open_plan(bulk.sheet, bulk.sheet_name, bulk.entries, door.limits) as plan,
    ):
        delivery_id, _ = begin_delivery(
            bulk, place=str(place), channel="folder", actor=door.officer, tools=tools
        )
        tell_plan(delivery_id, plan, database=door.database)
        yield delivery_id, bulk, plan, tools


def take(door: Door, place: Path, *, pieces: int | None = None) -> Delivery:
    with opened(door, place) as (delivery_id, bulk, plan, tools):
        taking = iter_taken(delivery_id, bulk, plan, tools=tools)
        for number, _ in enumerate(taking, start=1):
            if number == pieces:
                break
    return delivery(door, delivery_id)


def delivery(door: Door, delivery_id: UUID) -> Delivery:
    with door.database.read_only() as session:
        found = session.get_one(Delivery, delivery_id)
        session.expunge(found)
        return found


def refusals(door: Door) -> list[DeliveryRefusal]:
    with door.database.read_only() as session:
        rows = session.scalars(select(DeliveryRefusal).order_by(DeliveryRefusal.ordinal)).all()
        session.expunge_all()
        return list(rows)


def codes_received(door: Door) -> list[str]:
    return sorted(submission.code for submission in door.submissions())


def test_each_case_file_of_the_list_becomes_a_submission_that_waits_for_its_checks(
    door: Door, bulk_folder: Path
) -> None:
    done = take(door, bulk_folder / "danh-sach.xlsx")
    assert (done.state, done.rows, done.done, done.refused) == (DeliveryState.DONE, COUNT, COUNT, 0)
    assert done.files == 2 * COUNT
    assert codes_received(door) == [code_of(number) for number in range(1, COUNT + 1)]
    assert all(submission.delivery_id == done.id for submission in door.submissions())
    assert len(door.staged()) == 2 * COUNT
    with door.database.read_only() as session:
        assert len(session.scalars(select(Job.id).where(Job.name == "check-submission")).all()) == (
            COUNT
        )
    checked = door.check(door.submissions()[0].id)
    assert checked.state is SubmissionState.CHECKED


@pytest.mark.parametrize("way", ["folder", "zip"])
def test_a_folder_and_a_zip_hold_the_same(door: Door, bulk_folder: Path, way: str) -> None:
    place = bulk_folder
    if way == "zip":
        place = bulk_folder.with_suffix(".zip")
        with zipfile.ZipFile(place, "w") as packed:
            for file in sorted(bulk_folder.rglob("*")):
                packed.write(file, f"đợt/{file.relative_to(bulk_folder)}")
    assert take(door, place).state is DeliveryState.DONE
    assert len(codes_received(door)) == COUNT


def test_what_was_broken_off_goes_on_where_it_was_and_doubles_nothing(
    door: Door, bulk_folder: Path
) -> None:
    begun = take(door, bulk_folder, pieces=1)
    assert (begun.state, begun.done) == (DeliveryState.RUNNING, take_in.PIECE_CASE_FILES)
    assert len(codes_received(door)) == take_in.PIECE_CASE_FILES
    done = take(door, bulk_folder)
    assert (done.id, done.state, done.again) == (begun.id, DeliveryState.DONE, 0)
    assert codes_received(door) == [code_of(number) for number in range(1, COUNT + 1)]
    assert door.events().count("submission:received") == COUNT


def test_a_list_that_comes_again_after_its_end_gives_the_same_submissions(
    door: Door, bulk_folder: Path
) -> None:
    first = take(door, bulk_folder)
    second = take(door, bulk_folder)
    assert second.id != first.id
    assert (second.done, second.again) == (COUNT, COUNT)
    assert len(codes_received(door)) == COUNT
    assert len(door.staged()) == 2 * COUNT


def test_a_second_process_that_goes_on_with_the_same_delivery_takes_nothing_twice(
    door: Door, bulk_folder: Path
) -> None:
    with (
        opened(door, bulk_folder) as (delivery_id, bulk, plan, tools),
        opened(door, bulk_folder) as (same_id, other_bulk, other_plan, _),
    ):
        assert same_id == delivery_id
        one = iter_taken(delivery_id, bulk, plan, tools=tools)
        other = iter_taken(delivery_id, other_bulk, other_plan, tools=tools)
        next(one)
        next(other)
        list(one)
        assert list(other) == []
    assert door.events().count("submission:received") == COUNT


def test_a_piece_whose_delivery_was_overtaken_leaves_nothing(door: Door, bulk_folder: Path) -> None:
    with opened(door, bulk_folder) as (delivery_id, bulk, plan, tools):
        stale = take_in._Piece(delivery(door, delivery_id), bulk, plan, tools)
        taking = iter_taken(delivery_id, bulk, plan, tools=tools)
        next(taking)
        before = door.staged()
        assert not stale.take()
    assert door.staged() == before
    assert len(codes_received(door)) == take_in.PIECE_CASE_FILES


def test_stopped_is_stopped_and_what_was_taken_stays(door: Door, bulk_folder: Path) -> None:
    with opened(door, bulk_folder) as (delivery_id, bulk, plan, tools):
        taking = iter_taken(delivery_id, bulk, plan, tools=tools)
        next(taking)
        stop_delivery(delivery_id, actor=door.officer, database=door.database)
        assert list(taking) == []
    stopped = delivery(door, delivery_id)
    assert (stopped.state, stopped.done) == (DeliveryState.STOPPED, take_in.PIECE_CASE_FILES)
    assert door.events()[-1] == "delivery:stopped"


def test_rows_without_a_code_are_told_so_and_are_no_twins(door: Door, tmp_path: Path) -> None:
    folder = make_bulk(tmp_path / "dot-3", 4, c2={"fileCode": ""}, c4={"fileCode": ""})
    done = take(door, folder)
    found = {each.row: each.findings for each in refusals(door)}
    assert {row: [entry["code"] for entry in told] for row, told in found.items()} == {
        3: ["field-missing"],
        5: ["field-missing"],
    }
    assert found[5][0]["place"] == "Hồ sơ, dòng 5, fileCode"
    assert (done.rows, done.refused, len(door.submissions())) == (4, 2, 2)


def test_bad_rows_are_refused_by_row_and_code_and_stop_no_other(door: Door, tmp_path: Path) -> None:
    folder = make_bulk(
        tmp_path / "dot-2",
        12,
        c3={"fileCode": code_of(2)},  # comes twice
        c5={"mode": "Mật"},
    )
    (folder / "007" / "2.pdf").unlink()
    done = take(door, folder)
    found = {each.row: [finding["code"] for finding in each.findings] for each in refusals(door)}
    assert found == {4: ["code-twice"], 6: ["state-secret"], 8: ["file-missing"]}
    assert (done.state, done.rows, done.done, done.refused) == (DeliveryState.DONE, 12, 12, 3)
    assert [row.code for row in refusals(door)] == [code_of(2), code_of(5), code_of(7)]
    loose = [finding["code"] for finding in done.findings]
    assert loose.count("document-without-case-file") == 2  # those of the code that no row has
    rejected = [s for s in door.submissions() if s.state is SubmissionState.REJECTED]
    assert [submission.code for submission in rejected] == [code_of(5)]
    assert len(door.staged()) == 9 * 2


def test_a_file_too_large_refuses_its_case_file_alone(door: Door, tmp_path: Path) -> None:
    folder = make_bulk(tmp_path / "dot-3", 6)
    limits = door.limits.model_copy(update={"file_count": 2})
    write_pdf(folder / "004" / "3.pdf")
    door.limits = limits
    documents = [
        document_row(f"{n:03}/{o}.pdf", code_of(n), codeNumber=str(o))
        for n in range(1, 7)
        for o in ((1, 2, 3) if n == 4 else (1, 2))
    ]
    write_sheet(folder / "danh-sach.xlsx", [case_row(code_of(n)) for n in range(1, 7)], documents)
    take(door, folder)
    (refused,) = refusals(door)
    assert refused.code == code_of(4)
    assert [finding["code"] for finding in refused.findings] == ["too-many-files"]
    assert len(codes_received(door)) == 5


def test_a_file_that_a_secret_names_is_withheld_from_all(door: Door, tmp_path: Path) -> None:
    folder = make_bulk(tmp_path / "dot-4", 60)
    documents = [document_row("001/1.pdf", code_of(1)), document_row("001/1.pdf", code_of(60))]
    cases = [case_row(code_of(n)) for n in range(1, 60)] + [case_row(code_of(60), mode="Mật")]
    write_sheet(folder / "danh-sach.xlsx", cases, documents)
    take(door, folder)
    found = {each.ordinal: each.findings[0]["code"] for each in refusals(door)}
    assert found == {1: "file-withheld", 60: "state-secret"}
    assert door.staged() == set()


def test_a_sheet_of_rows_that_nobody_reads_is_told(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "dot-2"
    folder.mkdir()
    more = {"Bổ sung": [document_row(""), document_row("")]}
    write_sheet(folder / "danh-sach.xlsx", [case_row()], [document_row("")], more)
    with opened(door, folder) as (_, _, plan, _):
        told = [(one.place, one.facts) for one in plan.findings if one.code == "sheet-not-read"]
    assert told == [("Bổ sung", {"sheet": "Bổ sung", "rows": 2})]


def test_a_list_of_another_program_is_told_as_that(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "dot-2"
    folder.mkdir()
    (folder / "danh-sach.ods").write_bytes(b"PK")
    with pytest.raises(SheetOtherFormatError) as refused:
        take(door, folder)
    assert refused.value.facts == {"name": "danh-sach.ods"}


@pytest.mark.parametrize(
    ("sheets", "error"),
    [
        ({"Hồ sơ": [["fileCode", "title"]], "Văn bản": [["fileCode", "files"]]}, SheetEmptyError),
        ({"Hồ sơ": [["fileCode", "title"], ["A", "B"]]}, SheetMissingError),
        ({}, SheetNotFoundError),
    ],
)
def test_a_list_that_declares_nothing_begins_no_delivery(
    door: Door, tmp_path: Path, sheets: dict[str, list[list[str]]], error: type[Exception]
) -> None:
    import xlsxwriter

    folder = tmp_path / "none"
    write_pdf(folder / "a.pdf")
    if sheets:
        with xlsxwriter.Workbook(folder / "x.xlsx") as book:
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
    with pytest.raises(error):
        take(door, folder)
    with door.database.read_only() as session:
        assert session.scalars(select(Delivery)).all() == []
