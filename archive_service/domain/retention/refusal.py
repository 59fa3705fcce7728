"""Why a case file may not stand on a list or register, as its item keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A key of ``labels.disposition-refusal`` or ``labels.transfer-refusal``, and its facts."""

    code: str
    facts: Mapping[str, Any]

    def as_document(self) -> dict[str, Any]:
        """As it is kept with the item."""
        return {"code": self.code, "facts": dict(self.facts)}

    def as_event(self, case_file: str) -> dict[str, Any]:
        """As an event tells it, of the case file with this code."""
        return {"code": case_file, "refusal": self.code, "facts": dict(self.facts)}
