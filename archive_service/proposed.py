"""Case files as they would stand on a list or register of one agency, before there is one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast
from uuid import UUID


class _Agency(Protocol):
    id: Any  # a UUID
    code: Any
    name: Any  # words


class ProposedItem(Protocol):
    """The document of a case file that is, or would be, listed."""

    code: str
    reason: str
    refusal: dict[str, Any] | None  # the code, and its facts

    def as_json(self) -> dict[str, Any]:
        """The document as JSON has it."""


_Item = TypeVar("_Item", bound=ProposedItem)


class NothingListed(Generic[_Item]):
    """An error: no list is made of the case files; ``items`` are as they would stand on it."""

    check: ClassVar[str]
    facts: dict[str, object]

    @property
    def items(self) -> list[_Item]:
        """Each with the reason why it may not."""
        return cast("list[_Item]", self.facts["items"])

    def as_json(self, **head: object) -> dict[str, Any]:
        """The document of a list that there is not: its ``id`` is null."""
        listed = [item.as_json() for item in self.items]
        return {"id": None, "number": None} | head | {"items": listed, "next": []}


@dataclass(frozen=True, slots=True)
class AgencyCodes:
    """An agency, and the codes of its case files among some."""

    code: str
    name: str
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Look(Generic[_Item]):
    """Case files as they would stand on a list, which is of one agency."""

    items: list[_Item]
    agencies: list[AgencyCodes]


def by_agency(agencies: Iterable[_Agency], codes: Mapping[UUID, list[str]]) -> list[AgencyCodes]:
    """Agencies by their codes, each with those of its case files."""
    ordered = sorted(agencies, key=lambda agency: str(agency.code))
    return [AgencyCodes(agency.code, agency.name, codes[agency.id]) for agency in ordered]
