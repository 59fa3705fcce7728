"""The acts on the desk by name, and the facts that each takes, as its function names them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args, get_type_hints

from archive_service.errors import InputError
from digitize.batches.desk.changes import ACTS
from digitize.batches.desk.consent import CONSENT_ACTS

KINDS: Mapping[str, Callable[..., None]] = ACTS | CONSENT_ACTS
_BROUGHT = ("desk", "pages")  # who acts, and what a file brings: nobody writes these


class UnknownEditError(InputError):
    """No act of this name."""


class EditFactsError(InputError):
    """Facts of an act are missing, not its own, or of another type; ``fields`` says which."""

    @property
    def fields(self) -> Mapping[str, str]:
        """The fault of each fact, by its name."""
        return cast("Mapping[str, str]", self.facts["fields"])


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of an act: its Python type, and whether the act can be done without it."""

    name: str
    type: Any
    needed: bool

    def takes(self, value: object) -> bool:
        """Whether the value is of its type; a whole number may stand for a figure."""
        given = float(value) if self.type == float | None and isinstance(value, int) else value
        return isinstance(given, self.type)

    @property
    def type_name(self) -> str:
        """``str``, ``int`` or ``float``, which begins its words under ``labels.field-reasons``."""
        named: type = (get_args(self.type) or (self.type,))[0]
        return named.__name__


def facts_of(kind: str) -> list[Fact]:
    """The facts that an act takes; ``UnknownEditError`` where there is no act of this name."""
    act = KINDS.get(kind)
    if act is None:
        raise UnknownEditError(kind=kind, known=sorted(KINDS))
    hints = get_type_hints(act)
    return [
        Fact(name, hints[name], parameter.default is inspect.Parameter.empty)
        for name, parameter in inspect.signature(act).parameters.items()
        if name not in _BROUGHT
    ]


def require_facts(kind: str, facts: Mapping[str, Any]) -> None:
    """``EditFactsError`` with all that is wrong, unless the act takes these facts as they are."""
    known = {fact.name: fact for fact in facts_of(kind)}
    wrong = {name: "missing" for name, fact in known.items() if fact.needed and name not in facts}
    for name, value in facts.items():
        if name not in known:
            wrong[name] = "extra_forbidden"
        elif not known[name].takes(value):
            wrong[name] = known[name].type_name
    if wrong:
        raise EditFactsError(
            kind=kind,
            fields=wrong,
            names=list(wrong),
            needs=[fact.name for fact in known.values() if fact.needed] or "–",
            takes=[fact.name for fact in known.values() if not fact.needed] or "–",
        )
