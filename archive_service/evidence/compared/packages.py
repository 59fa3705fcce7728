"""Versions of packages and what was destroyed, by rows and by the events that tell of them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.db.rolled_back import BROUGHT_BACK
from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.removal import Removal
from archive_service.evidence.compared.causes import unasked, uncaused
from archive_service.evidence.compared.misfit import Misfit
from archive_service.evidence.log_of_rows import BUILT, ToldVersions, newest_stored, told_versions

CLAIMED = "case-file:removal-claimed"
_HANDED_OVER = ("transfer:handed-over", "case-file:handed-over")
_HERE = (CaseState.ACCEPTED, CaseState.STORED)
_BEGUN = ("submission:accepted", "case-file:made-by-split")
_TOGETHER = 500
_Key = tuple[UUID, int]  # case file and number of the version
_Version = tuple[str, str]  # digest of its inventory, and who made it; "": nobody told


def _unlike(version: _Version, held: _Version | None) -> bool:
    if held is None:
        return bool(version[0])
    return any(own and own != two for own, two in zip(version, held, strict=True))


def _shown(version: _Version, held: _Version | None) -> tuple[str, str | None]:
    """Both sides of the digest; of who made it where the digest is as it was told."""
    if held is None or (version[0] and version[0] != held[0]):
        return version[0], held and held[0]
    return version[1], held[1]


def version_misfits(session: Session) -> Iterator[Misfit]:
    """Versions that rows tell otherwise than events, or that no event tells of; forged ends."""
    back = select(func.max(AuditEvent.at)).where(AuditEvent.tag.in_(BROUGHT_BACK))
    since = session.scalar(back)
    last, known = "", 0
    subjects = select(AuditEvent.subject_id).where(AuditEvent.tag == BUILT).distinct()
    while True:
        query = subjects.where(AuditEvent.subject_id > last).order_by(AuditEvent.subject_id)
        found = [row for row in session.scalars(query.limit(_TOGETHER)) if row]
        if not found:
            break
        ids, last = [UUID(package_id) for package_id in found], found[-1]
        leaves, held = told_versions(session, ids), _held(session, ids)
        stored = _of_case_files(leaves)
        known += len(stored.keys() & held.keys())
        yield from _differing(session, ids, stored, held)
        yield from _never_begun(session, ids, since)
        yield from (Misfit(f"event {number}", f"event {number}") for number in leaves.odd)
    yield from _without_versions(session)
    if known != session.scalar(select(func.count()).select_from(PackageVersion)):
        yield from _untold(session, since)


def _of_case_files(leaves: ToldVersions) -> dict[_Key, _Version]:
    return {
        (UUID(subject), number): (version.inventory, version.built_by)
        for (subject, number), version in leaves.by_key.items()
    }


def _held(session: Session, ids: Sequence[UUID]) -> dict[_Key, _Version]:
    key = PackageVersion.case_file_id, PackageVersion.number
    rows = select(*key, PackageVersion.inventory_sha256, PackageVersion.built_by)
    found = session.execute(rows.where(PackageVersion.case_file_id.in_(ids)))
    return {(row[0], row[1]): (row[2], row[3]) for row in found}


def _differing(
    session: Session,
    ids: Sequence[UUID],
    stored: dict[_Key, _Version],
    held: dict[_Key, _Version],
) -> Iterator[Misfit]:
    named = select(CaseFile.id, CaseFile.code, CaseFile.state, CaseFile.removing_since)
    numbers = CaseFile.version_wanted, CaseFile.version_built, CaseFile.version_stored
    how_far = named.add_columns(*numbers)
    files = session.execute(how_far.where(CaseFile.id.in_(ids))).all()
    newest = dict(sorted(held))  # of each case file the highest number
    codes, gone = {row.id: row.code for row in files}, _claimed(session, ids)
    away = [row.id for row in files if row.state is CaseState.TRANSFERRED]
    handed_over = _handed_over(session, away) if away else set[UUID]()
    for row in files:
        is_going = row.removing_since is not None or row.state is CaseState.DESTROYED
        is_away = row.state is CaseState.TRANSFERRED and row.id not in handed_over
        stays = row.state in _HERE and not is_going
        if is_away or (stays if row.id in gone else is_going):
            facts = {"version": 0, "log": "–", "row": row.state.value}
            yield Misfit(f"{row.code} removal", row.code, facts)
        if stays:
            gone.discard(row.id)  # it is compared all the same
            yield from _never_at_rest(row, newest.get(row.id, 0))
    for (case_file_id, number), version in stored.items():
        found = held.get((case_file_id, number)) if case_file_id in codes else None
        if case_file_id not in gone and _unlike(version, found):
            code = str(codes.get(case_file_id, case_file_id))
            yield _misfit(code, number, *_shown(version, found))
    here = {row.id: row for row in files if row.state in _HERE and row.id not in gone}
    yield from _kept_from_rest(session, here)
    later = [case_file_id for case_file_id, number in stored if number > 1]
    for case_file_id, number, digest in uncaused(session, list(dict.fromkeys(later))):
        if case_file_id not in gone:
            yield _misfit(str(codes.get(case_file_id, case_file_id)), number, "–", digest)


def _never_at_rest(row: Any, newest: int) -> Iterator[Misfit]:
    """Numbers of versions by which nothing is built and nothing is compared, now or ever."""
    beyond, least = max(row.version_built, row.version_stored), row.version_built
    if beyond > newest:
        yield _misfit(row.code, beyond, "–", None)
    elif row.version_wanted < least or least < newest:
        yield _misfit(row.code, newest, "–", str(min(row.version_wanted, least)))
    elif row.version_stored and row.state is CaseState.ACCEPTED:
        yield _misfit(row.code, newest, CaseState.STORED.value, row.state.value)


def _kept_from_rest(session: Session, rows: Mapping[UUID, Any]) -> Iterator[Misfit]:
    """Case files that wait though no act asked, or copies were told to hold it: never compared."""
    waiting = {
        id_: row.version_built
        for id_, row in rows.items()
        if row.version_wanted > row.version_built > 0
    }
    for id_ in unasked(session, waiting) if waiting else ():
        yield _misfit(rows[id_].code, rows[id_].version_wanted, "–", None)
    behind = [id_ for id_, row in rows.items() if row.version_stored < row.version_built]
    for id_, stored in newest_stored(session, behind) if behind else ():
        yield _misfit(rows[id_].code, int(stored.told), stored.told, stored.row)


def _misfit(code: str, number: int, log: str, row: str | None) -> Misfit:
    return Misfit(f"{code} v{number}", code, {"version": number, "log": log, "row": row})


def _claimed(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those that the gate claimed, as an event of it tells: their rows and bytes may be gone."""
    events = select(AuditEvent.data["removal"].as_string()).where(
        AuditEvent.tag == CLAIMED,
        AuditEvent.subject_id.in_([str(identifier) for identifier in ids]),
    )
    claimed = {UUID(row) for row in session.scalars(events)}
    query = select(Removal.case_file_id).where(
        Removal.id.in_(claimed), Removal.case_file_id.in_(ids)
    )
    return set(session.scalars(query))


