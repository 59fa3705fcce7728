"""A broker that does not answer is one incident for all machines, whichever of them are deaf."""

import datetime as dt
from dataclasses import replace
from typing import Any

from archive_service import clock
from archive_service.domain.people.incident import Incident
from archive_service.jobs.broker import NoBroker
from archive_service.jobs.celery.broker import CeleryBroker
from archive_service.jobs.machine import machine_name
from archive_service.notices.incidents import held_incident
from archive_service.services import Services
from archive_service.workflow.broker_teller import SILENT, Teller

NOBODY = CeleryBroker("celery+amqp://guest:guest@127.0.0.1:1/none")
OTHER = "another-machine"


class Answering(NoBroker):
    """At the same address, as a machine sees it that the broker does answer."""

    address = NOBODY.address


def deaf(services: Services) -> Teller:
    return Teller(replace(services, broker=NOBODY), known=())


def hearing(services: Services) -> Teller:
    return Teller(replace(services, broker=Answering()), known=())


def silence(services: Services) -> Incident | None:
    with services.unit_of_work() as uow:
        return held_incident(uow.session, SILENT, NOBODY.address)


def machines(services: Services) -> set[str]:
    row = silence(services)
    return set(row.facts["machines"]) if row else set()


def another_said(services: Services, *, ago: dt.timedelta) -> None:
    with services.writing() as session:
        row = held_incident(session, SILENT, NOBODY.address)
        assert row is not None
        said: dict[str, Any] = row.facts["machines"]
        row.facts = {**row.facts, "machines": said | {OTHER: clock.iso(clock.now() - ago)}}


def test_a_silence_is_over_when_the_last_deaf_machine_hears(services: Services) -> None:
    deaf(services).look()
    another_said(services, ago=dt.timedelta(seconds=30))
    assert machines(services) == {machine_name(), OTHER}
    hearing(services).look()
    assert machines(services) == {OTHER}
    deaf(services).look()
    assert machines(services) == {machine_name(), OTHER}


def test_a_machine_that_is_gone_keeps_no_silence_open(services: Services) -> None:
    deaf(services).look()
    another_said(services, ago=dt.timedelta(minutes=10))
    hearing(services).look()
    assert silence(services) is None
