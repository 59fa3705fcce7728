"""Accounts: added once, signed in or refused without a hint, disabled by people and by time."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import (
    REFUSED,
    AccountExistsError,
    AccountNameError,
    AccountNotFoundError,
    AccountRoleError,
    SignInError,
    acting_as,
    add_account,
    find_account,
    list_accounts,
    note_seen,
    sign_in,
)
from archive_service.accounts.disabling import LastAdministratorError, disable_account
from archive_service.accounts.passwords import make_password, verify_password
from archive_service.accounts.sessions import (
    UnknownScopeError,
    account_of_session,
    actor_of_token,
    add_token,
    close_session,
    open_session,
)
from archive_service.accounts.strength import WeakPasswordError
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import AccessToken, Account, Actor, Role, WebSession
from archive_service.errors import NotAllowedError
from tests.worlds.rewriting import as_owner
from tests.worlds.servers.databases import make_tables, opened

OPERATOR = Actor("os:test", Role.OPERATOR)
PASSWORD = "mot-hai-ba-bon"
IDLE_DAYS = 45


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'archive.db'}"
    make_tables(url)
    database = opened(url)
    yield database
    database.close()


def add(
    database: Database,
    name: str = "lan",
    *,
    role: Role = Role.ARCHIVIST,
    actor: Actor = OPERATOR,
    password: str | None = PASSWORD,
) -> Account:
    with database.unit_of_work() as uow:
        added = add_account(name, role=role, actor=actor, uow=uow, password=password)
        uow.commit()
        return added


def signed_in(database: Database, name: str, password: str) -> Account:
    with database.unit_of_work() as uow:
        account = sign_in(name, password, uow=uow, idle_days=IDLE_DAYS, once_hours=72)
        uow.commit()
        return account


def refusal(database: Database, name: str, password: str) -> SignInError:
    with pytest.raises(SignInError) as refused:
        signed_in(database, name, password)
    return refused.value


def account(database: Database, name: str = "lan") -> Account:
    with database.read_only() as session:
        found = find_account(session, name)
    assert found is not None
    return found


def events(database: Database) -> list[str]:
    with database.read_only() as session:
        return list(session.scalars(select(AuditEvent.tag).order_by(AuditEvent.number)))


def change(database: Database, kind: type, **values: object) -> None:
    with database.writing() as session:
        as_owner(session).execute(update(kind).values(**values))


def test_a_password_is_kept_as_argon2id_with_a_salt(database: Database) -> None:
    add(database)
    add(database, "mai")
    hashes = [account(database, name).password_hash or "" for name in ("lan", "mai")]
    assert all(one.startswith("$argon2id$") for one in hashes)
    assert len(set(hashes)) == 2
    assert PASSWORD not in "".join(hashes)


def test_a_short_password_is_refused(database: Database) -> None:
    with pytest.raises(WeakPasswordError):
        add(database, password="ngan")
    with database.read_only() as session:
        assert find_account(session, "lan") is None


def test_made_passwords_differ_and_are_long_enough(database: Database) -> None:
    made = {make_password() for _ in range(20)}
    assert len(made) == 20
    assert all(len(one) == 19 for one in made)


def test_no_password_belongs_to_no_account() -> None:
    assert not verify_password("", None)
    assert not verify_password(PASSWORD, "not a hash")


def test_a_name_belongs_to_one_account(database: Database) -> None:
    add(database)
    for role in (Role.ARCHIVIST, Role.HEAD):
        for name in ("lan", "LAN", " lan "):
            with pytest.raises(AccountExistsError):
                add(database, name, role=role, password="another-long-one")
    with pytest.raises(AccountNameError):
        add(database, "  ")
    assert signed_in(database, "lan", PASSWORD).role is Role.ARCHIVIST
    assert events(database).count("account:added") == 1


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.WORKER, Role.OFFICER, Role.CLERK])
def test_roles_without_account_or_without_agency_are_refused(
    database: Database, role: Role
) -> None:
    with pytest.raises(AccountRoleError):
        add(database, role=role)


def test_only_who_sets_up_adds_lists_and_disables(database: Database) -> None:
    add(database)
    archivist = account(database).as_actor()
    with pytest.raises(NotAllowedError):
        add(database, "mai", actor=archivist)
    with pytest.raises(NotAllowedError), database.read_only() as session:
        list_accounts(session, actor=archivist)
    with pytest.raises(NotAllowedError), database.unit_of_work() as uow:
        disable_account("lan", actor=archivist, uow=uow)


def test_the_right_password_signs_in(database: Database) -> None:
    add(database)
    assert signed_in(database, "lan", PASSWORD).name == "lan"
    assert account(database).seen_at is not None
    assert events(database)[-1] == "account:signed-in"


def test_refusals_are_alike(database: Database) -> None:
    for name in ("lan", "disabled"):
        add(database, name)
    add(database, "silent", password=None)
    disable(database, "disabled")
    tries = {
        "lan": "a wrong password",
        "nobody": PASSWORD,
        "disabled": PASSWORD,
        "silent": PASSWORD,
    }
    told = {
        (refused.code, tuple(refused.facts))
        for name, password in tries.items()
        for refused in [refusal(database, name, password)]
    }
    assert len(told) == 1


def disable(database: Database, name: str) -> None:
    with database.unit_of_work() as uow:
        disable_account(name, actor=OPERATOR, uow=uow)
        uow.commit()


def test_an_idle_account_is_disabled_by_the_next_sign_in(database: Database) -> None:
    add(database)
    change(database, Account, created_at=clock.now() - dt.timedelta(days=IDLE_DAYS, minutes=1))
    refusal(database, "lan", PASSWORD)
    assert not account(database).active
    assert events(database)[-1] == "account:disabled"
    refusal(database, "lan", PASSWORD)


def test_a_refusal_stays_in_the_trail_once_a_name_and_minute(database: Database) -> None:
    add(database)
    names = ["lan", "lan", "nobody", "dài\x00 " * 100]
    for name in names:
        refusal(database, name, "a wrong password")
    with database.read_only() as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.tag == REFUSED)).all()
    assert [row.data["name"] for row in rows] == ["lan", "no…", "dà…"]
    assert "a wrong password" not in str([row.data for row in rows])


def test_a_refusal_is_recorded_again_a_minute_later(database: Database) -> None:
    refusal(database, "nobody", PASSWORD)
    change(database, AuditEvent, at=clock.now() - dt.timedelta(minutes=2))
    refusal(database, "nobody", PASSWORD)
    assert events(database).count(REFUSED) == 2


def test_an_idle_account_acts_neither_by_token_nor_by_command(database: Database) -> None:
    add(database)
    with database.unit_of_work() as uow:
        bearer = add_token(account(database), scopes=["search"], actor=OPERATOR, uow=uow)
        uow.commit()
    change(database, Account, created_at=clock.now() - dt.timedelta(days=IDLE_DAYS, minutes=1))
    with database.read_only() as session:
        assert actor_of_token(session, bearer, idle_days=IDLE_DAYS) is None
        with pytest.raises(AccountNotFoundError):
            acting_as(session, "lan", os_user="root", idle_days=IDLE_DAYS)


def test_use_by_token_or_command_keeps_an_account_from_being_idle(database: Database) -> None:
    add(database)
    old = clock.now() - dt.timedelta(days=IDLE_DAYS - 1)
    change(database, Account, created_at=old, seen_at=old)
    note_seen(account(database).id, database=database)
    seen = account(database).seen_at
    assert seen is not None
    assert clock.now() - seen < dt.timedelta(hours=1)
    note_seen(account(database).id, database=database)
    assert account(database).seen_at == seen, "one write a day"


def test_an_account_in_use_is_not_idle(database: Database) -> None:
    add(database)
    long_ago = clock.now() - dt.timedelta(days=400)
    yesterday = clock.now() - dt.timedelta(days=IDLE_DAYS - 1)
    change(database, Account, created_at=long_ago, seen_at=yesterday)
    assert signed_in(database, "lan", PASSWORD).active


def test_a_wrong_password_disables_nobody(database: Database) -> None:
    add(database)
    change(database, Account, created_at=clock.now() - dt.timedelta(days=400))
    refusal(database, "lan", "a wrong password")
    assert account(database).active


def test_a_disabled_account_acts_no_more(database: Database) -> None:
    add(database)
    with database.unit_of_work() as uow:
        token = open_session(account(database), uow=uow, user_agent="test")
        bearer = add_token(account(database), scopes=["search"], actor=OPERATOR, uow=uow)
        uow.commit()
    disable(database, "lan")
    with database.read_only() as session:
        assert account_of_session(session, token, idle_s=60, max_s=60) is None
        assert actor_of_token(session, bearer, idle_days=IDLE_DAYS) is None
        with pytest.raises(AccountNotFoundError):
            acting_as(session, "lan", os_user="root", idle_days=IDLE_DAYS)
    with pytest.raises(AccountNotFoundError):
        disable(database, "nobody")


def test_the_last_administrator_is_not_disabled(database: Database) -> None:
    add(database, "quan", role=Role.ADMIN)
    add(database, "quy", role=Role.ADMIN)
    disable(database, "quy")
    with pytest.raises(LastAdministratorError):
        disable(database, "quan")
    assert account(database, "quan").active
    disable(database, "quy")  # is disabled already


def test_a_session_ends_when_idle_old_or_closed(database: Database) -> None:
    add(database)
    with database.unit_of_work() as uow:
        token = open_session(account(database), uow=uow, user_agent="test")
        uow.commit()

    def alive(**limits: int) -> bool:
        with database.read_only() as session:
            return account_of_session(session, token, **limits) is not None

    assert alive(idle_s=60, max_s=60)
    change(database, WebSession, seen_at=clock.now() - dt.timedelta(seconds=100))
    assert not alive(idle_s=60, max_s=3600)
    change(database, WebSession, seen_at=clock.now())
    change(database, WebSession, created_at=clock.now() - dt.timedelta(seconds=100))
    assert not alive(idle_s=60, max_s=60)
    assert alive(idle_s=60, max_s=3600)
    with database.unit_of_work() as uow:
        close_session(token, uow=uow, actor=account(database).as_actor())
        uow.commit()
    assert not alive(idle_s=60, max_s=3600)


def test_neither_sessions_nor_tokens_are_kept_in_clear(database: Database) -> None:
    add(database)
    with database.unit_of_work() as uow:
        secrets = [
            open_session(account(database), uow=uow, user_agent="test"),
            add_token(account(database), scopes=["search"], actor=OPERATOR, uow=uow),
        ]
        uow.commit()
    with database.read_only() as session:
        kept = [
            *session.scalars(select(WebSession.token_sha256)),
            *session.scalars(select(AccessToken.token_sha256)),
        ]
        bound = actor_of_token(session, secrets[1], idle_days=IDLE_DAYS)
        assert actor_of_token(session, str(uuid4()), idle_days=IDLE_DAYS) is None
    assert not set(kept) & set(secrets)
    assert bound is not None
    assert bound[0].scopes == frozenset({"search"})


def test_a_token_is_given_only_acts_that_exist(database: Database) -> None:
    add(database)
    with pytest.raises(UnknownScopeError), database.unit_of_work() as uow:
        add_token(account(database), scopes=["everything"], actor=OPERATOR, uow=uow)
