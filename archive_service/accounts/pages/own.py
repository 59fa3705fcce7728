"""Tài khoản của tôi: password and second factor; and the page of the second person."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup

from archive_service import access, clock
from archive_service.accounts import enrolment
from archive_service.accounts.browser_name import browser_name
from archive_service.accounts.oidc.bindings import find_binding
from archive_service.accounts.own_password import change_password
from archive_service.accounts.own_sessions import end_session, list_sessions
from archive_service.accounts.pages.bounded import bounded
from archive_service.accounts.passkeys.acts import list_passkeys
from archive_service.accounts.passkeys.site import site_of
from archive_service.accounts.recovery_codes import count_left
from archive_service.accounts.second_factor import (
    REST,
    SecondFactorMissingError,
    has_second_factor,
    resting_until,
)
from archive_service.accounts.sessions import id_of_cookie
from archive_service.accounts.strength import PasswordRules
from archive_service.accounts.tokens import list_tokens
from archive_service.catalogue.holdings.purposes import purposes_of_accounts
from archive_service.domain.people.account import Account
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.session import COOKIE
from archive_service.web.toasts import tell

bp = Blueprint("own_account", __name__, template_folder="../templates", url_prefix="/account")
bp.add_app_template_filter(browser_name)
_NOT_DONE = (InputError, NotAllowedError, ConflictError)


class PasswordsDifferError(InputError):
    """The new password was typed in two ways."""


@bp.get("")
def show() -> Response:
    """The own account; with a password that somebody else set, the choice of another alone."""
    return page()


def page(
    refused: ArchiveError | None = None,
    at: str = "",
    made: Mapping[str, str] | None = None,
    codes: Sequence[str] = (),
    asked: Mapping[str, str] | None = None,
) -> Response:
    """The page of the own account; ``at``: the form that was refused.

    ``asked``: what the browser is to make a passkey from.
    """
    actor = current_actor()
    with services().read_only() as session:
        row = session.get_one(Account, actor.account_id)
        left = count_left(session, row)
        bound = find_binding(session, row)
    problem, status = refusal(refused)
    rules = PasswordRules.of(services().settings.accounts)
    facts: dict[str, Any] = {"refused_at": at, "problem": problem, "rules": rules.facts()}
    factor = {
        "factor": {
            "set": row.has_factor,
            "codes": row.totp_secret is not None,
            "since": row.totp_since,
            "resting_until": resting_until(row),
            "asked_at": enrolment.asked_at(row),
            "begun": not row.has_factor and row.totp_next is not None,
            "codes_left": left,
        },
        "made": made,
        "qr": _qr_of(made["uri"], t("pages.account.qr")) if made else "",
        "codes": codes,
        "takes_here": site_of(services().settings, request.host_url) is not None,
        "local": f"http://localhost:{urlsplit(request.host_url).port or 80}",
        "asked": asked,
    }
    if g.must_choose == "factor":
        shown = render_template("accounts/choose_factor.html", **factor, **facts)
    elif g.must_choose:
        shown = render_template(
            "accounts/choose_password.html", old=g.must_choose == "old", **facts
        )
    else:
        shown = render_template(
            "accounts/own.html",
            here_key="account",
            own=list_sessions(services(), actor=actor),
            this_session=id_of_cookie(request.cookies.get(COOKIE, "")),
            purposes=purposes_of_accounts(language(), services().settings.archive.opening_months),
            keys=list_passkeys(services(), actor=actor).passkeys,
            tokens=list_tokens(services(), actor=actor, own=True).tokens,
            bound=bound,
            provider=services().settings.oidc.issuer,
            confirms=access.may(actor, enrolment.CONFIRM),
            next_role="" if actor.next_role is None else actor.next_role.value,
            **factor,
            **facts,
        )
    return make_response(shown, status)


@bp.post("/password")
@bounded
def set_password() -> Response:
    """Another password; every other session of the account ends."""
    form = request.form
    try:
        if form.get("new", "") != form.get("again", ""):
            raise PasswordsDifferError
        with services().unit_of_work() as uow:
            change_password(
                form.get("old", ""),
                form.get("new", ""),
                actor=current_actor(),
                uow=uow,
                session_token=request.cookies.get(COOKIE, ""),
                rules=PasswordRules.of(services().settings.accounts),
            )
            uow.commit()
    except _NOT_DONE as refused:
        return page(refused, "password")
    tell(t("pages.account.password_changed"))
    return make_response(redirect(url_for(".show"), code=303))


@bp.post("/second-factor/begin")
@bounded
def begin() -> Response:
    """A first second factor: its secret stands on this answer alone, and waits for its code."""
    try:
        made = enrolment.begin(
            services(), actor=current_actor(), password=request.form.get("password", "")
        )
    except _NOT_DONE as refused:
        return page(refused, "begin")
    return page(made=made)


@bp.post("/second-factor/finish")
@bounded
def finish() -> Response:
    """The telephone has it: from now on it counts, and its recovery codes stand here."""
    try:
        codes = enrolment.finish(
            services(),
            actor=current_actor(),
            otp=request.form.get("otp", ""),
            session_token=request.cookies.get(COOKIE, ""),
        )
    except _NOT_DONE as refused:
        return page(refused, "finish")
    return page(codes=codes)


@bp.post("/recovery-codes")
@bounded
def renew_codes() -> Response:
    """Other recovery codes, which stand on this answer alone."""
    try:
        codes = enrolment.new_codes(
            services(), actor=current_actor(), otp=request.form.get("otp", "")
        )
    except _NOT_DONE as refused:
        return page(refused, "codes")
    return page(codes=codes)


@bp.post("/sessions/<name>/end")
def end_one(name: str) -> Response:
    """One of one's own sessions ends, in whatever browser it is."""
    end_session(services(), name, actor=current_actor())
    tell(t("pages.account.session_ended"))
    return make_response(redirect(url_for(".show"), code=303))


