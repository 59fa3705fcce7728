"""Every request has an id, and every line of the log says whose request and what it was about."""

import re
import time
from uuid import uuid4

from flask import Flask, Response, g, request

from archive_service.door import begin_anew, came_by, door
from archive_service.log import bind, logger, unbind
from archive_service.server.asked import ASKED, Asked

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SILENT = {"static", "health.healthz", "health.readyz", "health.metrics"}  # asked all the time


def install(app: Flask) -> None:
    """The first before a request and the last after it."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_leave)


def tell_who() -> None:
    """Once it is known who asks: account, and case file, submission or job by their ids."""
    actor = g.get("actor")
    facts = {name: str(value) for name, value in (request.view_args or {}).items()}
    about = {name: value for name, value in facts.items() if name.endswith("_id")}
    if "code" in facts and "case_file" in (request.blueprint or ""):
        about["case_file"] = facts["code"][:100]
    bind(account=actor.account if actor else None, **about)


def is_only_asked() -> bool:
    """Whether the server asked for leave to read a body, and has it: the request itself follows."""
    asked: Asked | None = request.environ.get(ASKED)
    return asked is not None and asked.most_bytes > 0


def _begin() -> None:
    unbind()
    given = request.headers.get(HEADER, "")
    g.request_id = given if _SANE.fullmatch(given) else uuid4().hex
    g.line_begun = time.perf_counter()
    bind(request_id=g.request_id)
    g.door_before = door()
    begin_anew()
    came_by(address=request.remote_addr or "")


def _end(response: Response) -> Response:
    """A line with the endpoint, never the address: what people search for stands there."""
    response.headers[HEADER] = g.request_id
    if request.endpoint not in _SILENT and not is_only_asked():
        spent_ms = round((time.perf_counter() - g.line_begun) * 1000, 1)
        logger().info(
            "request",
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            ms=spent_ms,
        )
    return response


def _leave(_: BaseException | None) -> None:
    begin_anew(g.pop("door_before", None))
