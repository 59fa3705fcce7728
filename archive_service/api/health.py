"""Alive, ready, and how much: /healthz, /readyz and /metrics, outside the API's own paths."""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from archive_service import access
from archive_service.bootstrap import Services
from archive_service.db.migrate import is_set_up
from archive_service.domain.case_file import CaseFile
from archive_service.domain.job import Job
from archive_service.domain.submission import Submission
from archive_service.errors import BackendError
from archive_service.request import current_actor, services
from archive_service.status import used_stores
from archive_service.storage.copies import identify
from archive_service.storage.lag import copy_lag

bp = Blueprint("health", __name__)

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # where several processes of one server add up their counts
_HERE = ("127.0.0.1", "::1")


class _Rows(Collector):
    """How many rows are in each state, counted when asked."""

    def __init__(self, archive: Services) -> None:
        self._archive = archive

    def collect(self) -> Iterator[Metric]:
        """Jobs, submissions and case files by state."""
        counted = (
            ("archive_jobs", "Jobs of the ledger by state", Job.state),
            ("archive_submissions", "Submissions by state", Submission.state),
            ("archive_case_files", "Case files by state", CaseFile.state),
        )
        with self._archive.read_only() as session:
            for name, told, column in counted:
                family = GaugeMetricFamily(name, told, labels=["state"])
                for state, count in session.execute(select(column, func.count()).group_by(column)):
                    family.add_metric([state.value], count)
                yield family
            lags = GaugeMetricFamily(
                "archive_copy_lag", "What each copy lacks", labels=["copy", "what"]
            )
            for name, lag in copy_lag(session).items():
                for what in ("versions", "acts", "segments", "bytes"):
                    lags.add_metric([name, what], getattr(lag, what))
            yield lags


def install(app: Flask, archive: Services) -> None:
    """Count every request; the counts are this application's own."""
    registry = CollectorRegistry()
    requests = Counter(
        "archive_http_requests", "Requests answered", ["endpoint", "status"], registry=registry
    )
    seconds = Histogram(
        "archive_http_request_seconds", "Seconds to the answer", ["endpoint"], registry=registry
    )
    shown = registry
    if SHARED in os.environ:
        shown = CollectorRegistry()
        MultiProcessCollector(shown)  # type: ignore[no-untyped-call]  # it has no types
    shown.register(_Rows(archive))
    app.extensions["archive_metrics"] = shown

    def begin() -> None:
        g.begun = time.monotonic()

    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, str(response.status_code)).inc()
        seconds.labels(endpoint).observe(time.monotonic() - g.begun)
        return response

    app.before_request(begin)
    app.after_request(count)
    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> Response:
    """This process answers."""
    return jsonify(ok=True)


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Every backend answers; 503 with the ports that do not."""
    archive = services()
    ports: dict[str, Callable[[], object]] = {
        "database": lambda: _require(is_set_up(archive.database.engine)),
        "staging": lambda: archive.staging.has("0" * 64),
        "search": archive.index.count,
        **{f"copy:{copy.name}": partial(identify, copy) for copy in used_stores(archive)},
    }
    answers = {name: _answers(ask) for name, ask in ports.items()}
    ready = all(answers.values())
    return jsonify(ready=ready, ports=answers), 200 if ready else 503


@bp.get("/metrics")
def metrics() -> Response:
    """Counts for Prometheus: to this machine, or to an account that may read the status."""
    if request.remote_addr not in _HERE:
        access.require(current_actor(), "status:read")
    shown: CollectorRegistry = current_app.extensions["archive_metrics"]
    return Response(generate_latest(shown), content_type=CONTENT_TYPE_LATEST)


class _NotReadyError(Exception):
    """A backend answers, and is not what it should be."""


def _require(answer: bool) -> None:  # noqa: FBT001 - a yes or no is what it judges
    if not answer:
        raise _NotReadyError


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (_NotReadyError, BackendError, OperationalError, OSError):
        return False
    return True
