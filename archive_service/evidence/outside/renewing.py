"""Stamps renewed before they cease to prove: one new stamp over the old ones (RFC 4998, 5.2).

No object is read for it: the new token is over the tree of their digests. Once it ceases to prove
in its turn, the next one is over it alone.
"""

import base64
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.document import Document, Moment
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.evidence.checkpoint import decoded
from archive_service.evidence.outside.asking import (
    FIRST,
    SECOND,
    TROUBLES,
    token_over,
    used_services,
)
from archive_service.evidence.outside.hash_tree import tree_root
from archive_service.evidence.outside.lasting import end_of, load_algorithms
from archive_service.evidence.outside.stamping import iter_stamps
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services

RENEWAL = "stamp-renewal"  # kind of the act that holds one
RENEWED = "evidence:stamps-renewed"
ENDING = "stamp-ending"  # a kind of incident
_SUBJECT = "log"


@dataclass(frozen=True, slots=True, eq=False)
class Renewal:
    """A token over the tree of these tokens, told by their digests."""

    over: tuple[bytes, ...]
    token: bytes
    service: str = FIRST


class RenewalDocument(Document):
    """How many stamps were renewed now, which end soon, and which did before they were renewed."""

    renewed: int
    ending: int
    lapsed: int
    first_end: Moment | None


def iter_renewals(session: Session) -> Iterator[Renewal]:
    """All of them, the oldest first."""
    query = select(Act.document).where(Act.kind == RENEWAL).order_by(Act.at, Act.id)
    return map(renewal_of, session.scalars(query))


def renewal_of(document: dict[str, Any]) -> Renewal:
    """The renewal that an act tells of; what does not read there renews nothing."""
    over = document.get("over")
    digests = (decoded(one) for one in over) if isinstance(over, list) else ()
    service = str(document.get("service") or FIRST)
    return Renewal(tuple(digests), decoded(document.get("token")), service)


def by_renewed(renewals: Iterable[Renewal]) -> dict[bytes, Renewal]:
    """By the digest of each token the first that renews it."""
    found: dict[bytes, Renewal] = {}
    for one in renewals:
        for digest in one.over:
            found.setdefault(digest, one)
    return found


def chain_above(token: bytes, renewed: Mapping[bytes, Renewal]) -> Iterator[Renewal]:
    """The renewals of a stamp, each over the token before it."""
    while (above := renewed.get(sha256(token).digest())) is not None:
        yield above
        token = above.token


def renew_stamps(services: Services, *, actor: Actor) -> RenewalDocument:
    """Have the stamps renewed that cease to prove soon, where the service's own last longer.

    Soon is within ``signing.expiry_days``. Each service renews its own, the first also what one
    left that is used no more. A stamp that ceased before is not renewed: that would prove
    nothing. What is left, and what lapsed, is an incident.

    Raises:
        ActNotAllowedError: the account may not.
        TimestampUnavailableError, DemoStampError, SigningKeyError: see ``token_over``; the other
            service has renewed its own.
        HomeRulesError: the home's table of algorithms cannot be read.
    """
    access.require(actor, "audit:seal")
    renewed, troubles = 0, []
    used = used_services(services)
    for service in used:
        others = set(used) - {service} if service == used[0] else {FIRST, SECOND} - {service}
        try:
            renewed += _renew_ending(services, service, others, actor)
        except TROUBLES as trouble:
            troubles.append(trouble)
    told = _tell(services)
    if troubles:
        raise troubles[0]
    return told.model_copy(update={"renewed": renewed})


def _renew_ending(services: Services, service: str, others: Collection[str], actor: Actor) -> int:
    """One token over all that end before it, but for those of others; how many they were."""
    now = clock.now()
    ending = {
        token: end for (token, by), end in _soon(services).items() if end > now and by not in others
    }
    while ending:
        over = [sha256(token).digest() for token in ending]
        token = token_over(services, service, tree_root(over))
        last = end_of(token, load_algorithms(services.settings.home))
        longer = {token for token, end in ending.items() if end >= last}
        if not longer:
            return _keep(services, Renewal(tuple(sorted(over)), token, service), last, actor)
        ending = {token: end for token, end in ending.items() if token not in longer}
    return 0


def _keep(services: Services, made: Renewal, last: dt.datetime, actor: Actor) -> int:
    document = {
        "over": [base64.b64encode(one).decode() for one in made.over],
        "token": base64.b64encode(made.token).decode(),
        "service": made.service,
    }
    with services.unit_of_work() as uow:
        take_write_lock(uow.session)  # of several machines one tells it
        if by_renewed(iter_renewals(uow.session)).keys() & set(made.over):
            return 0
        origin = services.settings.archive.code
        uow.session.add(Act(kind=RENEWAL, subject_id=origin, at=clock.now(), document=document))
        facts = {
            "stamps": len(made.over),
            "service": made.service,
            "token_sha256": sha256(made.token).hexdigest(),
            "valid_to": clock.iso(last),
        }
        record_event(uow.session, RENEWED, subject_id=_SUBJECT, actor=actor, data=facts)
        uow.commit()
    write_out_evidence(services)
    return len(made.over)


def _tell(services: Services) -> RenewalDocument:
    """Stamps that end soon or have lapsed, and the incident of them."""
    now = clock.now()
    ends = _soon(services).values()
    lapsed = len([end for end in ends if end <= now])
    first = min((end for end in ends if end > now), default=None)
    told = RenewalDocument(renewed=0, ending=len(ends) - lapsed, lapsed=lapsed, first_end=first)
    with services.unit_of_work() as uow:
        if ends:
            severity = IncidentSeverity.ALARM if lapsed else IncidentSeverity.WARNING
            facts = told.as_json()
            del facts["renewed"]
            open_incident(uow.session, ENDING, _SUBJECT, severity=severity, facts=facts)
        else:
            close_incident(uow.session, ENDING, _SUBJECT)
        uow.commit()
    return told


def _soon(services: Services) -> dict[tuple[bytes, str], dt.datetime]:
    """Of each token that no other renews, and its service, if it ends within the notice: when."""
    with services.read_only() as session:
        renewals = list(iter_renewals(session))
        tokens = [(one.token, one.service) for one in iter_stamps(session)]
        tokens += [(one.token, one.service) for one in renewals]
    renewed, algorithms = by_renewed(renewals), load_algorithms(services.settings.home)
    ends = {
        (token, service): end_of(token, algorithms)
        for token, service in tokens
        if sha256(token).digest() not in renewed
    }
    soon = clock.now() + dt.timedelta(days=services.settings.signing.expiry_days)
    return {one: end for one, end in ends.items() if end <= soon}
