"""Alive, ready, and how much: /healthz, /readyz and /metrics, outside the API's own paths."""

import os
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from archive_service import access
from archive_service.errors import BackendError
from archive_service.log import logger
from archive_service.request import current_actor, services
from archive_service.services import Services
from archive_service.status.figures import Figures
from archive_service.status.health import health_of, readiness
from archive_service.web.request_lines import is_only_asked

bp = Blueprint("health", __name__)

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # where several processes of one server add up their counts
_HERE = ("127.0.0.1", "::1")
_ERRORS = "archive_errors_counted"  # where the application keeps its counter


class _Rows(Collector):
    """What the rows tell, gathered when asked; nothing while the database is away."""

    def __init__(self, archive: Services) -> None:
        self._figures = Figures(archive)

    def collect(self) -> Iterator[Metric]:
        """Every figure, and whether they could be gathered."""
        up = GaugeMetricFamily("archive_figures_gathered", "Whether the database told the figures")
        try:
            for figure in self._figures.current():
                family = GaugeMetricFamily(figure.name, figure.told, labels=figure.labels)
                for labels, value in figure.values:
                    family.add_metric(labels, value)
                yield family
            up.add_metric((), 1)
        except BackendError as silent:
            logger().warning("figures-not-gathered", code=silent.code)
            up.add_metric((), 0)
        yield up


def install(app: Flask, archive: Services) -> None:
    """Count every request; the counts are this application's own."""
    registry = CollectorRegistry()
    requests = Counter(
        "archive_http_requests", "Requests answered", ["endpoint", "status"], registry=registry
    )
    seconds = Histogram(
        "archive_http_request_seconds", "Seconds to the answer", ["endpoint"], registry=registry
    )
    app.extensions[_ERRORS] = Counter(
        "archive_errors", "Requests refused or failed, by code", ["code"], registry=registry
    )
    shown = registry
    if SHARED in os.environ:
        shown = CollectorRegistry()
        MultiProcessCollector(shown)
    shown.register(_Rows(archive))
    app.extensions["archive_metrics"] = shown

    def begin() -> None:
        g.begun = time.monotonic()

    def count(response: Response) -> Response:
        if is_only_asked():
            return response
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, str(response.status_code)).inc()
        seconds.labels(endpoint).observe(time.monotonic() - g.begun)
        return response

    app.before_request(begin)
    app.after_request(count)
    app.register_blueprint(bp)


def count_error(code: str) -> None:
    """One more request that ended so."""
    counter: Counter = current_app.extensions[_ERRORS]
    counter.labels(code).inc()


@bp.get("/healthz")
def healthz() -> Response:
    """This process answers."""
    return jsonify(ok=True)


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 as long as the service is of use, with what it does without under ``degraded``.

    503 where the database, staging or every copy is away.
    """
    answers = health_of(services()).answers()
    ready, away = readiness(answers)
    ports = {answer.question.name: answer.ok for answer in answers}
    return jsonify(ready=ready, degraded=away, ports=ports), 200 if ready else 503


@bp.get("/metrics")
def metrics() -> Response:
    """Counts for Prometheus: to this machine, or to an account that may read the status."""
    if request.remote_addr not in _HERE:
        access.require(current_actor(), "status:read")
    shown: CollectorRegistry = current_app.extensions["archive_metrics"]
    return Response(generate_latest(shown), content_type=CONTENT_TYPE_LATEST)
