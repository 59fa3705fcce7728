"""Who outside holds a checkpoint of the log: how long it was, since when, and whether they suffice.

Partners cosign one; folders and persons were given one; folders of ``evidence.witnesses`` keep one.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.document import Document, Moment
from archive_service.domain.keeping.act import COSIGNATURE, Act, few_of
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.evidence.outside.giving import FRESH, GIVEN, known_since
from archive_service.evidence.rollback import configured_witnesses, is_beside
from archive_service.evidence.vouching import OUTSIDE
from archive_service.services import Services

_LOOKED_AT = 200  # events of giving: one a day


class HeldDocument(Document):
    """Who holds a checkpoint over ``size`` events; ``kind``: partner, given, folder or beside.

    A folder beside the home, on its disk, proves nothing. ``counts``: cosigned or taken within 48
    hours.
    """

    name: str
    kind: str
    size: int
    at: Moment | None
    counts: bool


class WitnessesDocument(Document):
    """Those who hold one, how many are wanted, and how many count now."""

    held: list[HeldDocument]
    wanted: int
    known: int


def witnesses_told(services: Services, *, actor: Actor) -> WitnessesDocument:
    """Who outside remembers how long the log was.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "audit:read")
    since = clock.now() - FRESH
    with services.read_only() as session:
        known = known_since(session, since)
        held = [*_partners(session, since), *_given(services, session, since)]
    held += _folders(services)
    wanted = services.settings.evidence.witnesses_wanted
    return WitnessesDocument(held=held, wanted=wanted, known=len(known))


def _partners(session: Session, since: dt.datetime) -> Iterator[HeldDocument]:
    fits = few_of(COSIGNATURE), Act.document["contradicts"].as_boolean().is_(False)
    last = select(Act.subject_id, func.max(Act.at).label("at")).where(*fits)
    newest = last.group_by(Act.subject_id).subquery()
    of_it = (Act.subject_id == newest.c.subject_id) & (Act.at == newest.c.at)
    acts = {row.subject_id: row for row in session.scalars(select(Act).join(newest, of_it))}
    which = TransferPartner.active, TransferPartner.witnesses
    for partner in session.scalars(select(TransferPartner).where(*which)):
        act = acts.get(str(partner.id))
        yield HeldDocument(
            name=partner.name or partner.code,
            kind="partner",
            size=int(act.document["size"]) if act else 0,
            at=act.at if act else None,
            counts=act is not None and act.at >= since,
        )


def _folders(services: Services) -> Iterator[HeldDocument]:
    """Of each the longest log that it remembers."""
    sizes: dict[tuple[str, str], int] = {}
    for claim in configured_witnesses(services):
        name = claim.by.removeprefix(OUTSIDE).partition("/")[0]
        of = name, "beside" if claim.is_beside else "folder"
        sizes[of] = max(sizes.get(of, 0), claim.checkpoint.size)
    for (name, kind), size in sizes.items():
        yield HeldDocument(name=name, kind=kind, size=size, at=None, counts=False)


def _given(services: Services, session: Session, since: dt.datetime) -> Iterator[HeldDocument]:
    """Of the settings, in their order; what is named there no more is passed over."""
    query = select(AuditEvent).where(AuditEvent.tag == GIVEN)
    given: dict[str, tuple[int, dt.datetime]] = {}
    for event in session.scalars(query.order_by(AuditEvent.number.desc()).limit(_LOOKED_AT)):
        for name in event.data["to"]:
            given.setdefault(name, (int(event.data["size"]), event.at))
    settings = services.settings.evidence
    for name in dict.fromkeys([*settings.give_to, *settings.mail_to]):
        size, at = given.get(name, (0, None))
        fresh = at is not None and at >= since
        beside = name in settings.give_to and _is_beside(services, Path(name))
        kind = "beside" if beside else "given"
        yield HeldDocument(name=name, kind=kind, size=size, at=at, counts=fresh and not beside)


def _is_beside(services: Services, folder: Path) -> bool:
    with suppress(OSError):  # one that is away is told by what it was given
        return is_beside(services.settings.home, folder)
    return False
