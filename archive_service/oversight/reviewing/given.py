"""What a reviewer says."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from archive_service.domain.people.review import LONGEST_REMARK
from archive_service.given import Given, Typed
from archive_service.text import telling

_Remark = Annotated[
    str, BeforeValidator(telling), StringConstraints(min_length=1, max_length=LONGEST_REMARK)
]


class LinesConfirmed(Given):
    """Which lines are in order and which are not, as they stood when they were looked at."""

    seen: str = Field(description="The digest that the review told with its lines.")
    in_order: Annotated[Sequence[str], Typed(option="--in-order", metavar="SUBJECT")] = Field(
        default=(), description="An account or sort of events that is in order; may be repeated."
    )
    objected: Annotated[
        Mapping[str, _Remark], Typed(option="--objected", metavar="SUBJECT=REMARK")
    ] = Field(
        default_factory=dict,
        description="One that is not, and what has to be done; may be repeated.",
    )
