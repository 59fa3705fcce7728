"""The second factor shown again, together with the act that asks for it."""

from dataclasses import replace

from flask import Flask, Response, g, make_response, render_template, request, url_for

from archive_service.access import ProofOldError
from archive_service.accounts.sessions import prove_anew
from archive_service.errors import ArchiveError
from archive_service.problem import problem_of
from archive_service.request import PAGE_FIELDS, services
from archive_service.web.language import language
from archive_service.web.layout import readable
from archive_service.web.session import COOKIE

FIELD, HEADER = "proof", "Second-Factor"
_NOT_KEPT = PAGE_FIELDS | {FIELD}


def install(app: Flask) -> None:
    """Look at the code that a form or a program sends with its act, before the act itself."""
    app.before_request(_look)


def is_asked(error: ArchiveError) -> bool:
    """Whether the answer is the page that asks for the code, and not that of an error."""
    return isinstance(error, ProofOldError) or g.get("is_proving", False)


def page(error: ArchiveError) -> Response:
    """What was sent once more, with a field for the code; files are to be chosen again."""
    wrong = (
        None if isinstance(error, ProofOldError) else problem_of(error, lang=language(), web=True)
    )
    again = request.method == "POST" and not request.files
    here = request.full_path.rstrip("?") if request.method == "GET" else readable(request.path)
    sent = [pair for pair in request.form.items(multi=True) if pair[0] not in _NOT_KEPT]
    if not again:
        sent = [("next", request.form.get("next", here))]
    shown = render_template(
        "proof.html",
        action=request.full_path.rstrip("?") if again else url_for("session.show_proof"),
        sent=sent,
        problem=wrong,
        files_lost=bool(request.files),
        minutes=services().settings.accounts.proof_minutes,
        back=here,
    )
    return make_response(shown, error.status, error.headers())


def _look() -> None:
    actor = g.get("actor")
    if actor is None or not actor.must_prove:
        return
    typed = request.form.get(FIELD) if request.method == "POST" and not g.bearer else None
    otp = request.headers.get(HEADER) or typed
    if not otp:
        return
    _, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if g.bearer else request.cookies.get(COOKIE, "")
    g.is_proving = True
    prove_anew(services().database, services().settings, token, otp, actor)
    g.is_proving = False
    g.actor = replace(actor, must_prove=False)
