"""Structured log lines on stderr; never a secret, never content."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


Words = Callable[[Mapping[str, Any]], str | None]


def configure_log(*, quiet: bool = False, words: Words | None = None) -> None:
    """Key and value on stderr, warnings and worse only when ``quiet``.

    Where ``words`` has a sentence for a line, a person reads that in its place.
    """
    import logging
    import sys

    import structlog

    plain = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            lambda log, name, line: (words and words(line)) or plain(log, name, line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if quiet else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def logger() -> "FilteringBoundLogger":
    """The logger; imported late, so that a command's help stays quick."""
    import structlog

    made: Any = structlog.get_logger()
    return made  # type: ignore[no-any-return]  # structlog's proxy is untyped
