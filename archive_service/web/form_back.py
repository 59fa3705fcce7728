"""The page that a refused form stood on, with the form as it was filled and the refusal in it."""

from html import unescape
from http import HTTPStatus
from io import BytesIO
from urllib.parse import quote, unquote, urlsplit

from flask import Response, current_app, g, make_response, render_template, request
from flask.globals import request_ctx

from archive_service.accounts.second_factor import SecondFactorEnrolError
from archive_service.accounts.strength import PasswordOldError
from archive_service.errors import (
    ArchiveError,
    InputError,
    IntegrityViolationError,
    NotFoundError,
)
from archive_service.problem import (
    HttpRefusedError,
    PasswordChoiceError,
    ProblemDocument,
    SignInRequiredError,
    UnexpectedError,
    problem_of,
)
from archive_service.text import nfc, unturned
from archive_service.web import proving
from archive_service.web.errors import sent_form, typed_words
from archive_service.web.filling import Sent, filled_again, kept_where_blank, with_head
from archive_service.web.language import language
from archive_service.web.layout import readable

_TURNS = 2  # redirects that are followed: what is decided leads on
# Told on a page of their own: no form could be heard, or none helps.
_NO_FORM = (
    HttpRefusedError,
    IntegrityViolationError,
    PasswordChoiceError,
    PasswordOldError,
    SecondFactorEnrolError,
    SignInRequiredError,
    UnexpectedError,
)


def page(error: ArchiveError) -> Response | None:
    """None where the error concerns no form of a person's, or its page cannot be shown."""
    if request.method != "POST" or not g.get("person") or not _wants_page():
        return None
    if isinstance(error, _NO_FORM) or proving.is_asked(error) or not sent_form():
        return None
    problem = problem_of(error, lang=language(), web=True)
    place = _place()
    shown = _shown(place)
    if shown is None and place != readable(request.path):
        place = readable(request.path)
        shown = _shown(place)
    if shown is None:
        return None
    sent = Sent(
        path=request.path,
        page=place,
        values=dict(request.form.lists()),
        at=_iter_fields(error),
        is_slip=isinstance(error, (InputError, NotFoundError)),
        note=_refused_page(problem, []),
        beside=_refused_page(problem, typed_words()),
    )
    answer = make_response(
        filled_again(shown.get_data(as_text=True), sent), problem.status, error.headers()
    )
    for cookie in shown.headers.getlist("Set-Cookie"):
        answer.headers.add("Set-Cookie", cookie)
    return answer


def keep_typed(answer: Response) -> Response:
    """Whatever page tells a refusal: it and the sentences that were sent stand on it.

    A page that shows its own refusals may have no form left for them: somebody else has decided.
    """
    is_refusal = HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return answer  # what was not read to its end is read no further
    if request.method != "POST" or not is_refusal or not g.get("person") or not _wants_page():
        return answer
    if answer.mimetype != "text/html" or answer.is_streamed:
        return answer
    sent = Sent(request.path, request.path, dict(sent_form().lists()))
    text = kept_where_blank(answer.get_data(as_text=True), sent)
    held = _one_line(unescape(text))
    lost = [words for words in dict.fromkeys(typed_words()) if _one_line(words) not in held]
    untold = g.get("told_refusal")
    if untold and _one_line(untold.message) in held:
        untold = None
    if lost or untold:
        note = render_template("refused.html", problem=untold, typed=lost, files_lost=False)
        text = with_head(text, note)
    answer.set_data(text)
    return answer


def _one_line(words: str) -> str:
    """As a page may show it: composed, turning marks by their number, blanks as it pleases."""
    return " ".join(unturned(nfc(words)).split())


def _wants_page() -> bool:
    """A browser that goes to another page says so; a part of one or a program does not."""
    is_part = "HX-Request" in request.headers
    return "text/html" in request.headers.get("Accept", "") and not is_part


def _refused_page(problem: ProblemDocument, typed: list[str]) -> str:
    chosen_files = any(file.filename for file in request.files.values())
    return render_template("refused.html", problem=problem, typed=typed, files_lost=chosen_files)


def _iter_fields(error: ArchiveError) -> list[str]:
    """The fields of the form that the error may be about, the likeliest first."""
    facts = error.facts
    field = str(facts.get("field", ""))
    named = [str(facts.get("at", "")), getattr(error, "at", ""), field]
    named += [name for name in request.form if field and name.endswith(f"_{field}")]
    values = {str(fact) for fact in facts.values() if str(fact).strip()}
    held = [name for name, words in request.form.items(multi=True) if words.strip() in values]
    sent = [*request.form, *request.files]
    spoken = [name for name in sent if name in error.code.split("-")]
    return [name for name in [*named, *held, *spoken] if name]


def _place() -> str:
    """The page that the browser names as the form's own; else the one above its address."""
    named = request.referrer or ""
    if not named.startswith(request.host_url):
        return readable(request.path)
    parts = urlsplit(named)
    path = unquote(parts.path)
    if readable(path) != path:
        return readable(path)
    return f"{path}?{parts.query}" if parts.query else path


def _shown(place: str) -> Response | None:
    """The page at this address as it stands now, as a browser would fetch it."""
    for _ in range(_TURNS):
        path, _, query = place.partition("?")
        if not _is_page(path):
            return None
        environ = {
            key: value
            for key, value in request.environ.items()
            if key.isupper() or key.startswith("wsgi.")
        }
        environ.update({
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": quote(path),
            "CONTENT_LENGTH": "0",
            "CONTENT_TYPE": "",
            "HTTP_X_REQUEST_ID": g.request_id,
            "wsgi.input": BytesIO(),
        })  # fmt: skip
        with current_app.app_context(), current_app.request_context(environ):
            answer = current_app.full_dispatch_request()
            is_page = answer.mimetype == "text/html" and not answer.is_streamed
        if answer.status_code == HTTPStatus.OK and is_page:
            return answer
        if not HTTPStatus.MULTIPLE_CHOICES <= answer.status_code < HTTPStatus.BAD_REQUEST:
            return None
        place = unquote(answer.location or "")
    return None


def _is_page(path: str) -> bool:
    adapter = request_ctx.url_adapter
    return adapter is not None and adapter.test(path, method="GET")
