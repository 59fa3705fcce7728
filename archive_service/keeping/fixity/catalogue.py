"""Rows against the copies and the log: case files, acts, and rights of accounts.

What somebody changed in the database alone is seen here, whatever else was made to match. Each
day a thirtieth of what is held is compared, and every account; a difference is an alarm. Until it
is over or a person knows of it, the case file is not destroyed, sent or signed, and the account
decides nothing.
"""

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.doubted import LOG_DIFFERS, ROWS_DIFFER, RULES_DIFFER
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import ACCOUNT_DIFFERS, WORKER, Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import BackendError
from archive_service.evidence.compared.cells import naming_cells
from archive_service.evidence.compared.misfit import Misfit
from archive_service.evidence.compared.rules import rule_misfits
from archive_service.evidence.compared.sessions import session_misfits
from archive_service.evidence.expected import TOLD_BY_ROWS, act_id_of, foreign_files
from archive_service.evidence.leaves import account_misfits, iter_misfits
from archive_service.evidence.outbox import answering
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.keeping.fixity.checked_submissions import checked_otherwise
from archive_service.keeping.fixity.decided_rows import decided_otherwise
from archive_service.keeping.fixity.opened_rows import told_otherwise
from archive_service.keeping.fixity.told_rows import contradicted, untold
from archive_service.notices.incidents import close_incident, open_incident, open_incidents
from archive_service.packaging.compared_now import difference_digest, difference_facts
from archive_service.packaging.row_comparison import RowDifference, at_rest, compare_rows
from archive_service.services import Services
from archive_service.storage.acts import (
    SIDECAR_SUFFIX,
    ActDamagedError,
    act_document,
    act_key,
    read_act,
)
from archive_service.storage.fixity.verdict import printable_key
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError

CATALOGUE_JOB = "compare-catalogue"
ACT_DIFFERS = "act-differs"  # a kind of incident
_TOGETHER = 100  # case files or acts read in one view of the database
_KEYS = 500  # of acts and segments in a copy, asked for together
SUBJECT = 200  # letters of what an incident is about
_PARTS = 30  # days within which all are compared
_SHOWN = 16  # letters of a digest that it shows
_ALL = (UUID(int=0), UUID(int=(1 << 128) - 1))


@dataclass(slots=True)
class CatalogueTally:
    """How much was compared, and what differs.

    ``acts`` are keys of acts with the copy, and of files there that no row tells of; ``log`` are
    rows that the log of events contradicts.
    """

    compared: int = 0
    acts_compared: int = 0
    differing: list[RowDifference] = field(default_factory=list)
    acts: list[tuple[str, str]] = field(default_factory=list)
    log: list[Misfit] = field(default_factory=list)
    complete: bool = True

    @property
    def differences(self) -> int:
        """How many of what was compared do not fit."""
        return len(self.differing) + len(self.acts) + len(self.log)

    @property
    def ok(self) -> bool:
        """Whether all that was compared fits."""
        return not self.differences


@naming_cells
def check_catalogue(
    services: Services,
    *,
    actor: Actor,
    between: tuple[UUID, UUID] = _ALL,
    limit_s: float | None = None,
) -> CatalogueTally:
    """Compare case files and acts with ids ``between``; incidents open and close by what is seen.

    Accounts are all compared; versions and acts with the log where nothing is left out. What is
    not at rest waits for its next version, and is compared then.

    Raises:
        ActNotAllowedError: the account may not.
        BackendError: no copy answers.
    """
    access.require(actor, "fixity:check")
    here, away = answering(services.database, services.copies)
    if not here:
        raise next(iter(away.values()))
    until = None if limit_s is None else time.monotonic() + limit_s
    tally = CatalogueTally()
    for some in _in_time(_runs(services, at_rest(), CaseFile.id, between), tally, until):
        with services.read_only() as session:
            compared = list(compare_rows(session, some, here))
        found = [
            misfit
            for misfit in compared
            if not misfit.is_absent or _ought_to_be(services, misfit, away)
        ]
        tally.compared += len(some)
        tally.differing += found
        facts = {row_difference.code: difference_facts(row_difference) for row_difference in found}
        _tell(services, ROWS_DIFFER, facts, some, named=_codes)
    acts = select(Act.id).where(Act.written)
    for some in _in_time(_runs(services, acts, Act.id, between), tally, until):
        with services.read_only() as session:
            acts_read = session.scalars(select(Act).where(Act.id.in_(some)).order_by(Act.id)).all()
            wrong = [*_acts_differing(acts_read, here), *_rows_differing(session, acts_read, here)]
        tally.acts_compared += len(some)
        tally.acts += wrong
        facts = {key: {"key": key, "copy": copy} for key, copy in wrong}
        _tell(services, ACT_DIFFERS, facts, some, named=_keys)
    if tally.complete:
        _find_foreign(services, tally, here, between)
    _find_untold(services, tally, here[0])
    _compare_log(services, tally, whole=between == _ALL)
    _record(services, tally, actor)
    return tally


