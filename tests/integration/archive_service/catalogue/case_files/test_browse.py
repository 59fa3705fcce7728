"""The tree, the years and the shelf: within rights, a part at a time, and back after a rebuild."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from archive_service.app import create_app
from archive_service.catalogue.case_files.tree import (
    PART_ROWS,
    Branch,
    BranchUnknownError,
    open_branch,
    years_held,
)
from archive_service.catalogue.holdings import shelf
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import Actor
from archive_service.domain.people.shelf import ShelfKind, ShelfMark
from archive_service.errors import NotFoundError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from tests.worlds.archive import (
    OPERATOR,
    head_of_agency,
    new_home,
    open_home,
    person,
    small_pdf_case,
)
from tests.worlds.browsers import browser_of, counted, more_case_files, post
from tests.worlds.transfer.handed_over import brought_in

OF_AGENCY = "giamdoc"
CODE = "H40.18.2025.08.QLCT"
YEAR = 2025


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """One case file, and as many more like it as go beyond one part of a branch."""
    with open_home(new_home(tmp_path / "home")) as opened:
        brought_in(opened, small_pdf_case(tmp_path / "case"))
        more_case_files(opened, PART_ROWS + 9)
        yield opened


def opened(services: Services, actor: Actor, **branch: object) -> list[str]:
    with services.read_only() as session:
        found = open_branch(session, Branch(**branch), actor=actor)  # type: ignore[arg-type]  # as it names them
    return [twig.code for twig in found.twigs]


def fonds_of(services: Services) -> str:
    with services.read_only() as session:
        of = select(Fonds.code).join(CaseFile, CaseFile.fonds_id == Fonds.id)
        return session.scalars(of.where(CaseFile.code == CODE)).one()


def change(services: Services, code: str = CODE, **changed: object) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).where(CaseFile.code == code).values(**changed))


def hide(services: Services, code: str = CODE) -> None:
    """It belongs to an agency of which the reader's knows nothing, and so does its fonds."""
    with services.writing() as session:
        other = Agency(id=uuid4(), code="H40.77", name="Cơ quan khác")
        session.add(other)
        session.flush()
        hidden = Fonds(id=uuid4(), agency_id=other.id, code="H40.77.F", name="Phông kín")
        session.add(hidden)
        session.flush()
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        row.agency_id, row.fonds_id, row.year = other.id, hidden.id, 1977


def test_every_case_file_of_a_fonds_is_met_once_part_after_part(services: Services) -> None:
    actor, fonds = person(services, "binh"), fonds_of(services)
    met: list[str] = []
    branch: Branch | None = Branch(fonds=fonds)
    while branch is not None:
        with services.read_only() as session:
            found = open_branch(session, branch, actor=actor)
        met += [twig.code for twig in found.twigs]
        branch = found.more
    assert len(met) == len({*met}) == PART_ROWS + 10
    assert met == sorted(met)


def test_opening_a_branch_takes_few_statements_however_much_is_in_it(services: Services) -> None:
    actor, fonds = person(services, "binh"), fonds_of(services)
    for branch, most in ((Branch(), 1), (Branch(fonds=fonds), 3), (Branch(year=YEAR), 1)):
        with counted(services) as statements, services.read_only() as session:
            open_branch(session, branch, actor=actor)
        asked = [statement for statement in statements if statement.startswith("SELECT")]
        assert len(asked) <= most, asked


def test_series_stand_before_what_is_in_none(services: Services) -> None:
    fonds = fonds_of(services)
    with services.writing() as session:
        owner = session.scalars(select(Fonds).where(Fonds.code == fonds)).one()
        above = Series(id=uuid4(), fonds_id=owner.id, code="I", title="Công trình")
        below = Series(id=uuid4(), fonds_id=owner.id, code="I.1", title="Bơm", parent_id=above.id)
        session.add(above)
        session.flush()
        session.add(below)
        session.flush()
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        row.series_id = below.id
    actor = person(services, "binh")
    assert opened(services, actor, fonds=fonds)[0] == "I"
    assert opened(services, actor, fonds=fonds, series="I") == ["I.1"]
    assert opened(services, actor, fonds=fonds, series="I.1") == [CODE]
    assert CODE not in opened(services, actor, fonds=fonds)


def test_a_fonds_leads_to_its_branch_which_is_headed_by_its_name(services: Services) -> None:
    fonds, browser = fonds_of(services), browser_of(create_app(services), services, "lan")
    assert f'href="/browse?fonds={fonds}"' in browser.get(f"/fonds?fonds={fonds}").text
    with services.read_only() as session:
        name = session.scalars(select(Fonds.name).where(Fonds.code == fonds)).one()
    assert f"<h1>{name}</h1>" in browser.get(f"/browse?fonds={fonds}").text


def test_documents_of_a_case_file_lead_to_its_page(services: Services) -> None:
    page = browser_of(create_app(services), services, "binh").get(f"/browse/branch?case={CODE}")
    assert f'href="/case-files/{CODE}?document=1"' in page.text


