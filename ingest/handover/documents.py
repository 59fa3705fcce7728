"""Minutes of acceptance of the contract's REST."""

from pydantic import BaseModel


class WaitingHandover(BaseModel):
    """How many submissions of a sender are stored and on no minutes."""

    agency_id: str
    agency: str
    sender: str
    sender_name: str
    count: int
    since: str


class HandoverItemDocument(BaseModel):
    """One submission on the minutes, and the code of its case file."""

    id: str
    code: str


class HandoverFacts(BaseModel):
    """Biên bản giao nhận; ``state``: numbered, signed (by the archive), complete (by both)."""

    id: str
    agency_id: str
    number: str
    year: int
    state: str
    block: str
    basis: str
    condition: str
    giver: str
    giver_position: str
    giver_account: str
    receiver: str
    receiver_position: str
    made_by: str
    made_at: str
    sha256: str | None
    issued_at: str | None
    request_id: str | None
    on_paper: bool = False


class HandoverSummary(HandoverFacts):
    """In a list: how many case files are on it."""

    count: int


class HandoverRecordDocument(HandoverFacts):
    """With what it lists."""

    items: list[HandoverItemDocument]


class HandoverAlso(BaseModel):
    """Minutes of an addition that were made along."""

    id: str
    number: str


class HandoverMade(HandoverRecordDocument):
    """The first that was made, and those of additions, each of which has its own."""

    also: list[HandoverAlso] = []


class HandoverList(BaseModel):
    """What waits, and a part of what was made."""

    waiting: list[WaitingHandover]
    handovers: list[HandoverSummary]
    total: int
    cursor: str | None = None
