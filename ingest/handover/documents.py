"""Minutes of acceptance of the contract."""

from uuid import UUID

from archive_service.document import Document, Moment


class WaitingHandover(Document):
    """How many submissions of a sender are stored and on no minutes."""

    agency_id: str  # empty where they have none
    agency: str
    sender: str
    sender_name: str
    count: int
    since: Moment


class HandoverItemDocument(Document):
    """One submission on the minutes, and the code of its case file."""

    id: UUID
    code: str


class HandoverFacts(Document):
    """Biên bản giao nhận, without what it lists."""

    id: UUID
    agency_id: UUID
    number: str
    year: int
    block: str
    basis: str
    condition: str
    giver: str
    giver_position: str
    giver_account: str
    receiver: str
    receiver_position: str
    made_by: str
    made_at: Moment
    sha256: str | None
    issued_at: Moment | None
    request_id: UUID | None
    on_paper: bool = False


class HandoverSummary(HandoverFacts):
    """In a list. ``state``: numbered, signed (by the archive), complete (by both)."""

    state: str
    agency: str
    count: int  # of case files


class HandoverKept(HandoverFacts):
    """As their act keeps them, and as they are rebuilt from it."""

    items: list[HandoverItemDocument]


class HandoverRecordDocument(HandoverKept):
    """With what it lists. ``state``: numbered, signed (by the archive), complete (by both)."""

    state: str


class HandoverOpened(HandoverRecordDocument):
    """With the name of the agency, and how many case files it lists."""

    agency: str
    count: int


class HandoverAlso(Document):
    """Minutes of an addition that were made along."""

    id: UUID
    number: str


class HandoverMade(HandoverRecordDocument):
    """The first that was made, and those of additions, each of which has its own."""

    also: list[HandoverAlso]


class HandoverListing(Document):
    """What waits, a part of what was made, and the years of all that was made."""

    waiting: list[WaitingHandover]
    handovers: list[HandoverSummary]
    total: int
    years: list[int]


class HandoverList(HandoverListing):
    """The same, and where it goes on."""

    cursor: str | None = None
