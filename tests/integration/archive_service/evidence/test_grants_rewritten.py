"""Grants of reading that nobody gave or confirmed so are named by the proof of the trail."""

import datetime as dt
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.grants.acts import end_grant, give_grant
from archive_service.catalogue.grants.documents import GrantDocument, Granting
from archive_service.domain.people.account import Role
from archive_service.domain.people.reading_grant import GrantScope, Level, ReadingGrant
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, actor_of
from tests.worlds.clients import RESTRICTED_CODE, add_person
from tests.worlds.granted import confirm_only

Attack = Callable[[Services, GrantDocument], None]


def changed(**values: object) -> Attack:
    def attack(services: Services, _: GrantDocument) -> None:
        with services.writing() as session:
            session.execute(update(ReadingGrant).values(**values))

    return attack


def slipped_in(services: Services, _: GrantDocument) -> None:
    with services.writing() as session:
        row = session.scalars(select(ReadingGrant)).one()
        values = {column.key: getattr(row, column.key) for column in ReadingGrant.__table__.columns}
        session.add(ReadingGrant(**values | {"id": uuid4(), "waits": False}))


def end_taken_back(services: Services, given: GrantDocument) -> None:
    end_grant(services, given.id, actor=actor_of(services, "lan"))
    assert prove_trail(services).ok
    changed(ended_at=None, ended_by="")(services, given)


ATTACKS: dict[str, Attack] = {
    "slipped in": slipped_in,
    "its end taken back": end_taken_back,
    "of something else": changed(target_id=uuid4()),
    "of a higher level": changed(level=Level.SECRET),
    "for longer": changed(last_day=clock.today() + dt.timedelta(days=300)),
    "without a second person": changed(waits=False),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_nobody_granted_so_is_named(services: Services, attack: str) -> None:
    given = granted(services)
    assert prove_trail(services).ok
    ATTACKS[attack](services, given)
    assert prove_trail(services).first_bad == "account doc.gia reading"
    with services.read_only() as session:
        rows = session.scalars(select(ReadingGrant.id).where(ReadingGrant.ended_at.is_(None))).all()
    for row in rows:  # this puts it right
        end_grant(services, row, actor=actor_of(services, "lan"))
    assert prove_trail(services).ok


def test_what_a_second_person_confirmed_is_no_misfit(services: Services) -> None:
    granted(services)
    head = actor_of(services, "hung")
    confirm_only(services, head)
    assert prove_trail(services).ok


def granted(services: Services) -> GrantDocument:
    add_person(services, "doc.gia", Role.READER)
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    today = clock.today()
    wish = Granting(
        account="doc.gia",
        scope=GrantScope.CASE_FILE,
        code=RESTRICTED_CODE,
        level=Level.RESTRICTED,
        first_day=today,
        last_day=today + dt.timedelta(days=3),
        reason="Quyết định 12/QĐ-LT",
    )
    return give_grant(services, wish, actor=actor_of(services, "lan"))
