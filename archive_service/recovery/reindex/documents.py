"""How the search index stands, what is wrong with it, and what was written again."""

from archive_service.document import Document, Moment


class SearchTallyDocument(Document):
    """Searches of the last 30 days that did not go well; one may count twice."""

    empty: int
    repaired: int  # found with words put right
    fewer: int  # found with some of the words alone
    slow: int  # took more than a second


class IndexStatusDocument(Document):
    """The index beside the holdings. ``waiting_s`` is how long the oldest index job has waited.

    ``outdated``: of an earlier form; it answers until another is full. ``beside``: the entries so
    far of the one that is being filled to take its place, ``null`` where none is.
    """

    engine: str
    known: bool  # false: it began anew, and nothing of it counts yet
    adopted_at: Moment | None
    entries: int
    outdated: bool
    beside: int | None
    held: int  # case files that are to be found
    indexed: int
    behind: int
    jobs: int
    waiting_s: int | None
    searches: SearchTallyDocument


class IndexFaultDocument(Document):
    """One case file whose entries are not as they should be.

    ``fault``: ``missing`` has no entry, ``behind`` waits for its job, ``differs`` has other words
    than the copies, ``stray`` is held no more, ``unread`` could not be read from the copies.
    """

    code: str  # "" where no row tells it
    id: str
    fault: str


class IndexVerdictDocument(Document):
    """What was compared, and each fault; ``queued`` and ``removed`` count what was put right."""

    checked: int
    deep: bool
    faults: list[IndexFaultDocument]
    queued: int
    removed: int
    seconds: float


class IndexRebuiltDocument(Document):
    """What was written again. ``left`` could not be read, or changed meanwhile: a job's to do."""

    written: int
    left: int
    removed: int
    emptied: bool  # it was damaged, and began anew
    seconds: float