def test_what_an_account_may_not_know_shows_in_no_branch_no_count_and_no_year(
    services: Services,
) -> None:
    reader = head_of_agency(services)

    def everything() -> list[object]:
        with services.read_only() as session:
            return [
                open_branch(session, Branch(), actor=reader),
                open_branch(session, Branch(fonds=fonds), actor=reader),
                open_branch(session, Branch(year=YEAR), actor=reader),
                years_held(session, actor=reader),
            ]

    fonds = fonds_of(services)
    with services.read_only() as session:
        added = session.scalars(select(CaseFile.code).order_by(CaseFile.code.desc())).first()
    assert added is not None
    change(services, added, state=CaseState.DESTROYED)
    before = everything()
    change(services, added, state=CaseState.STORED)
    assert everything() != before
    hide(services, added)
    assert everything() == before
    for branch in (Branch(fonds="H40.77.F"), Branch(case_file=added)):
        with services.read_only() as session, pytest.raises(BranchUnknownError):
            open_branch(session, branch, actor=reader)
    assert opened(services, reader, year=1977) == []
    archivist = person(services, "lan")
    assert opened(services, archivist, fonds="H40.77.F") == [added]
    page = browser_of(create_app(services), services, OF_AGENCY).get(
        "/browse/branch?fonds=H40.77.F"
    )
    assert page.status_code == 404


def shown(services: Services, kind: ShelfKind, name: str = "binh") -> list[tuple[str, int]]:
    with services.read_only() as session:
        found = shelf.shelf_of(session, kind, actor=person(services, name))
    return [(one.code, one.ordinal) for one in found]


def test_what_was_read_and_kept_is_told_to_its_reader_alone_while_it_may_be_known(
    services: Services,
) -> None:
    head_of_agency(services)
    app = create_app(services)
    reader = browser_of(app, services, OF_AGENCY)
    reader.get(f"/case-files/{CODE}")
    assert post(reader, f"/browse/kept/{CODE}", kept="1").status_code == 303
    assert shown(services, ShelfKind.READ, OF_AGENCY) == [(CODE, 1)]
    assert shown(services, ShelfKind.FAVOURITE, OF_AGENCY) == [(CODE, 0)]
    assert (
        shown(services, ShelfKind.READ, "lan") == shown(services, ShelfKind.FAVOURITE, "lan") == []
    )
    title = 'aria-labelledby="read-title"'
    assert CODE in reader.get("/browse").text.partition(title)[2]
    hide(services)
    assert (
        shown(services, ShelfKind.READ, OF_AGENCY)
        == shown(services, ShelfKind.FAVOURITE, OF_AGENCY)
        == []
    )
    assert CODE not in reader.get("/browse").text
    assert post(reader, f"/browse/kept/{CODE}", kept="1").status_code == 404
    actor = person(services, OF_AGENCY)
    with pytest.raises(NotFoundError):
        shelf.keep_in_sight(services, CODE, kept=True, actor=actor)


def test_the_shelf_is_emptied_and_repeating_changes_nothing(services: Services) -> None:
    actor = person(services, "binh")
    shelf.keep_in_sight(services, CODE, kept=True, actor=actor)
    shelf.keep_in_sight(services, CODE, kept=True, actor=actor)
    browser = browser_of(create_app(services), services, "binh")
    browser.get(f"/case-files/{CODE}")
    assert "Hồ sơ năm 20255" in browser.get("/browse?year=20255").text
    assert shown(services, ShelfKind.READ) == [(CODE, 1)]
    assert post(browser, "/browse/forget").status_code == 303
    assert shown(services, ShelfKind.READ) == []
    assert shown(services, ShelfKind.FAVOURITE) == [(CODE, 0)]
    shelf.keep_in_sight(services, CODE, kept=False, actor=actor)
    assert shown(services, ShelfKind.FAVOURITE) == []


def test_of_what_was_read_the_newest_stay(services: Services) -> None:
    actor = person(services, "binh")
    with services.read_only() as session:
        rows = list(session.execute(select(CaseFile.id, CaseFile.code).limit(shelf.MOST_READ + 2)))
    for row in rows:
        shelf.note_read(services, row.id, 1, actor=actor)
    with services.read_only() as session:
        left = session.scalar(select(func.count()).select_from(ShelfMark))
    assert left == shelf.MOST_READ
    newest = [row.code for row in rows[::-1]][: len(shown(services, ShelfKind.READ))]
    assert [code for code, _ in shown(services, ShelfKind.READ)] == newest


def test_the_shelf_outlives_a_rebuild(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        brought_in(services, small_pdf_case(tmp_path / "case"))
        shelf.keep_in_sight(services, CODE, kept=True, actor=person(services, "binh"))
        rebuild(services, actor=OPERATOR)
        assert shown(services, ShelfKind.FAVOURITE) == [(CODE, 0)]
