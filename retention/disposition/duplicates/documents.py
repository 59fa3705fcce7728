"""A duplicate or a superseded draft beside the case file that keeps what is in it."""

from pydantic import BaseModel


class SideDocument(BaseModel):
    """A document of either case file; ``title`` is null where the account is told less of it."""

    ordinal: int
    title: str | None
    number: str
    date: str | None
    files: int


class PairDocument(BaseModel):
    """A document that goes, and the one that stands for it; null: none does."""

    going: SideDocument
    staying: SideDocument | None


class KeptBeside(BaseModel):
    """Both document by document, as they are now; ``reason`` is empty while all of it is kept."""

    number: str
    code: str
    title: str
    keeper: str
    keeper_title: str
    ground: str
    reason: str
    documents: list[PairDocument]
