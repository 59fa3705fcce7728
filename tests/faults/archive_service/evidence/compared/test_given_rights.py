"""An operator gives duties and readings by rows alone, or takes their end back."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.accounts.delegations.acts import end_delegation, hand_duties
from archive_service.accounts.delegations.documents import Handing
from archive_service.accounts.delegations.duties import HandedDuty
from archive_service.audit import record_event
from archive_service.catalogue.use_requests.acts import (
    grant_access_request,
    list_access_requests,
    make_access_request,
    revoke_access_request,
)
from archive_service.catalogue.use_requests.given import Grant, Wish, Words
from archive_service.db.rolled_back import RESTORED
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.people.account import Role
from archive_service.domain.people.delegation import Delegation
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from tests.faults.archive_service.evidence.rewriting import change, sealed
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.clients import add_person
from tests.worlds.granted import confirm_only

Attack = Callable[[Services], object]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        yield services


def delegation_slipped_in(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(Delegation)).one()
        values = {column.key: getattr(row, column.key) for column in Delegation.__table__.columns}
        session.add(Delegation(**values | {"id": uuid4(), "gain_id": None, "waits": False}))


def end_taken_back(services: Services) -> None:
    with services.read_only() as session:
        given = session.scalars(select(Delegation.id)).one()
    end_delegation(services, given, actor=person(services, "hung"))
    assert prove_trail(services).ok
    change(services, update(Delegation).values(ended_at=None, ended_by=""))


def to_another(services: Services) -> None:
    change(services, update(Delegation).values(receiver_id=person(services, "mai").account_id))


OF_DELEGATIONS: dict[str, Attack] = {
    "slipped in": delegation_slipped_in,
    "its end taken back": end_taken_back,
    "to another person": to_another,
    "for longer": lambda services: change(
        services, update(Delegation).values(last_day=clock.today() + dt.timedelta(days=300))
    ),
    "more duties": lambda services: change(
        services,
        update(Delegation).values(duties=[handed_duty.value for handed_duty in HandedDuty]),
    ),
    "without a second person": lambda services: change(
        services, update(Delegation).values(waits=False, gain_id=None)
    ),
}


@pytest.mark.parametrize("attack", OF_DELEGATIONS)
def test_duties_that_nobody_handed_over_so_are_named(services: Services, attack: str) -> None:
    sealed(services)
    today = clock.today()
    wish = Handing(
        receiver="lan",
        duties=[HandedDuty.HOLDS],
        first_day=today,
        last_day=today + dt.timedelta(days=3),
        reason="Nghỉ phép",
    )
    hand_duties(services, wish, actor=person(services, "hung"))
    assert prove_trail(services).ok
    OF_DELEGATIONS[attack](services)
    name = "mai" if attack == "to another person" else "lan"
    assert prove_trail(services).first_bad == f"account {name} delegation"
    with services.read_only() as session:
        rows = session.scalars(select(Delegation.id).where(Delegation.ended_at.is_(None))).all()
    for row in rows:  # this puts it right
        end_delegation(services, row, actor=person(services, "hung"))
    assert prove_trail(services).ok


@pytest.mark.parametrize("when", ["before the backup", "after it"])
def test_an_end_that_a_restored_backup_had_counts(services: Services, when: str) -> None:
    sealed(services)
    day = clock.today()
    wish = Handing(
        receiver="lan", duties=[HandedDuty.HOLDS], first_day=day, last_day=day, reason="Nghỉ phép"
    )
    hand_duties(services, wish, actor=person(services, "hung"))
    began = clock.now()
    with services.read_only() as session:
        given = session.scalars(select(Delegation.id)).one()
    end_delegation(services, given, actor=person(services, "hung"))
    began = clock.now() if when == "before the backup" else began
    made = {"name": "set-1", "started_at": clock.iso(began)}
    with services.writing() as session:
        record_event(session, "backup:made", subject_id=None, actor=OPERATOR, data=made)
        record_event(session, RESTORED, subject_id=None, actor=OPERATOR, data=made)
    assert prove_trail(services).ok
    change(services, update(Delegation).values(ended_at=None, ended_by=""))
    known = prove_trail(services).first_bad == "account lan delegation"
    assert known == (when == "before the backup")


def test_duties_that_a_second_person_confirmed_are_no_misfit(services: Services) -> None:
    with services.unit_of_work() as uow:
        add_account("truong", role=Role.HEAD, actor=OPERATOR, uow=uow)
        uow.commit()
    sealed(services)
    day = clock.today()
    wish = Handing(
        receiver="lan", duties=[HandedDuty.HOLDS], first_day=day, last_day=day, reason="Nghỉ phép"
    )
    hand_duties(services, wish, actor=person(services, "hung"))
    head = person(services, "truong")
    confirm_only(services, head)
    assert prove_trail(services).ok


def revocation_taken_back(services: Services) -> None:
    with services.read_only() as session:
        granted = session.scalars(select(AccessRequest.id)).one()
    revoke_access_request(services, granted, Words(text="Xong"), actor=person(services, "hung"))
    assert prove_trail(services).ok
    change(services, update(AccessRequest).values(state=AccessRequestState.GRANTED))


def granted_by_hand(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(AccessRequest)).one()
        columns = {
            column.key: getattr(row, column.key) for column in AccessRequest.__table__.columns
        }
        session.add(AccessRequest(**columns | {"id": uuid4()}))


def grant_changed(**values: object) -> Attack:
    return lambda services: change(services, update(AccessRequest).values(values))


AREA = {"page": 1, "left": 0, "top": 0, "width": 0.1, "height": 0.1, "reason": "private"}
OF_GRANTS: dict[str, Attack] = {
    "granted by hand": granted_by_hand,
    "revocation taken back": revocation_taken_back,
    "for longer": grant_changed(until=clock.now() + dt.timedelta(days=900)),
    "all pages": grant_changed(pages=""),
    "other areas blackened": grant_changed(areas=[AREA]),
    "of another document": grant_changed(ordinal=2),
    "with a copy": grant_changed(state=AccessRequestState.COPY_GRANTED),
}


@pytest.mark.parametrize("attack", OF_GRANTS)
def test_readings_that_nobody_granted_so_are_named(services: Services, attack: str) -> None:
    add_person(services, "doc.gia", Role.READER)
    sealed(services)
    wish = Wish(
        code=STORED_CODE, document=1, purpose="Xác minh", person="Trần Văn An", identity="C1234567"
    )
    asked = make_access_request(services, wish, actor=person(services, "doc.gia"))
    given = Grant(days=5, pages="1")
    grant_access_request(services, asked.id, given, actor=person(services, "hung"))
    assert prove_trail(services).ok
    OF_GRANTS[attack](services)
    assert prove_trail(services).first_bad == "account doc.gia grant"
    head, over = person(services, "hung"), Words(text="Không ai cấp")
    for request in list_access_requests(services, actor=head).requests:
        if request.state in (AccessRequestState.GRANTED, AccessRequestState.COPY_GRANTED):
            revoke_access_request(services, request.id, over, actor=head)
    assert prove_trail(services).ok
