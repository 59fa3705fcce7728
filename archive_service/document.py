"""What an act tells: one frozen document, the same for pages, programs and commands."""

import datetime as dt
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer

from archive_service import clock

Moment = Annotated[dt.datetime, PlainSerializer(clock.iso, return_type=str, when_used="json")]


_Wider = TypeVar("_Wider", bound="Document")


class Document(BaseModel):
    """A document of the contract; its JSON is what programs read."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    @classmethod
    def of_row(cls, row: object, **more: Any) -> Self:  # Any: each field has a type of its own
        """The document of a row: ``more``, and for each other field the row's of the same name."""
        own = {name: getattr(row, name) for name in cls.model_fields if name not in more}
        return cls(**own, **more)

    def extended(self, kind: type[_Wider], **more: Any) -> _Wider:
        """The same with what ``kind`` has beyond it."""
        return kind(**dict(self), **more)

    def as_json(self) -> dict[str, Any]:
        """The document as JSON has it."""
        return self.model_dump(mode="json", by_alias=True)


class NextActDocument(Document):
    """What comes next, who does it, and what it still lacks."""

    act: str
    role: str
    needs: list[str]
