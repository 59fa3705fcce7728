"""What is open with a person is counted and handed over in a database of either kind."""

import pytest

from archive_service import clock
from archive_service.accounts.acts import add_account, get_account
from archive_service.accounts.disabling import LastHeadError
from archive_service.accounts.leaving.acts import leave_account
from archive_service.accounts.leaving.documents import Leaving
from archive_service.accounts.leaving.duties import DUTIES, Way
from archive_service.accounts.leaving.handing import LeavingOpenError
from archive_service.db.unit_of_work import Database
from archive_service.domain.people.account import Role
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR

GIVEN = Leaving(left_on=clock.today(), reason="Nghỉ hưu", to="lan")
# Beside the person's name; what is of no agency here may be gone on with by whoever acts for all.
OPENS = {
    "claims": {"state": "checked"},
    "drafts": {"submitted_by": "hoa", "state": "draft"},
    "submissions": {"submitted_by": "hoa", "state": "returned"},
    "descriptions": {},
    "incidents": {},
    "signing": {},
    "signing-asked": {},
    "schedules": {},
    "requests-for-others": {"person": "Trần Thị Khách", "state": "asked"},
}


def test_each_kind_is_handed_over(database: Database) -> None:
    duties = [one for one in DUTIES if one.kind in OPENS]
    with database.unit_of_work() as uow:
        for name in ("hoa", "lan"):
            add_account(name, role=Role.ARCHIVIST, actor=OPERATOR, uow=uow)
        for duty in duties:
            hoa = get_account(uow.session, "hoa").id if duty.by_id else "hoa"
            names = {} if duty.row is not None else {str(duty.holds.key): hoa}
            any_row(uow.session, duty.table, **OPENS[duty.kind], **names)
        uow.commit()
    with database.unit_of_work() as uow:
        document = leave_account("hoa", GIVEN, actor=OPERATOR, uow=uow)
        uow.commit()
    assert {open_kind.kind: open_kind.to for open_kind in document.open} == dict.fromkeys(
        OPENS, "lan"
    )
    with database.read_only() as session:
        for name, count in (("hoa", 0), ("lan", 1)):
            person = get_account(session, name)
            for duty in duties:
                rows = session.query(duty.table).filter(duty.mine(person)).count()
                assert (duty.kind, rows) == (duty.kind, count)


def test_what_is_settled_first_and_the_last_head_are_refused(database: Database) -> None:
    seals = next(duty for duty in DUTIES if duty.kind == "seals")
    assert seals.way is Way.FIRST
    with database.unit_of_work() as uow:
        for name, role in (("hoa", Role.ARCHIVIST), ("lan", Role.ARCHIVIST), ("dung", Role.HEAD)):
            add_account(name, role=role, actor=OPERATOR, uow=uow)
        any_row(uow.session, seals.table, account="hoa")
        uow.commit()
    for name, error in (("hoa", LeavingOpenError), ("dung", LastHeadError)):
        with database.unit_of_work() as uow, pytest.raises(error):
            leave_account(name, GIVEN, actor=OPERATOR, uow=uow)
