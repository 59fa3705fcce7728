"""A right that waits too long for its second person is told until somebody decides it."""

import datetime as dt

from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.gains.acts import NewAccount, new_account, refuse_gain
from archive_service.domain.people.account import Role
from archive_service.domain.people.rights_gain import GainState, RightsGain
from archive_service.notices.incidents import open_incidents
from archive_service.oversight.pending_rights import PENDING, WATCH_JOB
from archive_service.services import Services
from archive_service.worker import run_one
from tests.worlds.archive import PASSWORD, person


def pending(services: Services) -> list[str]:
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    assert run_one(services, names=(WATCH_JOB,)) == "done"
    with services.read_only() as session:
        return [row.subject for row in open_incidents(session) if row.kind == PENDING]


def test_what_waits_past_its_days_is_an_incident_until_it_is_decided(services: Services) -> None:
    with services.unit_of_work() as uow:
        wanted = NewAccount("moi", Role.ARCHIVIST, PASSWORD)
        new_account(wanted, actor=person(services, "quan"), uow=uow)
        uow.commit()
    assert pending(services) == []
    days = services.settings.accounts.rights_wait_days
    waiting = RightsGain.state == GainState.WAITING
    with services.writing() as session:
        past = clock.now() - dt.timedelta(days=days, hours=1)
        session.execute(update(RightsGain).where(waiting).values(asked_at=past))
    assert pending(services) == ["moi"]
    assert pending(services) == ["moi"]
    with services.read_only() as session:
        (gain,) = session.scalars(select(RightsGain.id).where(waiting)).all()
    refuse_gain(services, gain, actor=person(services, "hung"))
    assert pending(services) == []
