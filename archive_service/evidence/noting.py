"""What no event names by itself becomes a leaf: rights, trust, rules, keys and copies.

Each sealing first leaves events that tell the digests of what came or changed since the last one.
Versions of packages need none: ``version:built`` names the inventory of each.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import NOTED, canonical, record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.people.account import AccessToken, Account, Actor, RecoveryCode
from archive_service.domain.people.oidc import OidcBinding
from archive_service.domain.people.passkey import Passkey
from archive_service.evidence.compared.asked_outside import asked_outside
from archive_service.evidence.compared.told_acts import note_acts
from archive_service.law import CONFIG
from archive_service.services import Services
from archive_service.signing.port import Signer

# Subjects of ``NOTED``.
ACCOUNTS, KEYS, TRUST, RULES = "accounts", "keys", "trust", "rules"
SETTINGS, COPIES = "settings", "copies"
PERSON = "person"  # of an account: their name and post, as papers bear them
UNIT = "unit"  # of an account: where it works, and whether it is the head there
ADDRESS = "address"  # of an account: where its mail goes
COURSE = "course"  # of an account: when it was made, why its person left, and who goes on with it
# Of an account: from when its password and its factors count or rest, and since when it has left.
PASSWORD_SINCE, FACTOR_SINCE = "password-since", "factor-since"
LIST, WHOM = "list", "whom"  # of TRUST: all of it, and who is trusted alone
_TOGETHER = 500  # digests in one event
_RULES = ("rule_sets", "retention_schedules")
# Settings that say what two people, a factor or time are asked for, whose word and which networks
# count, and how long bytes are locked and unread, no secrets; all of a section where none is named.
# What differs between machines, or is tuned any day, decides nothing.
_SETTINGS: Mapping[str, AbstractSet[str] | None] = {
    "accounts": None,
    "destruction": {"unsigned"},
    "fixity": {"every_days", "every_days_of"},
    "oidc": {"issuer", "local_accounts", "required", "trusted_factors"},
    "retention": {"clock_apart_s", "clock_leap_days"},
    "storage": {"lock_mode", "lock_years"},
    "transfer": {"cooling_off_months"},
    "web": {"idle_account_days", "inside", "session_idle_s", "session_max_s"},
    "web.networks": {"admitted", "proxies"},  # noted later than the others of its section
}


def note_news(services: Services, signer: Signer, *, actor: Actor) -> None:
    """Leave an event for whatever has changed since the last one; none where nothing has."""
    states = {
        KEYS: {"certificate": sha256(signer.certificate.der).hexdigest()},
        **rule_states(services),
    }
    with services.writing() as session:
        take_write_lock(session)  # of several machines one notes
        for subject, found in (*states.items(), (ACCOUNTS, account_states(session))):
            known = last_states(session, subject)
            changed = {name: value for name, value in found.items() if known.get(name) != value}
            for gone in known.keys() - found.keys() if subject in (RULES, COPIES) else ():
                changed[gone] = ""
            _note(session, subject, changed, actor)
        note_acts(session, actor=actor)


def note_account(session: Session, account_id: UUID, *, actor: Actor) -> None:
    """Leave an event for what an account is now; none where it is gone."""
    _note(session, ACCOUNTS, account_states(session, [account_id]), actor)


def note_rule(session: Session, subject: str, name: str, value: str, *, actor: Actor) -> None:
    """Leave an event for what one rule, or whom the home trusts, is now."""
    _note(session, subject, {name: value}, actor)


def rule_states(services: Services) -> dict[str, dict[str, str]]:
    """Digests of trust, copies, rules as they lie on the disk now, and settings that decide.

    ``LIST`` changes with each revocation list as well. Of settings that say who outside is asked
    the state is how many, with a digest of each.
    """
    trust = services.trust
    return {
        COPIES: _copies(services),
        TRUST: {LIST: trust.sha256(), WHOM: trust.without_answers().sha256()},
        RULES: _rules(services),
        SETTINGS: {
            name: _digest(
                getattr(services.settings, name.partition(".")[0]).model_dump(
                    mode="json", include=deciding
                )
            )
            for name, deciding in _SETTINGS.items()
        }
        | asked_outside(services.settings),
    }


def iter_notes(session: Session, subject: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number of each event that notes states of ``subject``, and what it tells, as they came."""
    query = select(AuditEvent.number, AuditEvent.data).where(
        AuditEvent.tag == NOTED, AuditEvent.subject_id == subject
    )
    for number, data in session.execute(query.order_by(AuditEvent.number)):
        yield number, data["states"]


def last_states(session: Session, subject: str) -> dict[str, Any]:
    """The newest state of each that was noted."""
    found: dict[str, Any] = {}
    for _, states in iter_notes(session, subject):
        found |= states
    return found