def _handed_over(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those of which an event tells that another archive has them now."""
    events = select(AuditEvent.subject_id).where(
        AuditEvent.tag.in_(_HANDED_OVER),
        AuditEvent.subject_id.in_([str(identifier) for identifier in ids]),
    )
    return {UUID(row) for row in session.scalars(events) if row}


def _never_begun(
    session: Session, ids: Sequence[UUID], since: dt.datetime | None
) -> Iterator[Misfit]:
    """Case files that were packed and that nobody accepted, nor split off from another one."""
    query = select(AuditEvent.subject_id).where(
        AuditEvent.tag.in_(_BEGUN), AuditEvent.subject_id.in_(list(map(str, ids)))
    )
    begun = {UUID(row) for row in session.scalars(query) if row}
    rows = select(CaseFile.code, PackageVersion.inventory_sha256).join(
        PackageVersion, PackageVersion.case_file_id == CaseFile.id
    )
    if since is not None:  # what a rebuild found in the copies
        rows = rows.where(PackageVersion.built_at > since)
    rest = [package_id for package_id in ids if package_id not in begun]
    first = PackageVersion.number == 1, PackageVersion.case_file_id.in_(rest)
    for code, digest in session.execute(rows.where(*first)) if rest else ():
        yield _misfit(code, 1, "–", digest)


def _without_versions(session: Session) -> Iterator[Misfit]:
    """Case files told as packed, of which there is no version: slipped in, or their rows taken."""
    built = select(PackageVersion.case_file_id)
    rows = select(CaseFile.code, CaseFile.version_built, CaseFile.state).where(
        CaseFile.version_built > 0,
        CaseFile.state.in_(_HERE),
        CaseFile.removing_since.is_(None),
        CaseFile.id.not_in(built),
    )
    for code, version, state in session.execute(rows.order_by(CaseFile.code)):
        yield _misfit(code, version, "–", state.value)


def _untold(session: Session, since: dt.datetime | None) -> Iterator[Misfit]:
    """Versions that no event tells of, but for those that a rebuild found in the copies."""
    rows = select(PackageVersion, CaseFile.code).join(
        CaseFile, CaseFile.id == PackageVersion.case_file_id
    )
    if since is not None:
        rows = rows.where(PackageVersion.built_at > since)
    rows = rows.order_by(PackageVersion.case_file_id, PackageVersion.number)
    for some in session.execute(rows).partitions(_TOGETHER):
        stored = _of_case_files(told_versions(session, [row.case_file_id for row, _ in some]))
        for row, code in some:
            if (row.case_file_id, row.number) not in stored:
                yield _misfit(code, row.number, "–", row.inventory_sha256)
