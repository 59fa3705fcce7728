"""What the decision on a recall is given."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed


class DecisionIn(Given):
    """Why it is confirmed or refused."""

    reason: Annotated[str, Typed(may_be_blank=True)] = Field(
        description="Why: the sender and readers see it."
    )
