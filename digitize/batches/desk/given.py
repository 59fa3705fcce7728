"""What is typed or sent for the acts on a batch."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed

_SEEN = "Number of the act that is meant; refused if it is another one by now."


class SeenEdit(Given):
    """``edit``: the number of the act that is meant; refused where it is another one by now."""

    edit: Annotated[int | None, Field(description=_SEEN)] = None


class Rejection(Given):
    """Why; the station reads it."""

    reason: Annotated[str, Typed(may_be_blank=True)] = Field(
        description="Why; the station reads it."
    )
