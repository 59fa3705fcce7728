"""The answer of a child process as JSON, read by the type that its function promises.

A child that a file has taken over can write whatever it likes: nothing that it writes is unpickled,
and nothing in it names a class, unless as one of the errors that this process knows itself.
"""

import base64
import datetime as dt
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from archive_service.errors import ArchiveError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MOST_BYTES = 256 << 20  # of one answer


class AnswerUnreadableError(ValueError):
    """The bytes are no answer to this call."""


def returned(value: object) -> bytes:
    """What a function returned; raises ``TypeError`` where JSON cannot tell it."""
    return _dumped("returned", value)


def raised(error: ArchiveError) -> bytes:
    """An error of ours: its class by name, and its facts as plain JSON."""
    facts = {name: _shown(value) for name, value in error.facts.items()}
    return _dumped("raised", [_name(type(error)), facts])


def failed(reason: str, detail: str) -> bytes:
    """Why there is no answer."""
    return _dumped("failed", [reason, detail])


def read(func: Callable[..., object], answer: bytes) -> tuple[str, Any]:
    """``returned``, ``raised`` or ``failed``, and what was, by the annotation of ``func``.

    Raises ``AnswerUnreadableError``.
    """
    from pydantic import ValidationError

    kind, _, length = answer.partition(b"\n")
    try:
        if kind == b"returned":
            return "returned", _promised_by(func).validate_json(length)[0]
        if kind == b"failed":
            return "failed", _reader(tuple[str, str]).validate_json(length)[0]
        if kind == b"raised":
            name, facts = _reader(tuple[str, dict[str, Any]]).validate_json(length)[0]
            return "raised", _errors()[name](**facts)
    except (ValidationError, KeyError, TypeError) as wrong:
        raise AnswerUnreadableError(f"{type(wrong).__name__}: {wrong}"[:300]) from None
    raise AnswerUnreadableError("of no kind that there is")


def _promised_by(func: Callable[..., object]) -> "TypeAdapter[tuple[Any]]":
    try:
        return _reader(inspect.get_annotations(func).get("return", Any))
    except TypeError:  # of C, or a class
        return _reader(Any)


@cache
def _reader(promised: Any) -> "TypeAdapter[tuple[Any]]":
    from pydantic import ConfigDict, TypeAdapter

    plain = ConfigDict(strict=True, val_json_bytes="base64")
    return TypeAdapter(tuple[promised], config=plain)


def _dumped(kind: str, value: object) -> bytes:
    """Halves of letters, as damaged texts have them, are no UTF-8: they become question marks."""
    text = json.dumps([value], default=_plain, ensure_ascii=False)
    return f"{kind}\n{text}".encode("utf-8", "replace")


def _plain(value: object) -> object:
    """What JSON has no word for; the type that is promised tells how it is read."""
    match value:
        case bytes() | bytearray():
            return base64.urlsafe_b64encode(value).decode("ascii")
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case PurePath():
            return str(value)
        case Mapping():
            return dict(value)
        case Set():
            return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} is no part of an answer")


def _shown(value: object) -> object:
    """A fact of an error, which is made for words: what JSON has none for is told as text."""
    try:
        return json.loads(json.dumps(value, default=_plain))
    except TypeError:
        return str(value)


def _errors() -> dict[str, type[ArchiveError]]:
    return {_name(kind): kind for kind in _below(ArchiveError)}


def _below(kind: type[ArchiveError]) -> Iterator[type[ArchiveError]]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from _below(subclass)


def _name(kind: type[ArchiveError]) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"
