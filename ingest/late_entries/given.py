"""What the acts on outages are given."""

from archive_service.given import Given


class VoidIn(Given):
    """Why there is no paper of the number."""

    reason: str
