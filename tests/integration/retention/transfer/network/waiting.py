"""A transfer by network that waits."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.domain.keeping.job import Job
from archive_service.services import Services
from archive_service.worker import run_one
from retention.transfer.network import send as network_send
from retention.transfer.network.documents import SendingDocument
from retention.transfer.network.send import SEND_JOB
from retention.transfer.register import acts as register_acts
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person


def tried(services: Services, row: UUID, **more: Any) -> SendingDocument:
    """SENDING after what can be done now was done once."""
    lan = person(services, "lan")
    network_send.send(services, row, HISTORICAL_CODE, actor=lan, **more)
    while run_one(services) not in (None, "retry"):
        pass
    told = network_send.sending_of(services, row, actor=OPERATOR)
    assert told is not None
    return told


def waits(services: Services) -> tuple[str, dt.timedelta]:
    """Why the job waits, and for how long from now."""
    with services.read_only() as session:
        job = session.scalars(select(Job).where(Job.name == SEND_JOB)).one()
        assert job.state.value == "waiting"
        return job.error["code"], job.run_at - clock.now()


def states(services: Services, row: UUID) -> set[str]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return {transfer_item.state for transfer_item in told.items}
