"""A destruction from claim to certificate in a process of its own, which can be killed anywhere."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import select

from archive_service.bootstrap import open_gate
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.domain.retention.removal import PlaceState, Removal
from archive_service.keeping.fixity.check import check_all
from archive_service.services import Services
from archive_service.settings import HOME_FILE
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy.places import Remains
from archive_service.storage.destroy.run import COPY, RESERVE
from archive_service.storage.erase.port import Eraser
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from retention.destruction.acts import claim_items
from retention.destruction.places.all import places_of
from tests.worlds.archive import open_home
from tests.worlds.damage.killing import Census, Killer, Moment, die, under
from tests.worlds.servers.buckets import everything_below


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


def destroy_through(home: Path, pid: Path, ports: Mapping[int, int]) -> None:
    """The same; requests to buckets go through proxies, by port, that know whom to kill."""
    pid.write_text(str(os.getpid()))
    settings = home / HOME_FILE
    direct = told = settings.read_text("utf-8")
    for port, proxy in ports.items():
        told = told.replace(f"127.0.0.1:{port}/", f"127.0.0.1:{proxy}/")
    settings.write_text(told, "utf-8")
    with open_home(home) as services:
        settings.write_text(direct, "utf-8")  # for whoever comes afterwards
        _destroy(services, Census())


def note_whole(home: Path, whole: Path) -> None:
    """How much of each case file is where before anything goes: into the file ``whole``."""
    with open_home(home) as services, services.read_only() as session:
        told = {row.code: _left(services, row) for row in session.scalars(select(CaseFile))}
    whole.write_text(json.dumps(told), "utf-8")


def claims_of(home: Path, whole: Path) -> None:
    """What the rows say that is gone, is; what is claimed has its tombstone before a byte goes."""
    was = json.loads(whole.read_text("utf-8"))
    with open_home(home) as services, services.read_only() as session:
        removals = {one.case_file_id: one for one in session.scalars(select(Removal))}
        for row in session.scalars(select(CaseFile)):
            removal = removals.get(row.id)
            if removal is None:
                assert row.removing_since is None
                assert _left(services, row) == was[row.code]
            else:
                _require_true(services, row, removal, was[row.code])


def _left(services: Services, row: CaseFile) -> dict[str, int]:
    """Place → how much of it is there; of a bucket every version and mark, past all of ours."""
    root, storage = f"{object_root(row.ocfl_id)}/", services.settings.storage
    kinds = {COPY: (services.stores, storage.copies)}
    kinds[RESERVE] = services.reserve_stores, storage.reserve
    return {
        f"{kind}:{store.name}": len(
            everything_below(url, root) if url.startswith("s3:") else list(store.iter_keys(root))
        )
        for kind, (stores, urls) in kinds.items()
        for store, url in zip(stores, urls, strict=True)
    }


def _require_true(
    services: Services, row: CaseFile, removal: Removal, was: Mapping[str, int]
) -> None:
    left = _left(services, row)
    states = {place.place: place.state for place in removal.places}
    for name, count in left.items():
        assert not count or states[name] is PlaceState.OPEN, name
    if left != was:
        for copy in (*services.stores, *services.reserve_stores):
            told = [act.document["body"]["code"] for act in iter_acts(copy, "removal")]
            assert row.code in told
    remains = Remains(removal.id, row.id, row.ocfl_id, row.code)
    for place in places_of(services):
        assert states[place.name] is PlaceState.OPEN or not place.left([remains])
    assert (row.state is CaseState.DESTROYED) == (removal.done_at is not None)
    assert PlaceState.OPEN not in states.values() or removal.done_at is None


def restart(home: Path, whole: Path) -> None:
    """Work goes on: what was claimed is gone everywhere, what was not is whole."""
    claims_of(home, whole)
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
            assert not any(count for row in rows for count in _left(services, row).values())
            assert not services.index.holds([row.id for row in rows])
            told = [len(list(iter_acts(copy, "removal"))) for copy in services.stores]
            assert told == [2 * len(rows)] * len(services.stores)
        else:
            assert ends == {(CaseState.STORED, ItemState.APPROVED)}
        check_all(services, progress=lambda _share: None)
    claims_of(home, whole)


def _destroy(services: Services, killer: Killer) -> None:
    mortal = under(services, killer)
    with mortal.writing() as session:
        items = session.scalars(select(DispositionItem.id)).all()
        told = claim_items(mortal, session, items)
    removals = [one.id for one in told.values() if isinstance(one, Removal)]
    assert len(removals) == len(items)
    gate = open_gate(mortal, places_of(mortal))
    gate._erasers = {name: KillingEraser(eraser, killer) for name, eraser in gate._erasers.items()}
    assert gate.carry_out_all(removals) == {removal: {} for removal in removals}