def compare_daily(lease: Lease, services: Services) -> None:
    """The periodic job: the part of this day, of thirty."""
    check_catalogue(services, actor=WORKER, between=part_of(clock.today()))
    with services.writing() as session:
        services.jobs.finish(session, lease)


def part_of(day: dt.date) -> tuple[UUID, UUID]:
    """The first and last id that are compared on this day; ids are random, so parts are alike."""
    step, number = (1 << 128) // _PARTS + 1, day.toordinal() % _PARTS
    return UUID(int=number * step), UUID(int=min((number + 1) * step, 1 << 128) - 1)


def _runs(
    services: Services,
    query: Select[UUID],
    column: InstrumentedAttribute[UUID],
    between: tuple[UUID, UUID],
) -> Iterator[list[UUID]]:
    first, last = between
    after: UUID | None = None
    while True:
        with services.read_only() as session:
            part = query.where(column >= first, column <= last)
            if after is not None:
                part = part.where(column > after)
            ids = list(session.scalars(part.order_by(column).limit(_TOGETHER)))
        if not ids:
            return
        yield ids
        after = ids[-1]


def _in_time(
    runs: Iterable[list[UUID]], tally: CatalogueTally, until: float | None
) -> Iterator[list[UUID]]:
    """The runs until the time is over; the tally is told then that some were left."""
    for some in runs:
        if until is not None and time.monotonic() > until:
            tally.complete = False
            return
        yield some


def _ought_to_be(
    services: Services, absent: RowDifference, away: Mapping[str, BackendError]
) -> bool:
    """Whether a package that no copy gave is in none: all answer, and it did not go meanwhile."""
    if away:
        return False
    with services.read_only() as session:
        still = at_rest().where(CaseFile.id == absent.case_file_id)
        return session.scalar(still.where(CaseFile.version_stored == absent.version)) is not None


def _acts_differing(
    acts: Sequence[Act], copies: Sequence[ObjectStore]
) -> Iterator[tuple[str, str]]:
    for row in acts:
        key = act_key(row)
        for copy in copies:
            try:
                held = read_act(copy, key)
            except (ObjectNotFoundError, ObjectUnreadableError, ActDamagedError):
                continue  # fixity tells it
            beside = next(iter(held.companions().values()), None)
            if held.said() != act_document(row) or beside != row.companion_sha256:
                yield key, copy.name
            break


def _rows_differing(
    session: Session, acts: Sequence[Act], copies: Sequence[ObjectStore]
) -> Iterator[tuple[str, str]]:
    """Acts that their rows contradict; the copies hold them as the database does."""
    for act in contradicted(session, acts):
        yield act_key(act), copies[0].name


def _find_foreign(
    services: Services,
    tally: CatalogueTally,
    copies: Sequence[ObjectStore],
    between: tuple[UUID, UUID],
) -> None:
    """Acts, papers and segments in a copy that no row tells of; of each an incident, as above.

    A rebuild from that copy would take them in.
    """
    found = [
        (printable_key(key), copy.name)
        for copy in copies
        for key in _foreign_in(services, copy, between)
    ]
    tally.acts += found
    facts = {key[:SUBJECT]: {"key": key, "copy": copy} for key, copy in found}
    with services.read_only() as session:
        known = _open_subjects(session, ACT_DIFFERS)
    gone = foreign_files(services.database, sorted(known)) - facts.keys()
    over = {key for key in gone if _is_between(key, between)}
    _open_and_end(services, ACT_DIFFERS, facts, over)


def _foreign_in(services: Services, copy: ObjectStore, between: tuple[UUID, UUID]) -> Iterator[str]:
    for folder in TOLD_BY_ROWS:
        keys = (key for key in copy.iter_keys(folder) if _is_between(key, between))
        while some := list(islice(keys, _KEYS)):
            foreign = foreign_files(services.database, some)
            # An act is named once, and not the digest beside it as well.
            yield from sorted(key for key in foreign if not key.endswith(SIDECAR_SUFFIX))


def _is_between(key: str, between: tuple[UUID, UUID]) -> bool:
    """Whether the part tells of this file; what bears no id of an act belongs to the first."""
    first, last = between
    return first <= (act_id_of(key) or UUID(int=0)) <= last


