"""Who may: the one place that answers it, for pages, API and commands alike."""

from collections.abc import Container
from typing import NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, false, true
from sqlalchemy.orm import InstrumentedAttribute

from archive_service.domain.people import rights
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.rights import DECISIONS, KEEPS, SEES_CONDITIONAL
from archive_service.errors import NotAllowedError

ACTS = rights.ACTS
PROVED_ANEW = rights.PROVED_ANEW
GAINED_BY_TWO = rights.GAINED_BY_TWO
GIVEN_IN_AGENCY = rights.GIVEN_IN_AGENCY
OPEN_MODES = rights.OPEN_MODES


class ActNotAllowedError(NotAllowedError):
    """The account's role, agency or token does not reach this act.

    ``roles`` are those of people who may; none where the account's role is not what stops it.
    """


class AccountDoubtedError(ActNotAllowedError):
    """The log tells otherwise of the account than its row does: until a person knows of it."""


class ActNotHandedError(ActNotAllowedError):
    """Who acts in another's stead does what was handed over, and nothing else meanwhile."""


class OwnInSteadError(NotAllowedError):
    """What is asked is one's own, or the giver's: two persons, and no two roles of one."""


class RoleWaitsError(ActNotAllowedError):
    """The role is to change, and the next one may not: gone already, before it is confirmed."""


class ScopeMissingError(ActNotAllowedError):
    """The account may, but the program's token was not given this scope."""


class ProofOldError(NotAllowedError):
    """The act asks for a second factor shown within the last minutes, and this one is older."""


class OfAgency(Protocol):
    """Anything that belongs to an agency."""

    @property
    def agency_id(self) -> UUID | None:
        """The agency it belongs to."""


class AtAgency(NamedTuple):
    """An agency of which no more is at hand than its id."""

    agency_id: UUID | None


def may(actor: Actor, act: str, subject: OfAgency | None = None) -> bool:
    """Whether ``actor`` may do ``act``, on ``subject`` where one is meant.

    Raises:
        KeyError: an act that is not in ``ACTS``: a bug.
    """
    if not _bears_one_of(actor, ACTS[act]):
        return False
    if actor.scopes is not None and act not in actor.scopes:
        return False
    if actor.stands_for is not None and act not in actor.stands_for.acts:
        return False
    if actor.doubted and is_decision(act):
        return False
    if subject is None or actor.agency_id is None:
        return True
    return subject.agency_id == actor.agency_id


def _bears_one_of(actor: Actor, roles: Container[Role]) -> bool:
    """Whether the actor's role is one, and the one that waits for a second person too."""
    return actor.role in roles and (actor.next_role is None or actor.next_role in roles)


def is_wider(role: Role, than: Role) -> bool:
    """Whether ``role`` may do or read anything that ``than`` may not."""
    acts = (role in roles and than not in roles for roles in ACTS.values())
    return any(acts) or (role in SEES_CONDITIONAL and than not in SEES_CONDITIONAL)


def require(actor: Actor, act: str, subject: OfAgency | None = None) -> None:
    """``ActNotAllowedError`` unless ``may``; ``ScopeMissingError`` where the token lacks it.

    ``ProofOldError``: it is one of ``PROVED_ANEW``, and the second factor was shown too long ago.
    """
    require_scope(actor, act)
    if not may(actor, act, subject):
        raise not_allowed(actor, act)
    if act in PROVED_ANEW:
        require_proof(actor, act)


def require_another(actor: Actor, *names: str) -> None:
    """``OwnInSteadError``: in another's stead nobody decides what is their own or the giver's.

    ``names``: the accounts whose it is. Acting for oneself this asks nothing.
    """
    if actor.stands_for is not None and (found := sorted(actor.names.intersection(names))):
        raise OwnInSteadError(account=actor.account, of=found[0], giver=actor.stands_for.person)


def require_proof(actor: Actor, act: str) -> None:
    """``ProofOldError`` where the actor has a second factor and showed it too long ago."""
    if actor.must_prove:
        raise ProofOldError(act=act, account=actor.account)


def is_decision(act: str) -> bool:
    """Whether an act binds others, gives rights or lets something go: no look, no preparation."""
    return act.partition(":")[2] in DECISIONS


