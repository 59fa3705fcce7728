"""Stamps renewed before they cease to prove: one new stamp over the old ones (RFC 4998, 5.2).

No object is read for it: the new token is over a tree that has of each chain one leaf, the node of
the digests of all its tokens. RFC 4998 wants the last token there, Bouncy Castle each of them.
"""

import base64
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.document import Document, Moment
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.evidence.outside.asking import (
    FIRST,
    SECOND,
    TROUBLES,
    token_over,
    used_services,
)
from archive_service.evidence.outside.chains import (
    Link,
    chains_of_note,
    has_changed,
    leaf_of,
    next_link,
)
from archive_service.evidence.outside.hash_tree import HashTree, tree_root
from archive_service.evidence.outside.lasting import Algorithms, end_of, load_algorithms
from archive_service.evidence.outside.renewals import RENEWAL, Renewal, by_renewed, iter_renewals
from archive_service.evidence.outside.stamping import LogStamp, iter_stamps, stamped_digests
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.signing.archive_stamp import Stamp

RENEWED = "evidence:stamps-renewed"
ENDING, LAPSED = "stamp-ending", "stamp-lapsed"  # kinds of incidents
_SUBJECT = "log"


class RenewalDocument(Document):
    """How many stamps were renewed now, which end soon, and which did before they were renewed.

    ``bare``: of these last, those after which no stamp proves the log either.
    """

    renewed: int
    ending: int
    lapsed: int
    bare: int
    first_end: Moment | None


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
    renewal = _tell(services)
    if troubles:
        raise troubles[0]
    return renewal.model_copy(update={"renewed": renewed})


def _renew_ending(services: Services, service: str, others: Collection[str], actor: Actor) -> int:
    """A token over all chains that end before it, but for those of others; how many they were.

    One token for each algorithm of chains.
    """
    now, soon = clock.now(), _notice(services)
    heads = [
        head for head in _heads(services) if now < head.end <= soon and head.service not in others
    ]
    renewed = 0
    for algorithm in sorted({head.algorithm for head in heads}):
        ending = {head.leaf: head.end for head in heads if head.algorithm == algorithm}
        while ending:
            token = token_over(services, service, tree_root(ending, algorithm), algorithm)
            last = end_of(token, load_algorithms(services.settings.home))
            longer = {leaf for leaf, end in ending.items() if end >= last}
            if not longer:
                made = Renewal(tuple(sorted(ending)), token, service, algorithm)
                renewed += _keep(services, made, last, actor)
                break
            ending = {leaf: end for leaf, end in ending.items() if leaf not in longer}
    return renewed


def _keep(services: Services, made: Renewal, last: dt.datetime, actor: Actor) -> int:
    with services.unit_of_work() as uow:
        take_write_lock(uow.session)  # of several machines one tells it
        if by_renewed(iter_renewals(uow.session)).keys() & set(made.over):
            return 0
        uow.session.add(act_of(services, made))
        facts = facts_of(made, last) | {"stamps": len(made.over)}
        record_event(uow.session, RENEWED, subject_id=_SUBJECT, actor=actor, data=facts)
        uow.commit()
    write_out_evidence(services)
    return len(made.over)


def act_of(services: Services, made: Renewal) -> Act:
    """How a renewal is kept."""
    document = {
        "over": [base64.b64encode(digest).decode() for digest in made.over],
        "token": base64.b64encode(made.token).decode(),
        "service": made.service,
        "algorithm": made.algorithm,
        "objects": base64.b64encode(made.objects).decode(),
    }
    origin = services.settings.archive.code
    return Act(kind=RENEWAL, subject_id=origin, at=clock.now(), document=document)


def facts_of(made: Renewal, last: dt.datetime) -> dict[str, object]:
    """What an event tells of a renewal, and until when it proves."""
    return {
        "service": made.service,
        "algorithm": made.algorithm,
        "token_sha256": sha256(made.token).hexdigest(),
        "valid_to": clock.iso(last),
    }


