"""Links and odd names in a station's folder: told by name, never read, and the others come in."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.services import Services
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.door import LocalDoor
from digitize.batches.intake.folder import ScanFolderRefusedError
from digitize.batches.intake.folder_watch import MARK, TAKEN, WatchMarkError
from digitize.batches.intake.receive import TooManySourcesError
from digitize.batches.sources.names import LEFT_OUT
from tests.integration.digitize.batches.intake.watched import MARKER, Watched, batches, names, put
from tests.worlds.archive import OPERATOR, new_home
from tests.worlds.command import Command
from tests.worlds.digitize.stations import box_of_three, imported, new_station


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An archive that holds nothing."""
    return new_home(tmp_path / "home")


@pytest.fixture
def services(services: Services) -> Services:
    """Its services, with one station."""
    new_station(services, "tram-01")
    return services


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder of three pages, the tenth after the second."""
    return box_of_three(tmp_path / "box")


@pytest.fixture
def page(box: Path) -> bytes:
    return (box / "1.jpg").read_bytes()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The folder that a station's scanner writes to."""
    folder = tmp_path / "desk"
    (folder / TAKEN).mkdir(parents=True)
    return folder


@pytest.fixture
def door(services: Services) -> LocalDoor:
    return LocalDoor(services, "tram-01", OPERATOR)


def limited(services: Services, **limits: int) -> Services:
    """The same services under other limits."""
    settings = services.settings
    changed = {"limits": settings.limits.model_copy(update=limits)}
    return replace(services, settings=settings.model_copy(update=changed))


def test_files_that_cannot_be_taken_are_told_by_name_and_the_others_come_in(
    services: Services, box: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "passwd").write_text("root", encoding="utf-8")
    page = (box / "1.jpg").read_bytes()
    (box / "f-link.jpg").symlink_to(secret / "passwd")
    (box / "folder-link").symlink_to(secret, target_is_directory=True)
    (box / "a\u202egpj.jpg").write_bytes(page)
    (box / "b\nc.jpg").write_bytes(page)
    deep = box / ("x" * 200) / ("y" * 200) / ("z" * 200)
    deep.mkdir(parents=True)
    (deep / "1.jpg").write_bytes(page)
    (box / "3.jpg").write_bytes(page + b"3")
    (box / " 3.jpg").write_bytes(page)  # the same name, once it is kept
    batch = imported(services, box)
    assert [source.name for source in batch.sources] == ["1.jpg", "2.jpg", "3.jpg", "10.jpg"]
    assert batch.state is BatchState.READING
    left_out = {
        finding["place"]: finding["code"]
        for finding in batch.findings
        if finding["check"] == LEFT_OUT
    }
    long = next(place for place in left_out if place.startswith("xxx"))
    assert left_out == {
        "f-link.jpg": "not-a-plain-file",
        "folder-link": "not-a-plain-file",
        "a<U+202E>gpj.jpg": "scan-source-name-letters",
        "b<U+000A>c.jpg": "scan-source-name-letters",
        long: "scan-source-name-long",
        "3.jpg": "name-twice",
    }
    document = intake_acts.intake_document(services, batch.number, actor=OPERATOR, lang="vi")
    assert {entry["place"] for entry in document["refused"]} == set(left_out)
    assert document["findings"] == []
    assert not services.staging.has(hashlib.sha256(b"root").hexdigest())


def test_a_folder_of_nothing_but_refused_files_opens_no_batch(
    services: Services, tmp_path: Path
) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "a\u202eb.jpg").write_bytes(b"x")
    with pytest.raises(ScanFolderRefusedError) as refused:
        imported(services, tmp_path / "only")
    assert refused.value.facts["first"] == "a<U+202E>b.jpg"
    assert batches(services) == []


def test_a_folder_of_too_many_files_opens_no_batch(services: Services, box: Path) -> None:
    with pytest.raises(TooManySourcesError):
        imported(limited(services, file_count=2), box)
    assert batches(services) == []


