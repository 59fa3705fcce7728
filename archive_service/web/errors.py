"""What a person is shown when something is refused or fails."""

from types import SimpleNamespace

from flask import Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from archive_service import clock
from archive_service.accounts.second_factor import SecondFactorEnrolError
from archive_service.accounts.strength import PasswordOldError
from archive_service.errors import ArchiveError
from archive_service.problem import (
    HttpRefusedError,
    PasswordChoiceError,
    ProblemDocument,
    SignInRequiredError,
    problem_of,
)
from archive_service.web import proving
from archive_service.web.filling import is_secret
from archive_service.web.language import language
from archive_service.web.layout import readable, t


def page(error: ArchiveError, *, trace: str | None = None) -> Response:
    """The page of an error; who is not signed in is asked to do so, and comes back."""
    if isinstance(error, SignInRequiredError):
        return _to_sign_in()
    if isinstance(error, PasswordChoiceError | PasswordOldError | SecondFactorEnrolError):
        return _to(url_for("own_account.show"), 403)
    if proving.is_asked(error):
        return proving.page(error)
    problem = problem_of(error, lang=language(), trace=trace, web=True)
    simple_namespace = SimpleNamespace(
        code=problem.code,
        message=problem.message,
        remedy=problem.remedy,
        facts=[],
        trace=trace,
        at=clock.now(),
        safe="",
    )
    account = g.get("person")
    shown = render_template(
        "error.html",
        error=simple_namespace,
        account=account,
        back=_way_back() if account else None,
        typed=typed_words() if account and not isinstance(error, HttpRefusedError) else [],
    )
    return make_response(shown, problem.status, error.headers())


def sent_form() -> MultiDict[str, str]:
    """The form that was sent; of one that is longer than its route takes, nothing."""
    try:
        return request.form
    except RequestEntityTooLarge:
        return MultiDict()


def typed_words() -> list[str]:
    """The sentences of the form that was sent; not what a page itself puts into its forms."""
    return [
        words
        for name, words in sent_form().items(multi=True)
        if " " in words.strip() and not is_secret(name)
    ]


def _way_back() -> dict[str, str] | None:
    """To the page that the refused form stood on."""
    if request.method != "POST":
        return None
    place = readable(request.path)
    return {"href": place, "text": t("pages.error.back")} if len(place) > 1 else None


def problem_on_page(refused: ArchiveError) -> ProblemDocument:
    """What a page tells of a refusal; ``form_back.keep_typed`` sees that it stands on it."""
    problem = problem_of(refused, lang=language(), web=True)
    g.setdefault("told_refusal", problem)  # of several the first
    return problem


def shown(refused: ArchiveError | None) -> tuple[dict[str, str] | None, int]:
    """A refusal as a page tells it above its own content, and the status of that page."""
    if refused is None:
        return None, 200
    problem = problem_on_page(refused)
    return {"message": problem.message, "remedy": problem.remedy}, problem.status


def place_of_form() -> str:
    """The page above an address that takes forms alone, where a browser asks for it as a page.

    A refused form leaves that address in the browser: entered, kept or reloaded, it leads back.
    """
    if request.method not in ("GET", "HEAD") or request.path.startswith("/api/"):
        return ""
    above = readable(request.path)
    return above if above != request.path else ""


def _to_sign_in() -> Response:
    """The page asked for comes after it; a form that was sent is told not to have been kept."""
    sent = request.method == "POST" and request.endpoint != "session.sign_out"
    here = readable(request.path) if request.method == "POST" else request.full_path.rstrip("?")
    unsaved = "1" if sent else None
    place = url_for("sign_in.show", next=None if here == "/" else here, unsaved=unsaved)
    return _to(place, 401, of_part=url_for("sign_in.show"))


def _to(place: str, status: int, of_part: str = "") -> Response:
    """Another page; where a part of one was asked for, the whole page must go there."""
    if request.headers.get("HX-Request"):
        return Response(status=status, headers={"HX-Redirect": of_part or place})
    return make_response(redirect(place, code=303))
