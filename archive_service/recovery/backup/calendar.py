"""The calendar of backup and drills: law as data, and what it says is due or missed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.law import CONFIG, RuleSet, RuleSetError, load_rule_set
from archive_service.recovery.backup.set import BackupKind

FILE = CONFIG / "backup_calendar.toml"
DRILL = "drill"
_EARLY = dt.timedelta(hours=1)  # so much sooner than late, so that a run a day is a run a day
_GRACE = dt.timedelta(hours=6)  # after which what is due counts as missed
# What counts as a run of each kind: a fuller one stands for a lesser.
_COUNTS = {
    BackupKind.COMPLETE: {"complete"},
    BackupKind.FULL: {"complete", "full"},
    BackupKind.INCREMENTAL: {"complete", "full", "incremental"},
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """How long at most between two runs of each kind, and how many media there must be."""

    rules: RuleSet
    longest: dict[str, dt.timedelta]
    media: int

    def citation_of(self, kind: str) -> str:
        """Instrument and article that ask for it."""
        row = next((row for row in self.rules.rows if row["code"] == kind), None)
        return self.rules.meta.citation if row is None else self.rules.citation(row)

    def due(self, runs: Sequence[BackupRun], now: dt.datetime) -> BackupKind | None:
        """Which backup a medium with these runs wants now; the fullest first."""
        for kind, counting in _COUNTS.items():
            last = last_done(runs, counting)
            if last is None or now - last.started_at >= self.longest[kind] - _EARLY:
                return kind
        return None

    def missed(self, runs: Sequence[BackupRun], now: dt.datetime) -> str | None:
        """The kind whose time has run out, grace included; ``None`` where all is well."""
        for kind, counting in _COUNTS.items():
            last = last_done(runs, counting)
            if last is None or now - last.started_at > self.longest[kind] + _GRACE:
                return str(kind)
        return None

    def drill_due(self, runs: Sequence[BackupRun], now: dt.datetime) -> bool:
        """Whether a drill is due."""
        last = last_done(runs, {DRILL})
        return last is None or now - last.started_at >= self.longest[DRILL] - _EARLY

    def drill_missed(self, runs: Sequence[BackupRun], now: dt.datetime) -> bool:
        """Whether the last good drill is too long ago."""
        last = last_done(runs, {DRILL})
        return last is None or now - last.started_at > self.longest[DRILL] + _GRACE


def last_done(runs: Sequence[BackupRun], kinds: set[str]) -> BackupRun | None:
    """The newest run of one of these kinds that ended well."""
    good = [run for run in runs if run.outcome is BackupOutcome.DONE and run.kind in kinds]
    return max(good, key=lambda run: run.started_at, default=None)


@lru_cache(maxsize=1)
def calendar() -> Calendar:
    """The calendar of ``config/backup_calendar.toml``.

    Raises:
        RuleSetError: without citation, or without one of its rules.
    """
    rules = load_rule_set(FILE)
    rows = {str(row["code"]): row for row in rules.rows}
    try:
        longest = {
            name: dt.timedelta(days=int(str(rows[name]["days"]))) for name in (*BackupKind, DRILL)
        }
        return Calendar(rules, longest, int(str(rows["media"]["media"])))
    except (KeyError, ValueError) as wrong:
        raise RuleSetError(file=FILE.name, row=0, detail=str(wrong)) from None


def independent_media(targets: Iterable[str]) -> int:
    """How many there are, as far as can be seen: folders of one file system are lost together.

    One that is not there now counts by its name.
    """
    media: set[int | str] = set()
    for name in targets:
        try:
            media.add(Path(name).stat().st_dev)
        except OSError:
            media.add(name)
    return len(media)