def not_allowed(actor: Actor, act: str) -> ActNotAllowedError:
    """The refusal, also for who knows more of the subject than is asked here."""
    if _lacks_scope(actor, act):
        return ScopeMissingError(act=act, account=actor.account, role=actor.role)
    if (stead := actor.stands_for) is not None and act not in stead.acts:
        giver = stead.person
        return ActNotHandedError(act=act, account=actor.account, role=actor.role, giver=giver)
    roles = [] if actor.role in ACTS[act] else people_of(act)
    if not roles and not _bears_one_of(actor, ACTS[act]):
        return RoleWaitsError(act=act, account=actor.account, role=actor.next_role, roles=roles)
    if actor.doubted and not roles and is_decision(act):
        return AccountDoubtedError(act=act, account=actor.account, role=actor.role, roles=roles)
    return ActNotAllowedError(act=act, account=actor.account, role=actor.role, roles=roles)


def people_of(act: str) -> list[Role]:
    """Roles of accounts that may do an act, in the order in which roles are told."""
    return [role for role in Role if role in ACTS[act] - KEEPS]


def require_scope(actor: Actor, act: str) -> None:
    """``ScopeMissingError`` where the account might, and its token does not reach the act.

    Lists and single items that ``visible`` narrows would be empty, which a program reads as
    "there is none".
    """
    if _lacks_scope(actor, act):
        raise ScopeMissingError(act=act, account=actor.account, role=actor.role)


def hidden_by_scope(actor: Actor) -> ScopeMissingError | None:
    """Why something was not found, where its own token's scopes may have hidden it."""
    if not actor.lacked:
        return None
    return ScopeMissingError(act=actor.lacked[0], account=actor.account, role=actor.role)


def _lacks_scope(actor: Actor, act: str) -> bool:
    return actor.scopes is not None and act not in actor.scopes and actor.role in ACTS[act]


def may_read_mode(actor: Actor, mode: str, *of: object) -> bool:
    """Whether material of this chế độ sử dụng is open to the account without a request.

    ``of``: ids of what it is part of, one of which may have been granted to the account.
    """
    if mode in OPEN_MODES or _bears_one_of(actor, SEES_CONDITIONAL):
        return True
    return any((str(unit), mode) in actor.granted for unit in of)


def may_in_part(actor: Actor, act: str, subject: OfAgency, mode: str, *of: object) -> bool:
    """Whether ``actor`` may do ``act`` on ``subject``, by role or by a grant to manage it.

    ``mode``: its chế độ sử dụng. ``of``: ids of what it is part of, as in ``may_read_mode``.
    """
    if may(actor, act, subject):
        return True
    if act not in rights.MANAGED or not _bears_one_of(actor, rights.MANAGES):
        return False
    if actor.stands_for is not None or subject.agency_id != actor.agency_id:
        return False
    reaches = actor.scopes is None or act in actor.scopes
    return reaches and any((str(unit), managing(mode)) in actor.granted for unit in of)


def manages_any(actor: Actor) -> bool:
    """Whether anything at all was granted to the account to manage."""
    return any(mode.startswith(managing("")) for _, mode in actor.granted)


def managing(mode: str) -> str:
    """As ``Actor.granted`` names what may be managed, beside what may be read."""
    return f"manage:{mode}"


def stricter_mode(one: str, other: str) -> str:
    """Of two chế độ sử dụng the one that shows less; the codes rise with secrecy."""
    return max(one, other)


def may_know_all(actor: Actor, mode: str, *of: object) -> bool:
    """Whether the account is told all data of such material: who keeps its bytes is, too."""
    return actor.role in KEEPS or may_read_mode(actor, mode, *of)


def modes_visible(actor: Actor) -> frozenset[str] | None:
    """The chế độ sử dụng whose content the account may read; ``None``: every one.

    What was granted to it comes beside them.
    """
    return None if _bears_one_of(actor, SEES_CONDITIONAL) else frozenset(OPEN_MODES)


def visible(
    actor: Actor, act: str, agency_column: InstrumentedAttribute[UUID | None]
) -> ColumnElement[bool]:
    """The same answer as a condition inside a query, so that no list shows too much."""
    if not may(actor, act):
        if _lacks_scope(actor, act) and act not in actor.lacked:
            actor.lacked.append(act)
        return false()
    if actor.agency_id is None:
        return true()
    return agency_column == actor.agency_id
