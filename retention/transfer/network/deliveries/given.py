"""What is asked of a delivery."""

from pydantic import Field

from archive_service.given import Given


class AfterQuery(Given):
    """Packages that come after this ordinal."""

    after: int = Field(0, ge=0)
