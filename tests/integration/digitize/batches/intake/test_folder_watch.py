"""A watched folder: files that grow, processes that are killed, folders of the same name."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.services import Services
from digitize.batches.intake.door import LocalDoor
from digitize.batches.intake.folder_watch import DONE, TAKEN, WatchBusyError, watching
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.intake.remote import RemoteDoor, ServerAwayError, ServerRefusedError
from tests.integration.digitize.batches.intake.watched import MARKER, Watched, batches, names, put
from tests.worlds.archive import OPERATOR, new_home
from tests.worlds.command import PROGRAM, Command
from tests.worlds.digitize.stations import new_station
from tests.worlds.papers.page_images import page_image
from tests.worlds.site import listening


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def token(services: Services) -> str:
    """The token of the one station."""
    made = new_station(services, "tram-01")
    assert made is not None
    return made


@pytest.fixture
def door(services: Services, token: str) -> LocalDoor:
    return LocalDoor(services, "tram-01", OPERATOR)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The folder that a station's scanner writes to."""
    folder = tmp_path / "desk"
    (folder / TAKEN).mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("page") / "1.jpg"
    return page_image(path, lines=("Tờ trình",), quality=50).read_bytes()


def test_a_folder_with_its_marker_is_taken_closed_and_moved_away(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "Hộp 1", page, 2, 10, 1)
    watched = Watched(desk, door, services)
    assert watched.look() == 1
    (batch,) = batches(services)
    assert (batch.state, len(batch.sources)) == (BatchState.RECEIVING, 3)
    (desk / "Hộp 1" / MARKER).touch()
    assert watched.look(2) == 0
    (batch,) = batches(services)
    assert (batch.state, names(batch)) == (BatchState.READING, ["1.jpg", "2.jpg", "10.jpg"])
    moved = desk / TAKEN / f"{batch.number} Hộp 1"
    assert sorted(path.name for path in moved.glob("*.jpg")) == ["1.jpg", "10.jpg", "2.jpg"]
    assert (moved / DONE).is_file()
    assert not (desk / "Hộp 1").exists()
    assert len(watched.events("received")) == 3


