"""Reviews as pages, programs and commands tell them."""

import datetime as dt
from uuid import UUID

from archive_service.document import Document, Moment


class LineDocument(Document):
    """One account or one sort of events.

    ``details`` are words in the language asked for. ``verdict`` is empty while nobody has said
    anything of what it is now, ``own`` for the reviewer's own account.
    """

    subject: str
    title: str
    details: list[str]
    verdict: str
    remark: str
    by: str
    at: Moment | None


class ReviewListed(Document):
    """One review; ``state``: open, overdue, out (its paper waits for a signature), signed."""

    id: UUID
    kind: str
    agency: str
    agency_name: str
    first: dt.date
    last: dt.date
    due_on: dt.date
    citation: str
    state: str
    request_id: UUID | None
    signed_by: str
    signed_at: Moment | None


class ReviewDocument(ReviewListed):
    """One review with its lines, which are told while it is open.

    ``is_reviewer`` tells whether it is the asking account's work.
    ``seen`` is the digest of what the lines say: whoever confirms says which state they saw.
    """

    reviewers: list[str]
    is_reviewer: bool
    lines: list[LineDocument]
    seen: str


class ReviewList(Document):
    """Those that are open, and the newest of those that are signed."""

    reviews: list[ReviewListed]
