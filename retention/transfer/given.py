"""What is typed or sent for each act on a transfer."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed


class Registration(Given):
    """Case files of one agency, and the historical archive ``to`` which they go."""

    codes: Sequence[str]
    to: str
    reason: str = ""


class Anew(Given):
    """Why the log of a partner begins anew at its witness."""

    reason: str = Field(description="Why it may, such as the letter that tells of the loss.")


class Amendment(Given):
    """What changes on a register."""

    add: Annotated[Sequence[str], Typed(metavar="CODE")] = Field(
        default=(), description="Put it on the register."
    )
    drop: Annotated[Sequence[str], Typed(metavar="CODE")] = Field(
        default=(), description="Take it off."
    )
    to: str = Field(default="", description="Another historical archive.")


class Approval(Given):
    """The paper of an approval, and what was read before it."""

    number: str = Field(default="", description="Number of its paper.")
    list_sha256: str | None = Field(
        default=None, description="Digest of the register as you read it."
    )


class RegisterSendingIn(Given):
    """Code or address of the archive that the register goes ``to``, and the number of its paper."""

    to: str
    number: str = ""


class PaperSent(Given):
    """The paper with which a register went."""

    on: dt.date = Field(description="The day that its paper bears.")
    number: str = Field(default="", description="Number of its paper.")


class PaperAnswer(Given):
    """The other archive's answer on paper; ``declined``: code → reason of what it does not take."""

    on: dt.date = Field(description="The day that its paper bears.")
    number: str = Field(default="", description="Number of its paper.")
    declined: Annotated[dict[str, str], Typed(option="--decline", metavar="CODE=REASON")] = Field(
        default={}, description="Not taken."
    )
    reason: str = Field(default="", description="What else the answer says.")


class Withdrawal(Given):
    """Why nothing of it goes."""

    reason: str = Field(description="Why; it stands in every copy.")


class Decision(Given):
    """``returned``: code → reason of what goes back beside what has an error."""

    returned: Annotated[dict[str, str], Typed(option="--return", metavar="CODE=REASON")] = Field(
        default={}, description="Goes back."
    )
    reason: str = Field(default="", description="What else is to be said of the decision.")


class Correction(Given):
    """Case files that came back, or were stopped."""

    codes: Annotated[Sequence[str], Typed(metavar="CODE...", is_argument=True)] = Field(
        min_length=1
    )


class RemovalApproval(Given):
    """What the head of the agency proves to be it with."""

    otp: str | None = Field(default=None, description="Code of the second factor.")
