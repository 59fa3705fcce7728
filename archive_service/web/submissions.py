"""Lần nộp: one submission on its way, and the acts that decide it."""

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access
from archive_service.catalogue import holdings
from archive_service.schemas import queries
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.session import current_actor, services
from archive_service.workflow import intake
from archive_service.workflow.opening import read_receipt

bp = Blueprint("submissions", __name__, url_prefix="/submissions")


@bp.get("/<uuid:submission_id>")
def show(submission_id: UUID) -> str:
    actor = current_actor()
    (document,) = queries.submissions(services(), [submission_id], actor=actor, lang=language())
    return render_template(
        "pages/submission.html",
        here_key="my-case-files",
        submission=document | {"sent_by": document["submitted_by"]},
        documents=[],
        steps=[],
        events=[],
        may={},
    )


@bp.post("/<uuid:submission_id>/accept")
def accept(submission_id: UUID) -> Response:
    intake.accept(submission_id, actor=current_actor(), services=services())
    return make_response(redirect(url_for("desk.show"), code=303))


@bp.post("/<uuid:submission_id>/return")
def give_back(submission_id: UUID) -> Response:
    intake.give_back(
        submission_id, request.form.get("reason", ""), actor=current_actor(), services=services()
    )
    return make_response(redirect(url_for("desk.show"), code=303))


@bp.post("/<uuid:submission_id>/withdraw")
def withdraw(submission_id: UUID) -> Response:
    intake.withdraw(submission_id, actor=current_actor(), services=services())
    return make_response(redirect(url_for(".show", submission_id=submission_id), code=303))


@bp.get("/<uuid:submission_id>/receipt")
def receipt(submission_id: UUID) -> Response:
    with services().read_only() as session:
        submission = holdings.get_submission(session, submission_id, actor=current_actor())
    number, data = read_receipt(services(), submission.code, actor=current_actor())
    return Response(data, mimetype="application/pdf")
