"""The Flask application: pages and API over one set of services."""

import errno
import importlib
import os
from pathlib import Path
from uuid import uuid4

from apiflask import APIFlask, HTTPError
from flask import Flask, Response, g, make_response, redirect, request
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed

from archive_service import access
from archive_service.api import errors as api_errors
from archive_service.api import openapi
from archive_service.api.fields import misfit
from archive_service.api.json_bodies import JsonBodies
from archive_service.api.request import PREFIX, recognise_token
from archive_service.bootstrap import open_services
from archive_service.db.unit_of_work import DatabaseUnreachableError
from archive_service.errors import ArchiveError, NotFoundError
from archive_service.formats.sandbox.confinement import hide
from archive_service.log import configure_service_log, logger
from archive_service.notices.announcements import pages as announcements_pages
from archive_service.problem import (
    BodyUnreadableError,
    HttpRefusedError,
    UnexpectedError,
)
from archive_service.server.gateway import Gateway
from archive_service.server.pace import Patience
from archive_service.services import VERSION, Services
from archive_service.settings import load_settings
from archive_service.status import api as status_api
from archive_service.storage.port import StoreFullError
from archive_service.web import (
    bodies,
    csrf,
    form_back,
    layout,
    one_press,
    proving,
    request_lines,
    security,
    session,
    turning_marks,
)
from archive_service.web import errors as web_errors

