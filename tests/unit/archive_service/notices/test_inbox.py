"""Notices: one row a person and thing, kept apart by person, told anew only with other facts."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.notice import Notice
from archive_service.notices import inbox
from archive_service.services import Services
from tests.worlds.archive import new_home, open_home, person

KIND = "submission-returned"
SUBJECT = UUID(int=7)
FACTS = {"code": "H40.18.2025.08.QLCT", "reason": "thiếu chữ ký"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("inbox") / "home")) as services:
        yield services


@pytest.fixture
def services(archive: Services) -> Services:
    """The one home of this module, without notices."""
    with archive.writing() as session:
        for row in session.scalars(select(Notice)):
            session.delete(row)
    return archive


def ids(services: Services, *names: str) -> list[UUID]:
    with services.read_only() as session:
        return inbox.named(session, names)


def tell(
    services: Services,
    *names: str,
    kind: str = KIND,
    facts: dict[str, str] = FACTS,
    href: str = "",
) -> None:
    to = ids(services, *names)
    with services.writing() as session:
        inbox.tell(session, kind, to=to, subject_id=SUBJECT, facts=facts, href=href)


def rows(services: Services, name: str, *, unread: bool = False) -> list[Notice]:
    with services.read_only() as session:
        found, total = inbox.list_notices(session, actor=person(services, name), unread=unread)
    assert total == len(found)
    return found


def read(services: Services, row: Notice, name: str, *, again: bool = True) -> None:
    with services.writing() as session:
        inbox.mark_read(session, row.id, actor=person(services, name), read=again)


def test_each_person_gets_a_row_in_words_of_both_languages(services: Services) -> None:
    tell(services, "bach", "lan", href="/submissions")
    [row] = rows(services, "bach")
    assert inbox.subject_line(row, "vi") == "Hồ sơ H40.18.2025.08.QLCT bị trả lại"
    assert "thiếu chữ ký" in inbox.sentence(row, "en")
    assert len(rows(services, "lan")) == 1
    assert rows(services, "hung") == []


def test_the_same_thing_told_again_is_not_doubled(services: Services) -> None:
    tell(services, "bach")
    [first] = rows(services, "bach")
    tell(services, "bach")
    [same] = rows(services, "bach")
    assert (same.id, same.told_at) == (first.id, first.told_at)


def test_other_facts_bring_the_unread_one_up_to_date_and_ask_for_a_letter(
    services: Services,
) -> None:
    tell(services, "bach")
    with services.writing() as session:
        row = session.scalars(select(Notice)).one()
        row.mailed_at = row.created_at
    tell(services, "bach", facts={**FACTS, "reason": "sai ngày"})
    [row] = rows(services, "bach")
    assert row.facts["reason"] == "sai ngày"
    assert row.mailed_at is None


def test_what_was_read_is_told_again_as_a_new_one(services: Services) -> None:
    tell(services, "bach")
    read(services, rows(services, "bach")[0], "bach")
    tell(services, "bach")
    assert len(rows(services, "bach")) == 2
    assert len(rows(services, "bach", unread=True)) == 1


def test_a_read_one_comes_back_unless_the_same_is_unread_already(services: Services) -> None:
    tell(services, "bach")
    [row] = rows(services, "bach")
    read(services, row, "bach")
    read(services, row, "bach", again=False)
    assert len(rows(services, "bach", unread=True)) == 1
    read(services, row, "bach")
    tell(services, "bach")
    read(services, row, "bach", again=False)
    assert len(rows(services, "bach", unread=True)) == 1


def test_nobody_reads_or_marks_what_another_was_told(services: Services) -> None:
    tell(services, "bach")
    [row] = rows(services, "bach")
    with pytest.raises(inbox.NoticeNotFoundError):
        read(services, row, "lan")
    with pytest.raises(inbox.NoticeNotFoundError), services.unit_of_work() as uow:
        inbox.mark_read(uow.session, uuid4(), actor=person(services, "bach"))
    with services.read_only() as session:
        operator = Actor("os:test", Role.OPERATOR)
        assert inbox.list_notices(session, actor=operator) == ([], 0)
        assert inbox.count_unread(session, actor=operator) == 0


def test_all_are_read_at_once_or_those_of_one_kind(services: Services) -> None:
    tell(services, "bach")
    tell(services, "bach", kind="submission-accepted")
    tell(services, "lan")
    actor = person(services, "bach")
    with services.writing() as session:
        assert inbox.mark_all_read(session, actor=actor, kind=KIND) == 1
        assert inbox.mark_all_read(session, actor=actor) == 1
        assert inbox.mark_all_read(session, actor=actor) == 0
    assert len(rows(services, "lan", unread=True)) == 1


def test_an_account_named_twice_is_told_once_and_a_disabled_one_not_at_all(
    services: Services,
) -> None:
    with services.writing() as session:
        binh = session.scalars(select(Account).where(Account.name == "binh")).one()
        binh.active = False
    assert ids(services, "binh") == []
    twice = ids(services, "bach") * 2
    with services.writing() as session:
        inbox.tell(session, KIND, to=twice, subject_id=SUBJECT, facts=FACTS)
    assert len(rows(services, "bach")) == 1


def test_people_are_those_of_the_agency_and_those_who_act_for_all(services: Services) -> None:
    bach = person(services, "bach")
    wanted = {Role.OFFICER, Role.HEAD}
    with services.read_only() as session:
        here = inbox.people(session, roles=wanted, agency_id=bach.agency_id)
        everywhere = inbox.people(session, roles=wanted, agency_id=None)
    assert set(here) == set(ids(services, "bach", "hung"))
    assert set(everywhere) == set(ids(services, "bach", "stranger", "hung"))


@pytest.mark.parametrize("href", ["https://elsewhere.example/", "//elsewhere.example", "x"])
def test_a_link_that_leaves_the_site_is_refused(services: Services, href: str) -> None:
    with pytest.raises(ValueError, match="address"):
        tell(services, "bach", href=href)
    assert rows(services, "bach") == []


def test_a_kind_without_words_is_refused(services: Services) -> None:
    with pytest.raises(ValueError, match="no words"):
        tell(services, "bach", kind="never-heard-of")