def test_a_file_that_still_grows_is_left_until_its_end_is_there(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1)
    growing = desk / "h" / "2.jpg"
    growing.write_bytes(page[: len(page) // 2])
    watched = Watched(desk, door, services)
    watched.look(3)
    assert names(batches(services)[0]) == ["1.jpg"]
    growing.write_bytes(page)
    watched.look(2)
    assert names(batches(services)[0]) == ["1.jpg", "2.jpg"]


def test_a_file_that_does_not_stand_still_is_not_looked_at(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1)
    watched = Watched(desk, door, services, settle_s=3600)
    watched.look(3)
    assert batches(services) == []


def test_a_file_that_stays_cut_off_comes_with_its_folder_and_is_told(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1)
    (desk / "h" / "2.jpg").write_bytes(page[: len(page) // 2])
    (desk / "h" / MARKER).touch()
    Watched(desk, door, services).look(2)
    (batch,) = batches(services)
    assert batch.state is BatchState.READING
    assert [source.refused.get("code") for source in batch.sources] == [
        None,
        "page-source-truncated",
    ]


def test_a_folder_that_has_rested_counts_as_whole(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1, 2)
    watched = Watched(desk, door, services, rest_s=0.01)
    watched.look()
    time.sleep(0.02)
    watched.look()
    assert batches(services)[0].state is BatchState.READING


def test_a_file_that_changed_after_it_was_taken_takes_its_own_place(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1)
    watched = Watched(desk, door, services)
    watched.look()
    (desk / "h" / "1.jpg").write_bytes(page + b"later")
    watched.look(2)
    (source,) = batches(services)[0].sources
    assert source.size_bytes == len(page) + 5


def test_a_folder_of_the_same_name_is_another_batch(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    watched = Watched(desk, door, services)
    for _ in range(2):  # even with the very same pages, as two blank backs are
        put(desk / "h", page, 1)
        (desk / "h" / MARKER).touch()
        watched.look(2)
    first, second = batches(services)
    assert (names(first), names(second)) == (["1.jpg"], ["1.jpg"])
    assert [finding["code"] for finding in second.findings] == ["batch-doubled"]


def test_files_in_no_folder_are_told_and_left(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    (desk / "1.jpg").write_bytes(page)
    watched = Watched(desk, door, services)
    assert watched.look(2) == 0
    assert watched.events("loose") == [{"name": "1.jpg"}]
    assert (desk / "1.jpg").is_file()


def test_a_process_killed_between_closing_and_moving_doubles_nothing(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1, 2)
    watched = Watched(desk, door, services)
    watched.look()
    batch = door.open(BatchOrder(reference=batches(services)[0].reference))
    door.close(batch, ["1.jpg", "2.jpg"])
    put(desk / "h", page, 3)  # came after the batch was closed
    (desk / "h" / MARKER).touch()
    again = Watched(desk, door, services)
    again.look(4)
    first, second = batches(services)
    assert (names(first), names(second)) == (["1.jpg", "2.jpg"], ["3.jpg"])
    assert second.state is BatchState.READING
    assert len(list((desk / TAKEN).rglob("*.jpg"))) == 3


def test_a_process_killed_after_moving_brings_back_what_came_late(
    desk: Path, door: LocalDoor, services: Services, page: bytes
) -> None:
    put(desk / "h", page, 1)
    watched = Watched(desk, door, services)
    watched.look()
    (row,) = batches(services)
    door.close(door.open(BatchOrder(reference=row.reference)), ["1.jpg"])
    moved = desk / TAKEN / f"{row.number} h"
    (desk / "h").rename(moved)
    put(moved, page, 2)
    again = Watched(desk, door, services)
    again.watcher.finish_moved()
    assert (desk / "h" / "2.jpg").is_file()
    (desk / "h" / MARKER).touch()
    again.look(2)
    first, second = batches(services)
    assert (names(first), names(second)) == (["1.jpg"], ["2.jpg"])


def test_trouble_with_one_folder_is_told_once_and_stops_no_other(
    desk: Path, services: Services, token: str, page: bytes
) -> None:
    door = LocalDoor(services, "tram-99", OPERATOR)
    put(desk / "a", page, 1)
    put(desk / "b", page, 1)
    watched = Watched(desk, door, services)
    assert watched.look(2) == 2
    assert [facts["folder"] for facts in watched.events("trouble")] == ["a", "b"]
    assert (desk / "a" / "1.jpg").is_file()


def test_a_folder_is_watched_by_one_process(desk: Path) -> None:
    with watching(desk), pytest.raises(WatchBusyError), watching(desk):
        pass


def test_killed_at_any_moment_no_page_is_lost_or_doubled(
    desk: Path, home: Path, services: Services, token: str, page: bytes
) -> None:
    """The command is killed while it works, again and again; the last run finishes."""
    for box in ("a", "b"):
        put(desk / box, page, *range(1, 13))
        (desk / box / MARKER).touch()
    command = _watch_command(home, desk)
    for after_s in (0.0, 0.05, 0.12, 0.2, 0.3):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )
        assert process.stdout is not None
        process.stdout.readline()  # it has taken the first file of this run
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_environment())
    wanted = [f"{number}.jpg" for number in range(1, 13)]
    rows = batches(services)
    assert [row.state for row in rows] == [BatchState.READING] * 2
    assert [names(row) for row in rows] == [wanted, wanted]
    assert len(list((desk / TAKEN).rglob("*.jpg"))) == 24
    assert [path.name for path in desk.iterdir()] == [TAKEN]


def _watch_command(home: Path, desk: Path) -> list[str]:
    line = ("scan", "watch", str(desk), "--station", "tram-01", "--interval", "0.05")
    return [str(PROGRAM), "--home", str(home), *line, "--once", "--json"]


def _environment() -> dict[str, str]:
    return Command(Path(), {"ARCHIVE_SCAN__SETTLE_S": "0"})._environment()


@pytest.fixture
def server(services: Services) -> Iterator[str]:
    """The application on a port of loopback."""
    with listening(services) as site:
        yield site.url


def test_a_station_elsewhere_sends_the_same_over_the_api(
    desk: Path, services: Services, server: str, token: str, page: bytes
) -> None:
    put(desk / "h", page, 1, 2)
    (desk / "h" / "3.txt").write_text("ghi chú", encoding="utf-8")
    watched = Watched(desk, RemoteDoor(server, token), services)
    watched.look()
    (desk / "h" / MARKER).touch()
    assert watched.look(2) == 0, watched.told
    (batch,) = batches(services)
    assert (batch.state, names(batch)) == (BatchState.READING, ["1.jpg", "2.jpg", "3.txt"])


def test_a_closed_batch_elsewhere_begins_another(
    desk: Path, services: Services, server: str, token: str, page: bytes
) -> None:
    door = RemoteDoor(server, token)
    put(desk / "h", page, 1)
    Watched(desk, door, services).look()
    door.close(door.open(BatchOrder(reference=batches(services)[0].reference)), ["1.jpg"])
    put(desk / "h", page, 2)
    (desk / "h" / MARKER).touch()
    Watched(desk, door, services).look(4)
    first, second = batches(services)
    assert (names(first), names(second)) == (["1.jpg"], ["2.jpg"])


def test_a_server_that_is_away_is_waited_for(desk: Path, services: Services, page: bytes) -> None:
    put(desk / "h", page, 1)
    watched = Watched(desk, RemoteDoor("http://127.0.0.1:9", "x"), services)
    assert watched.look(2) == 1
    (trouble,) = watched.events("trouble")
    assert isinstance(trouble["error"], ServerAwayError)


def test_a_wrong_token_is_told(desk: Path, services: Services, server: str, page: bytes) -> None:
    put(desk / "h", page, 1)
    watched = Watched(desk, RemoteDoor(server, "wrong"), services)
    watched.look()
    (trouble,) = watched.events("trouble")
    assert isinstance(trouble["error"], ServerRefusedError)
    assert trouble["error"].facts["status"] == 401


def test_the_command_needs_no_home_for_a_server_elsewhere(
    desk: Path, services: Services, server: str, token: str, page: bytes, tmp_path: Path
) -> None:
    put(desk / "h", page, 1)
    (desk / "h" / MARKER).touch()
    secret = tmp_path / "token"
    secret.write_text(f"{token}\n", encoding="utf-8")
    line = ("scan", "watch", desk, "--station", "tram-01", "--interval", "0.05", "--once")
    away = Command(tmp_path / "nowhere", {"ARCHIVE_SCAN__SETTLE_S": "0"})
    answer = away.started(*line, "--server", server, "--token-file", secret, "--json")
    assert answer.code == 0, answer
    assert batches(services)[0].state is BatchState.READING


def test_a_folder_is_imported_into_an_archive_elsewhere_once(
    services: Services, server: str, token: str, page: bytes, tmp_path: Path
) -> None:
    put(tmp_path / "box", page, 2, 10, 1)
    (tmp_path / "box" / "ghi chú.txt").write_text("không phải ảnh", encoding="utf-8")
    (tmp_path / "box" / "link.jpg").symlink_to("/etc/passwd")
    secret = tmp_path / "token"
    secret.write_text(token, encoding="utf-8")
    line = ("scan", "import", tmp_path / "box", "--station", "tram-01", "--server", server)
    away = Command(tmp_path / "nowhere")
    for _ in range(2):
        answer = away.started(*line, "--token-file", secret, "--json")
        assert answer.code == 1, answer  # one file gives no page
        refused = [entry["place"] for entry in answer.document["refused"]]
        assert (refused, answer.document["pages"]) == (["ghi chú.txt", "link.jpg"], 3)
    (batch,) = batches(services)
    assert (batch.state, batch.number) == (BatchState.READING, answer.document["batch"])
    assert names(batch) == ["1.jpg", "2.jpg", "10.jpg", "ghi chú.txt"]
    assert away.started(*line).code == 2  # no token
