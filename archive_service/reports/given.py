"""What making a report is given."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed


class ReportIn(Given):
    """A period, of one agency where it is named by its identifier."""

    period: Annotated[str, Typed(metavar="PERIOD", is_argument=True, may_be_blank=True)] = Field(
        max_length=60
    )
    agency: str = Field(
        default="",
        max_length=35,
        description="Only what concerns this agency, by its identifier.",
    )