# Modules whose ``bp`` is a page of the map.
PAGES = (
    "archive_service.accounts.pages.sign_in",
    "archive_service.accounts.pages.own",
    "archive_service.accounts.pages.oidc",
    "archive_service.accounts.pages.applications",
    "archive_service.accounts.pages.passkeys",
    "archive_service.accounts.pages.gains",
    "archive_service.accounts.pages.leaving",
    "archive_service.accounts.pages.delegations",
    "archive_service.accounts.pages.changing",
    "archive_service.accounts.pages.tokens",
    "archive_service.overview.home",
    "archive_service.overview.late",
    "archive_service.overview.palette",
    "archive_service.overview.api_docs",
    "ingest.submissions.pages.my_case_files",
    "ingest.submissions.pages.submit",
    "ingest.drafts.pages.acts",
    "ingest.submissions.pages.submissions",
    "ingest.submissions.desk.pages.desk",
    "ingest.submissions.desk.pages.acts",
    "ingest.file_plan.pages.file_plans",
    "ingest.file_plan.pages.acts",
    "search.pages.search",
    "search.kept.pages",
    "search.basket.pages",
    "archive_service.catalogue.case_files.pages.case_files",
    "archive_service.catalogue.case_files.pages.browse",
    "archive_service.catalogue.case_files.pages.evidence_sheet",
    "retention.terms.pages",
    "archive_service.catalogue.case_files.pages.access_copies",
    "archive_service.catalogue.case_files.pages.clear_copies",
    "archive_service.catalogue.case_files.pages.page_words",
    "archive_service.catalogue.case_files.pages.old_versions",
    "archive_service.catalogue.describing.pages",
    "archive_service.catalogue.many.pages",
    "archive_service.catalogue.arranging.pages",
    "archive_service.catalogue.linking.pages",
    "archive_service.catalogue.case_files.pages.document",
    "archive_service.catalogue.case_files.pages.signatures",
    "archive_service.catalogue.fonds.pages.fonds",
    "archive_service.catalogue.fonds.pages.series",
    "archive_service.catalogue.own_fields.pages",
    "archive_service.catalogue.vocabularies.pages",
    "retention.schedules.pages.schedules",
    "retention.schedules.pages.drafts",
    "retention.schedules.what_if.pages",
    "retention.holds.pages",
    "retention.due.pages",
    "retention.disposition.pages.dispositions",
    "archive_service.overview.listed_case_file",
    "retention.disposition.papers.pages",
    "retention.transfer.pages.transfers",
    "retention.transfer.calendar.pages.calendar",
    "retention.transfer.statistics.pages",
    "retention.transfer.pages.acts",
    "retention.transfer.papers.pages",
    "retention.transfer.register.pages.messages",
    "retention.transfer.pages.work",
    "retention.transfer.partners.pages.partners",
    "retention.transfer.partners.pages.acts",
    "archive_service.catalogue.recalls.pages",
    "archive_service.catalogue.openings.pages",
    "archive_service.catalogue.use_requests.pages",
    "archive_service.catalogue.grants.pages",
    "ingest.handover.pages",
    "ingest.deliveries.pages",
    "digitize.paper.pages",
    "digitize.batches.queue.pages",
    "digitize.batches.intake.pages",
    "digitize.batches.desk.pages.batch",
    "digitize.batches.desk.pages.acts",
    "digitize.proofreading.pages",
    "digitize.stations.pages",
    "digitize.rereading.pages",
    "archive_service.keeping.formats.pages",
    "archive_service.reports.pages",
    "archive_service.overview.approvals",
    "archive_service.signing.desk.pages",
    "archive_service.signing.copies.pages.copies",
    "archive_service.signing.copies.pages.check",
    "archive_service.signing.keys.pages",
    "archive_service.evidence.pages",
    "archive_service.keeping.fixity.pages",
    "archive_service.background_jobs.pages",
    "archive_service.overview.system",
    "archive_service.overview.agency",
    "archive_service.keeping.copies.pages",
    "archive_service.notices.pages.incidents",
    "archive_service.oversight.reporting.pages",
    "archive_service.oversight.reviewing.pages",
    "archive_service.notices.announcements.pages",
    "archive_service.notices.fault_reports.pages",
    "archive_service.notices.pages.notices",
    "ingest.calling_in.pages.collection",
    "ingest.late_entries.pages",
    "archive_service.web.guide",
)
# Modules whose ``bp`` is a resource.
RESOURCES = (
    "archive_service.catalogue.agencies.api",
    "ingest.deliveries.api",
    "archive_service.catalogue.fonds.api",
    "archive_service.catalogue.own_fields.api",
    "archive_service.catalogue.vocabularies.api",
    "ingest.file_plan.api.file_plans",
    "ingest.file_plan.api.file_plan",
    "ingest.submissions.api.submissions",
    "ingest.callbacks.api",
    "ingest.uploads.api",
    "digitize.batches.intake.api",
    "digitize.batches.desk.api",
    "digitize.proofreading.api",
    "archive_service.catalogue.case_files.api.case_files",
    "archive_service.catalogue.case_files.api.descriptions",
    "archive_service.catalogue.case_files.api.signatures",
    "retention.terms.api",
    "retention.schedules.api",
    "archive_service.catalogue.many.api",
    "archive_service.catalogue.arranging.api",
    "archive_service.catalogue.linking.api",
    "archive_service.catalogue.case_files.api.documents",
    "search.api",
    "search.kept.api",
    "search.basket.api",
    "archive_service.recovery.reindex.api",
    "archive_service.background_jobs.api",
    "archive_service.evidence.api",
    "archive_service.accounts.api",
    "retention.holds.api",
    "retention.due.api",
    "retention.disposition.api",
    "retention.disposition.papers.api",
    "retention.transfer.api",
    "retention.transfer.receiving.api",
    "retention.transfer.closing.api",
    "retention.transfer.papers.api",
    "retention.transfer.register.api",
    "retention.transfer.disks.api",
    "retention.transfer.network.deliveries.api",
    "retention.transfer.network.api",
    "retention.transfer.calendar.api",
    "retention.transfer.partners.api",
    "retention.transfer.witnessing.api",
    "retention.transfer.statistics.api",
    "archive_service.catalogue.recalls.api",
    "archive_service.catalogue.openings.api",
    "archive_service.catalogue.use_requests.api",
    "archive_service.catalogue.grants.api",
    "ingest.answers.api",
    "archive_service.keeping.fixity.api",
    "archive_service.signing.desk.api",
    "archive_service.signing.copies.api",
    "archive_service.keeping.formats.api",
    "digitize.rereading.api",
    "digitize.paper.api.paper",
    "digitize.paper.api.boxes",
    "ingest.calling_in.api",
    "ingest.late_entries.api.late_entries",
    "ingest.late_entries.api.outages",
    "archive_service.notices.api",
    "archive_service.notices.fault_reports.api",
    "archive_service.oversight.reporting.api",
    "archive_service.oversight.reviewing.api",
    "archive_service.reports.api",
    "ingest.handover.api",
    "archive_service.keeping.copies.api",
)


