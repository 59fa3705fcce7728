"""Celery over RabbitMQ: quorum queues, confirmed messages, a worker for a queue in one process."""

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from archive_service.jobs.broker import BrokerSilentError, JobMessage
from archive_service.jobs.celery.app import ANSWER_S, TASK, broker_queues, open_app
from archive_service.log import logger

_QUIET_S = 60.0  # between two log lines about the same silence
_LOST_FOR_S = 2.0  # how long nothing is tried after a silence
_CLOSING_S = 2.0
_MOST_KEPT = 10_000  # messages on their way; those beyond are told from the ledger


class CeleryBroker:
    """``celery+amqp://user:pw@host:port/vhost``; connects when first used, anew after a fork.

    The queues are durable and replicated (quorum), the messages persistent, each one confirmed
    and refused where no queue takes it.
    """

    is_used = True

    def __init__(self, url: str) -> None:
        self._url = url.removeprefix("celery+")
        parts = urlsplit(self._url)
        self.address = f"{parts.hostname}:{parts.port or 5672}{parts.path}"
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        """As new: a child has no use for its parent's threads and connections."""
        self._pid = os.getpid()
        self._inbox: queue.SimpleQueue[JobMessage | None] = queue.SimpleQueue()
        self._teller: threading.Thread | None = None
        self._silent_until = 0.0
        self._said_at = -_QUIET_S

    def tell_later(self, jobs: Sequence[JobMessage]) -> None:
        """See ``Broker.tell_later``."""
        if not jobs or (self._pid == os.getpid() and time.monotonic() < self._silent_until):
            return
        with self._lock:
            if self._pid != os.getpid():
                self._forget()
            if self._teller is None or not self._teller.is_alive():
                self._teller = threading.Thread(target=self._tell_on, name="teller", daemon=True)
                self._teller.start()
        room = _MOST_KEPT - self._inbox.qsize()
        for job in jobs[: max(room, 0)]:
            self._inbox.put(job)

    def tell(self, jobs: Sequence[JobMessage]) -> None:
        """See ``Broker.tell``."""
        with self._connection() as connection:
            self._publish(connection, jobs)

    def waiting(self) -> Mapping[str, int]:
        """See ``Broker.waiting``."""
        with self._connection() as connection:
            channel = connection.default_channel
            declared = {name: made(channel) for name, made in broker_queues().items()}
            return {name: queue.queue_declare().message_count for name, queue in declared.items()}

    def consume(
        self, queues: Sequence[str], do: Callable[[UUID], None], stopping: threading.Event
    ) -> None:
        """See ``Broker.consume``."""
        from archive_service.jobs.celery.worker import consume

        try:
            with self._connection():
                pass
        except BrokerSilentError:
            return
        consume(open_app(self._url), queues, do, stopping)

    def close(self) -> None:
        """See ``Broker.close``."""
        if self._pid == os.getpid() and self._teller is not None:
            self._inbox.put(None)
            self._teller.join(_CLOSING_S)

    def _tell_on(self) -> None:
        """Tell what comes in, over one connection as long as it lasts."""
        held = contextlib.ExitStack()
        connection: Any = None
        inbox = self._inbox
        while (job := inbox.get()) is not None:
            if time.monotonic() < self._silent_until:
                continue  # the ledger tells it again
            try:
                if connection is None:
                    connection = held.enter_context(self._connection())
                self._publish(connection, [job])
            except BrokerSilentError as trouble:
                held.close()
                connection = None
                self._note_silence(trouble)
        held.close()

    def _note_silence(self, trouble: BrokerSilentError) -> None:
        now = time.monotonic()
        self._silent_until = now + _LOST_FOR_S
        if now - self._said_at >= _QUIET_S:
            self._said_at = now
            logger().warning("broker-silent", broker=self.address, facts=str(trouble))

    def _publish(self, connection: Any, jobs: Sequence[JobMessage]) -> None:
        app = open_app(self._url)
        with self._answers(connection):
            producer = connection.Producer(auto_declare=False)
            for job in jobs:
                app.send_task(
                    TASK,
                    args=[str(job.job_id)],
                    queue=job.queue,
                    producer=producer,
                    retry=False,
                    mandatory=True,
                    confirm_timeout=ANSWER_S,
                    delivery_mode=2,
                    ignore_result=True,
                )

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        import kombu

        connection = kombu.Connection(
            self._url,
            connect_timeout=ANSWER_S,
            transport_options={
                "confirm_publish": True,
                "read_timeout": ANSWER_S,
                "write_timeout": ANSWER_S,
            },
        )
        try:
            with self._answers(connection):
                connection.ensure_connection(max_retries=1, interval_start=0.05)
                yield connection
        finally:
            with contextlib.suppress(Exception):  # it may be gone already
                connection.collect(socket_timeout=0.5)

    @contextlib.contextmanager
    def _answers(self, connection: Any) -> Iterator[None]:
        """What goes wrong on the way to the broker, as ours; without the password."""
        from kombu.exceptions import KombuError

        ours = (*connection.connection_errors, *connection.channel_errors, KombuError, OSError)
        try:
            yield
        except ours as trouble:
            reason = type(trouble).__name__
            raise BrokerSilentError(broker=self.address, reason=reason) from trouble
