"""Passkeys, as pages and programs say and tell them."""

from uuid import UUID

from pydantic import Field

from archive_service.document import Document, Moment
from archive_service.given import Given


class PasskeyRemoval(Given):
    """What shows that it is the owner who removes a passkey."""

    otp: str = Field(
        default="", description="Code of the second factor, or the answer of a passkey (JSON)."
    )


class PasskeyDocument(Document):
    """One passkey; until ``rests_until`` it decides nothing, as it came to another factor.

    Since ``ended_at`` it is taken no more: its counter went back, so it may have been copied.
    """

    id: UUID
    name: str
    host: str
    made_at: Moment
    used_at: Moment | None
    rests_until: Moment | None
    ended_at: Moment | None


class PasskeyList(Document):
    """One's own passkeys by name."""

    passkeys: list[PasskeyDocument]
