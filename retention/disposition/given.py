"""What is typed or sent for each act on a list."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from archive_service.domain.retention.disposition import DispositionKind
from archive_service.given import Given, Typed
from retention.disposition.appraisal import Verdict

_WHY = "Why; it stands in every copy."


def _parsed(outcomes: object) -> object:
    """Words as ``Verdict`` reads them; whatever else came is left to be refused."""
    if not isinstance(outcomes, Mapping):
        return outcomes
    return {
        code.strip(): Verdict.parse(word, code=code.strip()) if isinstance(word, str) else word
        for code, word in outcomes.items()
    }


_Outcomes = Annotated[
    Mapping[str, Verdict],
    BeforeValidator(_parsed),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
    Typed(option="--outcome", metavar="CODE=OUTCOME"),
]


class ListShown(Given):
    """The list as it was read; where its digest is given, another list is refused."""

    list_sha256: str | None = Field(default=None, description="Digest of the list as you read it.")


class Proposal(Given):
    """Case files of one agency, and what the list is for."""

    codes: Annotated[Sequence[str], Typed(metavar="CODE...", is_argument=True)]
    kind: DispositionKind = Field(description="What the list is for.")
    reason: str = Field(description=_WHY)


class Review(ListShown):
    """What is to become of case files of a list."""

    outcomes: _Outcomes = Field(
        default={},
        description="destroy, keep:YEARS, permanent or wait; others stay; none: all as proposed.",
    )
    reason: str = Field(description=_WHY)


class Vote(ListShown):
    """A vote on the list as a whole."""

    agrees: Annotated[bool, Typed(option="--agree/--disagree")] = Field(
        description="With the list as a whole."
    )
    opinion: str = Field(default="", description="What the member says.")
    name: str = Field(default="", description="The member whose paper is entered by staff.")


class DecisionApproval(ListShown):
    """The decision to do as the list says."""

    otp: str | None = Field(
        default=None,
        description="Code of the second factor; asked for where something is destroyed.",
    )
    number: str = Field(default="", description="Number of the decision.")
    reason: str = Field(default="", description="What the decision rests on.")


class DecisionRejection(ListShown):
    """The decision to do nothing of the list."""

    reason: str = Field(description=_WHY)


class DecisionNumber(Given):
    """The paper of a decision, as its agency numbered it."""

    number: str = Field(description="As the agency numbered its paper.")
    on: dt.date = Field(description="The day that the paper bears.")
