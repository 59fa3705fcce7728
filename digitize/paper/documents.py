"""The paper half of case files, as the API tells of it."""

from pydantic import BaseModel, ConfigDict, Field


class BoxDocument(BaseModel):
    """A box, where it stands, and how much is in it."""

    code: str
    store: str
    shelf: str
    place: str
    note: str
    cases: int
    sheets: int


class BoxList(BaseModel):
    """Boxes by code."""

    boxes: list[BoxDocument]
    total: int


class PlacedPartDocument(BaseModel):
    """What lies of the paper of a case file in one box; until when it is lent, if it is."""

    part: int
    sheets: int
    box: str | None
    place: str | None
    handover: str
    received_at: str
    due_on: str | None


class KeptPartDocument(PlacedPartDocument):
    """As its keepers see it: of which case file, and who has it."""

    code: str
    lent_to: str | None
    lent_at: str | None
    overdue: bool


class KeptPartList(BaseModel):
    """Parts by case file."""

    paper: list[KeptPartDocument]
    cursor: str | None = None


class PaperOfCase(BaseModel):
    """The paper of a case file; ``state`` is ``received`` or ``lent``."""

    code: str
    state: str
    parts: list[KeptPartDocument]


class MoveDocument(BaseModel):
    """One move of a case file's paper; ``who`` is the person of the account ``by``."""

    model_config = ConfigDict(serialize_by_alias=True)

    kind: str
    at: str
    code: str
    origin: str = Field(alias="from")
    to: str
    reason: str
    by: str
    who: str


class MoveList(BaseModel):
    """Moves, the newest first."""

    moves: list[MoveDocument]


class CountedDocument(BaseModel):
    """A row of the minutes; ``declared`` is what the case file tells of."""

    code: str
    title: str
    paper_file_code: str
    sheets: int
    declared: int | None
    box: str


class HandoverDocument(BaseModel):
    """A handover as its signed minutes say."""

    number: str
    at: str
    giver: str
    receiver: str
    boxes: int
    sheets: int
    note: str
    rows: list[CountedDocument]
