"""What the acts on requests to use are given."""

from pydantic import Field

from archive_service.given import Given


class Wish(Given):
    """Which document somebody wants to read, and for what."""

    code: str = Field(description="The case file.")
    document: int = Field(description="The ordinal of the document in it.")
    purpose: str = Field(description="What it is wanted for.")
    person: str = Field(
        default="", description="Who is to read it at the counter; none: the account itself."
    )


class Grant(Given):
    """For how long, and which pages."""

    days: int = Field(default=15, description="Days that it may be read, fifteen at most.")
    pages: str = Field(default="", description="Pages such as 1-2,5; none: all of them.")
    reason: str = Field(default="", description="What the decision rests on.")


class Words(Given):
    """A question, an answer, or why it is refused with the article of law."""

    text: str = Field(description="The words.")
