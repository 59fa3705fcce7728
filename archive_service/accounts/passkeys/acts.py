"""Passkeys of one's own: enrolled with the factor of before, listed, removed; the owner is told.

A first second factor is enrolled with the password. One that comes to another is enrolled with
that one, and decides nothing for a day. The last factor is not removed: another comes before.
"""

import json
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.enrolment import lock_account
from archive_service.accounts.own_password import require_password, to_owner
from archive_service.accounts.passkeys.documents import (
    PasskeyDocument,
    PasskeyList,
    PasskeyRemoval,
)
from archive_service.accounts.passkeys.ending import record_key
from archive_service.accounts.passkeys.shown import (
    LONGEST_ANSWER,
    ask_for_passkey,
    described,
    keep_question,
    keys_of,
    no_answer,
    take_question,
)
from archive_service.accounts.passkeys.site import Site
from archive_service.accounts.recovery_codes import renew_codes
from archive_service.accounts.second_factor import (
    REST,
    PasskeyUnverifiedError,
    SecondFactorWrongError,
    note_refused,
    prove_second_factor,
)
from archive_service.accounts.sessions import note_proved
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.passkey import LONGEST_NAME, Passkey
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.text import telling_line

MOST = 10  # of one account
_OWN = "account:list"  # what a program needs to see passkeys of the account that it acts for


class PasskeyNotFoundError(NotFoundError):
    """None of one's own has this ID."""


class PasskeyNameError(InputError):
    """A passkey is told from the others by its name."""


class PasskeyPlaceError(ConflictError):
    """A browser takes no passkey at this address."""


class PasskeyRefusedError(InputError):
    """It is no answer to what the browser was asked, or the passkey is known already."""


class PasskeyLimitError(ConflictError):
    """The account has as many as it may have."""


class PasskeyLastError(ConflictError):
    """It is the only second factor of the account."""


def list_passkeys(services: Services, *, actor: Actor) -> PasskeyList:
    """One's own passkeys, with their last use; a browser makes and shows them at the pages.

    Raises:
        ScopeMissingError: a program's token does not reach them.
    """
    _require_person(actor)
    with services.read_only() as session:
        row = None if actor.account_id is None else session.get(Account, actor.account_id)
        keys = [] if row is None else keys_of(session, row)
        return PasskeyList(passkeys=[_document(key) for key in keys])


def ask_for_new(
    services: Services, site: Site | None, name: str, *, actor: Actor, password: str, otp: str
) -> str:
    """What the browser makes a passkey from, as JSON; ``finish_passkey`` takes its answer.

    ``password``: of who has no second factor yet; ``otp``: what shows the one of the others, a
    code, a recovery code or the answer of another passkey.

    Raises:
        PasskeyPlaceError, PasskeyNameError, PasskeyLimitError, AccountNotFoundError
        PasswordWrongError, SecondFactorMissingError, SecondFactorWrongError,
        SecondFactorPausedError: it is not the owner who asks.
    """
    if site is None:
        raise PasskeyPlaceError
    try:
        with services.unit_of_work() as uow:
            row = _locked(uow.session, actor)
            known = keys_of(uow.session, row)
            name = telling_line(name)
            _require_room(known, name)
            if row.has_factor:
                home = services.settings.home
                prove_second_factor(uow.session, row.id, otp, home=home, takes_recovery=True)
            else:
                require_password(row, password, uow=uow)
            first = not row.has_factor
            challenge, options = _options(services, site, row, known)
            keep_question(uow.session, row, site, challenge, name, is_first=first)
            uow.commit()
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    return options


def finish_passkey(
    services: Services, answer: str, *, actor: Actor, session_token: str = ""
) -> list[str]:
    """The passkey counts from now on; recovery codes of a first second factor, told this once.

    ``session_token``: of the session in which a first one was made, which then counts as a proof.

    Raises:
        PasskeyRefusedError, PasskeyUnverifiedError, AccountNotFoundError
        PasskeyNameError, PasskeyLimitError: another came since it was asked for.
    """
    with services.unit_of_work() as uow:
        session = uow.session
        row = _locked(session, actor)
        is_first = not row.has_factor
        key = _new_key(session, row, answer)
        _require_room(keys_of(session, row), key.name)
        until = ""
        if not is_first:
            key.rests_until = key.made_at + REST
            until = clock.iso(key.rests_until)
        session.add(key)
        session.flush()
        record_key(session, "account:passkey-added", row, actor, key)
        facts = to_owner(row, actor)
        facts["facts"] |= {"name": key.name, "until": until}
        inbox.tell(session, "passkey-added", **facts)
        codes = renew_codes(session, row) if is_first else []
        if is_first:
            note_proved(session_token, uow=uow)
        uow.commit()
    return codes


