"""What a check meets of packages that the destroy gate has claimed: it is no damage, and goes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.retention.removal import DESTROY_JOB, Removal, RemovalPlace
from archive_service.jobs.ledger import JobLedger
from archive_service.log import logger
from archive_service.services import Services
from archive_service.storage.destroy.run import places_of_copy
from archive_service.storage.fixity.verdict import Fixity, FixityResult
from archive_service.storage.ocfl.root import id_of, object_root, root_of
from archive_service.storage.port import ObjectStore

_AT_ONCE = 500


class CameBack:
    """Notes of which packages a check meets files, and opens again the removals that are done."""

    def __init__(self, services: Services, copies: Iterable[ObjectStore]) -> None:
        self._services = services
        self._copies = {copy.name: copy for copy in copies}
        self._met: dict[str, set[str]] = defaultdict(set)

    def note(self, result: FixityResult) -> None:
        """A file that lies in a copy."""
        root = root_of(result.key)
        if root is None or result.status in (Fixity.MISSING, Fixity.UNREACHABLE):
            return
        met = self._met[result.copy]
        met.add(id_of(root))
        if len(met) >= _AT_ONCE:
            self._settle(result.copy)

    def settle(self) -> None:
        """At the end of the check."""
        for name in list(self._met):
            self._settle(name)

    def _settle(self, name: str) -> None:
        met = self._met.pop(name)
        if name in self._copies:
            services = self._services
            reopen_in(services.database, self._copies[name], sorted(met), jobs=services.jobs)


def without_claimed(services: Services, troubles: Iterable[FixityResult]) -> list[FixityResult]:
    """Those of packages that are to be in the copies, and of files beside them."""
    left_over = list(troubles)
    with services.read_only() as session:
        roots = claimed_roots(session, left_over)
    return [fixity_result for fixity_result in left_over if root_of(fixity_result.key) not in roots]


def claimed_roots(session: Session, found: Iterable[FixityResult]) -> set[str]:
    """Roots of the packages among these that the destroy gate has claimed."""
    ids = sorted({id_of(root) for fixity_result in found if (root := root_of(fixity_result.key))})
    claimed: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = Removal.ocfl_id.in_(ids[start : start + _AT_ONCE])
        claimed |= set(session.scalars(select(Removal.ocfl_id).where(some)))
    return {object_root(package) for package in claimed}


def reopen_in(
    database: Database,
    copy: ObjectStore,
    ocfl_ids: Sequence[str] | None = None,
    *,
    jobs: JobLedger | None = None,
) -> set[str]:
    """Removals of which the copy holds something again: its place is open once more; their ids.

    A copy that came back, or a disk that was put in from elsewhere. Without ``jobs`` the look of
    every ten minutes takes it away.

    Args:
        ocfl_ids: only these.
    """
    query = select(Removal.id, Removal.ocfl_id).where(Removal.done_at.is_not(None))
    if ocfl_ids is not None:
        query = query.where(Removal.ocfl_id.in_(list(ocfl_ids)))
    with database.read_only() as session:
        known = session.execute(query).all()
    back = {
        row.id: row.ocfl_id
        for row in known
        if next(copy.iter_keys(f"{object_root(row.ocfl_id)}/"), None)
    }
    if not back:
        return set()
    with database.writing() as session:
        for removal_id in back:
            removal = session.get_one(Removal, removal_id)
            place, reserve = places_of_copy(copy.name)
            is_reserve = reserve in {removal_place.place for removal_place in removal.places}
            go_on(session, removal, [reserve if is_reserve else place], jobs=jobs)
            logger().warning("destroyed-came-back", code=removal.code, copy=copy.name)
    return set(back.values())


def go_on(
    session: Session, removal: Removal, places: Sequence[str], *, jobs: JobLedger | None
) -> None:
    """Clear these places once more: till then the case file is only claimed, not destroyed."""
    open_again(removal, places)
    of_it = CaseFile.id == removal.case_file_id
    session.execute(update(CaseFile).where(of_it).values(state=CaseState.STORED))
    if jobs is not None:
        jobs.add(session, DESTROY_JOB, subject_id=removal.case_file_id)


def open_again(removal: Removal, places: Sequence[str]) -> None:
    """These places are to be cleared once more."""
    known = {place.place: place for place in removal.places}
    for name in places:
        if name in known:
            known[name].reopen()
        else:
            removal.places.append(RemovalPlace(place=name, proof={}))
    removal.done_at = None
