"""What acts about the trail are given."""

from typing import Annotated

from pydantic import Field, StringConstraints

from archive_service.given import Given


class LossKnown(Given):
    """What somebody who acknowledges a loss knows of it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        description="Why the trail ends earlier than somebody remembers, as far as it is known."
    )
