"""An operator changes what rows tell of packages, acts and rights, and leaves the trail as it is.

The leaves of the log tell what was there; what changes lawfully leaves an event, and is no alarm.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.disabling import disable_account
from archive_service.accounts.gains.acts import (
    Confirmation,
    NewAccount,
    confirm_gain,
    enable_account,
    list_gains,
    new_account,
)
from archive_service.accounts.own_password import reset_password
from archive_service.accounts.sessions import add_token, revoke_tokens
from archive_service.audit import ACT_DIGESTS, NOTED, record_event
from archive_service.domain.case_files.case_file import PackageVersion
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import AccessToken, Account, Role
from archive_service.evidence.compared.account_changes import DIGESTS
from archive_service.evidence.compared.told_acts import ACTS, WHOLE, act_states
from archive_service.evidence.noting import ACCOUNTS, RULES, account_states
from archive_service.evidence.vouching import TrailProof, prove_trail
from archive_service.services import Services
from tests.faults.archive_service.evidence.rewriting import change, sealed
from tests.faults.archive_service.evidence.slipped_in import (
    account_slipped_in,
    role_raised,
    services,
)
from tests.worlds.archive import OPERATOR, PASSWORD
from tests.worlds.backed_up import STORED_CODE

__all__ = ["services"]  # fixtures

Attack = Callable[[Services], object]


def version_replaced(services: Services) -> str:
    change(services, update(PackageVersion).values(inventory_sha256="ab" * 32))
    return f"{STORED_CODE} v"


def version_cut_off(services: Services) -> str:
    change(services, delete(PackageVersion).where(PackageVersion.number == 1))
    return f"{STORED_CODE} v1"


def another_made_it(services: Services) -> str:
    change(services, update(PackageVersion).values(built_by="hung"))
    return f"{STORED_CODE} v1"


def act_rewritten(services: Services) -> str:
    change(services, update(Act).where(Act.kind == RECEIPT).values(document={"number": "1"}))
    return "act "


def act_removed(services: Services) -> str:
    change(services, delete(Act).where(Act.kind == RECEIPT))
    return "act "


def paper_swapped(services: Services) -> str:
    change(services, update(Act).where(Act.kind == RECEIPT).values(companion_sha256="ab" * 32))
    return "act "


def act_slipped_in(services: Services) -> str:
    """As if it lay in every copy for long."""
    values = {"kind": "hold", "subject_id": "x", "at": clock.now(), "document": {}}
    long_ago = clock.now() - dt.timedelta(days=30)
    change(services, insert(Act).values(values | {"id": uuid4(), "at": long_ago, "written": True}))
    return "act "


def named_otherwise(services: Services) -> str:
    change(services, update(Account).where(Account.name == "lan").values(display_name="Lê An"))
    return "account lan person"


def password_set(services: Services) -> str:
    change(services, update(Account).where(Account.name == "bach").values(password_hash="x"))
    return "account bach password"


def factor_taken(services: Services) -> str:
    change(services, update(Account).where(Account.name == "bach").values(totp_secret="x"))
    return "account bach factor"


def token_widened(services: Services) -> str:
    change(services, update(AccessToken).values(scopes=["submission:list", "case-file:read"]))
    return "account mai tokens"


def wait_taken_off(services: Services) -> str:
    change(services, update(AccessToken).values(waits=~AccessToken.waits))
    return "account mai tokens"


def address_changed(services: Services) -> str:
    change(services, update(Account).where(Account.name == "mai").values(email="x@y.example"))
    return "account mai address"


def rest_ended(services: Services) -> str:
    long_ago = clock.now() - dt.timedelta(days=9)
    change(
        services, update(Account).where(Account.name == "bach").values(totp_replaced_at=long_ago)
    )
    return "account bach factor-since"


def good_for_more_than_once(services: Services) -> str:
    once = Account.password_once
    change(services, update(Account).where(Account.name == "bach").values(password_once=~once))
    return "account bach password-since"


def never_left(services: Services) -> str:
    change(services, update(Account).where(Account.name == "lan").values(left_on=clock.today()))
    return "account lan password-since"


def made_later(services: Services) -> str:
    """As new as tomorrow: a password that an administrator set would not have to rest."""
    tomorrow = clock.now() + dt.timedelta(days=1)
    change(services, update(Account).where(Account.name == "lan").values(created_at=tomorrow))
    return "account lan course"


def answers_taken(services: Services) -> str:
    """Whoever left has another one to go on with what was theirs."""
    with services.read_only() as session:
        values = {"handed_to_id": get_account(session, "bach").id, "left_reason": "Chuyển"}
    change(services, update(Account).where(Account.name == "lan").values(values))
    return "account lan course"


ATTACKS = (
    version_replaced,
    version_cut_off,
    another_made_it,
    act_rewritten,
    act_removed,
    paper_swapped,
    act_slipped_in,
    role_raised,
    named_otherwise,
    password_set,
    factor_taken,
    token_widened,
    wait_taken_off,
    address_changed,
    rest_ended,
    good_for_more_than_once,
    never_left,
    made_later,
    answers_taken,
    account_slipped_in,
)


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after the next checkpoint"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_rows_tell_otherwise_than_the_log_is_named(
    services: Services, attack: Callable[[Services], str], *, again: bool
) -> None:
    with services.unit_of_work() as uow:
        mai = get_account(uow.session, "mai")
        add_token(mai, scopes=["submission:list"], actor=OPERATOR, uow=uow)
        uow.commit()
    sealed(services)
    assert prove_trail(services).ok
    name = attack(services)
    if again:
        sealed(services)
    assert str(prove_trail(services).first_bad).startswith(name)


def test_what_changed_lawfully_is_no_misfit(services: Services) -> None:
    sealed(services)
    for step in ("before", "after"):
        with services.unit_of_work() as uow:
            disable_account("lan", actor=OPERATOR, uow=uow)
            reset_password("bach", actor=OPERATOR, uow=uow, idle_days=45)
            mai = get_account(uow.session, "mai")
            add_token(mai, scopes=["submission:list"], actor=OPERATOR, uow=uow)
            uow.commit()
        assert prove_trail(services).ok, step
        sealed(services)
        with services.unit_of_work() as uow:
            enable_account("lan", actor=OPERATOR, uow=uow)
            revoke_tokens(get_account(uow.session, "mai"), actor=OPERATOR, uow=uow)
            head = get_account(uow.session, "hung").as_actor()
            by_page = replace(OPERATOR, os_user="")
            wanted = NewAccount(f"moi.{step}", Role.ARCHIVIST, PASSWORD)
            new_account(wanted, actor=by_page, uow=uow)
            uow.commit()
        assert prove_trail(services).ok, step
        sealed(services)
        for gain in list_gains(services, actor=head).gains:
            if gain.is_open:
                confirm_gain(services, gain.id, Confirmation(), actor=head)
        assert prove_trail(services).ok, step


def closed(services: Services) -> None:
    with services.unit_of_work() as uow:
        disable_account("lan", actor=OPERATOR, uow=uow)
        uow.commit()


def token_given(services: Services) -> None:
    with services.unit_of_work() as uow:
        mai = get_account(uow.session, "mai")
        add_token(mai, scopes=["submission:list"], actor=OPERATOR, uow=uow)
        uow.commit()


def rest_ended_of_lan(services: Services) -> str:
    long_ago = clock.now() - dt.timedelta(days=9)
    lan = update(Account).where(Account.name == "lan")
    change(services, lan.values(password_set_at=long_ago))
    return "account lan password-since"


def password_made_anew(services: Services) -> None:
    with services.unit_of_work() as uow:
        reset_password("lan", actor=OPERATOR, uow=uow, idle_days=45)
        uow.commit()


@pytest.mark.parametrize("first", ["attack", "act"])
@pytest.mark.parametrize(
    ("attack", "act"),
    [
        (role_raised, closed),
        (token_widened, token_given),
        (rest_ended_of_lan, password_made_anew),
    ],
)
def test_an_act_of_the_same_hour_explains_only_what_it_changed(
    services: Services,
    attack: Callable[[Services], str],
    act: Callable[[Services], None],
    first: str,
) -> None:
    token_given(services)
    sealed(services)
    if first == "act":
        act(services)
        assert prove_trail(services).ok
    name = attack(services)
    if first == "attack":
        act(services)
    assert prove_trail(services).first_bad == name
    sealed(services)
    assert prove_trail(services).first_bad == name


def test_the_event_of_an_act_tells_what_it_changed(services: Services) -> None:
    closed(services)
    with services.read_only() as session:
        lan = str(get_account(session, "lan").id)
        told = select(AuditEvent.data).where(AuditEvent.tag == "account:disabled")
        (data,) = session.scalars(told)
        assert list(data[DIGESTS]) == [lan]
        ((part, (before, after)),) = data[DIGESTS][lan].items()
        assert part == "rights"
        assert after == account_states(session)[lan]["rights"] != before


def test_without_a_checkpoint_nothing_is_said_of_rows(services: Services) -> None:
    seen = holdings(prove_trail(services))
    assert seen == (0, False)
    sealed(services)
    until, proved = holdings(prove_trail(services))
    assert proved
    with services.read_only() as session:
        noted = session.get_one(AuditEvent, until)
        assert noted.tag == NOTED


def holdings(proof: TrailProof) -> tuple[int, bool]:
    (step,) = [one for one in proof.steps if one.name == "holdings"]
    return step.until, step.proved


def test_the_next_sealing_notes_only_what_is_new(services: Services) -> None:
    sealed(services)
    with services.unit_of_work() as uow:
        record_event(uow.session, "test:noted", subject_id=None, actor=OPERATOR)
        get_account(uow.session, "mai").language = "en"
        uow.commit()
    rules = services.settings.home / "rule_sets"
    rules.mkdir(exist_ok=True)
    (rules / "own.toml").write_text("# own\n")
    sealed(services)
    with services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == NOTED).order_by(AuditEvent.number)
        notes = list(session.scalars(query))
    of_acts = [note.data for note in notes if note.subject_id == ACTS]
    assert of_acts == [{"states": {}, "total": 0, WHOLE: True}]
    assert len([note for note in notes if note.subject_id == ACCOUNTS]) == 1
    of_rules = [note.data["states"] for note in notes if note.subject_id == RULES]
    assert [list(one) for one in of_rules[1:]] == [["home/rule_sets/own.toml"]]


def test_an_act_is_told_by_the_event_of_its_unit_of_work(services: Services) -> None:
    """Or, where that has none, by one of its own."""
    ids = list[str]()
    for tag in ("test:noted", None):
        with services.writing() as session:
            session.add(row := Act(kind="note", subject_id="x", at=clock.now(), document={}))
            if tag:
                record_event(session, tag, subject_id=None, actor=OPERATOR)
        ids.append(str(row.id))
    with services.read_only() as session:
        states = act_states(session, [row.id for row in session.scalars(select(Act))])
        newest = select(AuditEvent).order_by(AuditEvent.number.desc()).limit(2)
        told = {event.tag: event.data[ACT_DIGESTS] for event in session.scalars(newest)}
    assert told == {"test:noted": {ids[0]: states[ids[0]]}, NOTED: {ids[1]: states[ids[1]]}}


def test_acts_of_earlier_releases_are_noted_once(services: Services) -> None:
    change(services, insert(Act).values(kind="x", subject_id="x", at=clock.now(), document={}))
    sealed(services)
    act_slipped_in(services)
    sealed(services)
    with services.read_only() as session:
        of_acts = AuditEvent.tag == NOTED, AuditEvent.subject_id == ACTS
        (note,) = session.scalars(select(AuditEvent.data).where(*of_acts))
    assert (len(note["states"]), note["total"], note[WHOLE]) == (1, 1, True)
