"""Parsers run in warm children: what happens to a child never happens to us."""

import errno
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from archive_service.errors import InputError
from archive_service.formats.child import (
    FailureReason,
    ParserFailure,
    WarmChild,
    _IdleChildren,
    run_limited,
)
from archive_service.formats.sandbox.confinement import ScratchFullError


@pytest.fixture
def child() -> Iterator[WarmChild]:
    started = WarmChild()
    yield started
    started.close()


def refuse(name: str) -> None:
    raise InputError(name=name)


def work(seconds: float, pause_s: float) -> str:
    """Of processor time, with a pause after each fiftieth of a second."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        slice_end = time.process_time() + 0.02
        while time.process_time() < slice_end:
            pass
        time.sleep(pause_s)
    return "done"


def stand_still() -> str:
    os.kill(os.getpid(), signal.SIGSTOP)
    return "done"


def run(
    child: WarmChild, func: Callable[..., object], *args: object, limit_s: float = 30
) -> object:
    return child.run(func, *args, limit_s=limit_s, memory_mib=256)


def test_a_child_stays_warm_between_calls(child: WarmChild) -> None:
    first = run(child, os.getpid)
    assert first == run(child, os.getpid) != os.getpid()


def test_a_crash_is_a_result_and_the_next_call_has_a_new_child(child: WarmChild) -> None:
    assert run(child, os.abort) == ParserFailure(FailureReason.CRASHED, "SIGABRT")
    assert run(child, len, "abc") == 3
    assert child.calls == 1


def test_a_killed_child_that_waited_is_replaced(child: WarmChild) -> None:
    assert run(child, len, "abc") == 3
    assert child._running is not None
    os.killpg(child._running.process.pid, signal.SIGKILL)
    answers = [run(child, len, "abc"), run(child, len, "abc")]
    assert answers[1] == 3


def test_a_parser_that_hangs_is_stopped(child: WarmChild) -> None:
    failure = run(child, time.sleep, 60, limit_s=0.3)
    assert isinstance(failure, ParserFailure)
    assert failure.reason is FailureReason.TIMED_OUT


def test_a_parser_that_works_without_end_is_stopped(child: WarmChild) -> None:
    failure = run(child, work, 60.0, 0.0, limit_s=0.3)
    assert isinstance(failure, ParserFailure)
    assert failure.reason is FailureReason.TIMED_OUT


def test_a_parser_that_others_leave_little_of_the_processor_comes_to_its_end(
    child: WarmChild,
) -> None:
    assert run(child, work, 0.4, 0.2, limit_s=1) == "done"


def test_a_parser_that_stands_still_for_a_while_comes_to_its_end(child: WarmChild) -> None:
    assert run(child, len, "abc") == 3
    assert child._running is not None
    group = child._running.process.pid
    going_on = threading.Timer(3, os.killpg, (group, signal.SIGCONT))
    going_on.start()
    assert run(child, stand_still, limit_s=2) == "done"
    going_on.join()


def test_greed_for_memory_ends_in_a_result(child: WarmChild) -> None:
    failure = run(child, bytearray, 1 << 30)
    assert isinstance(failure, ParserFailure)
    assert failure.reason is FailureReason.OUT_OF_MEMORY
    assert run(child, len, bytearray(10)) == 10


def test_an_error_of_the_parser_is_told_with_its_kind(child: WarmChild) -> None:
    failure = run(child, int, "twelve")
    assert isinstance(failure, ParserFailure)
    assert failure.reason is FailureReason.FAILED
    assert failure.detail.startswith("ValueError: ")


def test_an_error_of_ours_comes_back_as_it_was_raised(child: WarmChild) -> None:
    with pytest.raises(InputError) as caught:
        run(child, refuse, "a.pdf")
    assert caught.value.facts == {"name": "a.pdf"}


def fill() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_folder_is_trouble_of_the_machine_and_not_of_the_file(child: WarmChild) -> None:
    with pytest.raises(ScratchFullError) as caught:
        run(child, fill)
    assert caught.value.code == "parser-folder-full"


def test_an_answer_that_cannot_be_sent_is_a_failure(child: WarmChild) -> None:
    failure = run(child, open, os.devnull)
    assert isinstance(failure, ParserFailure)
    assert run(child, len, "abc") == 3


def test_a_child_whose_parent_died_leaves_no_text_of_a_document(child: WarmChild) -> None:
    assert run(child, len, "abc") == 3
    assert child._running is not None
    scratch = child._running.scratch
    (scratch / "page.txt").write_text("text of a document")
    (scratch / "deep").mkdir()
    child._running.line.shutdown(socket.SHUT_RDWR)
    child._running.process.wait(timeout=30)
    assert not scratch.exists() or not list(scratch.iterdir())


def test_a_child_knows_no_setting_of_ours(
    child: WarmChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_DATABASE__URL", "postgresql+psycopg://user:secret@host/name")
    assert run(child, os.getenv, "ARCHIVE_DATABASE__URL") is None


def test_children_are_shared_and_kept() -> None:
    assert run_limited(os.getpid) == run_limited(os.getpid)


def test_a_pool_keeps_one_child_a_core_at_most() -> None:
    pool = _IdleChildren()
    children = [WarmChild() for _ in range((os.cpu_count() or 1) + 2)]
    for each in children:
        pool.give_back(each)
    kept = {id(pool.take()) for _ in range(os.cpu_count() or 1)}
    assert kept <= {id(each) for each in children}
    assert id(pool.take()) not in {id(each) for each in children}
    pool.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up the rights of root")
def test_a_child_that_was_started_with_other_rights_is_not_taken() -> None:
    pool, child = _IdleChildren(), WarmChild()
    pool.give_back(child)
    os.seteuid(65534)
    try:
        of_nobody = pool.take()
        pool.give_back(of_nobody)
    finally:
        os.seteuid(0)
    assert child is not of_nobody is not pool.take()