def test_a_file_that_is_too_large_is_told_and_the_others_come_in(
    services: Services, box: Path
) -> None:
    with (box / "2.jpg").open("ab") as grown:
        grown.truncate(10 << 20)
    batch = imported(limited(services, file_bytes=9 << 20), box)
    assert (batch.state, names(batch)) == (BatchState.READING, ["1.jpg", "10.jpg"])
    document = intake_acts.intake_document(services, batch.number, actor=OPERATOR, lang="vi")
    (refused,) = document["refused"]
    assert refused["place"] == "2.jpg"
    assert refused["code"] == "scan-source-large"
    assert "lớn hơn mức tối đa" in refused["message"]


def test_a_watched_folder_is_closed_without_the_file_that_is_too_large(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1, 2)
    (desk / "h" / "3.jpg").write_bytes(page + b"\0" * len(page))
    (desk / "h" / MARKER).touch()
    most = len(page) + 2
    watched = Watched(desk, door, limited(services, file_bytes=most))
    assert watched.look(3) == 0
    (batch,) = batches(services)
    assert (batch.state, names(batch)) == (BatchState.READING, ["1.jpg", "2.jpg"])
    assert [event["name"] for event in watched.events("left-out")] == ["3.jpg"]


def test_the_command_tells_each_and_what_nobody_has_said_yet(
    home: Path, services: Services, box: Path
) -> None:
    (box / "link.jpg").symlink_to("/etc/passwd")
    archive = Command(home)
    sent = archive.run("scan", "import", box, "--station", "tram-01", "--wait")
    assert sent.code == 1
    assert "3 tệp, 3 trang, Chờ duyệt" in sent.stdout
    assert "“link.jpg” là liên kết" in sent.stdout
    shown = archive.run("scan", "show", batches(services)[0].number).stdout
    assert "not-a-plain-file:link.jpg" in shown
    assert "hồ sơ –, văn bản số –, 3 trang" in shown


def test_a_file_where_a_folder_is_asked_for_opens_no_batch(
    home: Path, services: Services, box: Path
) -> None:
    sent = Command(home).run("scan", "import", box / "1.jpg", "--station", "tram-01")
    assert sent.code == 2
    assert "FOLDER" in sent.stderr
    assert batches(services) == []


def test_what_cannot_be_taken_is_told_once_and_its_folder_is_closed_without_it(
    desk: Path, door: LocalDoor, services: Services, page: bytes, tmp_path: Path
) -> None:
    secret = tmp_path / "passwd"
    secret.write_text("root", encoding="utf-8")
    put(desk / "h", page, 1, 2)
    (desk / "h" / "link.jpg").symlink_to(secret)
    (desk / "h" / "a\u202eb\n.jpg").write_bytes(page)
    (desk / "elsewhere").symlink_to(tmp_path, target_is_directory=True)
    (desk / "h" / MARKER).touch()
    watched = Watched(desk, door, services)
    assert watched.look(3) == 0
    (batch,) = batches(services)
    assert (batch.state, names(batch)) == (BatchState.READING, ["1.jpg", "2.jpg"])
    told = [
        (event["folder"], event["name"], event["finding"].code)
        for event in watched.events("left-out")
    ]
    assert sorted(told) == [
        ("desk", "elsewhere", "not-a-plain-file"),
        ("h", "a<U+202E>b<U+000A>.jpg", "scan-source-name-letters"),
        ("h", "link.jpg", "not-a-plain-file"),
    ]
    assert {finding["place"] for finding in batch.findings} == {
        "link.jpg",
        "a<U+202E>b<U+000A>.jpg",
    }


def test_a_mark_that_is_not_ours_is_told_and_stops_no_other_folder(
    desk: Path, door: LocalDoor, services: Services, page: bytes, tmp_path: Path
) -> None:
    put(desk / "a", page, 1)
    (desk / "a" / MARK).write_text("nothing of ours", encoding="utf-8")
    put(desk / "b", page, 1)
    (desk / "b" / MARK).symlink_to(tmp_path / "nowhere")
    put(desk / "c", page, 1)
    watched = Watched(desk, door, services)
    assert watched.look(2) == 3
    first, second = watched.events("trouble")
    assert isinstance(first["error"], WatchMarkError)
    assert (second["folder"], isinstance(second["error"], OSError)) == ("b", True)
    assert len(batches(services)) == 1
    assert not (tmp_path / "nowhere").exists()
