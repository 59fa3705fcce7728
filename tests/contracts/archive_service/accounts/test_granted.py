"""What was granted to an account, by itself or by a group, in a database of either kind."""

from archive_service import clock
from archive_service.accounts.acts import add_account, get_account
from archive_service.accounts.granted import granted_to
from archive_service.db.unit_of_work import Database
from archive_service.domain.agencies.fonds import Series
from archive_service.domain.people.account import Role
from archive_service.domain.people.reader_group import GroupMember, ReaderGroup
from archive_service.domain.people.reading_grant import GrantScope, Level, ReadingGrant
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR


def test_a_branch_is_read_with_its_series_and_a_group_reads_its_agency(database: Database) -> None:
    with database.unit_of_work() as uow:
        add_account("hoa", role=Role.READER, actor=OPERATOR, uow=uow)
        reader = get_account(uow.session, "hoa")
        series = any_row(uow.session, Series)
        branch = any_row(uow.session, Series, parent_id=series.id, code="02")
        days = {"first_day": clock.today(), "last_day": clock.today(), "waits": False}
        own = {"account_id": reader.id, "ended_at": None}
        what = {"scope": GrantScope.SERIES, "target_id": series.id, "level": Level.RESTRICTED}
        any_row(uow.session, ReadingGrant, **own, **days, **what)
        group = any_row(uow.session, ReaderGroup, level=Level.RESTRICTED, fonds_id=None)
        any_row(uow.session, GroupMember, **own, group_id=group.id, waits=False)
        uow.commit()
        parts = {str(one) for one in (series.id, branch.id, group.agency_id)}
        found = granted_to(uow.session, reader)
    assert {part for part, _ in found} == parts
    assert {mode for _, mode in found} == {"02"}
