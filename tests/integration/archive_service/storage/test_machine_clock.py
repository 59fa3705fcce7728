"""What sets the clock, told by a real chronyd that hears a server of time on loopback."""

import getpass
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive_service.status.health import clock_words
from archive_service.storage.machine_clock import MachineClock, read_machine_clock
from tests.services.install import need
from tests.services.process import Process, running

_SINCE_1900 = 2_208_988_800  # seconds, of NTP's epoch before that of Unix


def stamp(moment: float) -> bytes:
    whole = moment + _SINCE_1900
    return struct.pack("!II", int(whole), int(whole % 1 * 2**32))


@contextmanager
def time_server(ahead_s: float) -> Iterator[int]:
    """A server of NTP (RFC 5905) whose clock is that far ahead of this machine's; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                request, who = server.recvfrom(512)
                if not request:  # the last one, of our own
                    return
                heard = stamp(time.time() + ahead_s)
                head = struct.pack("!BBbbII4s", 0x24, 1, request[2], -20, 0, 0, b"GPS\0")
                sent = stamp(time.time() + ahead_s)
                server.sendto(head + heard + request[40:48] + heard + sent, who)

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield server.getsockname()[1]
        server.sendto(b"", server.getsockname())
        serving.join()


@contextmanager
def chrony(port: int) -> Iterator[list[str]]:
    """A chronyd that sets no clock (-x) and follows that server; how it is asked."""
    program = need("chronyd", "chrony")
    with tempfile.TemporaryDirectory(prefix="chrony-") as made:
        folder = Path(made)
        folder.chmod(0o750)
        config = folder / "chrony.conf"
        config.write_text(
            f"server 127.0.0.1 port {port} iburst minpoll 0 maxpoll 0\n"
            f"bindcmdaddress {folder}/socket\ncmdport 0\npidfile {folder}/pid\n"
        )
        ask = ["chronyc", "-h", f"{folder}/socket", "-c", "tracking"]
        command = [program, "-x", "-U", "-d", "-u", getpass.getuser(), "-f", str(config)]

        def ready() -> None:
            assert read_machine_clock(ask).synchronised

        process = Process("chronyd", command, folder=folder, ready=ready)
        with running(process):
            yield ask


@pytest.mark.parametrize(("ahead_s", "offset_ms"), [(0.0, 0), (3.0, -3000), (-40.0, 40_000)])
def test_chrony_tells_its_server_and_how_far_this_clock_is_from_it(
    ahead_s: float, offset_ms: int
) -> None:
    with time_server(ahead_s) as port, chrony(port) as ask:
        told = read_machine_clock(ask)
    assert (told.source, told.server) == ("chrony", "127.0.0.1 (stratum 2)")
    assert told.offset_ms is not None
    assert abs(told.offset_ms - offset_ms) < 900
    assert told.is_apart == (ahead_s != 0)


def test_without_chrony_the_kernel_is_asked() -> None:
    told = read_machine_clock(["no-such-program"])
    assert told.source in ("system", "machine")
    assert told.server == ""
    assert (told.offset_ms is not None) == told.synchronised
    assert (told.source_time() is None) == (told.offset_ms is None)


@pytest.mark.parametrize("line", ["", "506 Cannot talk to daemon", ",".join("abcdefghijklmn")])
def test_an_answer_that_is_none_is_passed_over(line: str) -> None:
    assert read_machine_clock(["echo", line]).source in ("system", "machine")


def test_a_chrony_that_hears_nobody_knows_nothing() -> None:
    line = "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised"
    told = read_machine_clock(["echo", line])
    assert told == MachineClock("chrony")
    assert "chưa đồng bộ" in clock_words(told, "vi")


@pytest.mark.parametrize(
    ("offset_ms", "words"),
    [(12, "lệch 0,012 giây"), (3000, "đang nhanh 3 giây"), (-3000, "đang chậm 3 giây")],
)
def test_beyond_a_second_people_are_told(offset_ms: int, words: str) -> None:
    told = MachineClock("chrony", "127.0.0.1 (stratum 2)", synchronised=True, offset_ms=offset_ms)
    assert words in clock_words(told, "vi")
    assert told.is_apart == (abs(offset_ms) > 1000)
