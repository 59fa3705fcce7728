"""Dispositions of the contract."""

from typing import Any

from pydantic import BaseModel

from retention.disposition.papers.documents import LackingSignature


class StoppedNowDocument(BaseModel):
    """What would leave a case file out of its list if that were decided on at this moment."""

    code: str
    facts: dict[str, Any]
    reason: str


class DispositionItemDocument(BaseModel):
    """One case file of a list; ``reason`` of one that was stopped says by what.

    ``keeper``: the case file that keeps what is in a duplicate or a superseded draft; ``now``: of
    one that waits on an open list, what would leave it out at this moment (a hold may be lifted);
    ``shortened``: that a person made its term shorter, in a sentence.
    """

    code: str
    title: str
    ordinal: int
    ground: str
    keeper: str | None
    outcome: str | None
    reason: str
    refusal: dict[str, Any] | None
    now: StoppedNowDocument | None
    state: str
    standing: str  # state; of what goes and is claimed "destroying", and then "destroyed"
    ends_on: str | None
    shortened: str | None
    documents: int
    size_bytes: int
    paper: str
    paper_destroyed_by: str
    paper_destroyed_on: str | None
    paper_method: str
    done_at: str | None


class NextActDocument(BaseModel):
    """What comes next, who does it, and what it still lacks."""

    act: str
    role: str
    needs: list[str]


class CouncilMemberDocument(BaseModel):
    """One member and what they said of the list whose digest is named."""

    name: str
    position: str
    duty: str
    account: str | None
    agrees: bool | None
    opinion: str
    voted_at: str | None
    entered_by: str | None
    list_sha256: str | None


class CouncilDocument(BaseModel):
    """The council of a list, its meeting and its minutes."""

    number: str
    decided_on: str | None
    met_on: str | None
    met_at: str
    minutes: str
    members: list[CouncilMemberDocument]


class OpinionDocument(BaseModel):
    """What the archive above says; ``agrees`` is null while it is awaited."""

    by: str
    number: str
    on: str | None
    agrees: bool | None
    text: str


class DispositionPaperDocument(BaseModel):
    """One paper of the file of a list."""

    form: str
    edition: int
    number: str
    made_at: str
    sha256: str | None


class UnsignedPaperDocument(BaseModel):
    """A paper of the file that somebody has yet to sign."""

    form: str
    number: str
    edition: int
    made_at: str
    lacks: list[LackingSignature]


class DispositionDocument(BaseModel):
    """One list. Where nothing could be proposed ``id`` is null, and no list was made."""

    id: str | None
    number: str | None
    kind: str
    state: str
    reason: str
    count: int
    size_bytes: int
    items: list[DispositionItemDocument]
    next: list[NextActDocument]
    agency: str | None = None
    agency_name: str | None = None
    proposed_by: str | None = None
    proposed_at: str | None = None
    reviewed_by: str | None = None
    reviewed_at: str | None = None
    review_reason: str | None = None
    list_sha256: str | None = None
    submitted_by: str | None = None
    submitted_at: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    decision_number: str | None = None
    decision_on: str | None = None  # of its paper, where it was told with its number
    decision_reason: str | None = None
    execute_by: str | None = None
    executed_by: str | None = None
    executed_at: str | None = None
    council: CouncilDocument | None = None
    opinion: OpinionDocument | None = None
    papers: list[DispositionPaperDocument] = []
    unsigned: list[UnsignedPaperDocument] = []


class DispositionList(BaseModel):
    """Lists, the newest first."""

    dispositions: list[DispositionDocument]
    cursor: str | None = None
