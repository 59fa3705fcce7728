"""How often what is reviewed, which period has ended, and which sorts of events there are."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID, uuid5

from archive_service.domain.people.account import Role
from archive_service.domain.people.review import Review, ReviewKind
from archive_service.home_rules import table_of
from archive_service.law import load_rule_set

LIST, CONFIRM = "review:list", "review:confirm"  # rights
OPENED, CONFIRMED, SIGNED = "review:opened", "review:confirmed", "review:signed"  # events
OVERDUE = {  # the kind of the incident that tells of one overdue
    ReviewKind.TRAIL: "trail-review-overdue",
    ReviewKind.RIGHTS: "rights-review-overdue",
}
OBJECTED = {  # of one that was signed with lines that are not in order
    ReviewKind.TRAIL: "trail-review-objected",
    ReviewKind.RIGHTS: "rights-review-objected",
}
_TABLE = "reviews.toml"
_IDS = UUID("7f4d5a52-6f0d-5c1e-9a55-0d2f6f5c1b58")  # a name space of our own
# Sorts of events, by tag or by the part before its colon; what stands in none is ``rest``.
_SORTS: Mapping[str, frozenset[str]] = {
    "entering": frozenset(
        {
            *("account:sign-in-refused", "account:second-factor-refused", "account:signed-in"),
            *("account:session-opened", "account:session-ended", "account:signed-out"),
        }
    ),
    "rights": frozenset(
        {
            *("account", "rights", "delegation", "grant", "group", "token", "agency"),
            *("partner", "station", "access-mode", "access-request:granted"),
        }
    ),
    "reading": frozenset(
        {"document:read", "access-request:read", "case-file:exported", "search:exported", "copy"}
    ),
    "leaving": frozenset(
        {
            *("disposition", "hold", "transfer", "retention-schedule", "retention-event"),
            *("case-file:destroyed", "case-file:removal-claimed", "case-file:handed-over"),
        }
    ),
    "keys": frozenset({"seal", "evidence", "archive", "backup", "restore", "reserve", "copies"}),
    "trouble": frozenset(
        {
            *("incident", "fixity:damaged", "fixity:repaired", "hold:stopped", "outage", "fault"),
            *("submission:quarantined", "document:quarantined", "evidence:rolled-back"),
        }
    ),
}
BY_HAND = "by-hand"  # what was done from the machine's shell, whatever it was
REST = "rest"
SORTS = (*_SORTS, BY_HAND, REST)


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """One kind of review: ``days`` are those after the last day of its period."""

    kind: ReviewKind
    period: str
    days: int
    citation: str


def sort_of(tag: str) -> str:
    """Which sort of events a tag is of; what names the whole tag comes before its first part."""
    for wanted in (tag, tag.partition(":")[0]):
        for name, tags in _SORTS.items():
            if wanted in tags:
                return name
    return REST


def load_reviews(home: Path | None = None) -> Mapping[ReviewKind, ReviewRule]:
    """By kind: the product's, or the home's own in its place.

    Raises:
        HomeRulesError: the home's cannot be read.
    """
    return table_of(home, _TABLE, _loaded)


@lru_cache(maxsize=8)
def _loaded(path: Path, _changed_ns: int) -> Mapping[ReviewKind, ReviewRule]:
    rules = load_rule_set(path)
    found: dict[ReviewKind, ReviewRule] = {}
    for row in rules.rows:
        kind, period, days = ReviewKind(str(row["kind"])), str(row["period"]), row["days"]
        if period not in ("week", "quarter") or not isinstance(days, int) or days <= 0:
            raise ValueError(f"period or days of {kind}")
        found[kind] = ReviewRule(kind, period, days, rules.citation(row)[:200])
    return found


def ended_period(period: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the week (Monday to Sunday) or quarter that ended last."""
    if period == "week":
        last = today - dt.timedelta(days=today.isoweekday())
        return last - dt.timedelta(days=6), last
    last = today.replace(month=today.month - (today.month - 1) % 3, day=1) - dt.timedelta(days=1)
    return last.replace(month=last.month - 2, day=1), last


def review_id(kind: ReviewKind, agency_id: UUID | None, first: dt.date) -> UUID:
    """The same for the same review, also after a rebuild: signed papers name it."""
    return uuid5(_IDS, f"{kind.value} {agency_id or ''} {first.isoformat()}")


def reviewing_role(review: Review) -> Role:
    """Whose work it is; where an agency has no head, the archive's does it."""
    if review.kind is ReviewKind.TRAIL:
        return Role.AUDITOR
    return Role.HEAD if review.agency_id is None else Role.AGENCY_HEAD
