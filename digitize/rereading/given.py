"""What the decision on a proposal is given."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed

_BY_CODE = Typed(option="--code")


class AdoptIn(Given):
    """These case files of the proposal, the others are dropped; or all of it.

    A reason is needed where ``worse`` is not 0.
    """

    codes: Annotated[list[str], _BY_CODE] = Field(
        default=[],
        max_length=1000,
        description="Only this case file; the others are dropped.",
    )
    reason: str = Field(
        default="",
        max_length=1000,
        description="Why, where a document is read worse than before.",
    )


class DropIn(Given):
    """These case files of the proposal, or all of it."""

    codes: Annotated[list[str], _BY_CODE] = Field(
        default=[], max_length=1000, description="Only this case file; several times."
    )
