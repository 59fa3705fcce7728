"""What a child writes is read as JSON by the type that is expected, and as nothing else."""

import datetime as dt
import os
import pickle
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from archive_service.errors import ArchiveError, InputError
from archive_service.formats import answers
from archive_service.formats.child import FailureReason, ParserFailure, WarmChild


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Seen:
    number: int
    colour: Colour
    at: dt.datetime
    picture: bytes
    share: float
    path: Path
    lines: tuple[str, ...] = ()
    known: dict[str, tuple[int, ...]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


SEEN = Seen(
    number=1,
    colour=Colour.RED,
    at=dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
    picture=bytes(range(256)),
    share=float("inf"),
    path=Path("/srv/tệp"),
    lines=("Hồ sơ", ""),
    known={"a": (1, 2)},
    facts={"n": 1, "list": [1, None]},
    names={"x"},
)


def see() -> Seen | None:
    return SEEN


def see_many() -> list[Seen | ParserFailure]:
    return [SEEN, ParserFailure(FailureReason.FAILED, "x")]


def half_letters() -> list[str]:
    return ["a\ud800b"]


def promise_a_number() -> int:
    return "no number"  # type: ignore[return-value]  # a parser that a file has taken over


class Unpickled:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path(self.trace),)


def write_instead(answer: bytes) -> None:
    """Write an answer of one's own to the socket of the loop, as its number says."""
    socket_of_loop = int(Path("/proc/self/cmdline").read_bytes().split(b"\0")[3])
    os.write(socket_of_loop, answer)


@pytest.fixture
def child() -> Any:
    started = WarmChild()
    yield started
    started.close()


@pytest.mark.parametrize("func", [see, see_many])
def test_what_a_function_promises_comes_back_as_it_was(child: WarmChild, func: Any) -> None:
    assert child.run(func, limit_s=30, memory_mib=512) == func()


def test_halves_of_letters_are_no_failure(child: WarmChild) -> None:
    assert child.run(half_letters, limit_s=30, memory_mib=512) == ["a?b"]


def test_what_was_not_promised_is_a_failure(child: WarmChild) -> None:
    told = child.run(promise_a_number, limit_s=30, memory_mib=512)
    assert isinstance(told, ParserFailure)
    assert told.reason is FailureReason.FAILED


def test_a_pickle_from_a_child_is_never_opened(child: WarmChild, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    evil = pickle.dumps(("returned", Unpickled(str(trace))))
    framed = struct.pack("!i", len(evil)) + evil  # as multiprocessing frames its messages
    told = child.run(write_instead, framed, limit_s=30, memory_mib=512)
    assert isinstance(told, ParserFailure)
    assert not trace.exists()
    assert child.run(len, "abc", limit_s=30, memory_mib=512) == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"returned",
        b"returned\n[1, 2]",
        b'returned\n["1"]',
        b"raised\n[{}]",
        b'raised\n[["os:system", {"command": "true"}]]',
        b'raised\n[["archive_service.errors:InputError", [1]]]',
        b"failed\n[1]",
        b"else\n[1]",
    ],
)
def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    def number() -> int:
        return 1

    with pytest.raises(answers.AnswerUnreadableError):
        answers.read(number, answer)


def test_an_error_of_ours_comes_back_by_its_class() -> None:
    kind, error = answers.read(len, answers.raised(InputError(name="a.pdf", size=1)))
    assert (kind, type(error)) == ("raised", InputError)
    assert isinstance(error, ArchiveError)
    assert error.facts == {"name": "a.pdf", "size": 1}


def test_an_answer_that_never_ends_is_stopped(child: WarmChild) -> None:
    told = child.run(write_instead, struct.pack("!Q", 1000) + b"x", limit_s=0.3, memory_mib=512)
    assert isinstance(told, ParserFailure)


def test_an_answer_that_is_too_large_is_refused(child: WarmChild) -> None:
    size = struct.pack("!Q", answers.MOST_BYTES + 1)
    told = child.run(write_instead, size, limit_s=30, memory_mib=512)
    assert told == ParserFailure(FailureReason.FAILED, "its answer cannot be read")
