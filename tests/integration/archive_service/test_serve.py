"""The parent of the web processes and the workers, as a service manager runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from archive_service import messages
from archive_service.bootstrap import UnknownBackendError
from archive_service.processes import local_workers
from archive_service.serve import AddressTakenError, ListenAddressError, open_door
from ingest.submissions.acts import submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.crew import lives, wait_until
from tests.worlds.papers.bad_input import small_case

PATIENCE_S = 60


class Served:
    """One ``archive serve`` and what it started."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "archive_service.main", "serve", "--listen", "127.0.0.1:0"],
            env=os.environ | {"ARCHIVE_HOME": str(home), "ARCHIVE_JOBS__URL": "local://?workers=1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def text(self, path: str) -> str:
        """What an address answers."""
        wanted = f"{self.url}{path}"
        with urllib.request.urlopen(wanted, timeout=PATIENCE_S) as answer:  # noqa: S310 - ours
            told: str = answer.read().decode()
        return told

    def ask(self, path: str) -> dict[str, object]:
        """The JSON at an address."""
        found: dict[str, object] = json.loads(self.text(path))
        return found

    def children(self) -> dict[int, str]:
        """Process id → command of every child."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {
            int(child): Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            for child in listed.split()
        }

    def child(self, of: str) -> int:
        """The process whose command holds these words."""
        return next((pid for pid, command in self.children().items() if of in command), 0)


def is_listening(pid: int) -> bool:
    """Whether a process holds a TCP socket that listens."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    return any(str(held.readlink()) in listening for held in Path(f"/proc/{pid}/fd").iterdir())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with open_home(new_home(tmp_path / "home")) as services:
        case = small_case(tmp_path / "case", code="H40.18.2025.08.QLCT")
        submit(case, actor=person(services, "bach"), services=services)
    running = Served(tmp_path / "home")
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def test_it_serves_and_works_and_ends_everything_when_told_to(served: Served) -> None:
    assert served.ask("readyz")["ready"] is True
    assert "<form" in served.text("sign-in")
    assert "<form" in served.text(f"search?q={quote('Trạm bơm Khe Lạnh ' * 600)}")
    wait_until(lambda: 'archive_submissions{state="checked"} 1.0' in served.text("metrics"))
    started = served.children()
    assert len(started) == 2
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE_S) == 0
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))


def test_a_child_that_dies_is_started_again(served: Served) -> None:
    served.ask("healthz")
    web, worker = served.child("gunicorn"), served.child(" work")
    os.kill(worker, signal.SIGKILL)
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: served.child("gunicorn") not in (0, web))
    wait_until(lambda: served.child(" work") not in (0, worker))
    assert served.ask("healthz") == {"ok": True}


def test_nothing_outlives_a_parent_that_is_killed(served: Served) -> None:
    served.ask("healthz")
    started = served.children()
    served.process.kill()
    wait_until(lambda: not any(lives(pid) for pid in started))


def test_a_web_process_that_cannot_start_is_told_and_leaves_nothing_running(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    (home / "keys" / "web.secret").mkdir()
    ended = subprocess.run(
        [sys.executable, "-m", "archive_service.main", "serve", "--listen", "127.0.0.1:0"],
        env=os.environ | {"ARCHIVE_HOME": str(home), "ARCHIVE_JOBS__URL": "local://?workers=0"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (6, "")
    assert "Tiến trình web dừng trước khi trả lời" in ended.stderr


def test_only_the_web_process_holds_the_door(served: Served) -> None:
    served.ask("healthz")
    assert is_listening(served.child("gunicorn"))
    assert not is_listening(served.child(" work"))


@pytest.mark.parametrize("address", ["8000", "localhost", ":8000", "localhost:http", "x:99999"])
def test_an_address_of_another_form_is_refused(address: str) -> None:
    with pytest.raises(ListenAddressError):
        open_door(address)


def test_an_address_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(AddressTakenError) as refused:
            open_door(f"127.0.0.1:{other.getsockname()[1]}")
    told = messages.error(refused.value.code, "vi", refused.value.facts)
    assert "một chương trình khác đang dùng cổng này" in told.message


def test_an_address_that_this_machine_lacks_is_told() -> None:
    with pytest.raises(AddressTakenError) as refused:
        open_door("192.0.2.1:0")
    told = messages.error(refused.value.code, "vi", refused.value.facts)
    assert "máy này không có địa chỉ ấy" in told.message


def test_how_many_workers_there_are_is_told_by_the_url() -> None:
    assert local_workers("local://?workers=5") == 5
    assert local_workers("local://") == 2
    for other in ("celery+amqp://host", "local://?workers=many"):
        with pytest.raises(UnknownBackendError):
            local_workers(other)