def ask_own(services: Services, site: Site | None, *, actor: Actor) -> str:
    """What the browser signs with a passkey of one's own, as JSON.

    Raises:
        PasskeyPlaceError: it has none here.
        AccountNotFoundError
    """
    with services.writing() as session:
        options = ask_for_passkey(session, _locked(session, actor), site)
    if not options:
        raise PasskeyPlaceError
    return options


def remove_passkey(
    services: Services, passkey_id: UUID, given: PasskeyRemoval, *, actor: Actor
) -> PasskeyDocument:
    """Remove a passkey of one's own, at once; the owner is told.

    Who lost every factor asks for another, as for one of codes: once a second person has confirmed
    it, passkeys are gone as well.

    Raises:
        ScopeMissingError: a program's token does not reach it.
        PasskeyNotFoundError, AccountNotFoundError
        PasskeyLastError: another second factor is enrolled first.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError
    """
    _require_person(actor)
    home = services.settings.home
    try:
        with services.writing() as session:
            row = _locked(session, actor)
            known = {key.id: key for key in keys_of(session, row)}
            if passkey_id not in known:
                raise PasskeyNotFoundError(id=passkey_id)
            key = known.pop(passkey_id)
            if row.totp_secret is None and all(passkey.ended_at for passkey in known.values()):
                raise PasskeyLastError(name=key.name)
            prove_second_factor(session, row.id, given.otp, home=home, takes_recovery=True)
            session.delete(key)
            record_key(session, "account:passkey-removed", row, actor, key)
            facts = to_owner(row, actor)
            facts["facts"] |= {"name": key.name}
            inbox.tell(session, "passkey-removed", **facts)
            document = _document(key)
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    return document


def _options(
    services: Services, site: Site, row: Account, known: list[Passkey]
) -> tuple[bytes, str]:
    """A new challenge, and the whole of what a browser makes a passkey from."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=site.host,
        rp_name=services.settings.archive.name,
        user_name=row.name,
        user_id=row.id.bytes,
        user_display_name=row.person,
        exclude_credentials=[
            described(key) for key in known if key.host == site.host and key.ended_at is None
        ],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return options.challenge, options_to_json(options)


def _new_key(session: Session, row: Account, answer: str) -> Passkey:
    """The passkey that the browser made from what it was asked, for this account."""
    from webauthn import base64url_to_bytes, verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    try:
        if len(answer) > LONGEST_ANSWER:
            raise ValueError("no answer is so long")
        client_data = base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"])
        asked = take_question(session, row, client_data, is_new=True)
        if asked is None or (asked.is_first and row.has_factor):
            raise PasskeyRefusedError  # asked for with the password alone, and there is one by now
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(asked.challenge),
            expected_rp_id=asked.host,
            expected_origin=asked.origin,
        )
    except no_answer():
        raise PasskeyRefusedError from None
    if not made.user_verified:
        raise PasskeyUnverifiedError(account=row.name, key=asked.name)
    credential_id = bytes_to_base64url(made.credential_id)
    known = select(Passkey.id).where(Passkey.credential_id == credential_id)
    if session.scalar(known) is not None:
        raise PasskeyRefusedError
    return Passkey(
        account_id=row.id,
        name=asked.name,
        host=asked.host,
        credential_id=credential_id,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        made_at=clock.now(),
    )


def _require_room(known: list[Passkey], name: str) -> None:
    if not 0 < len(name) <= LONGEST_NAME or name in {key.name for key in known}:
        raise PasskeyNameError(most=LONGEST_NAME)
    if len(known) >= MOST:
        raise PasskeyLimitError(most=MOST)


def _locked(session: Session, actor: Actor) -> Account:
    return lock_account(session, Account.id == actor.account_id, actor.account)


def _require_person(actor: Actor) -> None:
    """A program is not let at the factors of its account, unless it may list accounts."""
    if actor.scopes is not None:
        access.require(actor, _OWN)


def _document(key: Passkey) -> PasskeyDocument:
    rests = key.rests_until
    return PasskeyDocument(
        id=key.id,
        name=key.name,
        host=key.host,
        made_at=key.made_at,
        used_at=key.used_at,
        rests_until=rests if rests is not None and rests > clock.now() else None,
        ended_at=key.ended_at,
    )
