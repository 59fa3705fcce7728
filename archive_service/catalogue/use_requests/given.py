"""What the acts on requests to use are given."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from archive_service.domain.case_files.access_request import Wanted
from archive_service.given import Given, Typed

MOST_AREAS = 300  # a form has no more fields
_TYPED = re.compile(r"(\d+):([\d.]+),([\d.]+),([\d.]+),([\d.]+):([\w-]+)")
_SIDES = ("page", "left", "top", "width", "height", "reason")


class Wish(Given):
    """Which document somebody wants to read, or to know the uses of, and for what."""

    code: str = Field(description="The case file.")
    document: int = Field(
        strict=True, description="The ordinal of the document in it; 0: uses of all its documents."
    )
    purpose: str = Field(description="What it is wanted for.")
    person: str = Field(
        default="", description="Who is to read it at the counter; none: the account itself."
    )
    identity: str = Field(
        default="",
        description="The number of the identity paper that this person shows at the counter.",
    )
    wants: Wanted = Field(
        default=Wanted.CONTENT, description="To read it, or to know when and for what it was used."
    )
    kind: str = Field(
        default="01",
        pattern="^0[123]$",
        description="01 private, 02 official, 03 special official (TT 05/2025).",
    )
    fee_class: str = Field(
        default="10",
        pattern="^(0[1-9]|10)$",
        description="The reader's group of fees, 01 to 10 (TT 05/2025, annex V); 10: other.",
    )


class Grant(Given):
    """For how long, and which pages."""

    days: int = Field(default=15, description="Days that it may be read, fifteen at most.")
    pages: str = Field(default="", description="Pages such as 1-2,5; none: all of them.")
    reason: str = Field(default="", description="What the decision rests on.")
    copy_too: bool = Field(
        default=False, description="Let the pages be fetched as a copy without authentication."
    )
    authenticated: bool = Field(
        default=False,
        description="Have the clerk seal a copy of it, or an extract of a part, to be fetched.",
    )


class Words(Given):
    """A question, an answer, or why it is refused or revoked, with the article of law."""

    text: str = Field(description="The words.")


class AreaGiven(BaseModel):
    """A rectangle of a page as it is shown, measured from its upper left corner."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: int = Field(description="The page, from 1.")
    left: float
    top: float
    width: float
    height: float
    reason: str = Field(description="A code of config/rule_sets/redaction_reasons.toml.")

    @model_validator(mode="before")
    @classmethod
    def _typed(cls, value: Any) -> Any:  # Any: whatever was sent
        """Of one word, as it is typed at the terminal, its parts."""
        found = _TYPED.fullmatch(value) if isinstance(value, str) else None
        return value if found is None else dict(zip(_SIDES, found.groups(), strict=True))


class Redaction(Given):
    """Which areas are blackened; they take the place of all that were chosen before."""

    areas: Annotated[
        list[AreaGiven],
        Typed(option="--area", metavar="PAGE:LEFT,TOP,WIDTH,HEIGHT:REASON"),
    ] = Field(default=[], max_length=MOST_AREAS, description="An area; none: nothing is blackened.")
    unit: Literal["fraction", "points"] = Field(
        default="fraction", description="Parts of width and height of the page, or points."
    )
