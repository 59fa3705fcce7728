"""A reader that never answers: its page is told, nothing is left running, the others are read."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from archive_service.bootstrap import open_services
from archive_service.worker import work
from tests.worlds.archive import new_home, settings_of
from tests.worlds.digitize.scanning import folder_of_pages, import_batch, new_station, pages_of
from tests.worlds.servers.backends import read_settings, write_settings

PAGES = 3
PAGE_S = 6.0  # and what the engine is given besides, until it is given up


def readers() -> Iterator[int]:
    """Processes that have the engine loaded, and are at work on a page therefore."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            is_child = "child_loop" in (entry / "cmdline").read_text("utf-8", "replace")
            reads = is_child and "libtesseract" in (entry / "maps").read_text("utf-8", "replace")
            if reads and _is_ours(int(entry.name)):
                yield int(entry.name)
        except OSError:  # it has ended meanwhile
            continue


def _is_ours(pid: int) -> bool:
    """Whether this process started it, itself or by what confines it."""
    while pid > 1:
        if pid == os.getpid():
            return True
        status = Path("/proc", str(pid), "stat").read_text("utf-8", "replace")
        pid = int(status.rpartition(")")[2].split()[1])
    return False


def is_there(pid: int) -> bool:
    """Whether there is such a process."""
    return Path("/proc", str(pid)).exists()


def test_a_reader_that_stands_still_holds_up_one_page_alone(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    settings = read_settings(home)
    write_settings(home, settings | {"digitize": settings.get("digitize", {}) | {"page_s": PAGE_S}})
    box = folder_of_pages(tmp_path / "box", PAGES)
    stopped: list[int] = []
    done = threading.Event()

    def stop_one() -> None:
        while not stopped and not done.is_set():
            for pid in readers():
                os.kill(pid, signal.SIGSTOP)
                stopped.append(pid)
                break
            done.wait(0.05)

    with closing(open_services(settings_of(home))) as services:  # which reads each page itself
        station = new_station(services)
        number = import_batch(services, box, station, read=False)
        stopping = threading.Thread(target=stop_one)
        stopping.start()
        work(services, until_empty=True)
        done.set()
        stopping.join()
        pages = pages_of(services, number, station)
        assert len(stopped) == 1
        assert not is_there(stopped[0])
    assert [page["state"] for page in pages] == ["read"] * PAGES
    assert sum("page-read-in-part" in page["codes"] for page in pages) == 1
