"""Who opened what is kept apart from the trail, told to whoever answers for it, and forgotten."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import access, clock
from archive_service.access import ActNotAllowedError
from archive_service.catalogue.holdings import rows
from archive_service.catalogue.holdings.opening import readable_file
from archive_service.catalogue.holdings.purposes import purpose_of_use, purposes_of_accounts
from archive_service.catalogue.openings.acts import forget_openings, list_openings
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, file_path, program_of
from tests.worlds.command import Command


def first_file(services: Services, code: str) -> UUID:
    with services.read_only() as session:
        case = rows.get_case_file(session, code, actor=person(services, "hung"))
        return case.documents[0].files[0].id


def opened(services: Services) -> list[OpeningRecord]:
    services.database.openings.flush()
    with services.read_only() as session:
        return list(session.scalars(select(OpeningRecord).order_by(OpeningRecord.at)))


def test_each_door_leaves_one_record_a_quarter_of_an_hour(app: Flask, services: Services) -> None:
    program = program_of(app, services, "hung")
    path = file_path(program, OPEN_CODE)
    for start in range(0, 3000, 1000):
        program.get(path, headers={"Range": f"bytes={start}-{start + 999}"})
    browser = browser_of(app, services, "bach")
    assert browser.get(f"/api/v1{path}").status_code == 200
    found = opened(services)
    assert [
        (opening.account, opening.role, opening.door, opening.ordinal) for opening in found
    ] == [
        ("hung", "head", "api", 1),
        ("bach", "officer", "page", 1),
    ]
    with services.writing() as session:
        long_ago = clock.now() - dt.timedelta(minutes=16)
        session.execute(update(OpeningRecord).values(at=long_ago))
    program.get(path)
    assert len(opened(services)) == 3


def test_each_keeps_its_purpose_by_role_and_every_role_has_one(
    app: Flask, services: Services
) -> None:
    file = first_file(services, OPEN_CODE)
    for name in ("bach", "hung"):
        readable_file(services, OPEN_CODE, file, actor=person(services, name))
    assert [(opening.account, opening.purpose) for opening in opened(services)] == [
        ("bach", "work"),
        ("hung", "keeping"),
    ]
    told = program_of(app, services, "hung").get(f"/case-files/{OPEN_CODE}/openings").get_json()
    assert {opening["purpose"] for opening in told["openings"]} == {"work", "keeping"}
    assert "Giải quyết công việc của cơ quan" in browser_of(app, services, "hung").get(
        f"/case-files/{OPEN_CODE}/openings"
    ).text  # fmt: skip
    assert all(purpose_of_use(role.value) for role in Role)
    assert {purpose_of_use("reader", kind) for kind in ("01", "02", "03")} == {
        *("use-private", "use-official", "use-special"),
    }
    own = browser_of(app, services, "bach").get("/account").text
    assert all(
        purpose.label in own and purpose.data in own and purpose.kept in own
        for purpose in purposes_of_accounts("vi", 120)
    )


def test_many_at_once_are_one_opening(services: Services) -> None:
    actor, file = person(services, "hung"), first_file(services, RESTRICTED_CODE)

    def read(_: int) -> None:
        readable_file(services, RESTRICTED_CODE, file, actor=actor)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(40)))
    assert len(opened(services)) == 1


def test_they_are_written_without_anybody_asking(services: Services) -> None:
    actor, file = person(services, "hung"), first_file(services, OPEN_CODE)
    readable_file(services, OPEN_CODE, file, actor=actor)
    services.database.openings.close()  # as a process does that ends
    with services.read_only() as session:
        assert session.scalars(select(OpeningRecord.account)).all() == ["hung"]


def test_they_are_told_to_whoever_answers_for_the_records(app: Flask, services: Services) -> None:
    file = first_file(services, OPEN_CODE)
    for name in ("bach", "hung"):
        readable_file(services, OPEN_CODE, file, actor=person(services, name))
    services.database.openings.flush()
    told = Command(services.settings.home).ask("case", "openings", OPEN_CODE, account="hung")
    assert (told["total"], [opening["account"] for opening in told["openings"]]) == (
        2,
        ["hung", "bach"],
    )
    program = program_of(app, services, "hung")
    part = program.get(f"/case-files/{OPEN_CODE}/openings?limit=1").get_json()
    rest = program.get(f"/case-files/{OPEN_CODE}/openings?cursor={part['cursor']}").get_json()
    assert [opening["account"] for opening in part["openings"] + rest["openings"]] == [
        "hung",
        "bach",
    ]
    assert rest["cursor"] is None
    page = browser_of(app, services, "hung").get(f"/case-files/{OPEN_CODE}/openings")
    assert page.text.count('<td class="nowrap"><span class="strong">') == 2
    browser = browser_of(app, services, "hung")
    for text, count in (("bac", 1), ("khong-ai", 0), ("%", 0)):
        page = browser.get(f"/case-files/{OPEN_CODE}/openings", query_string={"q": text})
        assert page.text.count('<td class="nowrap"><span class="strong">') == count
    table = browser_of(app, services, "hung").get(f"/case-files/{OPEN_CODE}/openings?export=csv")
    assert table.text.count("\n") == 3


@pytest.mark.parametrize("name", ["binh", "stranger"])
def test_colleagues_are_not_told(services: Services, name: str) -> None:
    actor = person(services, name)
    assert not access.may(actor, "opening:list")
    with pytest.raises(ActNotAllowedError):
        list_openings(services, OPEN_CODE, actor=actor)


def test_they_are_forgotten_after_their_term(services: Services) -> None:
    actor, file = person(services, "hung"), first_file(services, OPEN_CODE)
    readable_file(services, OPEN_CODE, file, actor=actor)
    assert len(opened(services)) == 1
    forget_openings(services)
    assert len(opened(services)) == 1
    with services.writing() as session:
        session.execute(update(OpeningRecord).values(month="2001-12"))
    forget_openings(services)
    assert opened(services) == []


def test_the_documents_of_a_case_file_are_not_each_asked_for(services: Services) -> None:
    case_file_id, now = uuid4(), clock.now()
    ids = [uuid4() for _ in range(200)]
    with counted(services) as seen:
        for number, document_id in enumerate([*ids, *ids]):  # each is opened twice
            services.database.openings.note(
                OpeningRecord(
                    month="2026-11",
                    at=now + dt.timedelta(seconds=number),
                    case_file_id=case_file_id,
                    document_id=document_id,
                    ordinal=number % len(ids),
                    account="lan",
                    role="archivist",
                    door="api",
                )
            )
        services.database.openings.close()
    assert len(seen) < 40  # a few, however often the thread wrote meanwhile
    with services.read_only() as session:
        of_it = select(OpeningRecord.document_id).where(OpeningRecord.case_file_id == case_file_id)
        assert sorted(session.scalars(of_it)) == sorted(ids)
