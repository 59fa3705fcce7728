"""The state of infrastructure and security in a period, as the archive's own rows tell it."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import clock
from archive_service.domain.intake.outage import Outage
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.keeping.fixity_pass import FixityPass, FixityTrouble
from archive_service.domain.people.account import Account
from archive_service.domain.people.incident import Incident
from archive_service.forms.words import day
from archive_service.reports.holdings import count_where
from archive_service.reports.period import Period

_BACKUPS = ("incremental", "full", "complete")
_DRILLS = ("drill", "restore")


def infrastructure(session: Session, period: Period) -> list[dict[str, Any]]:
    """``{key, count}``, in a fixed number of statements; a day that never was is a dash.

    Copies and accounts are those of now; what is open is what was not settled when the period
    ended; all else happened within it.
    """
    found: dict[str, Any] = {}
    for query in (
        _copies(),
        _fixity(period),
        _troubles(period),
        _backups(period),
        _incidents(period),
        _outages(period),
        _accounts(),
        _log(period),
    ):
        found |= session.execute(query).one()._asdict()
    return [{"key": key, "count": _figure(value)} for key, value in found.items()]


def _within(at: InstrumentedAttribute[Any], period: Period) -> ColumnElement[bool]:
    return (at >= period.begins) & (at < period.ends)


def _open(
    began: InstrumentedAttribute[Any], ended: InstrumentedAttribute[Any], period: Period
) -> ColumnElement[bool]:
    return (began < period.ends) & (ended.is_(None) | (ended >= period.ends))


def _copies() -> Select[*tuple[Any, ...]]:
    active = EnrolledCopy.state == CopyStanding.ACTIVE
    return select(
        count_where(active).label("copies"),
        count_where(active & EnrolledCopy.away_since.is_not(None)).label("copies_away"),
    )


def _fixity(period: Period) -> Select[*tuple[Any, ...]]:
    ended = _within(FixityPass.ended_at, period)
    files = func.coalesce(func.sum(FixityPass.checked).filter(ended), 0)
    return select(
        count_where(ended).label("passes"),
        files.label("files_checked"),
        func.max(FixityPass.ended_at).filter(ended).label("last_pass"),
    )


def _troubles(period: Period) -> Select[*tuple[Any, ...]]:
    first, healed = FixityTrouble.first_seen_at, FixityTrouble.healed_at
    return select(
        count_where(_within(first, period)).label("damage_found"),
        count_where(_within(healed, period)).label("damage_healed"),
        count_where(_open(first, healed, period)).label("damage_open"),
    )


def _backups(period: Period) -> Select[*tuple[Any, ...]]:
    done = BackupRun.outcome == BackupOutcome.DONE
    spoilt = BackupRun.outcome.in_((BackupOutcome.FAILED, BackupOutcome.INTERRUPTED))
    within, is_backup = _within(BackupRun.started_at, period), BackupRun.kind.in_(_BACKUPS)
    before = BackupRun.started_at < period.ends
    return select(
        count_where(within & done & is_backup).label("backups"),
        count_where(within & spoilt).label("backups_failed"),
        func.max(BackupRun.ended_at).filter(before & done & is_backup).label("last_backup"),
        count_where(within & done & BackupRun.kind.in_(_DRILLS)).label("drills"),
    )


def _incidents(period: Period) -> Select[*tuple[Any, ...]]:
    opened, closed = Incident.opened_at, Incident.closed_at
    return select(
        count_where(_within(opened, period)).label("incidents"),
        count_where(_open(opened, closed, period)).label("incidents_open"),
    )


def _outages(period: Period) -> Select[*tuple[Any, ...]]:
    return select(count_where(_within(Outage.began_at, period)).label("outages"))


def _accounts() -> Select[*tuple[Any, ...]]:
    active = Account.active.is_(True)
    return select(
        count_where(active).label("accounts"),
        count_where(~active).label("accounts_closed"),
    )


def _log(period: Period) -> Select[*tuple[Any, ...]]:
    events = select(func.count(AuditEvent.number)).where(_within(AuditEvent.at, period))
    sealed = select(func.count(AuditSegment.number)).where(_within(AuditSegment.sealed_at, period))
    return select(
        events.scalar_subquery().label("log_events"),
        sealed.scalar_subquery().label("log_segments"),
    )


def _figure(value: int | dt.datetime | None) -> int | str:
    """A count; of a moment its day."""
    if value is None:
        return "–"
    return day(clock.local(value).date()) if isinstance(value, dt.datetime) else int(value)
