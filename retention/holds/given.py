"""What is given for the acts on holds."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed


class LiftIn(Given):
    """Why a hold is lifted."""

    reason: Annotated[str, Typed(may_be_blank=True)] = Field(
        description="Why: it stands in the act in every copy."
    )
