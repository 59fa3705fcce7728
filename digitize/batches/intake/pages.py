"""Nhập lô trang: a station opens a batch in the browser, drops files, goes on later, closes it."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import select

from archive_service import access
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch, ScanSource
from archive_service.domain.people.account import Role
from archive_service.errors import ArchiveError, BackendError, ConflictError, InputError
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.errors import problem_on_page
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from digitize.batches.desk.batch_documents import finding_shown
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.receive import (
    NONE,
    SEPARATORS,
    BatchCodeError,
    BatchOrder,
    BatchPagesEachError,
)
from digitize.batches.reach import get_batch, names_to_send_from, reached
from ingest.channels.file_references import natural_order
from ingest.uploads.page_parts import files_sent

bp = Blueprint(
    "scanning_upload", __name__, template_folder="templates", url_prefix="/scanning/upload"
)

_PAGES = "pages"  # the way of dividing that asks for a number


@dataclass(slots=True)
class _Form:
    """The form as typed; ``reference`` keeps a form sent twice from opening two batches."""

    station: str = ""
    code: str = ""
    title: str = ""
    split: str = NONE
    pages_each: str = ""
    expected: str = ""
    duplex: bool = False
    reference: str = field(default_factory=lambda: secrets.token_hex(8))

    @classmethod
    def sent(cls) -> "_Form":
        """As it came."""
        texts = [name for name in cls.__slots__ if name != "duplex"]
        given = {name: request.form.get(name, "").strip() for name in texts}
        return cls(duplex=request.form.get("duplex") == "1", **given)

    def order(self) -> BatchOrder:
        """As the batch is opened; a number of pages that is none is refused as 0 is."""
        split = self.split
        if split == _PAGES:
            split = self.pages_each if self.pages_each.isdecimal() else "0"
        name = f"{self.title} " if self.title else ""
        expected = int(self.expected) if self.expected.isdecimal() else None
        return BatchOrder(
            reference=f"{name}{self.reference}",
            code=self.code,
            split=split,
            duplex=self.duplex,
            pages_expected=expected,
        )


@bp.get("")
def show() -> Response:
    """The form of a new batch, and those that are still open."""
    access.require(current_actor(), "batch:create")
    return _new(_Form())


@bp.post("")
def begin() -> Response:
    """Open a batch, and go to where its files are dropped."""
    actor, form = current_actor(), _Form.sent()
    access.require(actor, "batch:create")
    try:
        batch, _ = intake_acts.open_batch(
            services(), form.order(), station=form.station or None, actor=actor
        )
    except (InputError, ConflictError, BatchCodeError) as refused:
        return _new(form, refused)
    return make_response(redirect(url_for(".receive", batch=batch.number), code=303))


@bp.get("/separators.pdf")
def separators() -> Response:
    """Separator sheets of a case file, to be printed and laid before its documents."""
    code, documents = (request.args.get(name, "").strip() for name in ("case", "documents"))
    try:
        pdf, _ = intake_acts.print_separators(
            services(), code, documents or None, actor=current_actor()
        )
    except (InputError, BatchCodeError) as refused:
        return _new(_Form(), refused)
    return file_answer(pdf, "to-phan-cach.pdf")


@bp.get("/<batch>")
def receive(batch: str) -> Response:
    """Where files are dropped; what has come is listed."""
    return _receiving(batch)


@bp.post("/<batch>")
@takes(Body.FILES, "batch:create")
def close(batch: str) -> Response:
    """Take what came with the form, and close the batch: from here on it is read."""
    actor = current_actor()
    with services().read_only() as session:
        row = get_batch(session, batch, actor=actor, act="batch:create")
    try:
        intake_acts.add_uploads(services(), row.id, files_sent(), actor=actor)
        names = sorted(_names(row), key=natural_order)
        intake_acts.close_batch(services(), row.id, actor=actor, order=names)
    except (InputError, ConflictError, BackendError) as refused:
        return _receiving(batch, refused)
    tell(t("pages.scan_upload.closed", number=row.number))
    return make_response(redirect(url_for("scanning_batch.show", batch=row.number), code=303))


def _new(form: _Form, refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    with services().read_only() as session:
        stations = names_to_send_from(session, actor=actor)
        waiting = session.scalars(
            select(ScanBatch)
            .where(reached(actor), ScanBatch.state == BatchState.RECEIVING)
            .order_by(ScanBatch.created_at.desc())
            .limit(20)
        ).all()
    problem = _problem(refused)
    page = render_template(
        "batches/intake/upload.html",
        here_key="scanning",
        form=form,
        separators={name: request.args.get(name, "") for name in ("case", "documents")},
        own=actor.role is Role.STATION,
        stations=list(stations.items()),
        splits=[(way, t(f"pages.scan_upload.splits.{way}")) for way in (NONE, SEPARATORS, _PAGES)],
        waiting=[
            {
                "number": row.number,
                "code": row.case_code,
                "reference": row.reference.rpartition(" ")[0],
                "since": row.created_at,
                "href": url_for(".receive", batch=row.number),
            }
            for row in waiting
        ],
        error=problem,
        at_pages_each=isinstance(refused, BatchPagesEachError),
    )
    # A code that nothing bears is a mistake in the form, and no page that is missing.
    status = 422 if isinstance(refused, BatchCodeError) else problem.status if problem else 200
    return make_response(page, status)


def _receiving(batch: str, refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    with services().read_only() as session:
        row = get_batch(session, batch, actor=actor, act="batch:create")
        if row.state is not BatchState.RECEIVING:
            return make_response(
                redirect(url_for("scanning_batch.show", batch=row.number), code=303)
            )
        files = sorted(row.sources, key=lambda source: natural_order(source.name))
    problem = _problem(refused)
    page = render_template(
        "batches/intake/receive.html",
        here_key="scanning",
        batch=row,
        upload_href=url_for("api_uploads.begin"),
        take_href=url_for("api_batches.add_file", batch_id=row.id),
        files=[_line(source) for source in files],
        pages=sum(source.frames for source in files),
        limit=services().settings.limits.file_bytes,
        error=problem,
    )
    return make_response(page, problem.status if problem else 200)


def _line(source: ScanSource) -> dict[str, Any]:
    finding = None
    if source.refused:
        refused = source.refused | {"severity": "error"}
        finding = finding_shown(refused, place=source.name, lang=language())
    return {
        "name": source.name,
        "size_bytes": source.size_bytes,
        "pages": source.frames,
        "refused": finding,
    }


def _names(batch: ScanBatch) -> list[str]:
    with services().read_only() as session:
        return list(session.scalars(select(ScanSource.name).where(ScanSource.batch_id == batch.id)))


def _problem(refused: ArchiveError | None) -> Any:
    return None if refused is None else problem_on_page(refused)
