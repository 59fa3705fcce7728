"""Batches of scans, as API and commands show them."""

from typing import Any, TypedDict

from pydantic import BaseModel

from archive_service.finding_document import FindingWords


class BatchIntakeDocument(BaseModel):
    """A batch on its way in; ``refused`` are findings about files that give no page."""

    batch: str
    id: str
    state: str
    files: int
    pages: int
    documents: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    refused: list[dict[str, Any]]


class BatchList(BaseModel):
    """Batches, newest first, as ``digitize.batches.desk.batch_documents`` tells them."""

    batches: list[dict[str, Any]]
    total: int
    cursor: str | None = None


class ProgressRow(TypedDict):
    """How far it is read; ``left_s``: seconds until it is, if that can be told."""

    read: int
    total: int
    share: float  # from 0 to 1
    left_s: float | None


class BatchRow(TypedDict):
    """A batch; moments are ISO 8601 in UTC."""

    batch: str  # its number: 2026-0412
    id: str
    state: str
    station: str
    station_title: str
    agency: str
    code: str
    reference: str
    standard: str
    split: str
    duplex: bool
    pages: int  # those that count
    documents: int
    progress: ProgressRow
    flagged: int  # pages with a verdict other than accept
    undecided: int  # those of them, and of the sample, that nobody decided on
    good: int  # pages that were read and wait for nobody
    tickets: int
    errors: int  # findings that stop the release
    compared: bool  # its pages as they stand now; the release waits for it
    pages_expected: int | None
    created_by: str
    created_at: str
    closed_at: str | None
    read_at: str | None
    decided_by: str | None
    decided_at: str | None
    reason: str
    acts: list[str]  # open to the account now: edit release reject undo redo


class DecidedRow(TypedDict):
    """What a person said of a finding."""

    by: str
    at: str
    reason: str


class FindingRow(FindingWords):
    """``key`` names it when a person decides on it."""

    key: str
    facts: dict[str, Any]
    pages: list[str]  # ids of those it is about
    decided: DecidedRow | None


class BatchFindingRow(FindingRow):
    """Of a batch or a document; ``stops``: the release waits for it."""

    stops: bool


class DocumentRow(TypedDict):
    """A document of a batch, whose ordinal in the case file is ``document``.

    ``state`` is that of its worst page: ``reading accept look rescan ready`` (ready: every page
    accepted or decided on); ``title`` is what the list of documents says of it.
    """

    id: str
    ordinal: int
    code: str
    document: int | None
    title: str
    state: str
    pages: int
    pages_expected: int | None
    first_page: str | None
    without_image: bool
    place: str
    reason: str
    proposals: dict[str, Any]
    findings: list[BatchFindingRow]


class PageRow(TypedDict):
    """A page; ``number`` is its place among those that count, ``codes`` its findings, worst first.

    ``secret``: it bears a secrecy mark, and nobody who may has said that it is none; ``hidden``:
    its picture is not for this account. Confidences run from 0 to 100.
    """

    id: str
    number: int | None
    name: str
    document: str | None
    side: str
    state: str
    verdict: str | None
    decision: str
    decision_reason: str
    decided_by: str | None
    decided_at: str | None
    flagged: bool
    undecided: bool
    sampled: bool
    blank: bool
    separator: dict[str, Any]  # what its QR says; {}: a page
    removed: bool
    replaced_by: str | None
    replaces: str | None
    turn_deg: int
    dpi: float | None
    dpi_from: str
    width_px: int
    height_px: int
    size_bytes: int
    media_type: str
    confidence: float | None
    words: int
    doubtful: int
    codes: list[str]
    ticket: bool
    thumbnail: bool
    secret: bool
    hidden: bool


class EditRow(TypedDict):
    """One act on the desk; ``pages`` and ``documents`` are ids of what it changed."""

    number: int
    kind: str
    label: str
    by: str
    at: str
    undone_at: str | None
    undone_by: str | None
    pages: list[str]
    documents: list[str]


class BatchHead(BatchRow):
    """A batch with what is in it, but for its pages; ``undo redo``: what these would do."""

    findings: list[BatchFindingRow]
    documents: list[DocumentRow]  # type: ignore[misc]  # of a list they are counted
    sample: dict[str, Any]  # {size, accept, drawn, looked, failed}
    edits: list[EditRow]
    undo: EditRow | None
    redo: EditRow | None


class BatchDetail(BatchHead):
    """The same with the asked slice of its pages, separators and removed ones too."""

    pages: list[PageRow]  # type: ignore[misc]  # of a list they are counted
    page_total: int
    offset: int


class MeasureRow(TypedDict):
    """A measure beside its limit; ``side``: below or above; ``state``: good, warning or error."""

    name: str
    label: str
    value: float
    limit: float | None
    side: str
    unit: str
    citation: str
    state: str


class WordRow(TypedDict):
    """A word: ``box`` in shares of the upright page, ``scan_box`` in pixels as it was scanned.

    Both are left, top, right, bottom.
    """

    text: str
    confidence: float
    possible: bool
    box: list[float]
    scan_box: tuple[int, int, int, int]


class UprightRow(TypedDict):
    """Sides of the page as it is shown."""

    width_px: int
    height_px: int


class ReadingRow(TypedDict):
    """What was found, measured and read on a page."""

    findings: list[FindingRow]
    measures: list[MeasureRow]
    text: list[WordRow]
    upright: UprightRow


class NeighbourRow(TypedDict):
    """Ids of the pages beside it, and of the next that wait for a decision."""

    before: str | None
    after: str | None
    next_flagged: str | None
    previous_flagged: str | None


class PageDetail(PageRow, ReadingRow, NeighbourRow):
    """One page with all that is known of it, and the number of its batch."""

    batch: str


class TicketRow(TypedDict):
    """A page that is to be scanned again: by findings, or for the reason that a person gave."""

    id: str
    batch: str
    page: str
    page_name: str
    station: str
    reasons: list[FindingRow]
    reason: str
    opened_by: str
    opened_at: str
    closed_at: str | None
    answered_by_page: str | None
