"""Changes of pages and documents by people; each function changes rows and no more."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanDocument, ScanPage
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.text import nfc, telling
from digitize.batches.desk.snapshot import finding_key, iter_decidable, write_decided
from digitize.batches.queue.tickets import require_askable
from digitize.batches.reading.verdicts import (
    bears_mark,
    counts,
    is_decidable,
    is_flagged,
    is_secret,
    may_decide_secrecy,
)
from digitize.batches.separators import read_range

STEP = 1024  # between two pages that follow each other, so that others fit in between
KEPT, GOOD, RESCAN = "kept", "good", "rescan"  # a person's words on a page
ALL = "all"
PAPER_MM = {"A5": (148, 210), "A4": (210, 297), "F4": (210, 330), "A3": (297, 420)}
_MM_PER_INCH = 25.4
_LEAST_DPI, _MOST_DPI = 50, 2400


class PageNotInBatchError(NotFoundError):
    """No such page in this batch, or it was taken out."""


class ScanDocumentNotInBatchError(NotFoundError):
    """No such document in this batch."""


class BatchFindingNotFoundError(NotFoundError):
    """Nothing of this name is to be decided on."""


class EditReasonMissingError(InputError):
    """A page with a measured fault was kept without a reason."""


class EditInvalidError(InputError):
    """A turn, resolution, place or number that cannot be meant."""


class SecrecyNotYoursError(ConflictError):
    """A page with a secrecy mark is for archive staff alone."""


class Desk:
    """One batch under the hands of one person, within one transaction."""

    def __init__(self, session: Session, batch: ScanBatch, actor: Actor) -> None:
        self.session = session
        self.batch = batch
        self.actor = actor
        self.at = clock.now()

    def page(self, page_id: UUID | str) -> ScanPage:
        """A page that is not taken out."""
        found = next((page for page in self.batch.pages if str(page.id) == str(page_id)), None)
        if found is None or found.removed_at is not None:
            raise PageNotInBatchError(id=page_id, batch=self.batch.number)
        return found

    def document(self, document_id: UUID | str) -> ScanDocument:
        """A document of the batch."""
        for document in self.batch.documents:
            if str(document.id) == str(document_id):
                return document
        raise ScanDocumentNotInBatchError(id=document_id, batch=self.batch.number)

    def pages(self) -> list[ScanPage]:
        """All that are not taken out, in order."""
        here = [page for page in self.batch.pages if page.removed_at is None]
        return sorted(here, key=lambda page: page.position)

    def pages_of(self, document: ScanDocument) -> list[ScanPage]:
        """The document's, in order."""
        return [page for page in self.pages() if page.document_id == document.id]

    def decide(self, page: ScanPage, word: str, reason: str) -> None:
        """A person's word on a page; ``""`` takes it back."""
        page.decision, page.decision_reason = word, reason
        page.decided_by = self.actor.account if word else None
        page.decided_at = self.at if word else None


def insert(desk: Desk, pages: Sequence[ScanPage], *, after: str = "", document: str = "") -> None:
    """New pages behind ``after``; with none, at the head of ``document``, or of the batch."""
    if after:
        before = desk.page(after)
        place(desk, pages, behind=before, document_id=before.document_id)
        return
    first = min(desk.batch.documents, key=lambda document: document.ordinal, default=None)
    head = desk.document(document) if document else first
    new = {page.id for page in pages}
    others = [page for page in desk.pages() if page.id not in new]
    behind = _before(head, others, desk) if head is not None else None
    place(desk, pages, behind=behind, document_id=head.id if head else None)


def _before(document: ScanDocument, others: Sequence[ScanPage], desk: Desk) -> ScanPage | None:
    """The page behind which a document begins; ``None`` for the head of the batch."""
    for before, page in zip([None, *others], others, strict=False):
        if page.document_id == document.id:
            return before
    ordinals = {document.id: document.ordinal for document in desk.batch.documents}
    earlier = [
        page
        for page in others
        if page.document_id is not None and ordinals[page.document_id] < document.ordinal
    ]
    return earlier[-1] if earlier else None


def replace(desk: Desk, pages: Sequence[ScanPage], *, page: str) -> None:
    """``pages`` stand for ``page`` from now on; it is taken out, and its ticket is answered."""
    old = desk.page(page)
    _may_touch(desk, old)
    place(desk, pages, behind=old, document_id=old.document_id)
    for new in pages:
        new.side = old.side
    old.removed_at, old.replaced_by = desk.at, pages[0].id


