"""A Celery worker inside our own process: nothing forks, and it ends when the broker is gone."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from celery.worker import WorkController, state
from celery.worker.consumer import Consumer as CeleryConsumer
from kombu.asynchronous import set_event_loop

from archive_service.jobs.celery.app import TASK
from archive_service.log import logger

_LOOK_S = 0.2  # how often a worker with nothing in hand looks whether it is to stop
_FOREIGN_LOGS = ("celery", "kombu", "amqp")


class _Hands:
    """What the one worker of this process does; Celery itself makes the objects that ask."""

    stopping: threading.Event
    do: Callable[[UUID], None]


class Consumer(CeleryConsumer):  # type: ignore[misc]  # Celery publishes no types
    """Celery's, without what quorum queues would bring along: thirty queues for delays."""

    class Blueprint(CeleryConsumer.Blueprint):  # type: ignore[misc]  # likewise
        """The parts of a consumer."""

        default_steps = tuple(
            step for step in CeleryConsumer.Blueprint.default_steps if "delayed" not in step
        )

    def on_ready(self) -> None:
        """Once connected: look from time to time whether to stop."""
        super().on_ready()
        self.timer.call_repeatedly(_LOOK_S, _stop_if_told)


def consume(
    app: Any, queues: Sequence[str], do: Callable[[UUID], None], stopping: threading.Event
) -> None:
    """See ``Broker.consume``."""
    _hush()
    _Hands.stopping, _Hands.do = stopping, do
    if TASK not in app.tasks:
        app.task(_run, name=TASK)
    state.should_stop = state.should_terminate = None
    set_event_loop(None)  # the one before was closed with its worker
    worker = WorkController(
        app=app,
        pool="solo",
        concurrency=1,
        queues=list(queues),
        without_mingle=True,
        without_gossip=True,
        without_heartbeat=True,
    )
    worker.start()


def _run(job_id: str) -> None:
    _Hands.do(UUID(job_id))


def _stop_if_told() -> None:
    if _Hands.stopping.is_set():
        state.should_stop = 0


class _Forward(logging.Handler):
    """What Celery calls an error, as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        facts: Mapping[str, Any] = {"source": record.name, "text": record.getMessage()}
        logger().warning("celery", **facts)


def _hush() -> None:
    """Celery's loggers speak through ours, errors alone."""
    for name in _FOREIGN_LOGS:
        foreign = logging.getLogger(name)
        foreign.propagate = False
        foreign.setLevel(logging.ERROR)
        foreign.handlers = [_Forward()]
