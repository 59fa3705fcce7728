"""Whether the clock can be believed: by one that is years ahead every term would be over."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import moment_of
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import TOTP_STEP_S, Account
from archive_service.settings import RetentionSettings

_LIVED = dt.timedelta(days=7)  # so long an alarm stands before a leap counts as time that passed


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """What this machine's clock says, and what speaks against it."""

    # server: the database's own clock; copy: that of a bucket; source: what sets this machine's;
    # behind, ahead: the newest events
    reason: str
    here: dt.datetime
    there: dt.datetime
    copy: str = ""

    def facts(self) -> dict[str, str]:
        """For an incident; both on a Vietnamese clock, to the second."""
        event_facts = {"here": self.here, "there": self.there}
        words = {name: f"{clock.local(at):%d/%m/%Y %H:%M:%S}" for name, at in event_facts.items()}
        return {"reason": self.reason} | ({"copy": self.copy} if self.copy else {}) | words


def clock_doubt(
    session: Session,
    rules: RetentionSettings,
    copies: Mapping[str, dt.datetime],
    source: dt.datetime | None = None,
) -> ClockDoubt | None:
    """Why nothing may be destroyed by the clock as it is now; ``None``: nothing speaks against it.

    It is compared with the database server's, where there is one, with those of copies' servers,
    which ``copies`` gives by their names as they show now, with the ``source`` that this machine is
    set by, where it is known, and with the newest events. A
    leap ahead is one from which no event tells how the time passed; it is doubted for a week, or
    until a code of somebody's second factor fits: their telephone is a clock that is not ours.
    """
    here, apart = clock.now(), dt.timedelta(seconds=rules.clock_apart_s)
    there = moment_of(session) if session.get_bind().dialect.name == "postgresql" else here
    if abs(there - here) > apart:
        return ClockDoubt("server", here, there)
    for copy, moment in sorted(copies.items()):
        if abs(moment - here) > apart:
            return ClockDoubt("copy", here, moment, copy)
    if source is not None and abs(source - here) > apart:
        return ClockDoubt("source", here, source)
    newest = session.scalar(select(AuditEvent.at).order_by(AuditEvent.number.desc()).limit(1))
    if newest is not None and newest - here > apart:
        return ClockDoubt("behind", here, newest)
    before, after = _around_the_week(session, here)
    leapt = before is not None and after - before > dt.timedelta(days=rules.clock_leap_days)
    if before is not None and leapt and not _proved_since(session, after):
        return ClockDoubt("ahead", here, before)
    return None


def clocks_ahead(session: Session, copies: Mapping[str, dt.datetime]) -> dict[str, int]:
    """Milliseconds by which other clocks are ahead of this machine's, as they show now.

    ``server`` is the database's, where there is one; ``copy:NAME`` those of copies' servers.
    """
    facts = {f"copy:{name}": at - clock.now() for name, at in sorted(copies.items())}
    if session.get_bind().dialect.name == "postgresql":
        facts["server"] = moment_of(session) - clock.now()
    return {name: ahead // dt.timedelta(milliseconds=1) for name, ahead in facts.items()}


def _around_the_week(session: Session, here: dt.datetime) -> tuple[dt.datetime | None, dt.datetime]:
    """The last event before the week that ends now, and the first in it, or this moment."""
    since = here - _LIVED
    at = AuditEvent.at
    before = session.scalar(select(at).where(at <= since).order_by(at.desc()).limit(1))
    after = session.scalar(select(at).where(at > since, at <= here).order_by(at).limit(1))
    return before, after or here


def _proved_since(session: Session, moment: dt.datetime) -> bool:
    """Whether a code that was for a time after the leap was taken."""
    step = session.scalar(select(func.max(Account.totp_step)))
    return step is not None and (step + 1) * TOTP_STEP_S > moment.timestamp()