def move(desk: Desk, *, page: str, after: str = "", document: str = "") -> None:
    """Put a page behind another, into that one's document; or at the head of a document."""
    moved = desk.page(page)
    _may_touch(desk, moved)
    if after == page:
        raise EditInvalidError(what="after", value=after)
    insert(desk, [moved], after=after, document=document)


def rotate(desk: Desk, *, page: str, turn: int) -> None:
    """Turn it clockwise by quarters; the image's bytes stay, and it is read again."""
    if turn % 90:
        raise EditInvalidError(what="turn", value=turn)
    turned = desk.page(page)
    _may_touch(desk, turned)
    turned.turn_deg = (turned.turn_deg + turn) % 360
    desk.decide(turned, "", "")  # it was about the page as it stood then
    turned.read_anew()


def remove(desk: Desk, *, page: str, reason: str = "") -> None:
    """Take a page out; its row and its bytes stay, so that this can be undone."""
    taken = desk.page(page)
    _may_touch(desk, taken)
    desk.decide(taken, "", _reason(reason) if not taken.blank else telling(reason))
    taken.removed_at, taken.decided_by = desk.at, desk.actor.account


def split(desk: Desk, *, page: str) -> None:
    """A new document begins at this page."""
    first = desk.page(page)
    document = desk.document(first.document_id or "")
    own = desk.pages_of(document)
    index = own.index(first)
    if index == 0:
        raise EditInvalidError(what="split", value=first.name)
    _may_touch(desk, *own[index:])
    for later in desk.batch.documents:
        if later.ordinal > document.ordinal:
            later.ordinal += 1
    made = _document(desk, document.ordinal + 1, document.case_code)
    for page_ in own[index:]:
        page_.document_id = made.id


def join(desk: Desk, *, document: str) -> None:
    """The pages of a document go to the one before it."""
    second = desk.document(document)
    earlier = [item for item in desk.batch.documents if item.ordinal < second.ordinal]
    if not earlier:
        raise EditInvalidError(what="join", value=second.ordinal)
    first = max(earlier, key=lambda document: document.ordinal)
    _may_touch(desk, *desk.pages_of(second))
    for page in desk.batch.pages:
        if page.document_id == second.id:
            page.document_id = first.id
    desk.session.flush()
    for later in desk.batch.documents:
        if later.ordinal > second.ordinal:
            later.ordinal -= 1
    desk.batch.documents.remove(second)


def assign(desk: Desk, *, document: str, code: str = "", ordinal: int | None = None) -> None:
    """Say which document of which case file it is."""
    meant = desk.document(document)
    _may_touch(desk, *desk.pages_of(meant))
    meant.case_code = nfc(code).strip()[:100] or meant.case_code
    meant.document_ordinal = ordinal


def without_image(
    desk: Desk,
    *,
    code: str,
    ordinal: int | None = None,
    where: str,
    reason: str,
    before: str = "",
) -> None:
    """A document that cannot be scanned, a large map or an object: where it is, and why."""
    place_, place_and_reason = nfc(where).strip(), _reason(reason)
    if not place_:
        raise EditInvalidError(what="place", value=where)
    number = desk.document(before).ordinal if before else len(desk.batch.documents) + 1
    for later in desk.batch.documents:
        if later.ordinal >= number:
            later.ordinal += 1
    made = _document(desk, number, nfc(code).strip())
    made.document_ordinal, made.without_image = ordinal, True
    made.place, made.reason = place_[:300], place_and_reason[:1000]


def set_dpi(
    desk: Desk, *, page: str = "", numbers: str = "", dpi: float | None = None, paper: str = ""
) -> None:
    """Set the resolution, or the size of the paper, by a person's word; measure the page again.

    Args:
        page: the one that is meant, whatever is known of it.
        numbers: instead of it those without a resolution: ``all`` of them, or among the pages of
            these numbers, such as ``1-20,33``.
    """
    named = _without_dpi(desk, numbers) if numbers else [desk.page(page)]
    _may_touch(desk, *named)
    for meant in named:
        meant.dpi, meant.dpi_from = _dpi_of(meant, dpi, paper), "person"
        desk.decide(meant, "", "")
        meant.read_anew()


def _without_dpi(desk: Desk, numbers: str) -> list[ScanPage]:
    counting = [page for page in desk.pages() if counts(page)]
    wanted = range(1, len(counting) + 1) if numbers == ALL else set(read_range(numbers))
    found = [
        page
        for number, page in enumerate(counting, start=1)
        if page.dpi is None and number in wanted
    ]
    if not found:
        raise EditInvalidError(what="numbers", value=numbers)
    return found