def _tell(services: Services) -> RenewalDocument:
    """Stamps that end soon or have lapsed, and the incidents of them.

    What lapsed cannot be mended. It is an alarm until a later stamp, which is over the whole log,
    proves what the lapsed one did, if of a later day.
    """
    now = clock.now()
    heads = _heads(services)
    held = max((head.size for head in heads if head.end > now), default=0)
    lapsed = [head for head in heads if head.end <= now]
    ending = [head.end for head in heads if now < head.end <= _notice(services)]
    bare = [head for head in lapsed if head.size > held]
    renewal = RenewalDocument(
        renewed=0,
        ending=len(ending),
        lapsed=len(lapsed),
        bare=len(bare),
        first_end=min(ending, default=None),
    )
    facts = renewal.as_json()
    of_kinds = {
        ENDING: (ending, IncidentSeverity.WARNING, ("ending", "first_end")),
        LAPSED: (bare, IncidentSeverity.ALARM, ("lapsed", "bare")),
    }
    with services.writing() as session:
        for kind, (some, severity, names) in of_kinds.items():
            if some:
                known = {name: facts[name] for name in names}
                open_incident(session, kind, _SUBJECT, severity=severity, facts=known)
            else:
                close_incident(session, kind, _SUBJECT)
    return renewal


@dataclass(frozen=True, slots=True)
class _Head:
    """A chain as it stands: what a renewal would be over, whose its last token is, and its end.

    ``size``: of the log that its stamp is over.
    """

    leaf: bytes
    algorithm: str
    service: str
    end: dt.datetime
    size: int


def _notice(services: Services) -> dt.datetime:
    """What ends till then is renewed."""
    return clock.now() + dt.timedelta(days=services.settings.signing.expiry_days)


def _heads(services: Services) -> list[_Head]:
    """All chains as they stand: of stamps, and of trees of objects that were read again."""
    with services.read_only() as session:
        renewals = list(iter_renewals(session))
        stamps = [
            (log_stamp, day_tree(session, log_stamp, renewals))
            for log_stamp in iter_stamps(session)
        ]
    renewed, ends = by_renewed(renewals), _Ends(load_algorithms(services.settings.home))
    heads: dict[bytes, _Head] = {}
    for stamp, tree in stamps:
        chain = chains_of_note(stamp, tree, renewed)[-1]
        heads[leaf_of(chain)] = _head(chain, stamp, ends)
    for renewal in renewals:
        if renewal.objects:
            chain = [Link(Stamp([[renewal.objects]], renewal.token, renewal.algorithm), renewal)]
            while (link := next_link(chain, renewed)) is not None:
                chain.append(link)
            heads.setdefault(leaf_of(chain), _head(chain, None, ends))
    return list(heads.values())


def day_tree(session: Session, stamp: LogStamp, renewals: Sequence[Renewal]) -> HashTree:
    """What a stamp is over; only its own leaf where no tree was changed, since none asks then."""
    if not has_changed(renewals):
        return HashTree([stamp.own_digest])
    return HashTree(stamped_digests(session, stamp.checkpoint, stamp.after))


class _Ends:
    """When tokens cease to prove; each is read once, whatever chains it ends."""

    def __init__(self, algorithms: Algorithms) -> None:
        self._algorithms = algorithms
        self._known: dict[bytes, dt.datetime] = {}

    def of(self, token: bytes) -> dt.datetime:
        """Of this one."""
        if token not in self._known:
            self._known[token] = end_of(token, self._algorithms)
        return self._known[token]


def _head(chain: Sequence[Link], stamp: LogStamp | None, ends: _Ends) -> _Head:
    last = chain[-1]
    service = last.by.service if last.by else stamp.service if stamp else FIRST
    size = stamp.checkpoint.size if stamp else 0
    algorithm = last.stamp.algorithm
    return _Head(leaf_of(chain), algorithm, service, ends.of(last.stamp.token), size)
