"""Đăng nhập qua cổng xác thực: to the identity provider and back, and accounts bound to it."""

from dataclasses import asdict

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask import session as form_session

from archive_service.accounts.oidc.bindings import (
    BindingDocument,
    NewBinding,
    bind_account,
    bind_own,
    end_binding,
    require_owner,
)
from archive_service.accounts.oidc.entering import enter_by_provider
from archive_service.accounts.oidc.provider import (
    Identity,
    OidcAnswerError,
    Question,
    ask,
    identify,
    require_fresh,
)
from archive_service.accounts.pages import changing, own
from archive_service.accounts.pages.bounded import bounded, place_of_request
from archive_service.accounts.pages.sign_in import entered_page, passkey_question, refused_page
from archive_service.accounts.second_factor import (
    SecondFactorMissingError,
    SecondFactorPausedError,
    SecondFactorWrongError,
)
from archive_service.accounts.tries import TriesExceededError, counted
from archive_service.errors import BackendError, ConflictError, NotAllowedError, NotFoundError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError, given_in_form
from archive_service.web.session import own_address
from archive_service.web.toasts import tell

bp = Blueprint("oidc", __name__, template_folder="../templates")
_QUESTION, _PERSON = "oidc_question", "oidc_person"  # in the signed cookie of the forms
_NOT_DONE = (NotAllowedError, NotFoundError, ConflictError, BackendError)
_OF_THE_CODE = (
    SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError, TriesExceededError,
)  # fmt: skip


@bp.get("/sign-in/provider")
def begin() -> Response:
    """On to the provider; where it does not answer, the page to sign in says so."""
    wanted = request.args.get("next", "")
    if g.actor is not None:
        return make_response(redirect(own_address(wanted), code=303))
    try:
        address = _ask(wanted=wanted)
    except _NOT_DONE as refused:
        return refused_page(refused, wanted)
    return make_response(redirect(address, code=303))


@bp.get("/sign-in/provider/back")
def come_back() -> Response:
    """The provider's answer: a sign-in, or the binding that its owner asked for."""
    kept, wanted = form_session.pop(_QUESTION, None), ""
    try:
        question = Question.kept(kept)
        wanted = question.wanted
        person = identify(services().settings, question, request.args.to_dict())
        if question.account:
            return _bind(question, person)
        return _enter(person, wanted)
    except SecondFactorMissingError as refused:
        account = refused.facts["account"]
        kept = {"identity": asdict(person), "wanted": wanted, "at": question.at, "account": account}
        form_session[_PERSON] = kept
        return make_response(redirect(url_for(".show_code"), code=303))
    except _NOT_DONE as refused:
        if g.actor is not None:
            return own.page(refused, "binding")
        return refused_page(refused, wanted)


@bp.get("/sign-in/provider/code")
def show_code() -> Response:
    """The second factor of who was at the provider a moment ago."""
    try:
        _person()
    except OidcAnswerError as refused:
        return refused_page(refused)
    return _code_page()


@bp.post("/sign-in/provider/code")
def enter() -> Response:
    """Let them in, if the code is one of theirs."""
    try:
        person, wanted = _person()
        name, place = f"oidc:{person.subject}", place_of_request()
        with counted(name, place, database=services().database) as begun:
            answer = _enter(person, wanted, otp=request.form.get("otp", ""))
            begun.went_well = True
    except _OF_THE_CODE as refused:
        return _code_page(refused)
    except NotAllowedError as refused:
        form_session.pop(_PERSON, None)
        return refused_page(refused)
    return answer


@bp.post("/account/binding")
@bounded
def bind() -> Response:
    """The owner, proved by password, goes on to the provider; the binding is made on return."""
    actor = current_actor()
    try:
        require_owner(services(), request.form.get("binding_password", ""), actor=actor)
        address = _ask(account=actor.account)
    except _NOT_DONE as refused:
        return own.page(refused, "binding")
    return make_response(render_template("accounts/bind.html", here_key="account", address=address))


@bp.post("/account/binding/end")
def unbind() -> Response:
    """Nobody signs in at the provider as oneself any more."""
    return _ended(end_binding(services(), current_actor().account, actor=current_actor()), own=True)


@bp.post("/system/accounts/<name>/binding")
def bind_other(name: str) -> Response:
    """Bound by who sets up; it waits for a second person."""
    try:
        subject = request.form.get("subject", "").strip()
        given = given_in_form(NewBinding, labels="pages.binding", subject=subject)
        done = bind_account(services(), name, given, actor=current_actor())
    except (FormFieldError, *_NOT_DONE) as refused:
        return changing.page(name, refused, "binding")
    tell(t("pages.binding.waiting" if done.waits else "pages.binding.done", name=name))
    return make_response(redirect(url_for("changing.show", name=name), code=303))


@bp.post("/system/accounts/<name>/binding/end")
def unbind_other(name: str) -> Response:
    """Ended by who sets up."""
    return _ended(end_binding(services(), name, actor=current_actor()), own=False)


def _ask(**about: str) -> str:
    back = url_for("oidc.come_back", _external=True)
    address, question = ask(services().settings, back=back, **about)
    form_session[_QUESTION] = question.as_kept()
    return address


def _bind(question: Question, person: Identity) -> Response:
    if g.actor is None or g.actor.account != question.account:
        raise OidcAnswerError(reason="state")
    bind_own(services(), person, actor=g.actor)
    tell(t("pages.binding.done", name=g.actor.account))
    return make_response(redirect(url_for("own_account.show", _anchor="binding"), code=303))


def _person() -> tuple[Identity, str]:
    """Who was at the provider, and the page that they wanted."""
    kept = form_session.get(_PERSON) or {}
    require_fresh(kept.get("at", 0))
    return Identity(**kept["identity"]), kept["wanted"]


def _code_page(refused: NotAllowedError | None = None) -> Response:
    problem, status = refusal(refused)
    question = passkey_question(form_session[_PERSON]["account"])
    shown = render_template("accounts/provider_code.html", problem=problem, question=question)
    return make_response(shown, status, {} if refused is None else refused.headers())


def _enter(person: Identity, wanted: str, *, otp: str = "") -> Response:
    archive = services()
    entered = enter_by_provider(
        archive.database, archive.settings, person, otp=otp, place=place_of_request()
    )
    return entered_page(entered, wanted, by_provider=True)


def _ended(ended: BindingDocument, *, own: bool) -> Response:
    tell(t("pages.binding.ended", name=ended.account))
    back = url_for("own_account.show") if own else url_for("changing.show", name=ended.account)
    return make_response(redirect(back, code=303))