def _dpi_of(page: ScanPage, dpi: float | None, paper: str) -> float:
    """As it was said, or as the paper says it."""
    if paper:
        short, long = PAPER_MM.get(paper.upper(), (0, 0))
        shorter = min(page.width_px, page.height_px)
        longer = max(page.width_px, page.height_px)
        if not short or not shorter:
            raise EditInvalidError(what="paper", value=paper)
        dpi = round(min(shorter / short, longer / long) * _MM_PER_INCH, 1)
    if dpi is None or not _LEAST_DPI <= dpi <= _MOST_DPI:
        raise EditInvalidError(what="dpi", value=dpi)
    return dpi


def keep(desk: Desk, *, page: str, reason: str = "") -> None:
    """Keep it as it is: with a reason where measurement asks for a person, else it was looked at.

    Raises:
        EditReasonMissingError: flagged, and no reason.
        SecrecyNotYoursError: it bears a secrecy mark.
    """
    kept = desk.page(page)
    _may_touch(desk, kept)
    if is_flagged(kept) or is_secret(kept):
        desk.decide(kept, KEPT, _reason(reason))
    else:
        desk.decide(kept, GOOD, telling(reason)[:1000])


def ask_rescan(desk: Desk, *, page: str, reason: str) -> None:
    """Have the station scan it again, whatever measurement said."""
    meant = desk.page(page)
    _may_touch(desk, meant)
    require_askable(meant)
    desk.decide(meant, RESCAN, _reason(reason))


def undecide(desk: Desk, *, page: str) -> None:
    """Take a word on a page back."""
    meant = desk.page(page)
    _may_touch(desk, meant)
    desk.decide(meant, "", "")


def decide(desk: Desk, *, finding: str, reason: str) -> None:
    """A person's word on a finding of the batch or of a document, by its ``key``."""
    named = dict(iter_decidable(desk.batch))
    if finding not in named or not is_decidable(named[finding]["code"]):
        raise BatchFindingNotFoundError(finding=finding, batch=desk.batch.number)
    word = {"by": desk.actor.account, "at": clock.iso(desk.at), "reason": _reason(reason)}
    words = {key: finding["decided"] for key, finding in named.items() if finding.get("decided")}
    write_decided(desk.batch, words | {finding_key(named[finding]): word})


ACTS: dict[str, Callable[..., None]] = {
    "insert": insert,
    "replace": replace,
    "move": move,
    "rotate": rotate,
    "remove": remove,
    "split": split,
    "join": join,
    "assign": assign,
    "without-image": without_image,
    "set-dpi": set_dpi,
    "keep": keep,
    "rescan": ask_rescan,
    "undecide": undecide,
    "decide": decide,
}
# After these the pages stand otherwise: errors across pages are looked for again.
REORDERS = {"insert", "replace", "move", "remove", "split", "join", "assign"}


def place(
    desk: Desk, pages: Sequence[ScanPage], *, behind: ScanPage | None, document_id: UUID | None
) -> None:
    """Pages behind one other, in this document; where no room is left, all are spread anew."""
    moved = {page.id for page in pages}
    others = [page for page in desk.pages() if page.id not in moved]
    index = others.index(behind) + 1 if behind is not None else 0
    low = behind.position if behind is not None else 0
    high = others[index].position if index < len(others) else low + STEP * (len(pages) + 1)
    gap = (high - low) // (len(pages) + 1)
    for number, page in enumerate(pages, start=1):
        page.position, page.document_id = low + gap * number, document_id
    if gap < 1:
        for number, page in enumerate([*others[:index], *pages, *others[index:]], start=1):
            page.position = number * STEP


def _document(desk: Desk, ordinal: int, code: str) -> ScanDocument:
    made = ScanDocument(
        id=uuid4(),
        batch_id=desk.batch.id,
        ordinal=ordinal,
        case_code=code[:100],
        without_image=False,
        place="",
        reason="",
        proposals={},
        findings=[],
    )
    desk.batch.documents.append(made)
    desk.session.flush()
    return made


def _reason(text: Any) -> str:
    words = telling(str(text))
    if not words:
        raise EditReasonMissingError
    return words[:1000]


def _may_touch(desk: Desk, *pages: ScanPage) -> None:
    require_may_touch(desk.actor, pages)


def require_may_touch(actor: Actor, pages: Iterable[ScanPage]) -> None:
    """``SecrecyNotYoursError`` if one bears a mark of secrecy that is not theirs to decide on."""
    for page in pages:
        if bears_mark(page) and not may_decide_secrecy(actor):
            raise SecrecyNotYoursError(page=page.name)
