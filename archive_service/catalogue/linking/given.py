"""What the acts of linking are given."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed

_WORDS = Typed(may_be_blank=True)  # the act tells what is wrong with them
_Reason = Annotated[str, _WORDS, Field(description="Why: it stands in the audit trail.")]


class LinkIn(Given):
    """Code of the other case file of the fonds, and why."""

    into: Annotated[str, _WORDS] = Field(description="Code of the other case file.")
    reason: _Reason


class UnlinkIn(Given):
    """Why it is taken out."""

    reason: _Reason
