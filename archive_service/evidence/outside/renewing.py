"""Stamps renewed before they cease to prove: one new stamp over the old ones (RFC 4998, 5.2).

No object is read for it: the new token is over a tree that has of each chain one leaf, the node of
the digests of all its tokens. RFC 4998 wants the last token there, Bouncy Castle each of them.
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
from archive_service.evidence.outside.hash_tree import node, tree_root
from archive_service.evidence.outside.lasting import end_of, load_algorithms
from archive_service.evidence.outside.stamping import LogStamp, iter_stamps
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services

RENEWAL = "stamp-renewal"  # kind of the act that holds one
RENEWED = "evidence:stamps-renewed"
ENDING, LAPSED = "stamp-ending", "stamp-lapsed"  # kinds of incidents
_SUBJECT = "log"


@dataclass(frozen=True, slots=True, eq=False)
class Renewal:
    """A token over the tree of these chains, each told by the node of its tokens' digests."""

    over: tuple[bytes, ...]
    token: bytes
    service: str = FIRST


class RenewalDocument(Document):
    """How many stamps were renewed now, which end soon, and which did before they were renewed.

    ``bare``: of these last, those after which no stamp proves the log either.
    """

    renewed: int
    ending: int
    lapsed: int
    bare: int
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
    """By the leaf of each chain the first that renews it."""
    found: dict[bytes, Renewal] = {}
    for one in renewals:
        for leaf in one.over:
            found.setdefault(leaf, one)
    return found


def chain_above(token: bytes, renewed: Mapping[bytes, Renewal]) -> Iterator[Renewal]:
    """The renewals of a stamp, each over all the tokens before it."""
    digests = [sha256(token).digest()]
    while (above := renewed.get(node(digests))) is not None:
        yield above
        digests.append(sha256(above.token).digest())


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
    """One token over all chains that end before it, but for those of others; how many they were."""
    now, soon = clock.now(), _notice(services)
    ending = {
        one.leaf: one.end
        for one in _heads(services)
        if now < one.end <= soon and one.service not in others
    }
    while ending:
        token = token_over(services, service, tree_root(ending))
        last = end_of(token, load_algorithms(services.settings.home))
        longer = {leaf for leaf, end in ending.items() if end >= last}
        if not longer:
            return _keep(services, Renewal(tuple(sorted(ending)), token, service), last, actor)
        ending = {leaf: end for leaf, end in ending.items() if leaf not in longer}
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
    """Stamps that end soon or have lapsed, and the incidents of them.

    What lapsed cannot be mended. It is an alarm until a later stamp, which is over the whole log,
    proves what the lapsed one did, if of a later day.
    """
    now = clock.now()
    heads = _heads(services)
    held = max((one.size for one in heads if one.end > now), default=0)
    lapsed = [one for one in heads if one.end <= now]
    ending = [one.end for one in heads if now < one.end <= _notice(services)]
    bare = [one for one in lapsed if one.size > held]
    told = RenewalDocument(
        renewed=0,
        ending=len(ending),
        lapsed=len(lapsed),
        bare=len(bare),
        first_end=min(ending, default=None),
    )
    facts = told.as_json()
    of_kinds = {
        ENDING: (ending, IncidentSeverity.WARNING, ("ending", "first_end")),
        LAPSED: (bare, IncidentSeverity.ALARM, ("lapsed", "bare")),
    }
    with services.unit_of_work() as uow:
        for kind, (some, severity, names) in of_kinds.items():
            if some:
                known = {name: facts[name] for name in names}
                open_incident(uow.session, kind, _SUBJECT, severity=severity, facts=known)
            else:
                close_incident(uow.session, kind, _SUBJECT)
        uow.commit()
    return told


@dataclass(frozen=True, slots=True)
class _Head:
    """A chain as it stands: what a renewal would be over, whose its last token is, and its end.

    ``size``: of the log that its stamp is over.
    """

    leaf: bytes
    service: str
    end: dt.datetime
    size: int


def _notice(services: Services) -> dt.datetime:
    """What ends till then is renewed."""
    return clock.now() + dt.timedelta(days=services.settings.signing.expiry_days)


def _heads(services: Services) -> list[_Head]:
    """All chains as they stand."""
    with services.read_only() as session:
        renewed = by_renewed(iter_renewals(session))
        stamps = list(iter_stamps(session))
    algorithms = load_algorithms(services.settings.home)
    ends: dict[bytes, dt.datetime] = {}
    heads: dict[bytes, _Head] = {}
    for stamp in stamps:
        last: LogStamp | Renewal = stamp
        digests = [sha256(stamp.token).digest()]
        for last in chain_above(stamp.token, renewed):
            digests.append(sha256(last.token).digest())
        if last.token not in ends:
            ends[last.token] = end_of(last.token, algorithms)
        leaf = node(digests)
        heads[leaf] = _Head(leaf, last.service, ends[last.token], stamp.checkpoint.size)
    return list(heads.values())
