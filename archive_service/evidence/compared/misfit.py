"""What fits the log no more, and what brings older states back lawfully."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
