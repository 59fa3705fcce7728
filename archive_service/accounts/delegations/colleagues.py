"""Colleagues whom duties may be handed to, found by what is known of their names."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.accounts.delegations.duties import RECEIVERS
from archive_service.db.words import has_words
from archive_service.domain.people.account import Account, Actor
from archive_service.services import Services

MOST = 20  # on the list; who is not on it is found by a longer name


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of them; ``post`` and ``unit`` tell two of one name apart."""

    id: UUID
    person: str
    role: str
    post: str
    unit: str


def find_colleagues(services: Services, text: str, *, actor: Actor) -> list[Colleague]:
    """Those whose person's name has these words, or whose account bears exactly this name.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "delegation:give")
    text = text.replace("\0", " ").strip()
    if not text:
        return []
    named = or_(has_words(text, Account.display_name), Account.name == text)
    with services.read_only() as session:
        giver = session.get_one(Account, actor.account_id)
        found = session.scalars(
            select(Account)
            .where(*may_receive(giver), named)
            .order_by(Account.display_name, Account.name)
            .limit(MOST)
        )
        return [
            Colleague(row.id, row.person, row.role.value, row.position, row.unit) for row in found
        ]


def account_of(services: Services, colleague_id: UUID, *, actor: Actor) -> str:
    """The account of the one who was chosen; empty where they are no colleague any more."""
    with services.read_only() as session:
        giver = session.get_one(Account, actor.account_id)
        query = select(Account.name).where(Account.id == colleague_id, *may_receive(giver))
        return session.scalar(query) or ""


def receiver_named(session: Session, name: str, giver: Account) -> Account | None:
    """The colleague who bears this account."""
    name = name.strip().replace("\0", "")
    return session.scalar(select(Account).where(Account.name == name, *may_receive(giver)))


def may_receive(giver: Account) -> tuple[ColumnElement[bool], ...]:
    """An account in use of the same agency, another's and of somebody who works with records."""
    return (
        Account.active.is_(True),
        Account.role.in_(RECEIVERS),
        Account.id != giver.id,
        Account.agency_id.is_not_distinct_from(giver.agency_id),
    )
