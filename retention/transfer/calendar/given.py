"""What is given for the acts on the calendar, beside the facts of an appointment."""

from pydantic import Field

from archive_service.given import Given


class CancellationIn(Given):
    """Why nobody comes."""

    reason: str = Field(description="Why nobody comes.")
