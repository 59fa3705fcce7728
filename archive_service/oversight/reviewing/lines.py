"""What a reviewer looks at: sorts of events of a week, or accounts with all that they may."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.audit import canonical
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import AccessToken, Account, Role, masked
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.oidc import OidcBinding
from archive_service.domain.people.reader_group import GroupMember
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.domain.people.review import Review, ReviewKind
from archive_service.oversight.reviewing.rules import BY_HAND, SORTS, sort_of

_Held = dict[UUID, dict[str, list[str]]]  # by account and kind: what it has, each with its id


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``state_sha256`` changes with what is to be confirmed, and with nothing else.

    ``subject`` is the account's id, ``name`` its name; of a sort of events both are its name.
    """

    subject: str
    name: str
    account_id: UUID | None
    title: str
    details: tuple[str, ...]
    state_sha256: str


def lines_of(session: Session, review: Review, lang: str) -> list[Line]:
    """The lines of a review as they are now, in the order in which they are told."""
    if review.kind is ReviewKind.TRAIL:
        return list(_events(session, review, lang))
    return list(_accounts(session, review.agency_id, lang))


def within(review: Review) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Of events those of its period, on a Vietnamese calendar."""
    begins = clock.begins(review.first)
    return AuditEvent.at >= begins, AuditEvent.at < clock.ends(review.last)


def seen_sha256(lines: Sequence[Line]) -> str:
    """The digest of all lines: whoever confirms some says which state they saw."""
    return _digest([[line.subject, line.state_sha256] for line in lines])


def _events(session: Session, review: Review, lang: str) -> Iterator[Line]:
    by_hand = or_(
        AuditEvent.role == Role.OPERATOR.value,
        AuditEvent.data["shell"].as_string() == "trusted",
    )
    counted: dict[str, Counter[str]] = {name: Counter() for name in SORTS}
    for where, of_hand in ((within(review), False), ((*within(review), by_hand), True)):
        query = select(AuditEvent.tag, func.count()).where(*where).group_by(AuditEvent.tag)
        for tag, count in session.execute(query):
            counted[BY_HAND if of_hand else sort_of(tag)][tag] += count
    for name, counts in counted.items():
        events = sorted(counts.items(), key=lambda count: (-count[1], count[0]))
        details = [f"{messages.label('events', tag, lang)}: {count}" for tag, count in events]
        title = messages.label("review-sorts", name, lang)
        yield Line(name, name, None, title, tuple(details), _digest([name, events]))


def _accounts(session: Session, agency_id: UUID | None, lang: str) -> Iterator[Line]:
    """Of an agency its people but for its head, whom the archive's looks through with its own."""
    heads = Account.role == Role.AGENCY_HEAD
    whose = or_(Account.agency_id.is_(None), heads)
    if agency_id is not None:
        whose = (Account.agency_id == agency_id) & ~heads
    query = select(Account, Agency.name).outerjoin(Agency, Agency.id == Account.agency_id)
    rows = session.execute(query.where(Account.active, whose).order_by(Account.name)).all()
    held = _held(session, [row.id for row, _ in rows])
    for row, agency in rows:
        has = held.get(row.id, {})
        roles = [row.role, *filter(None, [row.next_role])]
        facts = [role.value for role in roles] + [agency or "", row.unit, row.position]
        words = " → ".join(messages.label("roles", role.value, lang) for role in roles)
        details = [f"{words}{', ' + agency if agency else ''}"]
        details += [text for text in (row.position, row.unit) if text]
        details += [
            f"{messages.label('review-holdings', kind, lang)}: {len(ids)}"
            for kind, ids in sorted(has.items())
        ]
        seen = messages.shown(row.seen_at, lang) if row.seen_at else messages.label(
            "review-holdings", "never", lang
        )  # fmt: skip
        details.append(f"{messages.label('review-holdings', 'seen', lang)}: {seen}")
        name = masked(row.name)
        title = name if row.person == row.name else f"{row.person} ({name})"
        yield Line(str(row.id), row.name, row.id, title, tuple(details), _digest([facts, has]))


def _held(session: Session, ids: Sequence[UUID]) -> _Held:
    """What these accounts have beside their roles, by five statements however many they are."""
    today, now = clock.today(), clock.now()
    queries = {
        "tokens": select(AccessToken.account_id, AccessToken.id).where(
            AccessToken.account_id.in_(ids),
            AccessToken.revoked_at.is_(None),
            AccessToken.expires_at > now,
        ),
        "duties": select(Delegation.receiver_id, Delegation.id).where(
            Delegation.receiver_id.in_(ids), Delegation.open_on(today)
        ),
        "grants": select(ReadingGrant.account_id, ReadingGrant.id).where(
            ReadingGrant.account_id.in_(ids), ReadingGrant.open_on(today)
        ),
        "groups": select(GroupMember.account_id, GroupMember.id).where(
            GroupMember.account_id.in_(ids), GroupMember.open_on(today)
        ),
        "binding": select(OidcBinding.account_id, OidcBinding.id).where(
            OidcBinding.account_id.in_(ids), OidcBinding.ended_at.is_(None)
        ),
    }
    found: _Held = defaultdict(dict)
    for kind, query in queries.items():
        for account_id, id_ in session.execute(query):
            found[account_id].setdefault(kind, []).append(str(id_))
    for has in found.values():
        for each in has.values():
            each.sort()
    return found


def _digest(parts: Any) -> str:  # Any: whatever JSON can hold
    return sha256(canonical(parts)).hexdigest()
