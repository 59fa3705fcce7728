"""What is told of a request to use."""

from uuid import UUID

from archive_service import clock
from archive_service.catalogue.use_requests.fees import Part, fee_classes
from archive_service.document import Document, Moment
from archive_service.domain.case_files.access_request import (
    OPEN_STATES,
    AccessRequest,
)


class AreaDocument(Document):
    """What is blackened on a page: parts of its width and height from the upper left corner."""

    page: int
    left: float
    top: float
    width: float
    height: float
    reason: str


class AccessRequestDocument(Document):
    """One request; ``due_on`` is the day by which it is decided, ``until`` the end of reading.

    ``scan`` of one that waits until its document is digitized: ``queued``, ``scanning``,
    ``on-desk`` or ``making``; meanwhile ``due_on`` may be empty, as the days stand still.
    ``sealed_at`` of an authenticated copy: only then is it fetched.

    ``wants`` is ``content``, or ``uses`` of the document, or of all where ``document`` is 0.

    ``identity``: how the number ends of the identity paper that was shown at the counter.

    ``pages`` are those that may be read, empty for all, ``areas`` what of them is blackened;
    ``state`` of what was granted is ``ended`` after ``until``. ``kind`` and ``fee_class`` are codes
    of TT 05/2025, ``fee`` the part that the group pays: ``full``, ``half`` or ``free``.
    """

    id: UUID
    code: str
    document: int
    wants: str
    state: str
    person: str
    identity: str
    purpose: str
    kind: str
    fee_class: str
    fee: Part
    asked_by: str
    asked_at: Moment
    due_on: str
    scan: str
    overdue: bool
    question: str
    answer: str
    pages: str
    areas: list[AreaDocument]
    reason: str
    decided_by: str
    decided_at: Moment | None
    until: Moment | None
    read_at: Moment | None
    sealed_at: Moment | None


class AccessRequestList(Document):
    """What is to be decided, the earliest due first; then the others, the newest first."""

    requests: list[AccessRequestDocument]


def request_document(row: AccessRequest, scan: str = "") -> AccessRequestDocument:
    """The document of a row, as it stands at this moment; ``scan`` as ``scanning`` tells it."""
    now = clock.now()
    overdue = row.state in OPEN_STATES and "" < row.due_on < clock.local(now).date().isoformat()
    return AccessRequestDocument.of_row(
        row,
        document=row.ordinal,
        state="ended" if row.is_over else row.state.value,
        overdue=overdue,
        identity="•" * 8 + row.identity_end if row.identity_end else "",
        scan=scan,
        fee=fee_classes()[row.fee_class].part,
        areas=[AreaDocument(**area) for area in row.areas],
    )
