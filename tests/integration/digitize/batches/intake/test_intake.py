"""Batches on their way in: by folder and over the API; each file once, each refusal told."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.domain.digitization.scan_batch import BatchState, BatchStateError, ScanBatch
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Actor, Role
from archive_service.services import Services
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.folder import ScanFolderEmptyError, folder_reference, look_into
from digitize.batches.intake.receive import (
    READ_JOB,
    BatchCodeError,
    BatchEmptyError,
    BatchIncompleteError,
    BatchOrder,
    BatchReferenceError,
    BatchSplitError,
    SourceNameTakenError,
)
from digitize.batches.reach import (
    BatchUnknownError,
    StationDisabledError,
    StationNotNamedError,
    StationUnknownError,
    list_stations,
    names_to_send_from,
)
from digitize.batches.sources.names import (
    SourceNameError,
    SourceNameLettersError,
    SourceNameLongError,
)
from digitize.stations.acts import StationExistsError, disable_station
from ingest.submissions.acts import submit
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, new_home, person, small_pdf_case
from tests.worlds.clients import add_person
from tests.worlds.digitize.stations import batch_of, box_of_three, imported, new_station

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An archive that holds nothing."""
    return new_home(tmp_path / "home")


@pytest.fixture
def services(services: Services) -> Services:
    """Its services, with two stations."""
    for name in ("tram-01", "tram-02"):
        new_station(services, name)
    return services