def _find_untold(services: Services, tally: CatalogueTally, copy: ObjectStore) -> None:
    """Rows that no act tells of, or events otherwise; an incident of each, until it is over."""
    with services.read_only() as session:
        by = untold, decided_otherwise, checked_otherwise, told_otherwise
        names = chain.from_iterable(how(session) for how in by)
        found = {name: {"key": name, "copy": copy.name} for name in names}
        known = _open_subjects(session, ACT_DIFFERS)
    over = {key for key in known - found.keys() if not key.startswith(TOLD_BY_ROWS)}
    tally.acts += [(name, copy.name) for name in found]
    _open_and_end(services, ACT_DIFFERS, found, over)


def _compare_log(services: Services, tally: CatalogueTally, *, whole: bool) -> None:
    """Incidents of case files and accounts that the log contradicts; of acts another tells."""
    if whole:
        tally.log += iter_misfits(services.database)
    else:
        with services.read_only() as session:
            tally.log += account_misfits(session)
    rules = rule_misfits(services)
    tally.log += (*rules, *session_misfits(services))
    held: dict[str, dict[str, object]] = {}
    accounts: dict[str, list[Misfit]] = {}
    for misfit in tally.log:
        if misfit.account:
            accounts.setdefault(misfit.subject, []).append(misfit)
        elif "version" in misfit.facts:
            held[misfit.subject] = {
                **misfit.facts,
                "difference": difference_digest(misfit.name, *misfit.facts.values()),
            }
    facts = {name: _sides(some) for name, some in accounts.items()}
    with services.writing() as session:
        _open_and_close(session, ACCOUNT_DIFFERS, facts)
        _open_and_close(session, RULES_DIFFER, {rule.name: _short(rule) for rule in rules})
        if whole:
            _open_and_close(session, LOG_DIFFERS, held)


def _sides(some: Sequence[Misfit]) -> dict[str, object]:
    """What differs of an account: since which event, and by which digests."""
    by_part = {
        str(misfit.facts["part"]): misfit.facts for misfit in some
    }  # of one part the last change
    return {
        "account_id": some[0].account,
        "parts": ", ".join(by_part),
        "since": ", ".join(str(facts["event"]) for facts in by_part.values()),
        "log": ", ".join(str(facts["log"])[:_SHOWN] or "–" for facts in by_part.values()),
        "row": ", ".join(str(facts["row"])[:_SHOWN] or "–" for facts in by_part.values()),
    }


def _short(misfit: Misfit) -> dict[str, object]:
    """Its facts with digests that a line holds."""
    sides = {name: str(misfit.facts[name])[:_SHOWN] or "–" for name in ("log", "row")}
    return {**misfit.facts, **sides}


def _open_and_close(
    session: Session, kind: str, differing: Mapping[str, dict[str, object]]
) -> None:
    for subject, facts in differing.items():
        open_incident(session, kind, subject, severity=IncidentSeverity.ALARM, facts=facts)
    for incident in open_incidents(session):
        if incident.kind == kind and incident.subject not in differing:
            close_incident(session, kind, incident.subject)


def _codes(session: Session, ids: Sequence[UUID]) -> Iterable[str]:
    return session.scalars(select(CaseFile.code).where(CaseFile.id.in_(ids)))


def _keys(session: Session, ids: Sequence[UUID]) -> Iterable[str]:
    return map(act_key, session.scalars(select(Act).where(Act.id.in_(ids))))


def _tell(
    services: Services,
    kind: str,
    differing: Mapping[str, dict[str, object]],
    compared: Sequence[UUID],
    *,
    named: Callable[[Session, Sequence[UUID]], Iterable[str]],
) -> None:
    """Open an incident of each that differs, with its facts; close those of the others."""
    with services.read_only() as session:
        known = _open_subjects(session, kind)
        over = (
            known.intersection(named(session, compared)) - differing.keys() if known else set[str]()
        )
    _open_and_end(services, kind, differing, over)


def _open_subjects(session: Session, kind: str) -> set[str]:
    return {incident.subject for incident in open_incidents(session) if incident.kind == kind}


def _open_and_end(
    services: Services,
    kind: str,
    differing: Mapping[str, Mapping[str, object]],
    over: Collection[str],
) -> None:
    if not differing and not over:
        return
    with services.writing() as session:
        for subject, facts in differing.items():
            severity = IncidentSeverity.ALARM
            open_incident(session, kind, subject, severity=severity, facts=facts)
        for subject in sorted(over):
            close_incident(session, kind, subject)


def _record(services: Services, tally: CatalogueTally, actor: Actor) -> None:
    data = {
        "case_files": tally.compared,
        "acts": tally.acts_compared,
        "differing": tally.differences,
        "complete": tally.complete,
    }
    with services.writing() as session:
        record_event(session, "fixity:catalogue-compared", subject_id=None, actor=actor, data=data)
    write_out_evidence(services)
