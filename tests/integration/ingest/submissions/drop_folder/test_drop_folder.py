"""What is dropped into a watched folder is submitted once it is whole, and moved away."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service import clock
from archive_service.accounts.acts import acting_as
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from ingest.submissions.drop_folder.watch import (
    DropFolder,
    DropFolderBusyError,
    DropRules,
    sole_watch,
)
from tests.worlds.archive import new_home
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.papers.bad_input import FILE, small_case, zip_of
from tests.worlds.simulated_signing import Hierarchy, sign

CODE = "H40.18.2025.09.QLCT"
AT_ONCE = DropRules(settle_s=0.0, rest_s=0.0, marker="XONG")
WHOLE_ONLY = DropRules(settle_s=0.0, rest_s=3600.0, marker="XONG")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "thả vào").mkdir()
    return tmp_path / "thả vào"


class Watch:
    """A folder that is looked at when a test says so, and what it told."""

    def __init__(self, place: Path, services: Services, rules: DropRules, name: str) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

        def sender() -> Any:
            with services.read_only() as session:
                return acting_as(session, name, os_user="", idle_days=45)

        self._folder = DropFolder(
            place, services, sender, rules=rules, tell=lambda *told: self.told.append(told)
        )

    def look(self) -> int:
        """One look."""
        return self._folder.look()


def watch(place: Path, services: Services, rules: DropRules = AT_ONCE, name: str = "bach") -> Watch:
    return Watch(place, services, rules, name)


def submissions(services: Services) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_folders_and_zips_are_submitted_and_moved_with_what_became_of_them(
    place: Path, services: Services, tmp_path: Path
) -> None:
    small_case(place / "hồ sơ 1", code=CODE)
    other = small_case(tmp_path / "other", code="H40.18.2025.10.QLCT")
    zip_of(other, place / "hồ sơ 2.zip")
    before = submissions(services)
    seen = watch(place, services)
    assert seen.look() == 0
    assert submissions(services) == before + 2
    assert names(place) == ["done", "refused"]
    assert names(place / "done") == [
        "hồ sơ 1",
        "hồ sơ 1.json",
        "hồ sơ 2.zip",
        "hồ sơ 2.zip.json",
    ]
    told = json.loads((place / "done" / "hồ sơ 1.json").read_text("utf-8"))
    assert len(told["submissions"]) == 1
    assert [event for event, _ in seen.told] == ["received", "received"]


def test_an_empty_folder_is_told_once_and_keeps_nobody_waiting_until_it_is_filled(
    place: Path, services: Services
) -> None:
    (place / "trống").mkdir()
    assert watch(place, services, WHOLE_ONLY).look() == 1, "somebody may be filling it"
    seen = watch(place, services)
    assert [seen.look(), seen.look()] == [0, 0]
    assert seen.told == [("empty", {"name": "trống"})]
    assert names(place) == ["done", "refused", "trống"]
    small_case(place / "trống", code=CODE)
    assert seen.look() == 0
    assert names(place / "done") == ["trống", "trống.json"]


def test_what_cannot_be_taken_is_moved_away_with_the_reason_and_stops_nothing(
    place: Path, services: Services
) -> None:
    (place / "1 hỏng.zip").write_bytes(b"PK\x03\x04 cut off")
    (place / "2 lạ.bin").write_bytes(b"?")
    (place / "3 trống").mkdir()
    (place / "3 trống" / "ghi chú.txt").write_text("không có bảng kê", "utf-8")
    small_case(place / "4 tốt", code=CODE)
    assert watch(place, services).look() == 0
    reasons = {
        path.name: path.read_text("utf-8").splitlines()[-1]
        for path in (place / "refused").glob("*.txt")
    }
    assert reasons == {
        "1 hỏng.zip.txt": "[zip-damaged]",
        "2 lạ.bin.txt": "[parcel-unknown]",
        "3 trống.txt": "[sheet-not-found]",
    }
    assert "4 tốt" in names(place / "done")


def test_a_zip_whose_end_is_not_there_and_a_folder_without_its_marker_wait(
    place: Path, services: Services, tmp_path: Path
) -> None:
    whole = zip_of(small_case(tmp_path / "case", code=CODE), tmp_path / "x.zip").read_bytes()
    (place / "x.zip").write_bytes(whole[: len(whole) // 2])
    small_case(place / "hồ sơ", code="H40.18.2025.10.QLCT")
    seen = watch(place, services, WHOLE_ONLY)
    assert seen.look() == 2
    assert seen.told == []
    (place / "x.zip").write_bytes(whole)
    (place / "hồ sơ" / "XONG").touch()
    assert seen.look() == 0
    assert [event for event, _ in seen.told] == ["received", "received"]


def test_what_still_changes_is_not_taken(place: Path, services: Services) -> None:
    rules = DropRules(settle_s=3600.0, rest_s=3600.0, marker="XONG")
    small_case(place / "hồ sơ", code=CODE)
    (place / "hồ sơ" / "XONG").touch()
    assert watch(place, services, rules).look() == 1
    assert names(place / "done") == []


def test_a_kill_after_the_submission_doubles_nothing(place: Path, services: Services) -> None:
    watch(place, services)
    taken = small_case(place / ".taking" / "hồ sơ", code=CODE)
    with services.read_only() as session:
        actor = acting_as(session, "bach", os_user="", idle_days=45)
    (first,) = submissions_acts.submit(
        taken, actor=actor, services=services
    )  # and here it was killed
    before = submissions(services)
    seen = watch(place, services)
    assert seen.look() == 0
    assert submissions(services) == before
    assert seen.told[0][1]["submissions"] == [str(first)]
    assert "hồ sơ" in names(place / "done")


def test_the_same_dropped_twice_is_one_submission_and_both_are_kept(
    place: Path, services: Services
) -> None:
    seen = watch(place, services)
    for _ in range(2):
        small_case(place / "hồ sơ", code=CODE)
        assert seen.look() == 0
    assert "hồ sơ (2)" in names(place / "done")
    first, second = (told["submissions"] for _, told in seen.told)
    assert first == second


@pytest.mark.parametrize("name", ["x" * 251 + ".zip", "ạ" * 85, "a." + "b" * 253])
def test_a_name_that_fills_an_entry_stops_nothing(
    place: Path, services: Services, tmp_path: Path, name: str
) -> None:
    case = small_case(tmp_path / "case", code=CODE)
    if name.endswith(".zip"):
        zip_of(case, place / name)
    else:
        case.rename(place / name)
    small_case(place / "y sau", code="H40.18.2025.10.QLCT")
    seen = watch(place, services)
    assert seen.look() == 0
    assert [event for event, _ in seen.told] == ["received", "received"]
    assert len(names(place / "done")) == 4
    assert seen.look() == 0


def test_the_verdict_stands_beside_what_was_dropped(place: Path, services: Services) -> None:
    """A broken signature is answered by rule; the other case file by people, at their time."""
    broken = small_case(place / "1 ký hỏng", code=CODE) / FILE
    signed = sign(broken, broken.with_suffix(".ký"), Hierarchy().person(), at=clock.now())
    content = bytearray(signed.read_bytes())
    content[500] ^= 1
    broken.write_bytes(content)
    signed.unlink()
    small_case(place / "2 tốt", code="H40.18.2025.10.QLCT")
    seen = watch(place, services)
    assert seen.look() == 0
    first, second = (place / "done" / f"{name}.json" for name in ("1 ký hỏng", "2 tốt"))
    assert [each["state"] for each in json.loads(first.read_text("utf-8"))["answers"]] == [
        "received"
    ]
    do_all(services)
    seen.look()
    (refused,) = json.loads(first.read_text("utf-8"))["answers"]
    assert refused["state"] == "returned"
    assert FILE in refused["decision_reason"]
    assert "Lưu trữ viên" not in refused["decision_reason"]
    assert "signature-broken" in [finding["code"] for finding in refused["findings"]]
    (waiting,) = json.loads(second.read_text("utf-8"))["answers"]
    assert waiting["state"] == "checked"
    with services.read_only() as session:
        archivist = acting_as(session, "lan", os_user="", idle_days=45)
    submissions_acts.accept(services, UUID(waiting["id"]), actor=archivist)
    do_all(services)
    watch(place, services).look()  # another process goes on with what stands in the files
    (stored,) = json.loads(second.read_text("utf-8"))["answers"]
    assert stored["state"] == "stored"
    assert "GTN" in stored["receipt"]


def test_a_link_is_refused_and_never_followed(
    place: Path, services: Services, tmp_path: Path
) -> None:
    elsewhere = small_case(tmp_path / "elsewhere", code=CODE)
    (place / "liên kết").symlink_to(elsewhere)
    before = submissions(services)
    assert watch(place, services).look() == 0
    assert submissions(services) == before
    assert "[link-dropped]" in (place / "refused" / "liên kết.txt").read_text("utf-8")
    assert elsewhere.is_dir()


def test_a_folder_of_nobody_is_refused_with_the_reason(place: Path, services: Services) -> None:
    small_case(place / "hồ sơ", code=CODE)
    assert watch(place, services, name="không ai").look() == 0
    assert names(place / "refused") == ["hồ sơ", "hồ sơ.txt"]


def test_two_processes_do_not_watch_one_folder(place: Path) -> None:
    with sole_watch(place), pytest.raises(DropFolderBusyError), sole_watch(place):
        pass


def test_the_command_takes_each_accounts_folder_for_that_account(home: Path, place: Path) -> None:
    archive = Command(home, {"ARCHIVE_SCAN__SETTLE_S": "0", "ARCHIVE_SCAN__REST_S": "0.01"})
    small_case(place / "bach" / "hồ sơ", code=CODE)
    with zipfile.ZipFile(place / "bach" / "x.zip", "w") as packed:
        packed.writestr("a.txt", "?")
    line = ("submission", "watch", place, "--by-account", "--once", "--interval", "0.05")
    answer = archive.started(*line, "--json")
    assert answer.code == 0, answer
    told = {event["name"]: event for event in map(json.loads, answer.stdout.splitlines())}
    assert told["hồ sơ"]["event"] == "received"
    assert told["x.zip"]["code"] == "sheet-not-found"
    (found,) = archive.ask("submission", "list")["submissions"]
    assert found["submitted_by"] == "bach"
    shutil.rmtree(place)
