"""Healing what a check found and confirmed, from a copy that verifies; who did it is recorded."""

from collections import defaultdict
from collections.abc import Iterable
from functools import partial

from sqlalchemy import select, tuple_

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.db.destroyed import require_not_claimed
from archive_service.db.package_writers import writing
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.fixity_pass import FixityTrouble
from archive_service.domain.people.account import WORKER, Actor
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.keeping.fixity.check import (
    FixityRun,
    check_case_file,
    conclude,
    ids_of_roots,
    iter_check,
    known_copies,
    mark_healed,
)
from archive_service.keeping.fixity.claimed_packages import claimed_roots, without_claimed
from archive_service.keeping.fixity.troubles import end_claimed, note_sound
from archive_service.keeping.reserve import settle_proofs
from archive_service.recovery.export.case_file import NotStoredYetError
from archive_service.services import Services
from archive_service.storage.fixity.repair import RepairReport, repair
from archive_service.storage.fixity.verdict import Fixity, FixityResult
from archive_service.storage.ocfl.root import root_of

HEAL_JOB = "heal-copies"
_UNITS_AT_ONCE = 50  # packages, or files beside them, healed and told of at once


def heal_copies(lease: Lease, services: Services) -> None:
    """Put back what was found wrong twice and is not healed yet; the rest waits for a person."""
    last = ("", "")
    while some := _waiting_after(services, last):
        repair_found(services, [result_of(row) for row in some], actor=WORKER)
        last = (some[-1].copy, some[-1].unit)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _waiting_after(services: Services, last: tuple[str, str]) -> list[FixityTrouble]:
    """What can be healed of the next packages, each with all of its files."""
    waiting = (
        FixityTrouble.healed_at.is_(None),
        FixityTrouble.sha256_expected.is_not(None),
        FixityTrouble.status.in_((str(Fixity.DAMAGED), str(Fixity.MISSING))),
    )
    place = tuple_(FixityTrouble.copy, FixityTrouble.unit)
    units = (
        select(FixityTrouble.copy, FixityTrouble.unit)
        .where(*waiting, place > last)
        .distinct()
        .order_by(FixityTrouble.copy, FixityTrouble.unit)
        .limit(_UNITS_AT_ONCE)
    )
    with services.read_only() as session:
        found = [(row.copy, row.unit) for row in session.execute(units)]
        rows = select(FixityTrouble).where(*waiting, place.in_(found))
        return list(
            session.scalars(
                rows.order_by(FixityTrouble.copy, FixityTrouble.unit, FixityTrouble.key)
            )
        )


def result_of(row: FixityTrouble) -> FixityResult:
    """As a check told it."""
    return FixityResult(
        row.copy,
        row.key,
        Fixity(row.status),
        sha256_expected=row.sha256_expected,
        sha256_found=row.sha256_found,
    )


def repair_all(services: Services, *, actor: Actor, copy: str | None = None) -> RepairReport:
    """Check every copy, or one, heal from one that verifies, record what was healed.

    Raises:
        ActNotAllowedError: ``actor`` may not repair.
        CopyNameError: no such copy.
    """
    access.require(actor, "fixity:repair")
    run = FixityRun(clock.now())
    for _ in iter_check(services, run, copy=copy):
        pass
    conclude(services, run, actor=actor, copy=copy)
    return repair_found(services, without_claimed(services, run.tally.troubles()), actor=actor)


def repair_case_file(services: Services, code: str, *, actor: Actor) -> RepairReport:
    """The same for one case file in every copy.

    Raises:
        ActNotAllowedError: ``actor`` may not repair.
        CaseFileNotFoundError: absent, or not to be known.
        CaseFileBeingDestroyedError: the destroy gate has claimed it.
        NotStoredYetError: no copy holds it yet.
    """
    access.require(actor, "fixity:repair")
    with services.read_only() as session:
        row = session.scalar(select(CaseFile).where(CaseFile.code == code))
        if row is None:
            raise CaseFileNotFoundError(code=code)
        require_not_claimed(session, row.id)
    if row.version_stored == 0:
        raise NotStoredYetError(code=row.code, state=row.state)
    return repair_found(services, check_case_file(row.id, services).troubles(), actor=actor)


def repair_found(
    services: Services, troubles: Iterable[FixityResult], *, actor: Actor
) -> RepairReport:
    """Heal what a check has found and confirmed; what was healed is recorded, with who did it."""
    copies, _ = known_copies(services, [*services.copies, *services.reserves])
    report = repair(copies, troubles, turn=partial(writing, services.database))
    healed_at = clock.now()
    open_still = {(result.copy, root_of(result.key)) for result in report.failed}
    ocfl_ids = ids_of_roots(
        {root for fixity_result in report.repaired if (root := root_of(fixity_result.key))}
    )
    healed: dict[str, set[str]] = defaultdict(set)
    keys: dict[str, list[str]] = defaultdict(list)
    for result in report.repaired:
        keys[result.copy].append(result.key)
        root = root_of(result.key)
        if root in ocfl_ids and (result.copy, root) not in open_still:
            healed[result.copy].add(ocfl_ids[root])
    facts = {name: sorted(ids) for name, ids in healed.items()}
    with services.writing() as session:
        mark_healed(session, facts, at=healed_at)
        for name, some in keys.items():
            note_sound(session, name, some, at=healed_at, by=actor.account)
        # What the destroy gate took meanwhile does not wait to be healed.
        end_claimed(session, claimed_roots(session, report.failed), at=healed_at)
        settle_proofs(session)
        record_event(
            session,
            "fixity:repaired",
            subject_id=None,
            actor=actor,
            data={
                "at": clock.iso(healed_at),
                "repaired": len(report.repaired),
                "failed": len(report.failed),
                "repaired_objects": facts,
            },
        )
    write_out_evidence(services)
    return report
