"""A form that is sent again right away is answered as before, and its act is done once.

Every page names its forms anew, so that the same press is known from the same act wanted again.
Of each account the last press is kept: what was done in between ends it.
"""

import hashlib
import json
import secrets
import time
from contextlib import ExitStack
from typing import Any

from flask import Flask, Response, g, make_response, redirect, request, session
from werkzeug.datastructures import FileStorage

from archive_service import clock
from archive_service.db.claims import Claim, counts_for
from archive_service.errors import ConflictError
from archive_service.request import PRESS, current_actor, services
from archive_service.services import Services

_KEY = "·page"  # keys that programs choose are ASCII
_TOLD = "_flashes"  # where Flask keeps what the next page says
_LOOK_EVERY_S = 0.5
_PATIENCE_S = 5.0  # of a thread that others want: longer acts are told to go on still


class PressBusyError(ConflictError):
    """The form was sent twice, and its act goes on still."""


def install(app: Flask) -> None:
    """Look at each form of a page, once it is known to be one, before its act."""
    app.jinja_env.globals["press"] = _name
    app.before_request(_answer_again)
    app.after_request(_keep)
    app.teardown_request(_let_go)


def _name() -> str:
    """One a page; none where nobody is signed in: there no press is kept."""
    if not g.get("person"):
        return ""
    if "press_name" not in g:
        g.press_name = secrets.token_urlsafe(12)
    return str(g.press_name)


def _answer_again() -> Response | None:
    """The answer of the same press; without one the press is ours, and its act may begin."""
    if request.method != "POST" or not g.get("person") or not _goes_on_to_a_page():
        return None
    claim = Claim(current_actor().account, _KEY, _digest())
    kept = wait_for(claim, services())
    if not kept:
        g.press = claim
        g.press_alive = ExitStack()
        g.press_alive.enter_context(claim.alive(services().database))  # however long the act takes
        return None
    session[_TOLD] = [tuple(line) for line in kept["told"]]
    return make_response(redirect(kept["location"], code=303))


def _goes_on_to_a_page() -> bool:
    if "HX-Request" in request.headers or not request.form.get(PRESS):
        return False
    return "text/html" in request.headers.get("Accept", "")


def _digest() -> str:
    """What was sent, and all files with their contents."""
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    files = [(name, *_of_file(file)) for name, file in request.files.items(multi=True)]
    sent = [request.full_path, fields, files]
    return hashlib.sha256(json.dumps(sent).encode()).hexdigest()


def _of_file(file: FileStorage) -> tuple[str | None, str]:
    digest = hashlib.file_digest(file.stream, "sha256")  # type: ignore[arg-type]  # a file
    file.stream.seek(0)
    return file.filename, digest.hexdigest()


def wait_for(
    claim: Claim, services: Services, *, patience_s: float = _PATIENCE_S
) -> dict[str, Any]:
    """The answer kept for it, once its act is done; empty where there was none.

    Raises:
        PressBusyError: the act goes on longer than ``patience_s``.
    """
    waits_until = time.monotonic() + patience_s
    while (kept := _earlier(claim, services)) is None:
        if time.monotonic() > waits_until:
            raise PressBusyError
        time.sleep(_LOOK_EVERY_S)
    return kept


def _earlier(claim: Claim, services: Services) -> dict[str, Any] | None:
    """See ``wait_for``; None while its act goes on."""
    with services.writing() as writing:
        row = claim.earlier(writing)
        is_same = row is not None and row.request_sha256 == claim.sha256
        if row is not None and is_same and row.status is None and counts_for(writing, row):
            return None
        if row is not None and is_same and row.status and row.created_at > clock.just_before():
            return row.body
        claim.take(writing)
    return {}


def _keep(answer: Response) -> Response:
    """Only what leads on to a page is the answer of an act that was done."""
    claim: Claim | None = g.pop("press", None)
    if claim is None:
        return answer
    with services().writing() as writing:
        if answer.status_code == 303:
            body = {"location": answer.location, "told": session.get(_TOLD, [])}
            claim.keep(writing, 303, body)
        else:
            claim.release(writing)
    return answer


def _let_go(_error: BaseException | None) -> None:
    alive: ExitStack | None = g.pop("press_alive", None)
    if alive is not None:
        alive.close()
