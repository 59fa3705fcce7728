"""A destruction from claim to certificate in a process of its own, which can be killed anywhere."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from archive_service.bootstrap import Services, open_gate
from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.disposition import DispositionItem, ItemState
from archive_service.domain.removal import PlaceState, Removal
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy_places import Remains
from archive_service.storage.erase.port import Eraser
from archive_service.storage.ocfl import object_root
from archive_service.worker import work
from archive_service.workflow.destruction import claim_items
from archive_service.workflow.destruction_places import places_of
from archive_service.workflow.fixity import check_all
from tests.factories.archive import open_home
from tests.factories.killing import Killer, Moment, die, under


class KillingEraser:
    """The hands of the gate under a killer: it dies when half of the object is gone, or all."""

    def __init__(self, eraser: Eraser, killer: Killer) -> None:
        self._eraser, self._killer = eraser, killer

    def erase(self, key: str) -> None:
        """See ``Eraser.erase``."""
        self._eraser.erase(key)

    def iter_left(self, folder: str) -> Iterator[str]:
        """See ``Eraser.iter_left``."""
        return self._eraser.iter_left(folder)

    def require_free(self, folder: str) -> None:
        """See ``Eraser.require_free``."""
        self._eraser.require_free(folder)

    def erase_all(self, folder: str) -> int:
        """See ``Eraser.erase_all``."""
        if self._killer.is_due(Moment.ERASE):
            keys = list(self._eraser.iter_left(folder))
            for key in keys[: len(keys) // 2]:
                self._eraser.erase(key)
            die()
        count = self._eraser.erase_all(folder)
        if self._killer.is_due(Moment.ERASED):
            die()
        return count


def destroy_under(home: Path, moment: Moment, at: int) -> None:
    """Claimed and carried out, until the killer comes."""
    with open_home(home) as services:
        _destroy(services, Killer(moment, at))


def claims_of(home: Path) -> None:
    """What the rows say that is gone, is; what is claimed has its tombstone before a byte goes."""
    with open_home(home) as services, services.read_only() as session:
        removals = {one.case_file_id: one for one in session.scalars(select(Removal))}
        for row in session.scalars(select(CaseFile)):
            removal = removals.get(row.id)
            if removal is None:
                assert row.removing_since is None
                assert all(_left(services, row).values())
            else:
                _require_true(services, row, removal)


def _left(services: Services, row: CaseFile) -> dict[str, list[str]]:
    root = f"{object_root(row.ocfl_id)}/"
    return {copy.name: list(copy.iter_keys(root)) for copy in services.stores}


def _require_true(services: Services, row: CaseFile, removal: Removal) -> None:
    keys = _left(services, row)
    states = {place.place: place.state for place in removal.places}
    for name, left in keys.items():
        assert not left or states[f"copy:{name}"] is PlaceState.OPEN
    if any(len(left) < len(max(keys.values(), key=len)) for left in keys.values()):
        for copy in services.stores:
            told = [act.document["body"]["code"] for act in iter_acts(copy, "removal")]
            assert row.code in told
    remains = Remains(removal.id, row.id, row.ocfl_id, row.code)
    for place in places_of(services):
        assert states[place.name] is PlaceState.OPEN or not place.left([remains])
    assert (row.state is CaseState.DESTROYED) == (removal.done_at is not None)
    assert PlaceState.OPEN not in states.values() or removal.done_at is None


def restart(home: Path) -> None:
    """Work goes on: what was claimed is gone everywhere, what was not is whole."""
    claims_of(home)
    with open_home(home) as services:
        work(services, until_empty=True)
        with services.read_only() as session:
            removals = session.scalars(select(Removal)).all()
            rows = session.scalars(select(CaseFile)).all()
            items = session.scalars(select(DispositionItem)).all()
        ends = {(row.state, item.state) for row in rows for item in items}
        if removals:
            assert len(removals) == len(rows), "claimed together"
            assert ends == {(CaseState.DESTROYED, ItemState.DONE)}
            assert not services.index.holds([row.id for row in rows])
            told = [len(list(iter_acts(copy, "removal"))) for copy in services.stores]
            assert told == [2 * len(rows)] * 2
        else:
            assert ends == {(CaseState.STORED, ItemState.APPROVED)}
        check_all(services, progress=lambda _share: None)
    claims_of(home)


def _destroy(services: Services, killer: Killer) -> None:
    mortal = under(services, killer)
    with mortal.unit_of_work() as uow:
        items = uow.session.scalars(select(DispositionItem.id)).all()
        told = claim_items(mortal, uow.session, items)
        uow.commit()
    removals = [one.id for one in told.values() if isinstance(one, Removal)]
    assert len(removals) == len(items)
    gate = open_gate(mortal, places_of(mortal))
    gate._erasers = {name: KillingEraser(one, killer) for name, one in gate._erasers.items()}
    assert gate.carry_out_all(removals) == {one: {} for one in removals}
