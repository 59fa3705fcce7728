"""Through which door an act came: the address, session or token that every event of it names."""

from contextvars import ContextVar

_DOOR: ContextVar[dict[str, str]] = ContextVar("door")


def door() -> dict[str, str]:
    """What is known of it in this request or command; nothing of a job's."""
    return dict(_DOOR.get({}))


def came_by(**known: str) -> None:
    """This is known too, from here on in this request or command; what is empty is not told.

    ``address`` of the asking machine; ``session`` or ``token`` by the name by which it is told and
    ended, and never entered; ``login``, who entered the machine, where another user of it runs the
    command.
    """
    _DOOR.set({name: value for name, value in (door() | known).items() if value})


def begin_anew(before: dict[str, str] | None = None) -> None:
    """At the beginning of a request or command nothing is known; at its end as ``before`` it."""
    _DOOR.set(before or {})
