"""The register of a transfer as a signed message: sent, answered there, and its answer read."""

from uuid import UUID

from flask import Blueprint, Response, request

from archive_service.request import Body, current_actor, services, takes
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from retention.transfer.given import RegisterSendingIn
from retention.transfer.network import exchange as network_exchange
from retention.transfer.pages.acts import back, uploaded
from retention.transfer.pages.transfer import told_on_page
from retention.transfer.register import read_answer, send_answer
from retention.transfer.register import send_register as register_send_register
from retention.transfer.register.typed_codes import declined_in

bp = Blueprint(
    "transfer_registers", __name__, template_folder="../templates", url_prefix="/nop-luu"
)


@bp.post("/<uuid:transfer_id>/register-sending")
@told_on_page
def send_register(transfer_id: UUID) -> Response:
    """Over the network to the archive that is chosen; else as a file that somebody carries."""
    form, actor = request.form, current_actor()
    number = form.get("message_number", "")
    if to := form.get("to", ""):
        given = RegisterSendingIn(to=to, number=number)
        network_exchange.send_register(services(), transfer_id, given, actor=actor)
        return back(transfer_id, "register-sent")
    register_send_register.send_register(services(), transfer_id, number=number, actor=actor)
    return back(transfer_id, "register-made")


@bp.post("/<uuid:transfer_id>/register-answer")
@told_on_page
def answer_register(transfer_id: UUID) -> Response:
    """All is taken that is not named; or not before a day."""
    form = request.form
    answer = given_in_form(
        send_answer.RegisterAnswerIn,
        {"declined": "answer_declined", "number": "answer_paper", "reason": "answer_words"},
        labels="pages.transfer",
        declined=declined_in(form.get("answer_declined", "")),
    )
    send_answer.answer_register(services(), transfer_id, answer, actor=current_actor())
    return back(transfer_id, "register-answered")


@bp.post("/<uuid:transfer_id>/register-answers")
@told_on_page
@takes(Body.PAPER, "transfer:exchange")
def take_answer(transfer_id: UUID) -> Response:
    """Read an answer that came back; it says itself which register it is to."""
    document = uploaded("answer_file", t("pages.transfer_register.answer_file"))
    transfer = read_answer.take_answer(services(), document, actor=current_actor())
    to = transfer.id
    done = "answer-taken" if to == transfer_id else "answer-to-other"
    return back(to, done, number=transfer.number)
