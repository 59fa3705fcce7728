"""What fits the log no more, and what brings older states back lawfully."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from archive_service.audit import canonical

BROUGHT_BACK = ("archive:rebuilt", "archive:restored")


@dataclass(frozen=True, slots=True)
class Misfit:
    """What rows tell otherwise than the log does; ``facts`` name both sides.

    ``subject`` is the code of a case file, the id of an act, or the name of an account.
    """

    name: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""  # its id, where it is about one


def given_misfit(
    part: str, event: int, log: object, row: object, name: str, account: str
) -> Misfit:
    """Of something that was given to an account: by its last event, and by its row."""
    told, found = (sha256(canonical(one)).hexdigest() if one else "" for one in (log, row))
    facts = {"part": part, "event": event, "log": told, "row": found}
    return Misfit(f"account {name} {part}", name, facts, account)
