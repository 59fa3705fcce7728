"""Đăng nhập: name and password, then the first page of the role or the page asked for."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from archive_service.accounts.acts import SignInError, sign_in
from archive_service.log import logger
from archive_service.messages import Message
from archive_service.request import services
from archive_service.web.layout import t
from archive_service.web.security import SIGN_IN_TRIES, limiter
from archive_service.web.session import begin

bp = Blueprint("sign_in", __name__, template_folder="../templates")


@bp.get("/sign-in")
def show() -> Response:
    """The form; who is signed in already goes on."""
    wanted = request.args.get("next", "")
    if g.actor is not None:
        return make_response(redirect(_own(wanted), code=303))
    unsaved = request.args.get("unsaved") == "1"
    shown = render_template(
        "accounts/sign_in.html", name="", error=None, next=wanted, unsaved=unsaved
    )
    return make_response(shown)


@bp.post("/sign-in")
@limiter.limit(SIGN_IN_TRIES, deduct_when=lambda response: response.status_code != 303)
def enter() -> Response:
    """Sign in; a refusal does not say whether name or password was wrong."""
    name, wanted = request.form.get("name", "").strip(), request.form.get("next", "")
    archive = services()
    try:
        with archive.unit_of_work() as uow:
            account = sign_in(
                name,
                request.form.get("password", ""),
                uow=uow,
                idle_days=archive.settings.web.idle_account_days,
            )
            uow.commit()
    except SignInError:
        logger().warning("sign-in-refused", account=name[:100], address=request.remote_addr)
        refusal = Message(t("pages.sign_in.wrong"), t("pages.sign_in.wrong_remedy"))
        shown = render_template("accounts/sign_in.html", name=name, error=refusal, next=wanted)
        return make_response(shown, 403)
    return begin(account, make_response(redirect(_own(wanted), code=303)))


def _own(place: str) -> str:
    """The address asked for if it is one of ours, else the first page."""
    parts = urlsplit(place)
    ours = place.startswith("/") and not place.startswith(("//", "/\\"))
    return place if ours and not parts.netloc and not parts.scheme else url_for("home.start")
