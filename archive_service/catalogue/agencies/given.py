"""What is given for the changes of an agency."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed


class _Change(Given):
    """A change of an agency: its day, and the decision it rests on or why it is."""

    on: dt.date = Field(description="Its day.")
    reason: Annotated[str, Typed(may_be_blank=True)] = Field(
        description="The decision it rests on, or why it is."
    )


class Renaming(_Change):
    """The name that it bears from ``on``."""

    name: Annotated[str, Typed(may_be_blank=True)] = Field(description="The name from that day on.")


class Moving(_Change):
    """The body that it stands below from ``on``, by its identifier; empty: none."""

    superior: Annotated[str, Typed(may_be_blank=True)] = Field(
        description="Identifier of the superior body; empty: none."
    )


class Ending(_Change):
    """``on`` is its last day; ``successors`` took over from it, by their identifiers."""

    successors: Annotated[list[str], Typed(option="--successor")] = Field(
        default=[], description="Who took over; again for more."
    )
