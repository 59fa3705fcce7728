"""The register of a transfer as a signed message: sent, answered there, and its answer read."""

import datetime as dt
from uuid import UUID

from flask import Blueprint, Response, request

from archive_service.request import current_actor, services
from archive_service.web.transfer_acts import back, uploaded
from archive_service.web.transfer_codes import declined_in
from archive_service.web.transfer_page import told_on_page
from archive_service.web.transfers import day_given
from archive_service.workflow import (
    transfer_answer_read,
    transfer_exchange,
    transfer_register_answer,
    transfer_register_send,
)

bp = Blueprint("transfer_registers", __name__, url_prefix="/nop-luu")


@bp.post("/<uuid:transfer_id>/register-sending")
@told_on_page
def send_register(transfer_id: UUID) -> Response:
    """Over the network to the archive that is chosen; else as a file that somebody carries."""
    form, actor = request.form, current_actor()
    number = form.get("message_number", "")
    if to := form.get("to", ""):
        transfer_exchange.send_register(services(), transfer_id, to, number=number, actor=actor)
        return back(transfer_id, "register-sent")
    transfer_register_send.send_register(services(), transfer_id, number=number, actor=actor)
    return back(transfer_id, "register-made")


@bp.post("/<uuid:transfer_id>/register-answer")
@told_on_page
def answer_register(transfer_id: UUID) -> Response:
    """All is taken that is not named; or not before a day."""
    form = request.form
    said = transfer_register_answer.Said(
        declined=declined_in(form.get("answer_declined", "")),
        wanted_on=_day(),
        number=form.get("answer_paper", ""),
        reason=form.get("answer_words", ""),
    )
    transfer_register_answer.answer_register(services(), transfer_id, said, actor=current_actor())
    return back(transfer_id, "register-answered")


@bp.post("/<uuid:transfer_id>/register-answers")
@told_on_page
def take_answer(transfer_id: UUID) -> Response:
    """Read an answer that came back; it says itself which register it is to."""
    document = uploaded("answer_file")
    told = transfer_answer_read.take_answer(services(), document, actor=current_actor())
    to = UUID(told["id"])
    done = "answer-taken" if to == transfer_id else "answer-to-other"
    return back(to, done, number=told["number"])


def _day() -> dt.date | None:
    return day_given("wanted_on") if request.form.get("wanted_on", "").strip() else None
