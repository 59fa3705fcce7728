"""Agencies: added with their fonds, known by every identifier they bore, never edited away."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from archive_service import clock
from archive_service.catalogue.agencies.acts import (
    AgencyChangeDayError,
    AgencyCircleError,
    AgencyExistsError,
    AgencyNotFoundError,
    add_agency,
    find_agency,
    get_agency,
    known_identifiers,
    list_agencies,
)
from archive_service.catalogue.agencies.official_list import AgencyListError, import_official_list
from archive_service.db.unit_of_work import Database
from archive_service.domain.agencies.agency import Agency, AgencySuccession
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import InputError, NotAllowedError
from archive_service.settings import CONFIG_DIR
from tests.worlds.servers.databases import make_tables, opened

OPERATOR = Actor("os:test", Role.OPERATOR)
OLD, NEW = "000.00.18.H40", "H40.18"
NAME = "Sở Công trình tỉnh Sơn Lam"
LISTS = sorted((CONFIG_DIR / "agencies").glob("*.csv"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'archive.db'}"
    make_tables(url)
    database = opened(url)
    yield database
    database.close()


def add(database: Database, code: str, name: str = NAME, **more: Any) -> tuple[Agency, bool]:
    with database.unit_of_work() as uow:
        added = add_agency(code, name, actor=OPERATOR, uow=uow, **more)
        uow.commit()
        return added


def imported(database: Database, path: Path) -> tuple[int, int]:
    with database.unit_of_work() as uow:
        counts = import_official_list(path, actor=OPERATOR, uow=uow)
        uow.commit()
        return counts


def count(database: Database, kind: type) -> int:
    with database.read_only() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def found(database: Database, code: str) -> Agency:
    with database.read_only() as session:
        return get_agency(session, code)


def test_an_agency_comes_with_its_fonds_an_act_and_an_event(database: Database) -> None:
    agency, new = add(database, NEW)
    assert new
    with database.read_only() as session:
        fonds = session.scalars(select(Fonds)).one()
        act = session.scalars(select(Act)).one()
        tags = list(session.scalars(select(AuditEvent.tag)))
    assert (fonds.agency_id, fonds.code) == (agency.id, NEW)
    assert (act.kind, act.document["agency"]["code"], act.written) == ("agency", NEW, False)
    assert tags == ["agency:added"]


def test_adding_twice_changes_nothing(database: Database) -> None:
    first, _ = add(database, NEW)
    again, new = add(database, f" {NEW} ", f" {NAME} ")
    assert (again.id, new) == (first.id, False)
    assert [count(database, kind) for kind in (Agency, Fonds, Act, AuditEvent)] == [1] * 4


def test_an_identifier_of_another_name_is_refused(database: Database) -> None:
    add(database, NEW)
    with pytest.raises(AgencyExistsError):
        add(database, NEW, "Sở khác")
    assert found(database, NEW).name == NAME


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("H40.78", {"superior": "H40.78"}),
        ("H40.78", {"successor_of": "H40.78"}),
        ("H40.78", {"same_as": NEW, "successor_of": NEW}),
        ("H40.78", {"same_as": NEW, "superior": "H40.18.01"}),
    ],
)
def test_no_agency_is_added_above_or_after_itself(
    database: Database, code: str, more: dict[str, str]
) -> None:
    add(database, NEW)
    add(database, "H40.18.01", "Chi cục", superior=NEW)
    with pytest.raises(AgencyCircleError):
        add(database, code, "Sở khác", **more)
    assert count(database, Agency) == 2


def test_a_name_is_kept_in_nfc(database: Database) -> None:
    import unicodedata

    add(database, NEW, unicodedata.normalize("NFD", NAME))
    assert found(database, NEW).name == NAME
    assert add(database, NEW)[1] is False


def test_both_identifiers_lead_to_the_same_agency(database: Database) -> None:
    first, _ = add(database, OLD)
    since = dt.date(2020, 9, 15)
    second, _ = add(database, NEW, same_as=OLD, valid_from=since)
    assert first.id == second.id == found(database, OLD).id
    agency = found(database, NEW)
    assert agency.code == NEW
    assert agency.identifier_on(since) == NEW
    assert {item.code: item.form for item in agency.identifiers} == {OLD: "old", NEW: "new"}
    assert count(database, Fonds) == 1
    assert add(database, NEW, same_as=OLD, valid_from=since)[1] is False


def test_an_identifier_that_does_not_count_yet_is_not_taken(database: Database) -> None:
    add(database, OLD)
    for more in ({"same_as": OLD}, {"successor_of": OLD}, {}):
        with pytest.raises(AgencyChangeDayError):
            add(database, NEW, valid_from=clock.today() + dt.timedelta(days=1), **more)
    assert found(database, OLD).code == OLD


def test_a_new_identifier_ends_the_period_of_the_former_the_day_before(
    database: Database,
) -> None:
    add(database, OLD)
    add(database, NEW, same_as=OLD, valid_from=dt.date(2020, 9, 15))
    old, new = sorted(found(database, NEW).identifiers, key=lambda item: item.code)
    assert (old.valid_from, old.valid_to) == (None, dt.date(2020, 9, 14))
    assert (new.valid_from, new.valid_to) == (dt.date(2020, 9, 15), None)


def test_the_official_list_gives_identifiers_their_periods(
    database: Database, tmp_path: Path
) -> None:
    rows = "code,name,valid_from,valid_to\nG99,Bộ A,2020-07-22,2025-04-13\nG98,Bộ B,,\n"
    (tmp_path / "list.csv").write_text(rows, encoding="utf-8")
    assert imported(database, tmp_path / "list.csv") == (2, 0)
    (ended,), (open_,) = (found(database, code).identifiers for code in ("G99", "G98"))
    assert (ended.valid_from, ended.valid_to) == (dt.date(2020, 7, 22), dt.date(2025, 4, 13))
    assert (open_.valid_from, open_.valid_to) == (None, None)
    (tmp_path / "bad.csv").write_text("code,name,valid_from\nG97,Bộ C,hôm qua\n", encoding="utf-8")
    with pytest.raises(AgencyListError):
        imported(database, tmp_path / "bad.csv")


def test_a_successor_is_a_link_and_edits_nothing(database: Database) -> None:
    before, _ = add(database, NEW)
    merged_on = dt.date(2025, 7, 1)
    after, _ = add(database, "H40.30", "Sở Hạ tầng", successor_of=NEW, valid_from=merged_on)
    kept = found(database, NEW)
    assert (kept.name, kept.code, kept.id) == (NAME, NEW, before.id)
    with database.read_only() as session:
        link = session.scalars(select(AgencySuccession)).one()
        act = session.scalars(select(Act).where(Act.subject_id == str(after.id))).one()
    assert (link.predecessor_id, link.successor_id, link.on) == (before.id, after.id, merged_on)
    assert [item["id"] for item in act.document["predecessors"]] == [str(before.id)]


def test_a_superior_body_is_kept(database: Database) -> None:
    above, _ = add(database, "H40", "UBND tỉnh Sơn Lam")
    assert add(database, NEW, superior="H40")[0].superior_id == above.id


@pytest.mark.parametrize("name", ["same_as", "successor_of", "superior"])
def test_what_is_not_known_is_not_linked(database: Database, name: str) -> None:
    with pytest.raises(AgencyNotFoundError):
        add(database, NEW, **{name: "H40.99"})
    assert count(database, Agency) == 0


@pytest.mark.parametrize("code", ["", "Z", "H40.", "000.18.H40", "H40/18"])
def test_malformed_identifiers_are_refused(database: Database, code: str) -> None:
    with pytest.raises(InputError):
        add(database, code)


def test_only_who_sets_up_adds_and_imports(database: Database) -> None:
    archivist = Actor("lan", Role.ARCHIVIST)
    with pytest.raises(NotAllowedError), database.unit_of_work() as uow:
        add_agency(NEW, NAME, actor=archivist, uow=uow)
    with pytest.raises(NotAllowedError), database.unit_of_work() as uow:
        import_official_list(LISTS[0], actor=archivist, uow=uow)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_an_official_list_is_read_once(database: Database, path: Path) -> None:
    added, known = imported(database, path)
    assert added > 20
    assert known == 0
    assert imported(database, path) == (0, added)
    with database.read_only() as session:
        assert len(known_identifiers(session)) == added
        assert list_agencies(session) == []
        listed = list_agencies(session, served_only=False)
    assert len(listed) == added
    assert all(agency.source for agency in listed)
    assert count(database, Fonds) == 0


def test_an_agency_of_the_list_becomes_one_we_serve(database: Database) -> None:
    imported(database, next(path for path in LISTS if "provinces" in path.name))
    listed = found(database, "H01")
    served, new = add(database, "H01", "UBND tỉnh An Giang")
    assert (new, served.id, served.served) == (True, listed.id, True)
    assert add(database, "H01", "UBND tỉnh An Giang")[1] is False
    with database.read_only() as session:
        assert [agency.code for agency in list_agencies(session)] == ["H01"]


def test_a_served_agency_stays_as_it_is_when_the_list_comes(database: Database) -> None:
    add(database, "H01", "Ủy ban nhân dân tỉnh An Giang")
    imported(database, next(path for path in LISTS if "provinces" in path.name))
    agency = found(database, "H01")
    assert (agency.name, agency.served) == ("Ủy ban nhân dân tỉnh An Giang", True)


@pytest.mark.parametrize(
    "content", ["a,b\n1,2\n", "", "code\nH01\n"], ids=["other columns", "empty", "no names"]
)
def test_a_list_without_codes_or_names_is_refused(
    database: Database, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AgencyListError):
        imported(database, path)
    with pytest.raises(AgencyListError):
        imported(database, tmp_path / "none.csv")


def test_ranges_and_groups_of_a_list_are_passed_over(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("mã định danh,tên cơ quan\nA01-A99,Nhóm\nG77,Bộ mẫu\n", encoding="utf-8")
    assert imported(database, path) == (1, 0)
    with database.read_only() as session:
        assert find_agency(session, "A01-A99") is None
