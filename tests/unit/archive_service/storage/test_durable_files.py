"""A file that several write at the same moment is always one of theirs, whole."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

from archive_service.storage.durable import write_pieces
from tests.worlds.at_once import at_once

ROUNDS = 40
SIZE = 50_000


def _write(target: Path, number: int) -> None:
    letter = bytes([65 + number])
    for _ in range(ROUNDS):
        write_pieces(target, (letter for _ in range(SIZE)))


def _whole(target: Path) -> bool:
    content = target.read_bytes()
    return len(content) == SIZE and len(set(content)) == 1


def test_threads_that_write_the_same_file_wait_for_each_other(tmp_path: Path) -> None:
    target = tmp_path / "reply-001.xml"
    at_once(lambda number: _write(target, number))
    assert _whole(target)
    assert list(tmp_path.iterdir()) == [target]


def test_processes_that_write_the_same_file_wait_for_each_other(tmp_path: Path) -> None:
    target = tmp_path / "reply-001.xml"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(target, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert _whole(target)


def test_what_a_killed_process_left_is_written_over(tmp_path: Path) -> None:
    left = tmp_path / ".reply-001.xml.part"
    left.write_bytes(b"Z" * 2 * SIZE)
    write_pieces(tmp_path / "reply-001.xml", [b"whole"])
    assert (tmp_path / "reply-001.xml").read_bytes() == b"whole"
    assert not left.exists()


def test_a_secret_is_never_readable_to_others(tmp_path: Path) -> None:
    """Each writer gives the half file its mode: the one before took the name away."""
    target, modes = tmp_path / "partner.token", set[int]()
    half = tmp_path / ".partner.token.part"

    def pieces() -> Iterator[bytes]:
        yield b"secret"
        modes.add(half.stat().st_mode & 0o777)

    def write(_: int) -> None:
        for _ in range(ROUNDS):
            write_pieces(target, pieces(), mode=0o600)
            modes.add(target.stat().st_mode & 0o777)

    at_once(write)
    assert modes == {0o600}