@bp.post("/second-factor")
@bounded
def replace() -> Response:
    """Another second factor for who has the old one: its secret stands on this answer alone."""
    actor = current_actor()
    try:
        with services().read_only() as session:
            if not has_second_factor(session, actor):
                raise SecondFactorMissingError(account=actor.account, enrolled=False)
        otp = request.form.get("otp", "").strip() or None
        made = enrolment.enrol(services(), actor.account, actor=actor, otp=otp)
    except _NOT_DONE as refused:
        return page(refused, "replace")
    return page(made=made)


@bp.post("/second-factor/ask")
@bounded
def ask_anew() -> Response:
    """Another one for who lost it: it waits for a second person, and its secret stands here."""
    try:
        made = enrolment.ask_anew(
            services(), actor=current_actor(), password=request.form.get("password", "")
        )
    except _NOT_DONE as refused:
        return page(refused, "ask")
    return page(made=made)


@bp.post("/second-factor/withdraw")
def withdraw() -> Response:
    """What waits is over; the old one stays."""
    actor = current_actor()
    try:
        enrolment.refuse(services(), actor.account, actor=actor)
    except _NOT_DONE as refused:
        return page(refused, "ask")
    tell(t("pages.account.withdrawn"))
    return make_response(redirect(url_for(".show"), code=303))


@bp.get("/second-factors")
def show_asked() -> Response:
    """Second factors that wait for this second person."""
    return _asked()


def _asked(refused: ArchiveError | None = None, name: str = "") -> Response:
    actor = current_actor()
    with services().read_only() as session:
        rows = enrolment.list_asked(session, actor=actor)
        own = has_second_factor(session, actor)
    problem, status = refusal(refused)
    shown = render_template(
        "accounts/second_factors.html",
        here_key="account",
        rows=rows,
        asks_code=own,
        rest_h=int(REST.total_seconds() // 3600),
        refused_at=name,
        problem=problem,
        at=clock.now(),
    )
    return make_response(shown, status)


@bp.post("/second-factors/<name>/confirm")
@bounded
def confirm(name: str) -> Response:
    """The second person has made sure that it is the owner who asks."""
    otp = request.form.get("otp", "").strip() or None
    try:
        enrolment.confirm(services(), name, actor=current_actor(), otp=otp)
    except _NOT_DONE as refused:
        return _asked(refused, name)
    tell(t("pages.account.confirmed", name=name))
    return make_response(redirect(url_for(".show_asked"), code=303))


@bp.post("/second-factors/<name>/refuse")
def refuse(name: str) -> Response:
    """The second person knows of no such wish: the old one stays, and the owner is told."""
    try:
        enrolment.refuse(services(), name, actor=current_actor())
    except _NOT_DONE as refused:
        return _asked(refused, name)
    tell(t("pages.account.not_confirmed", name=name))
    return make_response(redirect(url_for(".show_asked"), code=303))


def _qr_of(text: str, label: str) -> Markup:
    """An ``svg`` element that stands in the page itself: no other address holds the secret."""
    import zxingcpp  # a library of formats, used where a picture is wanted

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    drawn = code.to_svg(scale=4, add_quiet_zones=True)
    picture = Markup(drawn[drawn.index("<svg") + len("<svg") :])  # noqa: S704 - squares alone
    return Markup('<svg role="img" aria-label="{}"').format(label) + picture
