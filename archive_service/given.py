"""What an act is given: one frozen model, the same from a page, a program and a command.

An act has one form: ``act(services, *named, given, *, actor, lang)``. ``named`` tells what it is
about, such as the ID of a transfer; ``given``, a ``Given``, and ``lang`` where it needs them.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict


class Given(BaseModel):
    """What is typed or sent for one act; the description of a field is also its option's help."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Typed:
    """How a field is typed at the terminal, where that is not ``--its-name VALUE``."""

    option: str = ""
    metavar: str | None = None
    is_argument: bool = False
    may_be_blank: bool = False  # the act itself tells why words are needed
    default: str | None = None  # taken where it is left out, though a program must send it


@dataclass(frozen=True)
class Act:
    """An act as its signature tells it: what routes and commands are made of."""

    run: Callable[..., Any]

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.run)

    @cached_property
    def given(self) -> type[Given] | None:
        """The model of what it is given, if anything."""
        models = (kind for kind in self._hints.values() if isinstance(kind, type))
        return next((kind for kind in models if issubclass(kind, Given)), None)

    @cached_property
    def document(self) -> type[BaseModel]:
        """The model of what it tells."""
        kind: type[BaseModel] = self._hints["return"]
        return kind

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The names of what it is about, in their order, after the services."""
        _, *rest = inspect.signature(self.run).parameters.values()
        return tuple(
            parameter.name
            for parameter in rest
            if parameter.kind is not parameter.KEYWORD_ONLY
            and self._hints[parameter.name] is not self.given
        )

    @cached_property
    def words(self) -> str:
        """Its docstring up to what it takes and raises."""
        text = inspect.cleandoc(self.run.__doc__ or "")
        for heading in ("Args:", "Raises:"):
            text = text.partition(f"\n\n{heading}")[0]
        return text

    def __call__(
        self,
        services: object,
        *named: object,
        given: Given | None,
        actor: object,
        lang: str,
        **more: object,
    ) -> Any:  # Any: the document, of the type that ``document`` names
        """Carry it out."""
        more |= {"lang": lang} if "lang" in self._hints else {}
        taken = () if self.given is None else (given,)
        return self.run(services, *named, *taken, actor=actor, **more)