def account_states(session: Session, ids: Iterable[UUID] | None = None) -> dict[str, Any]:
    """Of each account the digests of rights, password, factor, tokens, and what else is its own.

    They tell whether one of them changed, and nothing that anybody could sign in with.
    """
    accounts, tokens = select(Account), select(AccessToken).where(AccessToken.revoked_at.is_(None))
    codes = select(RecoveryCode.account_id, RecoveryCode.code_sha256)
    passkeys = select(Passkey)
    bindings = select(OidcBinding).where(OidcBinding.ended_at.is_(None))
    if ids is not None:
        some = list(ids)
        bindings = bindings.where(OidcBinding.account_id.in_(some))
        accounts = accounts.where(Account.id.in_(some))
        tokens = tokens.where(AccessToken.account_id.in_(some))
        codes = codes.where(RecoveryCode.account_id.in_(some))
        passkeys = passkeys.where(Passkey.account_id.in_(some))
    of_tokens = _of_tokens(session.scalars(tokens))
    of_codes: dict[UUID, list[str]] = {}
    for account_id, code in session.execute(codes):
        of_codes.setdefault(account_id, []).append(code)
    of_keys: dict[UUID, list[list[str]]] = {}
    keys_since: dict[UUID, list[list[str | None]]] = {}
    for key in session.scalars(passkeys):
        is_ended = () if key.ended_at is None else ("ended",)
        own = [key.credential_id, key.public_key, *is_ended]
        of_keys.setdefault(key.account_id, []).append(own)
        moments = map(_moment, (key.made_at, key.rests_until))
        keys_since.setdefault(key.account_id, []).append([key.credential_id, key.host, *moments])
    of_bindings = {
        oidc_binding.account_id: _digest(
            oidc_binding.issuer, oidc_binding.subject, oidc_binding.waits
        )
        for oidc_binding in session.scalars(bindings)
    }
    return {
        str(row.id): {
            "rights": _digest(
                *(row.name, row.role.value, str(row.agency_id), row.active),
                *(() if row.next_role is None else (row.next_role, str(row.next_agency_id))),
            ),
            "password": _digest(row.password_hash),
            "factor": _digest(
                *(row.totp_secret, sorted(of_codes.get(row.id, []))),
                *([sorted(of_keys[row.id])] if row.id in of_keys else []),
            ),
            "tokens": _digest(sorted(of_tokens.get(row.id, []))),
            **({"binding": of_bindings[row.id]} if row.id in of_bindings else {}),
            PERSON: _digest(row.display_name, row.position),
            UNIT: _digest(row.unit, row.is_unit_head),
            ADDRESS: _digest(row.email),
            COURSE: _course(row),
            PASSWORD_SINCE: _password_since(row),
            FACTOR_SINCE: _digest(
                *map(_moment, (row.totp_since, row.totp_replaced_at)),
                sorted(keys_since.get(row.id, [])),
            ),
        }
        for row in session.scalars(accounts)
    }


def _of_tokens(tokens: Iterable[AccessToken]) -> dict[UUID, list[Any]]:
    of_tokens: dict[UUID, list[Any]] = {}
    for token in tokens:
        until = clock.iso(token.expires_at)
        where = [sorted(token.scopes), sorted(token.networks)]
        values = [token.token_sha256, *where, until, token.waits]
        values += ["waits"] if token.waits else []
        of_tokens.setdefault(token.account_id, []).append(values)
    return of_tokens


def _course(row: Account) -> str:
    successor = row.handed_to_id and str(row.handed_to_id)
    return _digest(clock.iso(row.created_at), row.left_reason, successor)


def _password_since(row: Account) -> str:
    moments = map(_moment, (row.password_set_at, row.password_reset_at, row.enabled_at))
    return _digest(row.password_once, *moments, row.left_on and row.left_on.isoformat())


def _moment(at: dt.datetime | None) -> str | None:
    return None if at is None else clock.iso(at)


def _digest(*parts: Any) -> str:
    return sha256(canonical(parts)).hexdigest()


def _note(session: Session, subject: str, states: dict[str, Any], actor: Actor) -> None:
    names = sorted(states)
    for start in range(0, len(names), _TOGETHER):
        some = {name: states[name] for name in names[start : start + _TOGETHER]}
        record_event(session, NOTED, subject_id=subject, actor=actor, data={"states": some})


def _copies(services: Services) -> dict[str, str]:
    with services.read_only() as session:
        return {
            row.name: _digest(row.identity, row.role.value, row.state.value)
            for row in session.scalars(select(EnrolledCopy))
        }


def _rules(services: Services) -> dict[str, str]:
    """Digests of all rules that are read from files, the archive's own among them."""
    roots = [CONFIG / name for name in _RULES] + [services.settings.home / name for name in _RULES]
    found: dict[str, str] = {}
    for root in roots:
        place = "config" if root.parent == CONFIG else "home"
        for file in sorted(root.rglob("*.toml")):
            name = f"{place}/{root.name}/{file.relative_to(root).as_posix()}"
            found[name] = sha256(file.read_bytes()).hexdigest()
    return found
