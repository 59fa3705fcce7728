"""The Celery application: one task, no results, one quorum queue for each kind of work."""

from typing import Any

from archive_service.jobs.queues import DEFAULT, QUEUES

TASK = "archive.do"
ANSWER_S = 3.0  # for a connection, a confirmation, a count
_HEARTBEAT_S = 30  # a broker that hangs is noticed after two of them; so is a job that takes longer


def broker_queues() -> dict[str, Any]:
    """Name → queue, replicated by the broker and named like its kind of work."""
    import kombu

    direct = kombu.Exchange("", type="direct")  # the broker's own: routes by the queue's name
    arguments = {"x-queue-type": "quorum"}
    return {
        name: kombu.Queue(name, direct, routing_key=name, queue_arguments=arguments)
        for name in QUEUES
    }


_APPS: dict[str, Any] = {}


def open_app(url: str) -> Any:
    """The Celery application of a broker; it knows one task and keeps no results."""
    if url in _APPS:
        return _APPS[url]
    from celery import Celery

    app = Celery("archive", set_as_current=False)
    app.conf.update(
        broker_url=url,
        broker_connection_timeout=ANSWER_S,
        broker_connection_retry=False,  # a worker without a broker asks the ledger
        broker_connection_retry_on_startup=False,
        broker_channel_error_retry=False,
        broker_heartbeat=_HEARTBEAT_S,
        broker_transport_options={"confirm_publish": True},
        task_queues=tuple(broker_queues().values()),
        task_default_queue=DEFAULT,
        task_default_exchange="",
        task_default_routing_key=DEFAULT,
        task_create_missing_queues=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_send_sent_event=False,
        worker_consumer="archive_service.jobs.celery.worker:Consumer",
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        enable_utc=True,
        accept_content=["json"],
    )
    _APPS[url] = app
    return app
