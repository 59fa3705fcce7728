"""Where a system wants to be told."""

from pydantic import Field

from archive_service.given import Given


class CallbackIn(Given):
    """An https address on a host that the administrator has named."""

    url: str = Field(max_length=500)
