"""An order to hold against the destroy gate, at the same moment: never both, on either database."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.db.held import in_force
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.domain.retention.removal import CaseFileBeingDestroyedError, Removal
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from ingest.submissions.acts import accept, submit
from retention.holds.acts import place_holds, place_on_fonds, place_on_search
from retention.holds.rules import HoldNothingError, Wish
from tests.worlds.archive import Backends, copy_home, new_home, open_home, person, small_pdf_case
from tests.worlds.clients import do_all
from tests.worlds.retention.removing import approved, claim_item

CODES = tuple(f"H40.18.2025.{number}.QLCT" for number in (21, 22, 23, 24))
WISH = Wish("Thanh tra", "12/QĐ-TTT")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a few case files, stored."""
    backends, place = Backends(), tmp_path_factory.mktemp("race")
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    home = new_home(place / "home", backends)
    with open_home(home) as opened:
        for code in CODES:
            small_pdf_case(place / code, code=code)
            (identifier,) = submit(place / code, actor=person(opened, "bach"), services=opened)
            do_all(opened)
            accept(opened, identifier, actor=person(opened, "lan"))
        do_all(opened)
    return home


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it for each test."""
    with open_home(copy_home(stored, tmp_path / "home")) as opened:
        yield opened


def by_code(services: Services, code: str) -> None:
    head = person(services, "hung")
    place_holds(services, [code], reason="Thanh tra", authority="12/QĐ-TTT", actor=head)


def by_search(services: Services, code: str) -> None:
    place_on_search(services, f'"{code}"', WISH, actor=person(services, "hung"))


def by_fonds(services: Services, code: str) -> None:
    with services.read_only() as session:
        of_it = select(Fonds.code).join(CaseFile, CaseFile.fonds_id == Fonds.id)
        fonds = session.scalars(of_it.where(CaseFile.code == code)).one()
    place_on_fonds(services, fonds, WISH, actor=person(services, "hung"))


def race(*acts: Callable[[], None]) -> None:
    """All at once; what they raise is theirs to catch."""
    start = threading.Barrier(len(acts))

    def begin(act: Callable[[], None]) -> None:
        start.wait()
        act()

    threads = [threading.Thread(target=begin, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("scope", [by_code, by_search, by_fonds])
def test_of_a_hold_and_a_claim_one_sees_the_other(
    services: Services, scope: Callable[[Services, str], None]
) -> None:
    items = dict(zip(CODES, approved(services, *CODES), strict=True))
    refused: dict[str, set[str]] = {code: set() for code in CODES}

    def hold(code: str) -> None:
        try:
            scope(services, code)
        except (CaseFileBeingDestroyedError, HoldNothingError):
            refused[code].add("hold")

    def claim(code: str, item_id: UUID) -> None:
        with services.unit_of_work() as uow:
            try:
                claim_item(services, uow.session, uow.session.get_one(DispositionItem, item_id))
            except RemovalRefusedError as error:
                refused[code].add(str(error.facts["reason"]))
                return
            uow.commit()

    for code, item_id in items.items():
        race(partial(hold, code), partial(claim, code, item_id))
    with services.read_only() as session:
        for code, item_id in items.items():
            row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
            placed = min((one.placed_at for one in in_force(session, row.id)), default=None)
            claimed = session.scalar(select(Removal).where(Removal.code == code))
            item = session.get_one(DispositionItem, item_id)
            assert (item.state is ItemState.CLAIMED) == (claimed is not None)
            assert (claimed is None) == (row.removing_since is None)
            if claimed is None:
                assert placed is not None
                assert refused[code] == {"held"}
            elif scope is not by_fonds:
                assert placed is None
                assert refused[code] == {"hold"}
            else:  # an order on the fonds does not reach what went before
                assert placed is None or claimed.claimed_at <= placed
