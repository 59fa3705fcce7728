"""Structured log lines on stderr: who asked, which job did it; never a secret, never content."""

import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


Words = Callable[[Mapping[str, Any]], str | None]

HIDDEN = "***"
# What ``configure_log`` was asked for, done at the first line: most commands write none.
_wanted: list[Callable[[], None]] = []
# A password in a URL, with whatever it is made of: s3 secrets have slashes in them.
_IN_URL = re.compile(r"(://[^:/@\s\"'<>]*):[^\s\"'<>]*@")
_ASKED = re.compile(r"(://[^?\s\"'<>]*\?)([^\s\"'<>]+)")  # behind the place of a URL
_IN_ASKED = re.compile(
    r"((?:^|[&;])[^=&;]*(?:pin(?:-value)?|key|pass(?:word|wd|phrase)?|pwd|secret|credentials?|token"
    r"|auth|sig(?:nature)?))=[^&;]*",
    re.IGNORECASE,
)
_LABELS = ("key", "token")  # of PKCS#11: what they are called, no secrets
_TELLING = re.compile(r"password|passphrase|secret|credential|authorization|cookie|(^|_)pin$")


def configure_log(
    *, quiet: bool = False, words: Words | None = None, as_json: bool = False
) -> None:
    """Key and value on stderr, warnings and worse only when ``quiet``; JSON lines for machines.

    Where ``words`` has a sentence for a line, a person reads that in its place.
    """
    _wanted[:] = [partial(_configure, quiet, words, as_json)]
    if as_json:
        logging.root.handlers = [_Libraries(logging.WARNING)]


def _configure(quiet: bool, words: Words | None, as_json: bool) -> None:  # noqa: FBT001 - passed on
    import structlog

    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            lambda log, name, line: (words and words(line)) or last(log, name, line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if quiet else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def configure_service_log() -> None:
    """For processes that nobody watches: JSON lines, unless they write to a terminal after all."""
    configure_log(as_json=not sys.stderr.isatty())


def logger() -> "FilteringBoundLogger":
    """The logger; imported late, so that a command's help stays quick."""
    import structlog

    while _wanted:
        _wanted.pop()()
    made: Any = structlog.get_logger()
    return made  # type: ignore[no-any-return]  # structlog's proxy is untyped


@contextmanager
def bound(**facts: str | None) -> Iterator[None]:
    """Every line of this thread says so until the block ends; ``None`` says nothing."""
    from structlog.contextvars import bound_contextvars

    with bound_contextvars(**{name: fact for name, fact in facts.items() if fact is not None}):
        yield


def bind(**facts: str | None) -> None:
    """Every line of this thread says so until ``unbind``; ``None`` says nothing."""
    from structlog.contextvars import bind_contextvars

    bind_contextvars(**{name: fact for name, fact in facts.items() if fact is not None})


def unbind() -> None:
    """A new request begins: nothing of the one before is said of it."""
    from structlog.contextvars import clear_contextvars

    clear_contextvars()


def hide_secrets(text: str) -> str:
    """The same text with ``***`` for each secret in a URL, before its host or behind its path."""
    if "://" not in text:
        return text
    return _ASKED.sub(_without_asked, _IN_URL.sub(rf"\1:{HIDDEN}@", text))


def _without_asked(url: re.Match[str]) -> str:
    is_token = url.string.endswith("pkcs11", 0, url.start())

    def shown(match: re.Match[str]) -> str:
        is_label = is_token and match[1].lstrip("&;") in _LABELS
        return match[0] if is_label else f"{match[1]}={HIDDEN}"

    return url[1] + _IN_ASKED.sub(shown, url[2])


def _without_secrets(
    _log: object, _name: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in line.items():
        line[key] = HIDDEN if value and _TELLING.search(key) else _hidden(value)
    return line


def _hidden(value: Any) -> Any:  # Any: whatever a line was given
    if isinstance(value, str):
        return hide_secrets(value)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if _TELLING.search(str(key)) else _hidden(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_hidden(inner) for inner in value]
    if isinstance(value, BaseException) or not isinstance(value, int | float | bool | None):
        return hide_secrets(str(value))
    return value


class _Libraries(logging.Handler):
    """What a library warns of, as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        logger().warning("library", source=record.name, text=record.getMessage())
