"""Six families of errors, told apart by what the caller can do about them."""

import re
from typing import ClassVar

_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class ArchiveError(Exception):
    """A refusal or a failure with a stable code and its facts; its words are in the messages.

    Leaves are declared where they are raised. The code of ``GrantDaysError`` is ``grant-days``;
    ``code`` is set where the name is another, for a code never changes once released.
    """

    code: ClassVar[str] = "archive-error"
    status: int = 500  # of the HTTP answer
    exit: ClassVar[int] = 1  # of the command

    def __init_subclass__(cls) -> None:
        if "code" not in vars(cls):
            cls.code = _WORD_BEGINS.sub("-", cls.__name__.removesuffix("Error")).lower()

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        text = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{self.code}: {text}" if text else self.code)

    def headers(self) -> dict[str, str]:
        """Headers of the HTTP answer, beside those of its status."""
        return {}

    def __reduce__(self) -> tuple[object, ...]:
        """Survives the way from a child process to its parent."""
        return _rebuilt, (type(self), self.facts)


def _rebuilt(kind: type[ArchiveError], facts: dict[str, object]) -> ArchiveError:
    return kind(**facts)


class InputError(ArchiveError):
    """The sender can correct it."""

    code = "input-error"
    at = ""  # the field of what is given that it is about, where it is always the same
    status = 422
    exit = 2


class NotFoundError(ArchiveError):
    """Absent, or not to be known."""

    code = "not-found"
    status = 404
    exit = 3


class NotAllowedError(ArchiveError):
    """Known, but not this account's to do."""

    code = "not-allowed"
    status = 403
    exit = 4


class ConflictError(ArchiveError):
    """The right request in the wrong state."""

    code = "conflict"
    status = 409
    exit = 4


class IntegrityViolationError(ArchiveError):
    """Evidence does not match its record; an alarm."""

    code = "integrity-violation"
    exit = 5


class BackendError(ArchiveError):
    """A backend did not answer; tried again later."""

    code = "backend-error"
    status = 503
    exit = 6
    of_machine = False  # whether it lies with this machine, and another one may do better
