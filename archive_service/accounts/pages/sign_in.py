"""Đăng nhập: name and password, then the first page of the role or the page asked for."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from archive_service import clock
from archive_service.accounts.acts import SignInError, find_account, told_name
from archive_service.accounts.entering.enter import Entered, enter_account
from archive_service.accounts.guesses import close_quiet, tell_of_pause
from archive_service.accounts.oidc.provider import OidcAwayError, OidcOffError, end_address
from archive_service.accounts.own_sessions import sign_in_before
from archive_service.accounts.pages.bounded import COOKIE, place_of_request
from archive_service.accounts.passkeys.shown import ask_for_passkey
from archive_service.accounts.passkeys.site import site_of
from archive_service.accounts.second_factor import (
    SecondFactorMissingError,
    SecondFactorPausedError,
    SecondFactorWrongError,
)
from archive_service.accounts.tries import TriesExceededError, counted
from archive_service.domain.people.account import Account
from archive_service.errors import ArchiveError, NotAllowedError
from archive_service.log import logger
from archive_service.messages import Message
from archive_service.problem import problem_of
from archive_service.request import services
from archive_service.web.display import moment
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.session import BY_PROVIDER, begin, own_address
from archive_service.web.toasts import tell

_KNOWN = dt.timedelta(days=365)
_OF_THE_CODE = (SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError)
bp = Blueprint("sign_in", __name__, template_folder="../templates")


@bp.get("/sign-in")
def show() -> Response:
    """The form; who is signed in already goes on."""
    wanted = request.args.get("next", "")
    if g.actor is not None:
        return make_response(redirect(own_address(wanted), code=303))
    unsaved = request.args.get("unsaved") == "1"
    shown = render_template(
        "accounts/sign_in.html",
        name="",
        error=None,
        faults={},
        next=wanted,
        unsaved=unsaved,
        left=_left(),
        **_provider(),
    )
    return make_response(shown)


@bp.post("/sign-in")
def enter() -> Response:
    """Sign in; a refusal does not say whether name or password was wrong."""
    name, wanted = request.form.get("name", "").strip(), request.form.get("next", "")
    archive, place = services(), place_of_request()
    try:
        with counted(name, place, database=archive.database) as begun:
            form = request.form
            entered = enter_account(
                archive.database,
                archive.settings,
                name,
                form.get("password", ""),
                otp=form.get("otp", ""),
                place=place,
            )
            begun.went_well = True
    except NotAllowedError as refused:
        return _refused(refused, name, wanted)
    return entered_page(entered, wanted)


def entered_page(entered: Entered, wanted: str, *, by_provider: bool = False) -> Response:
    """On to the page that was wanted, with a session."""
    settings = services().settings
    response = make_response(redirect(own_address(wanted), code=303))
    response.set_cookie(
        COOKIE,
        entered.browser,
        max_age=_KNOWN,
        httponly=True,
        samesite="Lax",
        secure=settings.web.secure_cookies,
    )
    response = begin(entered.account, response, by_code=entered.by_code, by_provider=by_provider)
    _tell_of_last(entered.account)
    return response


def _refused(refused: NotAllowedError, name: str, wanted: str) -> Response:
    """The form again, with why; a wrong name and a wrong password are told alike."""
    is_paused = isinstance(refused, TriesExceededError)
    event = "sign-in-paused" if is_paused else "sign-in-refused"
    with services().read_only() as session:
        name_tried = told_name(session, name)
    logger().warning(event, account=name_tried, address=request.remote_addr)
    if not is_paused:
        tell_of_pause(services(), name, place_of_request())
    lacks_factor = isinstance(refused, SecondFactorMissingError | SecondFactorWrongError)
    question = passkey_question(name) if lacks_factor else ""
    return refused_page(refused, wanted, name=name, question=question)


def passkey_question(name: str) -> str:
    """What a passkey signs in place of a code; "" where the account has none for this address.

    Asked of who has shown the password already, or was at the identity provider.
    """
    archive = services()
    with archive.writing() as session:
        row = find_account(session, name)
        site = site_of(archive.settings, request.host_url)
        return ask_for_passkey(session, row, site) if row is not None else ""


def refused_page(
    refused: ArchiveError, wanted: str = "", *, name: str = "", question: str = ""
) -> Response:
    """The page to sign in, with why somebody was not let in."""
    problem = problem_of(refused, lang=language(), web=True)
    message = Message(problem.message, problem.remedy)
    asks_code = isinstance(refused, _OF_THE_CODE)
    at = "otp" if asks_code else ""
    if isinstance(refused, SignInError):
        message = Message(t("pages.sign_in.wrong"), t("pages.sign_in.wrong_remedy"))
        at = "password"
    shown = render_template(
        "accounts/sign_in.html",
        name=name,
        error=None if at else message,
        faults={at: message},
        next=wanted,
        asks_code=asks_code,
        question=question,
        **_provider(),
    )
    return make_response(shown, problem.status, refused.headers())


def _provider() -> dict[str, Any]:
    """The host of the identity provider, where there is one; whether it is the only way in."""
    oidc = services().settings.oidc
    return {"provider": urlsplit(oidc.issuer).netloc, "only": oidc.required}


def _left() -> str:
    """Where whoever signed out here signs out of the provider, too; "" where nothing is told."""
    if request.args.get("left") != BY_PROVIDER:
        return ""
    try:
        return end_address(services().settings)
    except (OidcOffError, OidcAwayError):
        return ""


def _tell_of_last(account: Account) -> None:
    """The sign-in before this one: one that was somebody else's is seen at once."""
    close_quiet(services())
    with services().read_only() as session:
        before = sign_in_before(session, account)
    if before is not None:
        at = moment(clock.iso(before.created_at))
        words = t("pages.account.last_sign_in", at=at, address=before.address or "–")
        tell(words, url_for("own_account.show", _anchor="sign-ins"), t("pages.account.see_all"))
