"""Giao việc làm thay: duties handed to a colleague, done in the giver's stead, and ended."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.accounts.delegations.acts import (
    LONGEST_DAYS,
    PAGE,
    DelegationDutyError,
    end_delegation,
    hand_duties,
    list_delegations,
)
from archive_service.accounts.delegations.colleagues import MOST, account_of, find_colleagues
from archive_service.accounts.delegations.documents import Handing
from archive_service.accounts.delegations.duties import HandedDuty, has_duty
from archive_service.accounts.delegations.standing import stand_in
from archive_service.accounts.sessions import act_by
from archive_service.audit import record_event
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.errors import ArchiveError, ConflictError, InputError
from archive_service.request import current_actor, services
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields, day_in_form
from archive_service.web.session import COOKIE
from archive_service.web.toasts import tell

bp = Blueprint("delegations", __name__, template_folder="../templates", url_prefix=PAGE)
_FIELDS = {
    "delegation-receiver": "receiver",
    "delegation-duty": "duty",
    "delegation-days": "last_day",
    "delegation-reason": "reason",
}


@bp.get("")
def show() -> Response:
    """What one handed over or was handed, and a form to hand over more."""
    return _page()


def _page(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    problems = at_fields(refused, _FIELDS)
    shown = render_template(
        "accounts/delegations.html",
        here_key="delegations",
        rows=list_delegations(services(), actor=actor).delegations,
        duties=[handed_duty.value for handed_duty in HandedDuty if has_duty(actor, handed_duty)],
        gives=access.may(actor, "delegation:give"),
        ends=access.may(actor, "delegation:end"),
        given=request.form,
        ticked=request.form.getlist("duty"),
        longest={"days": LONGEST_DAYS, "reason": LONGEST_REASON},
        problem=problems.problem,
        faults=problems.faults,
    )
    return make_response(shown, problems.status)


@bp.get("/colleagues")
def find() -> str:
    """Who may do it meanwhile, among those whose name is typed."""
    typed = request.args.get("receiver", "")
    found = find_colleagues(services(), typed, actor=current_actor())
    return render_template("accounts/_colleagues.html", found=found, typed=typed.strip(), most=MOST)


@bp.post("")
def give() -> Response:
    """Hand duties to a colleague; what they gain waits for a second person."""
    actor, form = current_actor(), request.form
    access.require(actor, "delegation:give")
    try:
        ticked = [
            handed_duty for handed_duty in HandedDuty if handed_duty.value in form.getlist("duty")
        ]
        if not ticked:
            raise DelegationDutyError(duties=[])
        given = Handing(
            receiver=_receiver(),
            duties=ticked,
            first_day=day_in_form("first_day", t("pages.delegations.first_day")),
            last_day=day_in_form("last_day", t("pages.delegations.last_day")),
            reason=form.get("reason", ""),
        )
        done = hand_duties(services(), given, actor=actor)
    except (InputError, ConflictError) as refused:
        return _page(refused)
    tell(t(f"pages.delegations.given_{done.state.value}", person=done.receiver_person))
    return _back()


def _receiver() -> str:
    """The account of the one chosen from the list; else what was typed."""
    chosen = request.form.get("chosen", type=UUID)
    if chosen is None:
        return request.form.get("receiver", "")
    return account_of(services(), chosen, actor=current_actor())


@bp.post("/<uuid:delegation_id>/end")
def end(delegation_id: UUID) -> Response:
    """It ends at once."""
    try:
        end_delegation(services(), delegation_id, actor=current_actor())
    except ConflictError as refused:
        return _page(refused)
    tell(t("pages.delegations.ended"))
    return _back()


@bp.post("/<uuid:delegation_id>/act")
def act(delegation_id: UUID) -> Response:
    """This browser acts in the giver's stead from now on; the way in is seen in the trail."""
    own = current_actor()
    access.require(own, "delegation:list")
    with services().unit_of_work() as uow:
        actor = stand_in(uow.session, delegation_id, own, services().settings)
        act_by(request.cookies.get(COOKIE, ""), delegation_id, uow=uow)
        record_event(
            uow.session,
            "delegation:taken-up",
            subject_id=delegation_id,
            actor=actor,
            agency_id=actor.agency_id,
        )
        uow.commit()
    return make_response(redirect(url_for("home.start"), code=303))


@bp.post("/stop")
def stop() -> Response:
    """This browser acts for its own person again."""
    current_actor()
    with services().unit_of_work() as uow:
        act_by(request.cookies.get(COOKIE, ""), None, uow=uow)
        uow.commit()
    return _back()


def _back() -> Response:
    return make_response(redirect(url_for(".show"), code=303))