def create_app(services: Services) -> APIFlask:
    """The application of one process; ``services`` are that process's own."""
    app = APIFlask(
        "archive_service",
        template_folder="web/templates",
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
        app.register_blueprint(importlib.import_module(name).bp)
    for name in RESOURCES:
        resource = importlib.import_module(name).bp
        app.register_blueprint(resource, url_prefix=f"{PREFIX}{resource.url_prefix}")
    openapi.install(app)
    _catch_errors(app)
    return app


def from_environment() -> Gateway:
    """The application of the home in ``ARCHIVE_HOME``, for a server that starts processes."""
    configure_service_log()
    home = Path(os.environ["ARCHIVE_HOME"])
    config = os.environ.get("ARCHIVE_CONFIG")
    settings = load_settings(home, Path(config) if config else None)
    hide(settings.key_places)
    services = open_services(settings)
    web = services.settings.web
    return Gateway(
        create_app(services),
        threads=web.threads,
        folder=services.work_folder,
        patience=Patience(web.slowest_bytes_per_s, web.stall_s, web.form_s, web.upload_s),
    )


def _require_order(app: APIFlask, services: Services) -> None:
    """What is asked of every request, in this order: who is it, may it come in, is it genuine."""
    request_lines.install(app)
    security.install(app, services.settings)
    bodies.install(app, services.settings.limits, services.work_folder)
    status_api.install(app, services)
    session.install(app, services)
    app.before_request(lambda: security.require_admitted(services.settings.web.admitted))
    app.before_request(bodies.refuse_broken)
    app.before_request(recognise_token)
    app.before_request(request_lines.tell_who)
    app.before_request(session.require_sign_in)
    app.before_request(lambda: bodies.bound(services.settings.limits))
    csrf.install(app, services.settings.home, valid_s=services.settings.web.session_max_s)
    proving.install(app)
    one_press.install(app)
    announcements_pages.install(app)
    turning_marks.install(app)
    app.after_request(form_back.keep_typed)


def _catch_errors(app: Flask) -> None:
    app.register_error_handler(ArchiveError, _problem_response)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(HTTPError, _invalid)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _crashed)


def _problem_response(error: ArchiveError, trace: str | None = None) -> Response:
    status_api.count_error(error.code)
    if request.path.startswith(f"{PREFIX}/"):
        if isinstance(error, NotFoundError) and (actor := g.get("actor")) is not None:
            error = access.hidden_by_scope(actor) or error
        return api_errors.problem(error, trace=trace)
    return form_back.page(error) or web_errors.page(error, trace=trace)


def _database(error: OperationalError) -> Response:
    return _problem_response(DatabaseUnreachableError(reason=str(error.orig)))


def _disk(error: OSError) -> Response:
    """A body that finds no room is no bug; any other error of the system is."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _problem_response(StoreFullError(key="", root=str(error.filename or "")))
    return _crashed(error)


def _invalid(error: HTTPError) -> Response:
    """Only a body or query that does not fit its model: we raise no other error of APIFlask."""
    (location,), wrong = error.detail, error.__cause__
    if not isinstance(wrong, ValidationError):
        return _crashed(error)
    return _problem_response(misfit(location, wrong))


def _refused(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())  # a redirect, or an answer that is whole
    if isinstance(error, MethodNotAllowed) and (place := web_errors.place_of_form()):
        return make_response(redirect(place, code=303))
    # A JSON body may come without its kind, or not at all: Flask then names what it stumbled over.
    if isinstance(error, BadRequest) and (request.is_json or error.__cause__ is not None):
        return _problem_response(BodyUnreadableError())
    return _problem_response(HttpRefusedError(error.code))


def _crashed(error: Exception) -> Response:
    """A bug: all of it in the log, and only the line's mark in the answer."""
    trace = uuid4().hex[:12]
    account = g.actor.account if g.get("actor") else None
    logger().error(
        "request-crashed", trace=trace, path=request.path, account=account, exc_info=error
    )
    return _problem_response(UnexpectedError(), trace)
