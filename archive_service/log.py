"""Structured log lines on stderr; never a secret, never content."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def configure_log(*, quiet: bool = False) -> None:
    """Key and value on stderr, warnings and worse only when ``quiet``."""
    import logging
    import sys

    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False),
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
