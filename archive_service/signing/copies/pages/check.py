"""Kiểm tra bản sao: anybody looks up the code of a copy, and compares the file in the browser."""

from flask import Blueprint, Response, make_response, render_template, request

from archive_service.accounts.sessions import is_from
from archive_service.accounts.tries import Place, TriesExceededError, counted
from archive_service.evidence.check_codes import PAGE, PAPERS
from archive_service.problem import problem_of
from archive_service.request import services
from archive_service.signing.copies.check_codes import verdict_of
from archive_service.web.language import language

bp = Blueprint("check_copy", __name__, template_folder="../templates")


@bp.get(PAGE)
def show() -> Response:
    """The form, and what is told of the code that was asked for; codes that are none are counted.

    An address that tries too many waits, as at the sign-in.
    """
    code = request.args.get("code", "").strip()[:100]
    verdict, problem, status, headers = None, None, 200, {}
    if code:
        name = f"copy:{code}"
        try:
            with counted(name, _place(), database=services().database) as begun:
                verdict = verdict_of(services(), code)
                begun.went_well = verdict.state != "unknown"
        except TriesExceededError as refused:
            problem = problem_of(refused, lang=language(), web=True)
            status, headers = problem.status, refused.headers()
    shown = render_template(
        "signing/copies/check_copy.html",
        code=code,
        verdict=verdict,
        problem=problem,
        papers=PAPERS,
    )
    return make_response(shown, status, headers | {"Cache-Control": "no-store"})


def _place() -> Place:
    address = request.remote_addr or ""
    inside = is_from(address, services().settings.web.inside)
    return Place(address, inside=inside, apart="copy:")
