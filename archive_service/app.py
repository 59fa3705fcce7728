"""The Flask application: pages and API over one set of services."""

import errno
import importlib
import os
from pathlib import Path
from uuid import uuid4

from apiflask import APIFlask, HTTPError
from flask import Flask, Response, g, make_response, redirect, request
from flask_limiter.errors import RateLimitExceeded
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed

from archive_service.api import errors as api_errors
from archive_service.api import health, openapi
from archive_service.api.fields import misfit
from archive_service.api.json_bodies import JsonBodies
from archive_service.api.request import PREFIX, recognise_token
from archive_service.bootstrap import VERSION, Services, open_services
from archive_service.db.unit_of_work import DatabaseUnreachableError
from archive_service.errors import ArchiveError
from archive_service.log import configure_service_log, logger
from archive_service.schemas.problem import (
    BodyUnreadableError,
    HttpRefusedError,
    RateExceededError,
    UnexpectedError,
)
from archive_service.settings import load_settings
from archive_service.storage.port import StoreFullError
from archive_service.web import announcements, csrf, layout, request_lines, security, session
from archive_service.web import errors as web_errors

# Modules of archive_service.web whose ``bp`` is a page of the map.
PAGES = (
    "sign_in",
    "home",
    "palette",
    "my_case_files",
    "submit",
    "drafts",
    "submissions",
    "desk",
    "desk_acts",
    "file_plans",
    "file_plan_acts",
    "search",
    "case_files",
    "case_term",
    "old_versions",
    "describing",
    "many",
    "arranging",
    "linking",
    "document_page",
    "fonds",
    "series",
    "own_fields",
    "terms",
    "retention_schedules",
    "schedule_drafts",
    "what_if",
    "holds",
    "due_calendar",
    "dispositions",
    "disposition_item",
    "disposition_papers",
    "transfers",
    "transfer_calendar",
    "transfer_statistics",
    "transfer_acts",
    "transfer_papers",
    "transfer_registers",
    "transfer_work",
    "partners",
    "partner_acts",
    "recalls",
    "handovers",
    "deliveries",
    "paper",
    "scanning",
    "scanning_upload",
    "scanning_batch",
    "scanning_acts",
    "scanning_words",
    "scanning_stations",
    "rereading",
    "formats",
    "reports",
    "approvals",
    "signing",
    "signing_copies",
    "keys",
    "audit",
    "fixity",
    "jobs",
    "system",
    "copies",
    "incidents",
    "announcements",
    "notices",
    "collection",
    "late_entries",
    "guide",
)
# Modules of archive_service.api whose ``bp`` is a resource.
RESOURCES = (
    "agencies",
    "deliveries",
    "fonds",
    "own_fields",
    "terms",
    "file_plans",
    "file_plan",
    "submissions",
    "callbacks",
    "uploads",
    "batches",
    "batches_desk",
    "proofreading",
    "case_files",
    "descriptions",
    "retention",
    "retention_schedules",
    "description_batches",
    "arranging",
    "linking",
    "documents",
    "search",
    "jobs",
    "audit_events",
    "holds",
    "due_calendar",
    "dispositions",
    "disposition_papers",
    "transfers",
    "transfers_in",
    "transfers_close",
    "transfers_papers",
    "transfers_register",
    "transfers_media",
    "deliveries_in",
    "transfers_send",
    "transfers_calendar",
    "partners",
    "partners_statistics",
    "recalls",
    "answers",
    "fixity_reports",
    "signing_requests",
    "signing_orders",
    "formats",
    "rereadings",
    "paper",
    "paper_boxes",
    "collections",
    "late_entries",
    "outages",
    "notices",
    "reports",
    "handovers",
    "copies",
)


def create_app(services: Services) -> APIFlask:
    """The application of one process; ``services`` are that process's own."""
    app = APIFlask(
        "archive_service",
        title="Archive and records service",
        version=VERSION,
        spec_path=f"{PREFIX}/openapi.json",
        docs_path=None,  # its pages load scripts from elsewhere
        json_errors=False,
    )
    app.json = JsonBodies(app)
    _require_order(app, services)
    layout.install(app)
    for name in PAGES:
        app.register_blueprint(importlib.import_module(f"archive_service.web.{name}").bp)
    for name in RESOURCES:
        resource = importlib.import_module(f"archive_service.api.{name}").bp
        app.register_blueprint(resource, url_prefix=f"{PREFIX}{resource.url_prefix}")
    openapi.install(app)
    _catch_errors(app)
    return app


def from_environment() -> APIFlask:
    """The application of the home in ``ARCHIVE_HOME``, for a server that starts processes."""
    configure_service_log()
    home = Path(os.environ["ARCHIVE_HOME"])
    config = os.environ.get("ARCHIVE_CONFIG")
    return create_app(open_services(load_settings(home, Path(config) if config else None)))


def _require_order(app: APIFlask, services: Services) -> None:
    """What is asked of every request, in this order: who is it, may it come in, is it genuine."""
    request_lines.install(app)
    security.install(app, services.settings)
    health.install(app, services)
    session.install(app, services)
    app.before_request(recognise_token)
    app.before_request(request_lines.tell_who)
    app.before_request(security.bound_body)
    app.before_request(session.require_sign_in)
    csrf.install(app, services.settings.home, valid_s=services.settings.web.session_max_s)
    announcements.install(app)


def _catch_errors(app: Flask) -> None:
    app.register_error_handler(ArchiveError, _told)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(HTTPError, _invalid)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _crashed)


def _told(error: ArchiveError, trace: str | None = None) -> Response:
    health.count_error(error.code)
    if request.path.startswith(f"{PREFIX}/"):
        return api_errors.problem(error, trace=trace)
    return web_errors.page(error, trace=trace)


def _database(error: OperationalError) -> Response:
    return _told(DatabaseUnreachableError(reason=str(error.orig)))


def _disk(error: OSError) -> Response:
    """A body that finds no room is no bug; any other error of the system is."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _told(StoreFullError(key="", root=str(error.filename or "")))
    return _crashed(error)


def _invalid(error: HTTPError) -> Response:
    """Only a body or query that does not fit its model: we raise no other error of APIFlask."""
    (location,), wrong = error.detail, error.__cause__
    if not isinstance(wrong, ValidationError):
        return _crashed(error)
    return _told(misfit(location, wrong))


def _refused(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())  # a redirect, or an answer that is whole
    if isinstance(error, MethodNotAllowed) and (place := web_errors.place_of_form()):
        return make_response(redirect(place, code=303))
    if isinstance(error, RateLimitExceeded):
        return _told(RateExceededError(limit=error.description))
    if isinstance(error, BadRequest) and request.is_json:
        return _told(BodyUnreadableError())
    return _told(HttpRefusedError(error.code))


def _crashed(error: Exception) -> Response:
    """A bug: all of it in the log, and only the line's mark in the answer."""
    trace = uuid4().hex[:12]
    account = g.actor.account if g.get("actor") else None
    logger().error(
        "request-crashed", trace=trace, path=request.path, account=account, exc_info=error
    )
    return _told(UnexpectedError(), trace)
