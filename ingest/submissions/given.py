"""What is typed or sent for each act on a submission."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from archive_service.domain.case_files.recall import LONGEST_RECALL_REASON
from archive_service.given import Given, Typed

_Reason = Annotated[str, Typed(may_be_blank=True)]


class Acceptance(Given):
    """Why, where a finding wants a word: it brings back a document that was recalled."""

    reason: str = Field(
        default="",
        description="Why, where it brings back what was recalled.",
        json_schema_extra={"maxLength": LONGEST_RECALL_REASON},  # told by the act
    )


class Return(Given):
    """Why; the sender reads it."""

    reason: _Reason = Field(description="What the sender is told.")


class LeavingOut(Given):
    """Why; the sender reads it."""

    reason: _Reason = Field(description="Why it is not accepted: the sender reads it.")


class LiftedMark(Given):
    """Why this is no mark of secrecy, and in which documents, as the findings name them."""

    reason: _Reason = Field(description="Why what was read is no mark of secrecy.")
    documents: Annotated[Sequence[str], Typed(option="--document")] = Field(
        default=(), description="As the finding names it; repeatable, needed where several are."
    )
