"""Acts on a transfer once packages travel: decided, replied to, delivered again, closed, let go."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service.errors import InputError
from archive_service.request import Body, current_actor, services, takes
from archive_service.text import telling
from archive_service.web.layout import t
from archive_service.web.refusals import file_in_form
from archive_service.web.toasts import tell
from retention.transfer import jobs as transfer_jobs
from retention.transfer.closing import close as closing_close
from retention.transfer.closing import correct as closing_correct
from retention.transfer.closing import remove as closing_remove
from retention.transfer.given import Amendment, Correction, Decision, RemovalApproval
from retention.transfer.messages.form import MOST_BYTES
from retention.transfer.network import send as network_send
from retention.transfer.pages.transfer import told_on_page
from retention.transfer.receiving import decide as receiving_decide
from retention.transfer.register import acts as register_acts
from retention.transfer.register.typed_codes import declined_in
from retention.transfer.reply import read_reply, send_reply
from retention.transfer.stopping import read_notice, send_notice

bp = Blueprint("transfer_acts", __name__, template_folder="../templates", url_prefix="/nop-luu")


class TransferUnsaidError(InputError):
    """A case file is to go back, and nobody says why: ``item``, its code."""


class TransferUnchosenError(InputError):
    """An act on case files without one that is ticked, or files of a disk without any."""


@bp.post("/<uuid:transfer_id>/decision")
@told_on_page
def decide(transfer_id: UUID) -> Response:
    """What is ticked or named goes back with its reason, and what has an error; the rest is taken.

    The reason that the page proposed is sent with each case file that has to go back.
    """
    form = request.form
    returned = declined_in(form.get("returned", ""))
    for code in form.getlist("back"):
        reason = telling(form.get(f"why-{code}", ""))
        if not reason:
            raise TransferUnsaidError(item=code)
        returned[code] = reason
    receiving_decide.decide(
        services(),
        transfer_id,
        Decision(returned=returned, reason=form.get("decision_reason", "")),
        actor=current_actor(),
    )
    return back(transfer_id, "decided")


@bp.post("/<uuid:transfer_id>/reply")
@told_on_page
def reply(transfer_id: UUID) -> Response:
    """The newest signed word on every case file; where nothing new is to be said, the last one.

    It lies on the disk that goes back, where one is chosen.
    """
    actor = current_actor()
    chosen = request.form.get("folder", "")
    folder = transfer_jobs.carried_folder(services(), chosen, actor=actor) if chosen else None
    anew = request.form.get("anew") == "1"
    replied = send_reply.reply(services(), transfer_id, folder=folder, anew=anew, actor=actor)
    return back(transfer_id, "replied", sequence=replied.reply.sequence)


@bp.post("/<uuid:transfer_id>/replies")
@told_on_page
@takes(Body.PAPER, "transfer:exchange")
def take_reply(transfer_id: UUID) -> Response:
    """Read a reply that came back; it says itself which transfer it is to."""
    actor = current_actor()
    if chosen := request.form.get("folder", ""):
        folder = transfer_jobs.carried_folder(services(), chosen, actor=actor)
        transfer = read_reply.read_replies(services(), folder, actor=actor)
    else:
        transfer = read_reply.take_reply(
            services(), uploaded("reply", t("pages.transfer.reply_file")), actor=actor
        )
    to = transfer.id
    return back(
        to, "reply-taken" if to == transfer_id else "reply-to-other", number=transfer.number
    )


@bp.post("/<uuid:transfer_id>/reading")
@told_on_page
def take_over(transfer_id: UUID) -> Response:
    """A register that was proposed by itself is this person's from now on, to this archive."""
    partner = request.form.get("partner", "").strip()
    register_acts.amend(services(), transfer_id, Amendment(to=partner), actor=current_actor())
    return back(transfer_id, "taken-over")


@bp.post("/<uuid:transfer_id>/sending")
@told_on_page
def send(transfer_id: UUID) -> Response:
    """Packages go to the other archive's server, by a job."""
    form = request.form
    network_send.send(
        services(),
        transfer_id,
        form.get("to", ""),
        at_once=form.get("at_once") == "1",
        actor=current_actor(),
    )
    return back(transfer_id, "sending")


@bp.post("/<uuid:transfer_id>/notice")
@told_on_page
def notice(transfer_id: UUID) -> Response:
    """What was stopped since it was sent, as a signed word to the other archive."""
    signed_message = send_notice.notice(services(), transfer_id, actor=current_actor()).notice
    if signed_message is None:
        return back(transfer_id, "no-notice")
    return back(transfer_id, "noticed", sequence=signed_message.sequence)


@bp.post("/<uuid:transfer_id>/notices")
@told_on_page
@takes(Body.PAPER, "transfer:receive")
def take_notice(transfer_id: UUID) -> Response:
    """Read a notice of the giver; it says itself of which transfer it is."""
    transfer = read_notice.read_notice(
        services(), uploaded("notice", t("pages.transfer.notice_file")), actor=current_actor()
    )
    to = transfer.id
    done = "notice-taken" if to == transfer_id else "notice-to-other"
    return back(to, done, number=transfer.number)


@bp.post("/<uuid:transfer_id>/correction")
@told_on_page
def correct(transfer_id: UUID) -> Response:
    """What came back stands on the transfer again, as it is now."""
    codes = request.form.getlist("correct")
    if not codes:
        raise TransferUnchosenError
    closing_correct.correct(services(), transfer_id, Correction(codes=codes), actor=current_actor())
    return back(transfer_id, "corrected")


@bp.post("/<uuid:transfer_id>/closing")
@told_on_page
def close(transfer_id: UUID) -> Response:
    """What has its receipt is the other archive's from now on."""
    closing_close.close(services(), transfer_id, actor=current_actor())
    return back(transfer_id, "closed")


@bp.post("/<uuid:transfer_id>/removal")
@told_on_page
def remove(transfer_id: UUID) -> Response:
    """The head of the agency lets go what is here of it."""
    otp = request.form.get("otp")
    closing_remove.remove(services(), transfer_id, RemovalApproval(otp=otp), actor=current_actor())
    return back(transfer_id, "let-go")


def uploaded(field: str, label: str) -> bytes:
    """The file of a form, one byte beyond the most that is read where it is longer.

    Raises:
        FormFileError: there is none.
    """
    data: bytes = file_in_form(field, label).read(MOST_BYTES + 1)
    return data


def back(transfer_id: UUID, done: str, **facts: object) -> Response:
    """To the page of the transfer, which says what is done."""
    tell(t(f"pages.transfers.done.{done}", **facts))
    where = url_for("transfers.show", transfer_id=transfer_id)
    return make_response(redirect(where, code=303))
