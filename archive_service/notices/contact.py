"""How a person is reached, the unit they work in, and the post that stands where they sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import AccountNotFoundError, reached_account
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import Account, Actor, MailDigest
from archive_service.errors import InputError, NotAllowedError
from archive_service.notices import inbox
from archive_service.notices.documents import ContactDocument
from archive_service.notices.mail import require_address
from archive_service.text import nfc

UNIT_LENGTH = POSITION_LENGTH = 200


class UnitNameError(InputError):
    """The name of a unit is too long, or holds signs that cannot be printed."""


class PositionNameError(InputError):
    """The name of a post is too long, or holds signs that cannot be printed."""


class UnitHeadError(NotAllowedError):
    """Headship of a unit lets somebody see and hand over others' work: nobody gains it alone."""

    code = "unit-head-by-two"


@dataclass(frozen=True, slots=True)
class Contact:
    """What is to be changed; ``None`` leaves it as it is."""

    email: str | None = None
    digest: MailDigest | None = None
    urgent: bool | None = None
    unit: str | None = None
    is_unit_head: bool | None = None
    position: str | None = None  # chức vụ: "Giám đốc", as papers name it above the signature

    def values(self) -> dict[str, Any]:
        """By column, checked.

        Raises:
            MailAddressError, UnitNameError, PositionNameError: nothing is changed.
        """
        given = {
            "email": None if self.email is None else require_address(self.email),
            "mail_digest": self.digest,
            "mail_urgent": self.urgent,
            "unit": None if self.unit is None else _unit(self.unit),
            "is_unit_head": self.is_unit_head,
            "position": None if self.position is None else _position(self.position),
        }
        return {name: value for name, value in given.items() if value is not None}


def change_account(name: str, contact: Contact, *, actor: Actor, uow: UnitOfWork) -> Account:
    """What the administrator sets for somebody; the caller commits.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        AccountNotFoundError: no such account.
    """
    row = reached_account(uow.session, name, actor=actor)
    return _change(row, contact, actor=actor, uow=uow)


def change_own(contact: Contact, *, actor: Actor, uow: UnitOfWork) -> Account:
    """What a person sets for themselves: never unit and headship, which give sight of others, nor
    the post, which stands on papers.

    Raises:
        ActNotAllowedError: nobody's own account, or unit, headship or post are asked for.
    """
    access.require(actor, "notice:list")
    of_office = contact.unit, contact.is_unit_head, contact.position
    if any(sign is not None for sign in of_office):
        access.require(actor, "account:add")
    return _change(own_account(uow.session, actor=actor), contact, actor=actor, uow=uow)


def own_account(session: Session, *, actor: Actor) -> Account:
    """The account of the one who acts.

    Raises:
        AccountNotFoundError: who acts has none.
    """
    row = session.scalar(select(Account).where(Account.id == actor.account_id))
    if row is None:
        raise AccountNotFoundError(name=actor.account)
    return row


def contact_document(row: Account) -> ContactDocument:
    """How the account is reached."""
    return ContactDocument(
        account=row.name,
        email=row.email or None,
        digest=row.mail_digest.value,
        urgent=row.mail_urgent,
        unit=row.unit or None,
        unit_head=row.is_unit_head,
        position=row.position or None,
    )


def _change(row: Account, contact: Contact, *, actor: Actor, uow: UnitOfWork) -> Account:
    """An address is personal: the trail says that it changed, not what it is."""
    changed = {
        name: value for name, value in contact.values().items() if getattr(row, name) != value
    }
    if not changed:
        return row
    heads = changed.get("is_unit_head", row.is_unit_head and "unit" in changed)
    if heads and not (actor.os_user and actor.shell != "login"):
        raise UnitHeadError(name=row.name)
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    record_event(
        uow.session,
        "account:changed",
        of=row,
        actor=actor,
        data={
            "name": row.name,
            "changed": sorted(changed),
            "before": _given_texts(before),
            "after": _given_texts(changed),
        },
    )
    if "email" in changed:
        _tell_of_address(uow.session, row, before["email"], actor)
    return row


def _tell_of_address(session: Session, row: Account, left: str, actor: Actor) -> None:
    """Each address that is left hears of it: the new one may be read by somebody else.

    Of a first one that another set the owner hears at the pages.
    """
    by, at = actor.account, clock.iso(clock.now())
    about, page = uuid5(row.id, left or row.email), "/notices"
    if left:
        facts = {"by": by, "at": at, "left": left}
        inbox.tell(
            session,
            "mail-address-left",
            to=[row.id],
            subject_id=about,
            facts=facts,
            href=page,
            urgent=True,
        )
    elif row.id not in actor.ids:
        facts = {"by": by, "at": at, "set": row.email}
        inbox.tell(
            session,
            "mail-address-set",
            to=[row.id],
            subject_id=about,
            facts=facts,
            href=page,
            urgent=True,
        )


def _given_texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if name != "email"}


def _unit(text: str) -> str:
    words = " ".join(nfc(text).split())
    if len(words) > UNIT_LENGTH or not words.isprintable():
        raise UnitNameError(length=UNIT_LENGTH)
    return words


def _position(text: str) -> str:
    words = " ".join(nfc(text).split())
    if len(words) > POSITION_LENGTH or not words.isprintable():
        raise PositionNameError(length=POSITION_LENGTH)
    return words
