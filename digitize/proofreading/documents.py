"""Pages to be proofread, words put right and the word list, as API and commands show them."""

from pydantic import BaseModel


class PageLeftDocument(BaseModel):
    """One page of the queue; ``doubtful`` words are left on it."""

    page: str
    batch: str
    name: str
    doubtful: int
    first_page: bool
    code: str
    document: int | None


class ProofreadingList(BaseModel):
    """The queue, what search would lose most first."""

    pages: list[PageLeftDocument]
    next_cursor: str | None


class WordDocument(BaseModel):
    """A word that wants a look; ``box`` in pixels of the page as it was scanned.

    ``noise``: somebody looked, and no word stands there. ``proposal``: one of ``suggestions``,
    which the language speaks for where marks were lost.
    """

    text: str
    confidence: float
    box: list[int]
    becomes: str
    noise: bool
    correction: str | None
    suggestions: list[str]
    proposal: str | None


class CopiedDocument(BaseModel):
    """Words that a person copied where nothing was read, such as a remark by hand."""

    text: str
    box: list[int]
    correction: str


class PageIdDocument(BaseModel):
    """A page by the id under which it is proofread."""

    page: str


class WordsDocument(BaseModel):
    """A page's words that want a look, those that somebody looked at, and what was copied."""

    page: str
    words: list[WordDocument]
    copied: list[CopiedDocument]


class LikePlaceDocument(BaseModel):
    """A place of the batch that was read with the same letters as a word put right.

    ``likely``: it is doubtful too, and of the same shape. Put it right as any other word.
    """

    page: str
    name: str
    was: str
    becomes: str
    box: list[int]
    likely: bool


class LikePlacesDocument(BaseModel):
    """Such places of one correction, the likely first; ``total`` counts those left out, too."""

    places: list[LikePlaceDocument]
    total: int


class CorrectedDocument(BaseModel):
    """How many doubtful words the page has now."""

    page: str
    left: int


class ListedWordDocument(BaseModel):
    """A word that people confirmed or put right, and what it was read as."""

    word: str
    times: int
    was: list[str]
    last_at: str
    by: str


class WordListDocument(BaseModel):
    """The word list, the most frequent first."""

    words: list[ListedWordDocument]
