"""Every place of a removal looked through by hand: what a proof says is gone is not there."""

from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.retention.removal import PlaceState, Removal
from archive_service.domain.tables import METADATA
from archive_service.storage.acts import iter_acts
from archive_service.storage.ocfl.root import object_root
from tests.faults.retention.destruction.backups import Medium
from tests.faults.retention.destruction.home import CODES, MARKS
from tests.faults.retention.destruction.terms import Archive
from tests.worlds.retention.removing import iter_marked


def require_true(world: Archive, medium: Medium, one: int, row: CaseFile, removal: Removal) -> None:
    """The tombstone was first; where a place is said to be clear, nothing is found there."""
    states = {place.place: place.state for place in removal.places}
    assert states["copy:kho2"] is not PlaceState.STATED or world.law.stated
    stored = world.stored(row)
    for store in world.copies():
        is_open = states[f"copy:{store.name}"] is PlaceState.OPEN
        assert is_open or stored[store.name] == 0
        if stored[store.name] < world.law.files[one][store.name]:
            told = [act.document["body"]["code"] for act in iter_acts(store, "removal")]
            assert row.code in told, "the tombstone was first"
    assert (row.state is CaseState.DESTROYED) == (removal.done_at is not None)
    assert (PlaceState.OPEN in states.values()) == (removal.done_at is None)
    cleared = {name for name, state in states.items() if state is not PlaceState.OPEN}
    mark, naming = MARKS[one].encode(), _naming(world, one)
    _require_no_mark(world, mark, cleared)
    if removal.done_at is not None:
        _require_nowhere(world, mark, naming)
    medium.require_closed(
        world.home, mark, states, but=[each.rpartition(":")[2] for each in naming]
    )


def _naming(world: Archive, one: int) -> list[str]:
    """Identifiers of the packages that named a document of it."""
    codes = [CODES[by] for by in world.named_by.get(one, ())]
    with world.services.read_only() as session:
        return list(session.scalars(select(CaseFile.ocfl_id).where(CaseFile.code.in_(codes))))


def _require_no_mark(world: Archive, mark: bytes, cleared: set[str]) -> None:
    for place, begins in (("index", "search.db"), ("database-file", "archive.db")):
        if place in cleared:
            for file in world.home.glob(f"{begins}*"):
                assert mark not in file.read_bytes(), file
    if "rows" in cleared and "queue" in cleared:
        with world.services.read_only() as session:
            for table in METADATA.sorted_tables:
                for row in session.execute(select(table)):
                    assert mark.decode() not in repr(row), table.name


def _staged_for(world: Archive, naming: list[str]) -> set[str]:
    """Digests that versions of these packages were built of: in staging until it is swept."""
    with world.services.read_only() as session:
        query = select(PackageVersion.staged).join(CaseFile).where(CaseFile.ocfl_id.in_(naming))
        return {digest for staged in session.scalars(query) for digest in staged}


def _require_nowhere(world: Archive, mark: bytes, naming: list[str]) -> None:
    roots, staged = [object_root(one) for one in naming], _staged_for(world, naming)
    left = [
        file
        for file in iter_marked(world.home, mark, mark.lower())
        if not (world.law.stated and file.parts[0] == "kho2-away")  # said to be destroyed
        and not any(root in file.as_posix() for root in roots)
        and not (file.parts[0] == "staging" and file.name in staged)
    ]
    assert not left, left