@pytest.fixture
def waiting(services: Services, tmp_path: Path) -> None:
    """A case file that was submitted."""
    (tmp_path / "case").mkdir()
    folder = small_pdf_case(tmp_path / "case", code=CODE)
    submit(folder, actor=person(services, "bach"), services=services)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder of three pages, the tenth after the second."""
    return box_of_three(tmp_path / "Hộp 01")


def station_of(services: Services, name: str) -> Actor:
    return person(services, name)


def opened(services: Services, reference: str = "hop-1", **order: Any) -> ScanBatch:
    told = BatchOrder(reference=reference, **order)
    row, _ = intake_acts.open_batch(services, told, station="tram-01", actor=OPERATOR)
    return row


def add(services: Services, batch: ScanBatch, path: Path, name: str = "", **more: bool) -> None:
    with path.open("rb") as source:
        intake_acts.add_source(
            services, batch.id, name or path.name, source, actor=OPERATOR, **more
        )


def test_a_folder_becomes_one_closed_batch_in_the_order_of_its_names(
    services: Services, box: Path
) -> None:
    batch = imported(services, box, pages_expected=3, duplex=True)
    assert [source.name for source in batch.sources] == ["1.jpg", "2.jpg", "10.jpg"]
    assert batch.state is BatchState.READING
    assert (batch.pages_expected, batch.duplex, batch.created_by) == (3, True, "os:test")
    for source in batch.sources:
        with services.staging.open(source.sha256) as kept:
            assert kept.read() == (box / source.name).read_bytes()
    with services.read_only() as session:
        (job,) = session.scalars(select(Job).where(Job.name == READ_JOB))
        tags = set(session.scalars(select(AuditEvent.tag)))
    assert job.subject_id == batch.id
    assert {"batch:opened", "batch:closed", "station:added"} <= tags


def test_the_same_folder_again_is_the_same_batch(services: Services, box: Path) -> None:
    first, second = imported(services, box), imported(services, box)
    assert first.id == second.id
    assert len(second.sources) == 3
    with services.read_only() as session:
        assert len(list(session.scalars(select(Job).where(Job.name == READ_JOB)))) == 1


def test_a_rejected_batch_may_be_sent_once_more(services: Services, box: Path) -> None:
    first = imported(services, box)
    with services.writing() as session:
        session.get_one(ScanBatch, first.id).state = BatchState.REJECTED
    second = imported(services, box)
    assert second.id != first.id
    assert second.findings == []


def test_two_stations_with_the_same_pages_are_told(services: Services, box: Path) -> None:
    first = imported(services, box)
    (box / "11.jpg").write_bytes((box / "1.jpg").read_bytes() + b"\0")
    second = imported(services, box, station="tram-02")
    (finding,) = second.findings
    assert (finding["code"], finding["severity"]) == ("batch-doubled", "error")
    assert finding["facts"] == {
        "batch": first.number,
        "state": "reading",
        "files": 3,
        "count": 3,
    }


def test_what_gives_no_page_is_kept_and_told(services: Services, box: Path) -> None:
    (box / "3.jpg").write_bytes((box / "1.jpg").read_bytes()[:9000])
    (box / "4.txt").write_text("ghi chú", encoding="utf-8")
    (box / ".DS_Store").write_bytes(b"hidden")
    batch = imported(services, box)
    assert len(batch.sources) == 5
    document = intake_acts.intake_document(services, batch.number, actor=OPERATOR, lang="vi")
    assert [entry["code"] for entry in document["refused"]] == [
        "page-source-truncated",
        "page-source-unknown",
    ]
    assert (document["files"], document["pages"]) == (5, 3)


def test_an_empty_folder_opens_no_batch(services: Services, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(ScanFolderEmptyError):
        imported(services, tmp_path / "none")
    with services.read_only() as session:
        assert session.scalar(select(ScanBatch)) is None


@pytest.mark.usefixtures("waiting")
def test_a_case_file_gives_its_batch_its_agency(services: Services, box: Path) -> None:
    batch = imported(services, box, code=CODE)
    assert batch.case_code == CODE
    assert batch.agency_id == person(services, "bach").agency_id


def test_an_unknown_case_file_is_refused_before_a_byte_is_taken(
    services: Services, box: Path
) -> None:
    with pytest.raises(BatchCodeError):
        imported(services, box, code="H40.18.2025.99.QLCT")


@pytest.mark.usefixtures("waiting")
def test_a_station_of_an_agency_scans_for_no_other(services: Services) -> None:
    new_station(services, "tram-03", OTHER_AGENCY)
    order = BatchOrder(reference="x", code=CODE)
    with pytest.raises(BatchCodeError):
        intake_acts.open_batch(services, order, station=None, actor=station_of(services, "tram-03"))


@pytest.mark.parametrize("split", ["", "0", "10000", "all", "-1", "1.5"])
def test_a_split_that_is_not_understood_is_refused(services: Services, split: str) -> None:
    with pytest.raises(BatchSplitError):
        opened(services, split=split)


@pytest.mark.parametrize("reference", ["", "  ", "x" * 251])
def test_a_batch_needs_a_name_of_the_station_s_own(services: Services, reference: str) -> None:
    with pytest.raises(BatchReferenceError):
        opened(services, reference)


def test_batches_are_numbered_by_year(services: Services) -> None:
    first, second = opened(services, "a"), opened(services, "b")
    year, number = first.number.split("-")
    assert second.number == f"{year}-{int(number) + 1:04}"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("", SourceNameError),
        ("../x.jpg", SourceNameError),
        ("a//b.jpg", SourceNameError),
        ("/etc/x", SourceNameError),
        ("C:\\x.jpg", SourceNameError),
        ("a\nb.jpg", SourceNameLettersError),
        ("a\u202egpj.exe", SourceNameLettersError),
        ("x" * 501, SourceNameLongError),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused_with_what_is_wrong(
    services: Services, box: Path, name: str, wrong: type[SourceNameError]
) -> None:
    batch = opened(services)
    with pytest.raises(SourceNameError) as refused, (box / "1.jpg").open("rb") as source:
        intake_acts.add_source(services, batch.id, name, source, actor=OPERATOR)
    assert type(refused.value) is wrong
    assert str(refused.value.facts["name"]).isprintable()


def test_other_bytes_under_the_same_name_are_refused_and_the_first_stay(
    services: Services, box: Path
) -> None:
    batch = opened(services)
    add(services, batch, box / "1.jpg")
    with pytest.raises(SourceNameTakenError):
        add(services, batch, box / "2.jpg", "1.jpg")
    (source,) = batch_of(services, batch.id).sources
    assert source.sha256 == hashlib.sha256((box / "1.jpg").read_bytes()).hexdigest()


def test_a_file_that_was_not_whole_is_replaced_and_the_trail_says_so(
    services: Services, box: Path
) -> None:
    batch = opened(services)
    add(services, batch, box / "1.jpg")
    add(services, batch, box / "2.jpg", "1.jpg", replace_it=True)
    (source,) = batch_of(services, batch.id).sources
    assert source.sha256 == hashlib.sha256((box / "2.jpg").read_bytes()).hexdigest()
    with services.read_only() as session:
        event = session.scalar(select(AuditEvent).where(AuditEvent.tag == "batch:file-replaced"))
    assert event is not None
    assert event.data["before"] == hashlib.sha256((box / "1.jpg").read_bytes()).hexdigest()


def test_a_closed_batch_takes_nothing_new_and_forgives_what_it_has(
    services: Services, box: Path
) -> None:
    batch = imported(services, box)
    add(services, batch, box / "1.jpg")
    with pytest.raises(BatchStateError):
        add(services, batch, box / "1.jpg", "4.jpg")
    assert len(batch_of(services, batch.id).sources) == 3


def test_an_empty_batch_is_not_closed(services: Services) -> None:
    batch = opened(services)
    with pytest.raises(BatchEmptyError):
        intake_acts.close_batch(services, batch.id, actor=OPERATOR)


def test_a_batch_that_lacks_a_named_file_is_not_closed(services: Services, box: Path) -> None:
    batch = opened(services)
    add(services, batch, box / "2.jpg")
    with pytest.raises(BatchIncompleteError):
        intake_acts.close_batch(services, batch.id, actor=OPERATOR, order=["1.jpg", "2.jpg"])
    add(services, batch, box / "1.jpg")
    intake_acts.close_batch(services, batch.id, actor=OPERATOR, order=["1.jpg", "2.jpg"])
    assert [source.name for source in batch_of(services, batch.id).sources] == ["1.jpg", "2.jpg"]


def test_a_station_reaches_its_own_batches_alone(services: Services, box: Path) -> None:
    batch = imported(services, box)
    own, other = station_of(services, "tram-01"), station_of(services, "tram-02")
    intake_acts.intake_document(services, batch.id, actor=own, lang="vi")
    with pytest.raises(BatchUnknownError):
        intake_acts.intake_document(services, batch.id, actor=other, lang="vi")
    with pytest.raises(StationUnknownError):
        intake_acts.open_batch(services, BatchOrder(reference="x"), station="tram-02", actor=own)


def test_who_is_no_station_names_one(services: Services) -> None:
    with pytest.raises(StationNotNamedError):
        intake_acts.open_batch(services, BatchOrder(reference="x"), station=None, actor=OPERATOR)


def test_a_reader_takes_in_nothing(services: Services) -> None:
    with pytest.raises(ActNotAllowedError):
        intake_acts.open_batch(
            services, BatchOrder(reference="x"), station="tram-01", actor=person(services, "binh")
        )


def test_the_same_station_again_stays_as_it_is(services: Services) -> None:
    assert new_station(services, "tram-01") is None
    with pytest.raises(StationExistsError):
        new_station(services, "tram-01", OTHER_AGENCY)


def test_an_account_of_a_station_is_enough_to_send(services: Services) -> None:
    add_person(services, "tram-07", Role.STATION)
    with services.read_only() as session:
        assert "tram-07" in names_to_send_from(session, actor=OPERATOR)
    order = BatchOrder(reference="x")
    first, _ = intake_acts.open_batch(services, order, station="tram-07", actor=OPERATOR)
    own = station_of(services, "tram-07")
    second, new = intake_acts.open_batch(services, order, station=None, actor=own)
    assert (second.id, new) == (first.id, False)


def test_a_disabled_station_sends_nothing_more(services: Services) -> None:
    with services.unit_of_work() as uow:
        disable_station("tram-01", actor=OPERATOR, uow=uow)
        uow.commit()
    with pytest.raises(StationDisabledError):
        opened(services)
    with services.read_only() as session:
        assert [row.active for row in list_stations(session, actor=OPERATOR)] == [False, True]


def test_importing_goes_on_where_it_was_killed(
    home: Path, services: Services, box: Path, tmp_path: Path
) -> None:
    """Rows of a part of the files are there, the batch is open: the same folder completes it."""
    order = BatchOrder(reference=folder_reference(box, look_into(box, most_bytes=1 << 30).files))
    batch, _ = intake_acts.open_batch(services, order, station="tram-01", actor=OPERATOR)
    add(services, batch, box / "2.jpg")
    shutil.copytree(box, tmp_path / "again" / box.name)  # a copy is the same folder
    done = imported(services, tmp_path / "again" / box.name)
    assert done.id == batch.id
    assert [source.name for source in done.sources] == ["1.jpg", "2.jpg", "10.jpg"]


def test_a_station_s_role_alone_is_not_enough(services: Services) -> None:
    stranger = Actor("khach", Role.STATION)
    with pytest.raises(StationUnknownError):
        intake_acts.open_batch(services, BatchOrder(reference="x"), station=None, actor=stranger)
