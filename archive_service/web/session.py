"""Who is at the browser: the server-side session, and what every template knows of its person."""

import datetime as dt
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    g,
    make_response,
    redirect,
    request,
    url_for,
)
from flask import session as form_session
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.accounts.delegations.standing import DelegationOverError, stand_in
from archive_service.accounts.second_factor import (
    SecondFactorEnrolError,
    must_enrol,
    must_prove,
    require_inside,
)
from archive_service.accounts.sessions import (
    account_of_session,
    close_session,
    id_of_cookie,
    is_from,
    open_session,
    tell_opened,
    touch_session,
)
from archive_service.accounts.strength import PasswordOldError, is_old
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Account, Actor
from archive_service.door import came_by
from archive_service.errors import NotAllowedError
from archive_service.messages import LANGUAGES
from archive_service.problem import PasswordChoiceError, SignInRequiredError
from archive_service.request import EXTENSION, current_actor, services
from archive_service.services import VERSION, Services
from archive_service.web import csrf
from archive_service.web.language import COOKIE as LANGUAGE_COOKIE

COOKIE = "archive_session"
BY_PROVIDER = "provider"  # how one signed in, in the signed cookie of the forms
_LANGUAGE_KEPT = dt.timedelta(days=365)
# What may be asked for without signing in; everything else is closed by default.
OPEN = {
    "static",
    "sign_in.show",
    "sign_in.enter",
    "oidc.begin",
    "oidc.come_back",
    "oidc.show_code",
    "oidc.enter",
    "check_copy.show",
    "account_applications.show_form",
    "account_applications.ask",
    "api_accounts.ask",
    "session.choose_language",
    "health.healthz",
    "health.readyz",
    "health.metrics",
    "openapi.spec",
    "api_docs.show",
}

# What is left to who signed in with a password that somebody else set or that is too old, or is to
# enrol a second factor; and how each is told.
_ALWAYS = OPEN | {"own_account.show", "session.check_form", "session.sign_out"}
_CHOOSING = _ALWAYS | {"own_account.set_password"}
_ENROLLING = _ALWAYS | {
    "own_account.begin", "own_account.finish", "passkeys.begin", "passkeys.finish"
}  # fmt: skip
_FIRST: dict[str, type[NotAllowedError]] = {
    "once": PasswordChoiceError,
    "old": PasswordOldError,
    "factor": SecondFactorEnrolError,
}

_RESTS = ("delegations.stop", "session.sign_out")  # for oneself again

bp = Blueprint("session", __name__)


@dataclass(frozen=True, slots=True)
class Person:
    """The one at the browser, as templates show them; ``agency`` is the identifier in use.

    ``stands_for``: the person in whose stead they act, whose role and agency these are.
    """

    name: str
    account: str
    role: str
    agency: str
    stands_for: str = ""


def recognise() -> None:
    """Read the session cookie; a session in use is noted every few minutes."""
    g.actor = g.person = g.own_role = None
    g.must_choose = ""
    token = request.cookies.get(COOKIE)
    if not token or request.endpoint == "static":
        return
    web = services().settings.web
    with services().read_only() as session:
        found = account_of_session(
            session, token, idle_s=web.session_idle_s, max_s=web.session_max_s
        )
        if found is None:
            return
        came_by(session=id_of_cookie(token))
        account, settings = found.account, services().settings
        elsewhere = found.by_provider and found.proved_at is not None
        asked = must_prove(account, found.proved_at, settings, elsewhere=elsewhere)
        actor = account.as_actor(must_prove=asked, granted=found.granted)
        g.own_role = actor.role
        if found.delegation_id is not None:
            actor = _in_stead(session, found.delegation_id, actor)
        agency = session.get(Agency, actor.agency_id) if actor.agency_id else None
    g.actor = actor
    if not found.by_provider:  # there nobody used the password of here
        g.must_choose = "once" if account.password_once else ""
        if is_old(account, settings):
            g.must_choose = g.must_choose or "old"
    if must_enrol(account, settings) and not elsewhere:
        g.must_choose = g.must_choose or "factor"
    g.person = Person(
        account.person,
        account.name,
        actor.role.value,
        agency.code if agency else "",
        "" if actor.stands_for is None else actor.stands_for.person,
    )
    if found.is_due:
        with services().unit_of_work() as uow:
            touch_session(token, uow=uow)
            uow.commit()


def _in_stead(session: Session, delegation_id: UUID, own: Actor) -> Actor:
    """In the giver's stead; once that is over a page is the own one again, and no form is heard."""
    try:
        return stand_in(session, delegation_id, own, services().settings)
    except DelegationOverError:
        if request.method in ("GET", "HEAD") or request.endpoint in _RESTS:
            return own
        raise


