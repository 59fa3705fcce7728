"""Người nghỉ việc: what is open with a person who leaves, and who goes on with it."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import clock
from archive_service.accounts.leaving.acts import leave, show_leaving
from archive_service.accounts.leaving.documents import Leaving
from archive_service.accounts.leaving.duties import DUTIES, Way
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.errors import ArchiveError, ConflictError, InputError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.layout import t
from archive_service.web.refusals import day_in_form
from archive_service.web.toasts import tell

bp = Blueprint(
    "leaving", __name__, template_folder="../templates", url_prefix="/system/accounts/<name>/leave"
)


@bp.get("")
def show(name: str) -> Response:
    """All that is open with the person; nothing is changed by looking."""
    return _page(name)


def _page(name: str, refused: ArchiveError | None = None) -> Response:
    leaving = show_leaving(services(), name, actor=current_actor())
    problem, status = refusal(refused)
    shown = render_template(
        "accounts/leaving.html",
        here_key="accounts",
        tab="accounts",
        title=t("pages.leaving.title", name=leaving.person),
        lead=t("pages.leaving.lead"),
        told=leaving,
        given=request.form,
        today=clock.today().isoformat(),
        longest=LONGEST_REASON,
        problem=problem,
    )
    return make_response(shown, status)


def receivers_in_form() -> dict[str, str]:
    """Kind → the account that takes over what is of it, of those that are named."""
    named = {
        duty.kind: request.form.get(f"to-{duty.kind}", "")
        for duty in DUTIES
        if duty.way is Way.OVER
    }
    return {kind: name for kind, name in named.items() if name.strip()}


@bp.post("")
def carry_out(name: str) -> Response:
    """The person left: each thing has its receiver, the account is disabled."""
    form = request.form
    try:
        given = Leaving(
            left_on=day_in_form("left_on", t("pages.leaving.left_on")),
            reason=form.get("reason", ""),
            to=form.get("to", ""),
            each=receivers_in_form(),
        )
        done = leave(services(), name, given, actor=current_actor())
    except (InputError, ConflictError) as refused:
        return _page(name, refused)
    tell(t("pages.leaving.done", name=done.account))
    return make_response(redirect(url_for("system.accounts"), code=303))
