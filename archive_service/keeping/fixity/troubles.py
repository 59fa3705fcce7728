"""What a check found wrong: one row a file, judged against the other copies, until it is healed."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.fixity_pass import FixityPass, FixityTrouble
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.storage.fixity.comparing import judge
from archive_service.storage.fixity.verdict import Fixity, FixityResult
from archive_service.storage.ocfl.root import root_of
from archive_service.storage.port import ObjectStore

DAMAGE = "fixity-damage"
UNEXPECTED = "fixity-unexpected"
NOT_JUDGED = "not-judged"
FOUND_SOUND = "found-sound"  # nobody of ours healed it
CLAIMED = "claimed"  # by the destroy gate: nothing of it is put right any more
COPY_GONE = "copy-gone"  # the copy was renewed or retired
LATE, PAUSED = "fixity-late", "fixity-paused"
_OF_COPY = (LATE, PAUSED, DAMAGE, UNEXPECTED)
_JUDGED = 200  # files of one batch that are read in the other copies as well
_INCIDENTS = 100  # open ones of a copy; what comes beyond is told as one of the whole copy
_AT_ONCE = 400  # keys of one statement
_WRONG = (Fixity.DAMAGED, Fixity.MISSING, Fixity.UNEXPECTED)


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that is not as recorded, who is wrong about it, and what the other copies have."""

    result: FixityResult
    verdict: str = NOT_JUDGED
    others: dict[str, str] = field(default_factory=dict)


def judged(results: Iterable[FixityResult], copies: Sequence[ObjectStore]) -> list[Judged]:
    """Those of the results that are wrong; the first few are read in the other copies too."""
    found: list[Judged] = []
    for result in results:
        if result.status not in _WRONG:
            continue
        if result.status is Fixity.UNEXPECTED or len(found) >= _JUDGED:
            found.append(Judged(result))
            continue
        others = [copy for copy in copies if copy.name != result.copy]
        found.append(Judged(result, *judge(result, others)))
    return found


def note_troubles(session: Session, found: Collection[Judged], *, at: dt.datetime) -> None:
    """A row for each, counted where it is known; one incident for each package of each copy."""
    units: dict[tuple[str, str], Judged] = {}
    for found_now in found:
        result = found_now.result
        row = session.scalar(_open(result.copy).where(FixityTrouble.key == _key(result)))
        if row is None:
            row = FixityTrouble(
                copy=result.copy, key=_key(result), unit=unit_of(result.key), first_seen_at=at
            )
            session.add(row)
        else:
            row.times += 1
        row.status = str(result.status)
        row.sha256_expected, row.sha256_found = result.sha256_expected, result.sha256_found or None
        row.verdict, row.others, row.confirmed_at = found_now.verdict, found_now.others, at
        units.setdefault((row.copy, row.unit), found_now)
    session.flush()
    for (copy, unit), found_now in units.items():
        _tell(session, copy, unit, found_now)


def note_sound(
    session: Session, copy: str, keys: Collection[str], *, at: dt.datetime, by: str = FOUND_SOUND
) -> None:
    """These files of the copy are as recorded: those that were in trouble are so no more."""
    wanted = list(keys)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows = session.scalars(_open(copy).where(FixityTrouble.key.in_(some))).all()
        end_troubles(session, rows, at=at, by=by)


def end_troubles(
    session: Session, rows: Sequence[FixityTrouble], *, at: dt.datetime, by: str
) -> None:
    """These are over, and so are the incidents of packages in which no other is left."""
    for row in rows:
        row.healed_at, row.healed_by = at, by
    session.flush()
    for copy, unit in sorted({(row.copy, row.unit) for row in rows}):
        if not session.scalar(select(_open(copy).where(FixityTrouble.unit == unit).exists())):
            for kind in (DAMAGE, UNEXPECTED):
                close_incident(session, kind, _subject(copy, unit))
    for copy in sorted({row.copy for row in rows}):
        if not session.scalar(select(_open(copy).exists())):
            close_incident(session, DAMAGE, copy)


def end_claimed(session: Session, roots: Collection[str], *, at: dt.datetime) -> None:
    """What the destroy gate has claimed is in no trouble: it is to be missing."""
    mine = FixityTrouble.unit.in_([root[:200] for root in roots])
    rows = select(FixityTrouble).where(mine, FixityTrouble.healed_at.is_(None))
    end_troubles(session, session.scalars(rows).all(), at=at, by=CLAIMED)


def open_troubles(session: Session, copy: str) -> list[FixityTrouble]:
    """What is not healed yet, the oldest first."""
    rows = _open(copy).order_by(FixityTrouble.first_seen_at, FixityTrouble.key)
    return list(session.scalars(rows))


def forget_readings(session: Session, copy: str, *, at: dt.datetime) -> None:
    """The copy was renewed, or is used no longer: what was read of it says nothing any more."""
    end_troubles(session, open_troubles(session, copy), at=at, by=COPY_GONE)
    session.execute(
        delete(FixityPass).where(FixityPass.copy == copy, FixityPass.ended_at.is_(None))
    )
    for kind in _OF_COPY:
        close_incident(session, kind, copy)


def unit_of(key: str) -> str:
    """The package's root that a key lies below, else the key, as far as a row takes it."""
    return (root_of(key) or key)[:200]


def _open(copy: str) -> Select[FixityTrouble]:
    return select(FixityTrouble).where(
        FixityTrouble.copy == copy, FixityTrouble.healed_at.is_(None)
    )


def _key(result: FixityResult) -> str:
    return result.key[:1024]


def _subject(copy: str, unit: str) -> str:
    return f"{copy} {unit}"[:200]


def _tell(session: Session, copy: str, unit: str, first: Judged) -> None:
    is_extra = first.result.status is Fixity.UNEXPECTED
    kind = UNEXPECTED if is_extra else DAMAGE
    subject = _subject(copy, unit)
    query = select(func.count()).where(
        Incident.kind == kind, Incident.closed_at.is_(None), Incident.subject.startswith(f"{copy} ")
    )
    if (session.scalar(query) or 0) >= _INCIDENTS:
        subject = copy
    open_incident(
        session,
        kind,
        subject,
        severity=IncidentSeverity.WARNING if is_extra else IncidentSeverity.ALARM,
        facts={
            "copy": copy,
            "key": first.result.key,
            "status": str(first.result.status),
            "verdict": first.verdict,
        },
    )
