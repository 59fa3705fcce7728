"""What the acts of arranging are given."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed

_WORDS = Typed(may_be_blank=True)  # the act tells what is wrong with them
_Reason = Annotated[str, _WORDS, Field(description="Why: it stands in the audit trail.")]
_Ordinals = Annotated[list[int], Typed(metavar="N...", is_argument=True)]


class MoveGiven(Given):
    """Documents by their ordinals, and where they go."""

    documents: _Ordinals
    to: Annotated[str, _WORDS] = Field(description="Code of the receiving case file.")
    reason: _Reason


class MergeGiven(Given):
    """The case file that takes all documents."""

    to: Annotated[str, Typed(option="--into", may_be_blank=True)] = Field(
        description="Code of the receiving case file."
    )
    reason: _Reason


class SplitIn(Given):
    """Documents by their ordinals, and code and title of the new case file."""

    documents: _Ordinals = Field(max_length=10_000)
    code: Annotated[str, Typed(option="--new", may_be_blank=True)] = Field(
        description="Code of the new case file."
    )
    title: Annotated[str, _WORDS] = Field(description="Title of the new case file.")
    reason: _Reason


class OrderIn(Given):
    """Every ordinal once, in the order that is wanted."""

    order: _Ordinals
    reason: _Reason


class UndoIn(Given):
    """Why it is taken back."""

    reason: _Reason
