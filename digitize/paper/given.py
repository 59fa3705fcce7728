"""What the acts on paper and boxes are given."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed

Reason = Annotated[str, Field(max_length=1000, description="Why.")]
_Store = Annotated[str, Field(max_length=100, description="The store it stands in.")]
_Shelf = Annotated[str, Field(max_length=100, description="The shelf it stands on.")]
_TYPED_BOX = Typed(metavar="BOX", is_argument=True, may_be_blank=True)


class BoxIn(Given):
    """A box on its shelf."""

    code: Annotated[str, Typed(is_argument=True, may_be_blank=True)]
    store: _Store = ""
    shelf: _Shelf = ""
    note: str = Field(default="", max_length=500, description="What to know of it.")


class MoveIn(Given):
    """Where the box goes; what is not told stays."""

    store: str = Field(default="", max_length=100, description="Another store.")
    shelf: str = Field(default="", max_length=100, description="Another shelf.")
    reason: Reason = ""


class RenameIn(Given):
    """The code that was meant."""

    code: Annotated[str, Typed(metavar="NEW", is_argument=True, may_be_blank=True)]
    reason: Reason = ""


class PutIn(Given):
    """Into which box; all parts, or one."""

    box: Annotated[str, _TYPED_BOX]
    part: int | None = Field(default=None, ge=1, description="Only this part of it.")
    reason: Reason = ""


class LendIn(Given):
    """To whom, and until when."""

    to: Annotated[str, Typed(may_be_blank=True)] = Field(
        max_length=200, description="Who takes it away: name, unit."
    )
    until: dt.date | None = Field(default=None, description="Due back on this day.")
    reason: str = Field(default="", max_length=1000, description="What for.")


class ReturnIn(Given):
    """What is to be noted, such as its condition."""

    reason: str = Field(
        default="", max_length=1000, description="What to note, such as its condition."
    )