def require_sign_in() -> None:
    """Closed by default; an address that does not exist is told as such.

    Raises:
        SignInRequiredError, PasswordChoiceError, PasswordOldError, SecondFactorEnrolError
        RoleOutsideError: a session or token of one who works from the office alone.
    """
    if g.actor is None and request.endpoint not in OPEN and request.endpoint is not None:
        raise SignInRequiredError(path=request.path)
    if g.actor is not None and request.endpoint not in OPEN | {"session.sign_out"}:
        settings = services().settings
        inside = is_from(request.remote_addr or "", settings.web.inside)
        for role in filter(None, (g.actor.role, g.get("own_role"))):  # in whosever stead they act
            require_inside(role, settings, inside=inside)
    left = _ENROLLING if g.must_choose == "factor" else _CHOOSING
    if g.must_choose and request.endpoint not in left:
        raise _FIRST[g.must_choose](path=request.path, name=g.actor.account)


def begin(
    account: Account, response: Response, *, by_code: bool, by_provider: bool = False
) -> Response:
    """Open a session for the account and give the browser its cookies."""
    with services().unit_of_work() as uow:
        token = open_session(
            account,
            uow=uow,
            user_agent=request.user_agent.string,
            address=request.remote_addr or "",
            by_code=by_code,
            by_provider=by_provider,
        )
        tell_opened(account, token, uow=uow)
        uow.commit()
    form_session.clear()  # a form token from before signing in is worth nothing afterwards
    if by_provider:
        form_session[BY_PROVIDER] = True
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Lax", secure=services().settings.web.secure_cookies
    )
    return _with_language(response, account.language)


def template_facts() -> dict[str, Any]:
    """What every page knows: the person, and whose archive it is."""
    archive = services().settings.archive
    return {"account": g.get("person"), "archive": archive, "release": VERSION}


def _tell_release(response: Response) -> Response:
    """A page that was open before an upgrade hears of it from the answers to its scripts."""
    if "HX-Request" in request.headers and g.get("person") is not None:
        response.headers["X-Archive-Release"] = VERSION
    return response


@bp.post("/sign-out")
def sign_out() -> Response:
    """End the session on the server, then forget its cookie.

    Who came from the identity provider is shown where to sign out there: a form leads to no other
    host.
    """
    if token := request.cookies.get(COOKIE):
        with services().unit_of_work() as uow:
            close_session(token, uow=uow, actor=current_actor())
            uow.commit()
    left = BY_PROVIDER if form_session.get(BY_PROVIDER) else None
    form_session.clear()
    response = _seen_other(url_for("sign_in.show", left=left))
    response.delete_cookie(COOKIE)
    return response


@bp.get("/session/form")
def check_form() -> tuple[str, int]:
    """Whether a form of this page would be heard now, by its person and its token.

    The page asks before it sends a form, so that one that would be refused stays as it is filled.

    Raises:
        SignInRequiredError, FormExpiredError
    """
    csrf.require_token(request.headers.get(csrf.HEADER, ""))
    return "", HTTPStatus.NO_CONTENT


@bp.post("/session/proof")
def show_proof() -> Response:
    """On to the page that asked for the second factor, once its code was taken.

    Raises:
        ProofOldError: none was sent.
    """
    access.require_proof(current_actor(), "")
    return _seen_other(own_address(request.form.get("next", "")))


@bp.post("/language")
def choose_language() -> Response:
    """Change the language, for this browser and, where someone is signed in, for the account."""
    chosen = request.form.get("lang", "")
    lang = chosen if chosen in LANGUAGES else LANGUAGES[0]
    if g.actor is not None:
        with services().writing() as session:
            account = session.get_one(Account, g.actor.account_id)
            account.language = lang
    back = request.referrer or ""
    here = back.startswith(request.host_url)
    return _with_language(_seen_other(back if here else url_for("home.start")), lang)


def install(app: Flask, archive: Services) -> None:
    """Give the application its services, its cookies and its persons."""
    app.extensions[EXTENSION] = archive
    app.before_request(recognise)
    app.after_request(_tell_release)
    app.context_processor(template_facts)
    app.register_blueprint(bp)


def own_address(place: str) -> str:
    """The address asked for if it is one of ours, else the first page."""
    ours = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if ours else url_for("home.start")


def _with_language(response: Response, lang: str) -> Response:
    response.set_cookie(
        LANGUAGE_COOKIE,
        lang,
        max_age=_LANGUAGE_KEPT,
        samesite="Lax",
        secure=services().settings.web.secure_cookies,
    )
    return response


def _seen_other(place: str) -> Response:
    return make_response(redirect(place, code=303))
