"""Rà soát: reviews, those that are open first; one of them line by line."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pydantic import ValidationError

from archive_service import access
from archive_service.domain.people.review import ReviewKind
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.oversight.reviewing.acts import confirm_lines, find_reviews, show_review
from archive_service.oversight.reviewing.documents import ReviewDocument
from archive_service.oversight.reviewing.given import LinesConfirmed
from archive_service.oversight.reviewing.rules import CONFIRM
from archive_service.oversight.reviewing.signing import review_paper, sign_review
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError
from archive_service.web.toasts import tell

bp = Blueprint("reviews", __name__, template_folder="templates", url_prefix="/reviews")
_NOT_DONE = (InputError, NotAllowedError, ConflictError)


@bp.get("")
def show_list() -> str:
    """All reviews that the account may know."""
    return render_template(
        "reviewing/reviews.html",
        here_key="reviews",
        tab="reviews",
        reviews=find_reviews(services(), actor=current_actor()).reviews,
    )


@bp.get("/<uuid:review_id>")
def show(review_id: UUID) -> Response:
    """One review."""
    return _page(review_id)


@bp.get("/<uuid:review_id>/paper")
def paper(review_id: UUID) -> Response:
    """The review as PDF/A."""
    name, data = review_paper(services(), review_id, actor=current_actor())
    return file_answer(data, name, "application/pdf")


@bp.post("/<uuid:review_id>/lines")
def confirm(review_id: UUID) -> Response:
    """Keep what was said of the lines."""
    access.require(current_actor(), CONFIRM)
    try:
        confirm_lines(services(), review_id, _given_lines(), actor=current_actor(), lang=language())
    except _NOT_DONE as refused:
        return _page(review_id, refused)
    tell(t("pages.reviews.confirmed"))
    return make_response(redirect(url_for(".show", review_id=review_id), code=303))


@bp.post("/<uuid:review_id>/signature")
def sign(review_id: UUID) -> Response:
    """Give it out to be signed by the reviewer."""
    access.require(current_actor(), CONFIRM)
    try:
        made = sign_review(services(), review_id, actor=current_actor(), lang=language())
    except _NOT_DONE as refused:
        return _page(review_id, refused)
    tell(t("pages.reviews.asked"))
    return make_response(redirect(url_for("signing.show", item=made.request_id), code=303))


def _given_lines() -> LinesConfirmed:
    """``FormFieldError`` for a line that is not in order, without a word of why."""
    form = request.form
    verdicts = {
        name.removeprefix("verdict-"): value
        for name, value in form.items()
        if name.startswith("verdict-")
    }
    objected = [name for name, value in verdicts.items() if value == "objected"]
    try:
        return LinesConfirmed(
            seen=form.get("seen", ""),
            in_order=[name for name, value in verdicts.items() if value == "in-order"],
            objected={name: form.get(f"remark-{name}", "") for name in objected},
        )
    except ValidationError:
        field = t("columns.remark")
        raise FormFieldError(field=field, at="remark") from None


def _page(review_id: UUID, refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    problem, status = refusal(refused)
    review = show_review(services(), review_id, actor=actor, lang=language())
    shown = render_template(
        "reviewing/review.html",
        here_key="reviews",
        tab="reviews",
        one=review,
        trail=_trail(review),
        undecided=sum(not line.verdict for line in review.lines),
        problem=problem,
        given=request.form if refused else {},
    )
    return make_response(shown, status)


def _trail(review: ReviewDocument) -> str:
    """Where the events of the period are read; empty for a review of rights."""
    if review.kind != ReviewKind.TRAIL or not access.may(current_actor(), "audit:read"):
        return ""
    asked = {"since": f"{review.first:%d/%m/%Y}", "until": f"{review.last:%d/%m/%Y}"}
    return f"{url_for('audit.show')}?{urlencode(asked)}"
