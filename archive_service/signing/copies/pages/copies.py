"""Chờ ký số, digitized copies: all that wait are signed by one act; copies for use are issued."""

from typing import Any
from uuid import uuid4

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access, messages
from archive_service.errors import (
    ArchiveError,
    BackendError,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from archive_service.forms.tables import Row
from archive_service.problem import status_of
from archive_service.request import current_actor, services
from archive_service.signing.copies import issuing, orders, waiting
from archive_service.signing.copies.documents import SaidDocument
from archive_service.signing.copies.given import OrderIn, SealIn
from archive_service.signing.copies.page_parts import refusal_words, seals_shown, why_not_sealed
from archive_service.web import lists
from archive_service.web.display import moment
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.numbers import number_in_form
from archive_service.web.toasts import tell

bp = Blueprint(
    "signing_copies", __name__, template_folder="../templates", url_prefix="/signing/copies"
)

_COLUMNS = (
    "columns.case_file",
    "pages.signing_copies.document",
    "pages.signing_copies.subject",
    "columns.pages",
    "columns.state",
    "columns.since",
)


@bp.get("")
def show() -> Response:
    """The copies that wait, are at work or were refused."""
    return _page()


@bp.post("/sign")
def sign() -> Response:
    """Order the seal on all that wait for it; a worker does it, whether the page stays open."""
    again = bool(request.form.get("again"))
    try:
        order = orders.order_signatures(
            services(),
            OrderIn(agency=request.form.get("agency") or None, again=again),
            actor=current_actor(),
            lang=language(),
        )
    except (NotAllowedError, ConflictError, NotFoundError, InputError, BackendError) as refused:
        return _refused(refused)
    tell(t("pages.signing_copies.ordered", total=order.total))
    return make_response(redirect(url_for("signing.show"), code=303))


@bp.post("/resume")
def resume() -> Response:
    """Have orders go on that came to a halt."""
    try:
        orders.resume_orders(
            services(),
            SealIn(agency=request.form.get("agency") or None),
            actor=current_actor(),
            lang=language(),
        )
    except (NotAllowedError, ConflictError, NotFoundError, InputError, BackendError) as refused:
        return _refused(refused)
    tell(t("pages.signing_copies.resumed"))
    return make_response(redirect(url_for("signing.show"), code=303))


@bp.post("/issue")
def issue() -> Response:
    """A signed copy for use, as a file to download."""
    form = request.form
    try:
        record, data = issuing.issue_copy(
            services(),
            form.get("code", "").strip(),
            number_in_form("document"),
            form=form.get("form", ""),
            pages=form.get("pages", ""),
            actor=current_actor(),
            request=form.get("request", ""),
        )
    except (NotAllowedError, ConflictError, NotFoundError, InputError, BackendError) as refused:
        return _refused(refused, dialog="issue")
    return file_answer(data, record["name"])


def forms() -> list[tuple[str, str]]:
    """The forms of copy with their names."""
    return [(form, messages.label("copy-form", form, language())) for form in issuing.FORMS]


def _refused(refused: ArchiveError, dialog: str = "") -> Response:
    return make_response(_page(error=refusal_words(refused), dialog=dialog), status_of(refused))


def _page(*, error: SaidDocument | None = None, dialog: str = "") -> Response:
    actor = current_actor()
    access.require(actor, "copy:list")
    may_issue = access.may(actor, "copy:issue")
    refusal = why_not_sealed() if may_issue else None
    given = lists.asked()
    if given.export:
        headings = [t(key) for key in _COLUMNS]
        return lists.as_table("ban-so-hoa-cho-ky", given.export, headings, _cells(given.text))
    rows, total = waiting.list_copies(
        services(),
        actor=actor,
        text=given.text,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
        lang=language(),
    )
    return make_response(
        render_template(
            "signing/copies/signing_copies.html",
            here_key="signing",
            seals=seals_shown(),
            tools=lists.tools(given),
            total=total,
            copies=[row | {"href": _case(row)} for row in rows],
            paging=lists.paging(given, len(rows), total),
            may_issue=may_issue and refusal is None,
            refusal=None if error else refusal,
            request_id=uuid4().hex,
            forms=forms(),
            given=request.form or request.args,
            error=error,
            dialog=dialog or ("issue" if request.args.get("code") else ""),
        )
    )


def _case(case_file: dict[str, Any]) -> str:
    return url_for("case_files.show", code=case_file["code"])


def _cells(text: str) -> list[Row]:
    rows, _ = waiting.list_copies(services(), actor=current_actor(), text=text, lang=language())
    return [
        (
            row["code"],
            row["document"],
            row["title"],
            row["pages"],
            t(f"badges.seal.{row['state']}"),
            moment(row["since"]),
        )
        for row in rows
    ]
