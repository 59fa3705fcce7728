"""A parser has no network, writes in its own folder alone, and reads no keys."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from archive_service.formats.child import ParserFailure, WarmChild
from archive_service.formats.output import Output
from archive_service.formats.sandbox import confinement, landlock
from archive_service.formats.sandbox.confinement import BUBBLEWRAP, KERNEL, best_way, held_here
from archive_service.formats.sandbox.kernel import machine
from archive_service.formats.sandbox.program import run_confined
from tests.services.install import need
from tests.worlds.damage.small_disk import small_disk

T = TypeVar("T")


@pytest.fixture(scope="module", params=[BUBBLEWRAP, KERNEL])
def way(request: pytest.FixtureRequest) -> str:
    """Each of them, where the system lets it be tried."""
    chosen: str = request.param
    if chosen == BUBBLEWRAP:
        need("bwrap", "bubblewrap")
        if best_way() != BUBBLEWRAP:
            pytest.skip("the system does not let bwrap work")
    if chosen == KERNEL and (not landlock.version() or machine() is None):
        pytest.skip("the kernel has no Landlock, or another architecture")
    return chosen


@pytest.fixture(scope="module")
def child(way: str) -> Iterator[WarmChild]:
    """One for all: it is to stay well, whatever it is asked."""
    started = WarmChild(way=way)
    yield started
    started.close()


@pytest.fixture
def fresh(way: str, keys: Path) -> Iterator[WarmChild]:
    """One that is started when there are keys."""
    started = WarmChild(way=way)
    yield started
    started.close()


def asked(child: WarmChild, func: Callable[..., T], *args: object) -> T | ParserFailure:
    return child.run(func, *args, limit_s=30, memory_mib=512)


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home" / "keys"
    folder.mkdir(parents=True)
    (folder / "archive.p12").write_bytes(b"key")
    (folder.parent / "staging").mkdir()
    (folder.parent / "staging" / "a.pdf").write_bytes(b"%PDF-1.7")
    confinement.hide([folder])
    yield folder
    confinement.hide([])


def read_bytes(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path) -> None:
    path.write_bytes(b"made")


def write_beside(target: Path, elsewhere: Path) -> None:
    target.write_bytes(b"made")
    elsewhere.write_bytes(b"changed")


def make_many(folder: Path) -> list[str]:
    for name in ("1.png", "2.png"):
        (folder / name).write_bytes(name.encode())
    return ["1.png", "2.png"]


def make_link(target: Path, to: Path) -> None:
    target.symlink_to(to)


def spoil(path: Path, how: str) -> None:
    match how:
        case "append":
            path.open("ab").close()
        case "truncate":
            os.truncate(path, 0)
        case "unlink":
            path.unlink()
        case "rename":
            path.rename(path.with_suffix(".gone"))
        case "link":
            path.with_suffix(".link").hardlink_to(path)
        case "folder":
            path.with_suffix(".folder").mkdir()
        case "chmod":
            path.chmod(0)


def connect(host: str, port: int) -> str:
    with socket.create_connection((host, port), timeout=5) as line:
        return line.recv(10).decode()


def open_unix(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)


def other_environment(pid: int) -> int:
    return len(Path(f"/proc/{pid}/environ").read_bytes())


def test_all_of_it_is_told_to_be_in_force(child: WarmChild, way: str) -> None:
    held = asked(child, held_here)
    assert not isinstance(held, ParserFailure)
    assert held.is_whole
    assert held.reading_is_off
    assert (BUBBLEWRAP in held.by) == (way == BUBBLEWRAP)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_connection_is_made_even_to_this_machine(child: WarmChild, host: str) -> None:
    with socket.create_server((host, 0), family=_family(host)) as server:
        told = asked(child, connect, host, server.getsockname()[1])
        assert isinstance(told, ParserFailure)
        assert asked(child, len, "abc") == 3  # the child is well


def test_no_socket_of_this_machine_is_reached(child: WarmChild, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        assert isinstance(asked(child, open_unix, path), ParserFailure)


def test_only_a_child_that_is_to_ask_has_a_network(way: str) -> None:
    child = WarmChild(network=True, way=way)
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            told = child.run(connect, "127.0.0.1", port, limit_s=1, memory_mib=512)
        assert isinstance(told, ParserFailure)
        assert told.detail.startswith("TimeoutError") or told.reason == "timed-out"  # connected
        held = asked(child, held_here)
        assert not isinstance(held, ParserFailure)
        assert not held.network_is_off
        assert held.writing_is_off
    finally:
        child.close()


@pytest.mark.parametrize(
    "how", ["append", "truncate", "unlink", "rename", "link", "folder", "chmod"]
)
def test_no_file_elsewhere_is_changed(child: WarmChild, tmp_path: Path, how: str) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(b"rows")
    path.chmod(0o640)
    asked(child, spoil, path, how)
    assert path.read_bytes() == b"rows"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["archive.db"]


def test_what_it_makes_is_copied_to_where_it_was_wanted(child: WarmChild, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "made.pdf", tmp_path / "archive.db"
    elsewhere.write_bytes(b"rows")
    assert asked(child, write, Output(target)) is None
    assert target.read_bytes() == b"made"
    told = asked(child, write_beside, Output(tmp_path / "second.pdf"), elsewhere)
    assert isinstance(told, ParserFailure)
    assert elsewhere.read_bytes() == b"rows"
    assert not (tmp_path / "second.pdf").exists()  # of a failure nothing is taken


def test_a_folder_of_files_is_copied(child: WarmChild, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    assert asked(child, make_many, Output(folder)) == ["1.png", "2.png"]
    assert sorted(path.name for path in folder.iterdir()) == ["1.png", "2.png"]


def test_a_link_in_place_of_a_result_is_not_followed(child: WarmChild, tmp_path: Path) -> None:
    secret, target = tmp_path / "secret", tmp_path / "made.pdf"
    secret.write_bytes(b"secret")
    asked(child, make_link, Output(target), secret)
    assert not target.exists()


def make_linked_folder(folder: Path, to: Path) -> None:
    folder.rmdir()
    folder.symlink_to(to)


def test_a_link_in_place_of_a_folder_is_not_followed(child: WarmChild, tmp_path: Path) -> None:
    secret, folder = tmp_path / "keys", tmp_path / "pages"
    secret.mkdir()
    folder.mkdir()
    (secret / "archive.p12").write_bytes(b"key")
    asked(child, make_linked_folder, Output(folder), secret)
    assert list(folder.iterdir()) == []


def test_keys_are_not_read_and_what_lies_beside_them_is(keys: Path, fresh: WarmChild) -> None:
    assert isinstance(asked(fresh, read_bytes, keys / "archive.p12"), ParserFailure)
    assert asked(fresh, read_bytes, keys.parent / "staging" / "a.pdf") == b"%PDF-1.7"


def test_a_link_to_keys_does_not_open_them(keys: Path, way: str) -> None:
    (keys.parent / "other").symlink_to(keys)
    child = WarmChild(way=way)
    try:
        told = asked(child, read_bytes, keys.parent / "other" / "archive.p12")
        assert isinstance(told, ParserFailure)
    finally:
        child.close()


def test_a_folder_that_came_later_is_read_too(keys: Path, fresh: WarmChild) -> None:
    assert asked(fresh, len, "abc") == 3
    later = keys.parent / "drop"
    later.mkdir()
    (later / "b.pdf").write_bytes(b"later")
    assert asked(fresh, read_bytes, later / "b.pdf") == b"later"


def test_a_disk_that_was_attached_later_is_read_too(keys: Path, fresh: WarmChild) -> None:
    assert asked(fresh, len, "abc") == 3
    with small_disk(keys.parent / "disk", 1 << 20) as disk:
        (disk / "c.pdf").write_bytes(b"attached")
        assert asked(fresh, read_bytes, disk / "c.pdf") == b"attached"


def test_nothing_of_other_processes_is_read(child: WarmChild) -> None:
    assert isinstance(asked(child, other_environment, os.getpid()), ParserFailure)


def test_its_folder_is_empty_after_each_call_and_gone_at_the_end(
    fresh: WarmChild, tmp_path: Path
) -> None:
    asked(fresh, write, Output(tmp_path / "a"))
    assert fresh._running is not None
    scratch = fresh._running.scratch
    assert list(scratch.iterdir()) == []
    fresh.close()
    assert not scratch.exists()


def test_a_program_is_confined_as_well(tmp_path: Path) -> None:
    """As veraPDF is, which is asked about files of strangers."""
    if not landlock.version():
        pytest.skip("the kernel has no Landlock")
    folder, elsewhere = tmp_path / "scratch", tmp_path / "archive.db"
    folder.mkdir()
    elsewhere.write_text("rows")
    line = f"echo made > {folder}/a; echo spoilt > {elsewhere}; cat {elsewhere}; echo $ARCHIVE_X"
    environment = dict(os.environ) | {"ARCHIVE_X": "secret"}
    done = run_confined(["sh", "-c", line], folder=folder, limit_s=30, environment=environment)
    assert done.stdout.split() == ["rows"]
    assert (folder / "a").read_text() == "made\n"
    assert elsewhere.read_text() == "rows"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
