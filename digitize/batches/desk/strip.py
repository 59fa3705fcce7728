"""Pages of a batch as people look at them: rows of a strip, one page with its words, its image."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from archive_service import access
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanPage
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotAllowedError
from archive_service.formats.picture import make_picture
from archive_service.readable import Readable
from archive_service.services import Services
from digitize.batches.desk.batch_documents import page_row
from digitize.batches.desk.changes import PageNotInBatchError
from digitize.batches.desk.images import page_file, page_image
from digitize.batches.desk.page import page_detail
from digitize.batches.documents import NeighbourRow, PageDetail, PageRow
from digitize.batches.queue.standing import PageStanding, standings_of
from digitize.batches.queue.tickets import open_tickets
from digitize.batches.reach import get_batch
from digitize.batches.reading.settle import reading_of
from digitize.batches.reading.verdicts import (
    MALWARE,
    bears_mark,
    is_flagged,
    is_undecided,
    may_decide_secrecy,
    sampled_pages,
)
from digitize.ocr.likeness import THUMBNAIL_PX
from digitize.ocr.photographs.picture import make_straight_picture

_FEW = 200  # pages that are asked for by their ids; more come with all of the batch


class PagePictureHiddenError(NotAllowedError):
    """The page bears a secrecy mark: its picture is for archive staff alone."""


class PageInfectedError(NotAllowedError):
    """Malware was found in the batch: no file of it goes out."""


class PageWithoutReadingError(ConflictError):
    """The page was not read yet."""


class BatchPages:
    """The pages of one batch before one account: all as they stand, in full what is asked for."""

    def __init__(self, session: Session, batch: ScanBatch, actor: Actor) -> None:
        """Reads how all of them stand."""
        self.standings = standings_of(session, batch.id)
        self._session, self._batch, self._actor = session, batch, actor
        self._sampled = sampled_pages(batch)
        self._replaces = {
            standing.replaced_by: standing.id for standing in self.standings if standing.replaced_by
        }

    def undecided(self) -> list[PageStanding]:
        """Pages that hold up the release."""
        return [standing for standing in self.standings if is_undecided(standing, self._sampled)]

    def asked(self, *, flagged: bool) -> list[PageStanding]:
        """All; or those that measurement, the sample or a person asks to be looked at."""
        if not flagged:
            return self.standings
        return [
            standing
            for standing in self.standings
            if is_flagged(standing) or is_undecided(standing, self._sampled)
        ]

    def by_document(self) -> dict[UUID | None, list[PageStanding]]:
        """In order."""
        found: dict[UUID | None, list[PageStanding]] = {}
        for standing in self.standings:
            found.setdefault(standing.document_id, []).append(standing)
        return found

    def place_of(self, page_id: UUID | str) -> int:
        """Its place among all; ``PageNotInBatchError``."""
        for place, standing in enumerate(self.standings):
            if str(standing.id) == str(page_id):
                return place
        raise PageNotInBatchError(id=page_id, batch=self._batch.number)

    def rows(self, asked: Sequence[PageStanding]) -> list[PageRow]:
        """Each as lists tell it."""
        found = self._found([standing.id for standing in asked])
        tickets = {ticket.page_id for ticket in open_tickets(self._session, self._batch)}
        return [
            page_row(
                found[standing.id],
                number=standing.number,
                sampled=self._sampled,
                ticket=standing.id in tickets,
                replaces=self._replaces.get(standing.id),
                hidden=is_hidden(found[standing.id], self._actor),
            )
            for standing in asked
        ]

    def neighbours(self, place: int) -> NeighbourRow:
        """Ids of the pages beside the one at this place, and of the next that wait."""
        before, after = self.standings[:place][::-1], self.standings[place + 1 :]
        waiting = {standing.id for standing in self.undecided()}

        def first(pages: Sequence[PageStanding], among: Collection[UUID] | None) -> str | None:
            wanted = (page for page in pages if among is None or page.id in among)
            return next((str(standing.id) for standing in wanted), None)

        return {
            "before": first(before, None),
            "after": first(after, None),
            "next_flagged": first(after, waiting),
            "previous_flagged": first(before, waiting),
        }

    def _found(self, ids: Sequence[UUID]) -> dict[UUID, ScanPage]:
        """Without the measures of each, which a list does not show."""
        query = select(ScanPage).where(ScanPage.batch_id == self._batch.id)
        if len(ids) <= _FEW:
            query = query.where(ScanPage.id.in_(ids))
        rows = self._session.scalars(query.options(defer(ScanPage.measures)))
        return {page.id: page for page in rows}


def detail_of(
    pages: BatchPages,
    batch: ScanBatch,
    page: ScanPage,
    *,
    services: Services,
    actor: Actor,
    lang: str,
) -> PageDetail:
    """One page with all that is known of it; a hidden page has no words."""
    place = pages.place_of(page.id)
    (row,) = pages.rows([pages.standings[place]])
    reading = None if is_hidden(page, actor) else reading_of(page, services.staging)
    detail = page_detail(page, reading, standard=batch.standard, lang=lang)
    return {**row, **detail, **pages.neighbours(place), "batch": batch.number}


def show_page(
    services: Services, page_id: UUID | str, *, actor: Actor, lang: str = "vi"
) -> PageDetail:
    """One page with all that is known of it."""
    with services.read_only() as session:
        batch, page = get_page(session, page_id, actor)
        pages = BatchPages(session, batch, actor)
        return detail_of(pages, batch, page, services=services, actor=actor, lang=lang)


def page_numbered(services: Services, batch: str, number: int, *, actor: Actor) -> str | None:
    """Id of the page that bears this number."""
    with services.read_only() as session:
        row = get_batch(session, batch, actor=actor, act="batch:read")
        pages = standings_of(session, row.id)
    return next((str(page.id) for page in pages if page.number == number), None)


def page_standing(services: Services, page_id: UUID | str, *, actor: Actor) -> str | None:
    """The page itself; of one that was taken out, the page that stands for it, if any."""
    with services.read_only() as session:
        _, page = get_page(session, page_id, actor)
        if page.removed_at is None:
            return str(page.id)
        return str(page.replaced_by) if page.replaced_by else None


def place_before(services: Services, page_id: UUID | str, *, actor: Actor) -> dict[str, Any]:
    """Where ``insert`` puts pages so that they stand before this one, in its document."""
    with services.read_only() as session:
        batch, page = get_page(session, page_id, actor)
        pages = standings_of(session, batch.id)
    place = next(place for place, standing in enumerate(pages) if standing.id == page.id)
    before = pages[place - 1] if place else None
    if before and before.document_id == page.document_id and before.removed_at is None:
        return {"after": str(before.id)}
    return {"document": str(page.document_id or "")}


def page_thumbnail(services: Services, page_id: UUID | str, *, actor: Actor) -> bytes:
    """A JPEG, 200 pixels wide; made anew where the one that was kept is gone.

    Raises:
        PagePictureHiddenError, PageWithoutReadingError, PageNotInBatchError.
        PageImageGoneError, NotAllowedError, BackendError: see ``page_images.page_file``.
    """
    _, page = _shown(services, page_id, actor)
    digest = page.thumbnail_sha256
    if digest is None:
        raise PageWithoutReadingError(page=page.name)
    if services.staging.has(digest):
        with services.staging.open(digest) as file:
            return file.read()
    return _drawn(services, page, actor=actor, width_px=THUMBNAIL_PX)


def page_picture(services: Services, page_id: UUID | str, *, actor: Actor) -> bytes:
    """The page upright as a JPEG for browsers.

    Raises:
        PagePictureHiddenError, PictureImpossibleError, PageNotInBatchError.
        PageImageGoneError, NotAllowedError, BackendError: see ``page_images.page_file``.
    """
    _, page = _shown(services, page_id, actor)
    return _drawn(services, page, actor=actor)


def straight_picture(services: Services, page_id: UUID | str, *, actor: Actor) -> bytes:
    """The sheet of a photographed page, straightened as its text was read; a JPEG, kept nowhere.

    Raises as ``page_picture``.
    """
    _, page = _shown(services, page_id, actor)
    pixels = services.settings.limits.page_pixels
    with page_image(services, page, actor=actor) as path:
        return make_straight_picture(path, pixels=pixels, turn_deg=page.turn_deg)


def page_original(services: Services, page_id: UUID | str, *, actor: Actor) -> Readable:
    """The page's image, byte for byte as it is kept.

    Raises:
        PagePictureHiddenError, PageInfectedError, PageNotInBatchError.
        PageImageGoneError, NotAllowedError: see ``page_images.page_file``.
    """
    batch, page = _shown(services, page_id, actor)
    if any(finding["code"] == MALWARE for finding in batch.findings):
        raise PageInfectedError(page=page.name)
    return page_file(services, page, actor=actor)


def is_hidden(page: ScanPage, actor: Actor) -> bool:
    """Whether its picture and words are not for this account: it bears a mark of secrecy."""
    return bears_mark(page) and not may_decide_secrecy(actor)


def get_page(session: Session, page_id: UUID | str, actor: Actor) -> tuple[ScanBatch, ScanPage]:
    """A page of a batch that the account reaches; ``PageNotInBatchError``."""
    access.require(actor, "batch:read")
    try:
        page = session.get(ScanPage, UUID(str(page_id)))
    except ValueError:
        page = None
    if page is None:
        raise PageNotInBatchError(id=page_id, batch="")
    return get_batch(session, page.batch_id, actor=actor, act="batch:read"), page


def _shown(services: Services, page_id: UUID | str, actor: Actor) -> tuple[ScanBatch, ScanPage]:
    """A page whose picture the account may see."""
    with services.read_only() as session:
        batch, page = get_page(session, page_id, actor)
    if is_hidden(page, actor):
        raise PagePictureHiddenError(page=page.name)
    return batch, page


def _drawn(
    services: Services, page: ScanPage, *, actor: Actor, width_px: int | None = None
) -> bytes:
    pixels = services.settings.limits.page_pixels
    with page_image(services, page, actor=actor) as path:
        return make_picture(path, pixels=pixels, turn_deg=page.turn_deg, width_px=width_px)
