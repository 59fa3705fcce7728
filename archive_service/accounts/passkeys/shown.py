"""A passkey is shown: the browser is asked a question, and its answer is proved (WebAuthn).

An answer stands wherever a code of the second factor does: it is JSON, and a code never is. The
library is imported where it is used: most requests and commands need none of it.

The key has to verify its user by PIN, finger or face (WebAuthn's user verification). Beside the
password of a sign-in a touch would do (NIST SP 800-63B, AAL2). For a grave act within an open
session the key is asked alone, and so is it where a sign-in of the last minutes counts for that
act: then it has to be a multi-factor authenticator, else a key that was left in the machine
decides for whoever sits there. One key does all of it, so each answer has to say so.
"""

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.passkeys.site import Site
from archive_service.db.unit_of_work import afterwards
from archive_service.domain.people.account import Account
from archive_service.domain.people.passkey import Passkey, PasskeyQuestion

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

ANSWER_WITHIN = dt.timedelta(minutes=5)
LONGEST_ANSWER = 20_000  # characters


class Shown(NamedTuple):
    """The passkey that answered; ``is_copied``: its counter went back, so two devices have it.

    Of one device two answers may come in another order than they were asked for (two tabs), so an
    older one may tell a lower counter than is known by now. A copy that asked before its owner
    used the key tells the same: such an answer is refused, the key goes on, and who has the device
    is asked once more. Only against what was known when the question was asked does a counter that
    is no higher prove a copy. A copy that is ahead of the device is taken; it is found out as soon
    as the device answers: more no counter can tell (WebAuthn 3, 6.1.1).

    ``is_verified``: it made sure by PIN, finger or face that its owner is there.
    """

    key: Passkey
    is_copied: bool
    is_verified: bool


def is_answer(given: str) -> bool:
    """Whether it is the answer of a passkey, and no code."""
    return given.lstrip().startswith("{")


def keys_of(session: Session, row: Account, host: str = "") -> list[Passkey]:
    """The passkeys of the account by name; ``host``: those alone that are taken at this one."""
    own = select(Passkey).where(Passkey.account_id == row.id).order_by(Passkey.name, Passkey.id)
    taken = Passkey.host == host, Passkey.ended_at.is_(None)
    return list(session.scalars(own.where(*taken) if host else own))


def ask_for_passkey(session: Session, row: Account, site: Site | None) -> str:
    """A question for the browser, as JSON; empty where the account has no passkey of this site."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    known = keys_of(session, row, site.host) if site is not None else []
    if site is None or not known:
        return ""
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=[described(key) for key in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    keep_question(session, row, site, options.challenge)
    return options_to_json(options)


def described(key: Passkey) -> "PublicKeyCredentialDescriptor":
    """As a browser is told which of its keys is meant."""
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id))


def keep_question(
    session: Session,
    row: Account,
    site: Site,
    challenge: bytes,
    name: str = "",
    *,
    is_first: bool = False,
) -> None:
    """Keep what was asked, and forget what nobody answered in time."""
    from webauthn.helpers import bytes_to_base64url

    now = clock.now()
    session.execute(delete(PasskeyQuestion).where(PasskeyQuestion.asked_at < now - ANSWER_WITHIN))
    session.add(
        PasskeyQuestion(
            challenge=bytes_to_base64url(challenge),
            account_id=row.id,
            name=name,
            is_first=is_first,
            host=site.host,
            origin=site.origin,
            asked_at=now,
        )
    )


def take_question(
    session: Session, row: Account, client_data: bytes, *, is_new: bool
) -> PasskeyQuestion | None:
    """The question that this answers, which nobody answers again; ``None``: none of this account.

    It is gone as well where the answer, or the act that it was for, is refused: before anybody is
    told so. ``is_new``: one that a new passkey answers.
    """
    from webauthn.helpers import bytes_to_base64url, parse_client_data_json

    challenge = bytes_to_base64url(parse_client_data_json(client_data).challenge)
    taken = session.execute(  # of two answers to one question one is refused
        delete(PasskeyQuestion)
        .where(
            PasskeyQuestion.challenge == challenge,
            PasskeyQuestion.account_id == row.id,
            PasskeyQuestion.asked_at >= clock.now() - ANSWER_WITHIN,
            PasskeyQuestion.name != "" if is_new else PasskeyQuestion.name == "",
        )
        .returning(PasskeyQuestion)
        .execution_options(synchronize_session=False)
    )
    found = taken.scalar_one_or_none()
    if found is not None:
        afterwards(session, lambda own: _forget(own, challenge))
    return found


def _forget(session: Session, challenge: str) -> None:
    session.execute(delete(PasskeyQuestion).where(PasskeyQuestion.challenge == challenge))


def take_answer(session: Session, row: Account, given: str) -> Shown | None:
    """The passkey of the account that signed what was asked; ``None``: none did.

    Refused are an answer to another question or to one that was answered, one of another origin
    or host, one that the key did not sign, and one that a later answer of the key overtook.
    """
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json

    if len(given) > LONGEST_ANSWER:
        return None
    try:
        answer = parse_authentication_credential_json(given)
        asked = take_question(session, row, answer.response.client_data_json, is_new=False)
        key = session.scalar(
            select(Passkey)
            .where(
                Passkey.account_id == row.id,
                Passkey.credential_id == bytes_to_base64url(answer.raw_id),
                Passkey.ended_at.is_(None),
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if asked is None or key is None or key.host != asked.host:
            return None
        proved = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(asked.challenge),
            expected_rp_id=key.host,
            expected_origin=asked.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=0,  # looked at below, once the signature is proved
        )
    except no_answer():
        return None
    count = proved.new_sign_count
    is_copied = _went_back(key, count, asked.asked_at)
    if not is_copied:
        if 0 < count < key.sign_count:
            return None
        _note(key, count)
    return Shown(key, is_copied=is_copied, is_verified=proved.user_verified)


def _went_back(key: Passkey, count: int, asked_at: dt.datetime) -> bool:
    """Whether no single device can have counted so: not beyond what was known when it was asked."""
    taken = _taken(key)
    known = max(entry["count"] for entry in taken if entry["at"] <= asked_at.timestamp())
    counts = bool(count or key.sign_count)
    return counts and (count <= known or count in [entry["count"] for entry in taken])


def _taken(key: Passkey) -> list[dict[str, float]]:
    """The counters that were taken lately, each with its moment; of old only the highest."""
    return key.lately or [{"count": key.sign_count, "at": 0}]


def _note(key: Passkey, count: int) -> None:
    """Keep the counter of an answer that is taken."""
    now, taken = clock.now(), _taken(key)
    if count:
        since = (now - ANSWER_WITHIN).timestamp()
        settled = max(entry["count"] for entry in taken if entry["at"] <= since)
        lately = [entry for entry in taken if entry["at"] > since]
        key.lately = [{"count": settled, "at": 0}, *lately, {"count": count, "at": now.timestamp()}]
    key.sign_count, key.used_at = max(key.sign_count, count), now


def no_answer() -> tuple[type[Exception], ...]:
    """What the library raises of bytes that are no answer at all, beside its own errors."""
    from webauthn.helpers.exceptions import WebAuthnException

    return WebAuthnException, ValueError, KeyError, TypeError, OverflowError, RecursionError
