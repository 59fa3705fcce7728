"""The paper half of case files, as pages, programs and commands tell of it."""

import datetime as dt
from typing import Self

from pydantic import ConfigDict, Field

from archive_service.document import Document, Moment
from archive_service.domain.digitization.paper import PaperPart


class BoxDocument(Document):
    """A box, where it stands, and how much is in it."""

    code: str
    store: str
    shelf: str
    place: str
    note: str
    cases: int
    sheets: int


class BoxList(Document):
    """Boxes by code."""

    boxes: list[BoxDocument]
    total: int


class PlacedPartDocument(Document):
    """What lies of the paper of a case file in one box; until when it is lent, if it is."""

    part: int
    sheets: int
    box: str | None
    place: str | None
    handover: str
    received_at: Moment
    due_on: dt.date | None

    @classmethod
    def of(cls, part: PaperPart, **more: object) -> Self:
        """The document of a part; ``more`` is what a wider one tells beyond it."""
        return cls.of_row(
            part,
            part=part.ordinal,
            box=part.box.code if part.box else None,
            place=part.place or None,
            handover=part.handover.number,
            **more,
        )


class KeptPartDocument(PlacedPartDocument):
    """As its keepers see it: of which case file, and who has it."""

    code: str
    lent_to: str | None
    lent_at: Moment | None
    overdue: bool


class KeptPartList(Document):
    """Parts by case file."""

    paper: list[KeptPartDocument]
    cursor: str | None = None


class PaperOfCase(Document):
    """The paper of a case file; ``state`` is ``received`` or ``lent``."""

    code: str
    state: str
    parts: list[KeptPartDocument]


class MoveDocument(Document):
    """One move of a case file's paper; ``who`` is the person of the account ``by``."""

    model_config = ConfigDict(serialize_by_alias=True)

    kind: str
    at: Moment
    code: str
    origin: str = Field(alias="from")
    to: str
    reason: str
    by: str
    who: str


class MoveList(Document):
    """Moves, the newest first."""

    moves: list[MoveDocument]


class CountedDocument(Document):
    """A row of the minutes; ``declared`` is what the case file tells of."""

    code: str
    title: str
    paper_file_code: str
    sheets: int
    declared: int | None
    box: str


class HandoverDocument(Document):
    """A handover as its signed minutes say."""

    number: str
    at: Moment
    giver: str
    receiver: str
    boxes: int
    sheets: int
    note: str
    rows: list[CountedDocument]
