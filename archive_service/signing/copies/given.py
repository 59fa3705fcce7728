"""What is given for the orders to sign copies."""

from pydantic import Field

from archive_service.given import Given


class SealIn(Given):
    """Whose seal: that of the account's own agency, unless another is named."""

    agency: str | None = None


class OrderIn(SealIn):
    """Whose seal, and how many copies at most."""

    limit: int | None = Field(default=None, ge=1)
    again: bool = False
