"""Passkeys beside codes, at their rules: who enrols and removes one, and what none answers."""

import datetime as dt
import json
import re
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock, messages
from archive_service.accounts import enrolment
from archive_service.accounts.acts import get_account
from archive_service.accounts.passkeys.acts import ask_for_new, ask_own, finish_passkey
from archive_service.accounts.passkeys.site import Site, site_of
from archive_service.accounts.second_factor import require_second_factor
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.notice import Notice
from archive_service.domain.people.passkey import Passkey, PasskeyQuestion
from archive_service.errors import ArchiveError
from archive_service.evidence.noting import account_states
from archive_service.notices import inbox
from archive_service.notices.incidents import open_incidents
from archive_service.oversight.reporting.acts import end_incident
from archive_service.oversight.reporting.given import IncidentNoted
from archive_service.services import Services
from tests.services.servers import PostgreSql
from tests.worlds.archive import PASSWORD, Backends, new_home, open_home
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.servers.security_key import SecurityKey

NAME, OTHER = "truongphong", "phophong"
HERE = Site("localhost", "http://localhost:8000")


@pytest.fixture
def person(services: Services) -> Actor:
    return person_of(services, NAME)


def person_of(services: Services, name: str, role: Role = Role.HEAD) -> Actor:
    add_person(services, name, role)
    with services.read_only() as session:
        return get_account(session, name).as_actor()


def enrolled(services: Services, actor: Actor, name: str = "Khóa 1", otp: str = "") -> SecurityKey:
    asked = ask_for_new(services, HERE, name, actor=actor, password=PASSWORD, otp=otp)
    key = SecurityKey(HERE.origin)
    finish_passkey(services, key.make(asked), actor=actor)
    return key


def totp_of(services: Services, actor: Actor) -> str:
    return pyotp.TOTP(enrolment.enrol(services, actor.account, actor=actor)["secret"]).at(
        clock.now()
    )


def refusal(services: Services, actor: Actor, otp: str) -> str:
    """The code with which a decision refuses this; "" where it is taken."""
    try:
        with services.writing() as session:
            home = services.settings.home
            require_second_factor(session, actor.account_id, otp, home=home)
    except ArchiveError as refused:
        return refused.code
    return ""


def test_an_answer_decides_once_within_five_minutes_and_for_its_account(
    services: Services, person: Actor
) -> None:
    key = enrolled(services, person)
    answer = key.sign(ask_own(services, HERE, actor=person))
    told = at_once(lambda _: refusal(services, person, answer))
    assert sorted(told) == ["", *["second-factor-wrong"] * 3]

    late = key.sign(ask_own(services, HERE, actor=person))
    with services.writing() as session:
        long_ago = clock.now() - dt.timedelta(minutes=6)
        session.execute(update(PasskeyQuestion).values(asked_at=long_ago))
    assert refusal(services, person, late) == "second-factor-wrong"

    other = person_of(services, OTHER)
    enrolled(services, other)
    theirs = key.sign(ask_own(services, HERE, actor=other))
    assert refusal(services, other, theirs) == "second-factor-wrong"
    assert refusal(services, person, theirs) == "second-factor-wrong"


def test_an_answer_that_a_later_one_overtook_is_refused_and_the_key_goes_on(
    services: Services, person: Actor
) -> None:
    key = enrolled(services, person)
    asked = [ask_own(services, HERE, actor=person) for _ in range(4)]
    first, second = (key.sign(one) for one in asked[:2])  # two tabs, or a copy that asked before
    assert refusal(services, person, second) == ""
    assert refusal(services, person, first) == "second-factor-wrong"
    key.count -= 1  # as a copy from before counts
    again = key.sign(asked[2])
    key.count += 3
    assert refusal(services, person, key.sign(asked[3])) == ""
    assert refusal(services, person, again) == "passkey-copied", "no counter is taken twice"


@pytest.mark.parametrize("answer", [
    "{", "{}", '{"id": 1}', '{"response": null}', "{" + "x" * 30_000,
    '{"a":' + "[" * 9_000, '{"a":' * 3_000,
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"!","authenticatorData":"AA","signature":"AA"}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}',
])  # fmt: skip
def test_what_is_no_answer_is_refused_as_a_wrong_code(
    services: Services, person: Actor, answer: str
) -> None:
    enrolled(services, person)
    assert refusal(services, person, answer) == "second-factor-wrong"
    with pytest.raises(ArchiveError) as refused:
        finish_passkey(services, answer, actor=person)
    assert refused.value.code == "passkey-refused"


def test_a_counter_that_went_back_ends_the_key_and_all_concerned_are_told(
    app: Flask, services: Services, person: Actor
) -> None:
    key = enrolled(services, person)
    key.count = 7
    assert refusal(services, person, key.sign(ask_own(services, HERE, actor=person))) == ""
    later = key.sign(ask_own(services, HERE, actor=person))
    key.count = 3
    copied = key.sign(ask_own(services, HERE, actor=person))
    assert refusal(services, person, copied) == "passkey-copied"
    assert refusal(services, person, later) == "second-factor-wrong", "neither of the two is taken"
    with pytest.raises(ArchiveError) as refused:
        ask_own(services, HERE, actor=person)
    assert refused.value.code == "passkey-place"
    with services.read_only() as session:
        row = get_account(session, NAME)
        assert row.has_factor, "else the password alone would enrol a first one"
        ended = select(AuditEvent).where(AuditEvent.tag == "account:passkey-ended")
        assert [audit_event.data["called"] for audit_event in session.scalars(ended)] == ["Khóa 1"]
        (notice,) = inbox.list_notices(session, actor=person, kind="passkey-ended")[0]
        assert "bộ đếm của khóa đi lùi" in inbox.sentence(notice, "vi")
        found = [
            incident for incident in open_incidents(session) if incident.kind == "passkey-copied"
        ]
    page = browser_of(app, services, NAME).get("/account").text
    assert "Không dùng được nữa từ" in page
    assert "Khóa truy cập của bạn không dùng được nữa." in page
    assert "/remove" not in page, "the last one is removed once another was enrolled"
    told = end_incident(services, found[0].id, IncidentNoted(text="Khóa bị mất"), actor=person)
    assert told.closed_at is not None


def test_a_key_that_asks_its_user_for_nothing_is_not_taken(
    services: Services, person: Actor
) -> None:
    asked = ask_for_new(services, HERE, "Khóa 1", actor=person, password=PASSWORD, otp="")
    assert json.loads(asked)["authenticatorSelection"]["userVerification"] == "required"
    with pytest.raises(ArchiveError) as refused:
        finish_passkey(services, SecurityKey(HERE.origin, verifies=False).make(asked), actor=person)
    assert refused.value.code == "passkey-unverified"
    with pytest.raises(ArchiveError) as refused:
        finish_passkey(services, SecurityKey(HERE.origin).make(asked), actor=person)
    assert refused.value.code == "passkey-refused", "what was asked is asked once"
    key = enrolled(services, person)
    key.verifies = False
    asked = ask_own(services, HERE, actor=person)
    assert json.loads(asked)["userVerification"] == "required"
    assert refusal(services, person, key.sign(asked)) == "passkey-unverified"
    key.verifies = True
    assert refusal(services, person, key.sign(asked)) == "second-factor-wrong"
    assert refusal(services, person, key.sign(ask_own(services, HERE, actor=person))) == ""


def test_one_more_is_enrolled_with_a_factor_of_before_and_rests_a_day(
    services: Services, person: Actor
) -> None:
    code = totp_of(services, person)
    with pytest.raises(ArchiveError) as refused:
        enrolled(services, person)
    assert refused.value.code == "second-factor-missing", "the password alone is not enough"
    key = enrolled(services, person, otp=code)
    answer = key.sign(ask_own(services, HERE, actor=person))
    assert refusal(services, person, answer) == "second-factor-resting"
    with services.writing() as session:
        session.execute(update(Passkey).values(rests_until=clock.now()))
    assert refusal(services, person, answer) == "second-factor-wrong", "it was given already"
    assert refusal(services, person, key.sign(ask_own(services, HERE, actor=person))) == ""


def test_what_was_asked_for_by_password_ends_where_a_factor_came_meanwhile(
    services: Services, person: Actor
) -> None:
    asked = ask_for_new(services, HERE, "Khóa lạ", actor=person, password=PASSWORD, otp="")
    totp_of(services, person)
    with pytest.raises(ArchiveError) as refused:
        finish_passkey(services, SecurityKey(HERE.origin).make(asked), actor=person)
    assert refused.value.code == "passkey-refused"


def test_of_first_ones_that_are_made_at_once_one_counts(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        person = person_of(services, NAME)
        keys, made = [SecurityKey(HERE.origin) for _ in range(4)], []
        for number, security_key in enumerate(keys):
            asked = ask_for_new(
                services, HERE, f"Khóa {number}", actor=person, password=PASSWORD, otp=""
            )
            made.append(security_key.make(asked))
        told = at_once(lambda number: finish_passkey(services, made[number], actor=person))
        assert told.count("passkey-refused") == 3, "what was asked for by password alone is over"
        (key,) = (
            security_key
            for security_key, codes in zip(keys, told, strict=True)
            if isinstance(codes, list)
        )
        answer = key.sign(ask_own(services, HERE, actor=person))
        told = at_once(lambda _: refusal(services, person, answer))
        assert sorted(told) == ["", *["second-factor-wrong"] * 3]
        key.count = 0
        copied = key.sign(ask_own(services, HERE, actor=person))
        told = at_once(lambda _: refusal(services, person, copied))
        assert {"passkey-copied"} <= set(told) <= {"passkey-copied", "second-factor-wrong"}
        with services.read_only() as session:
            ended = select(AuditEvent).where(AuditEvent.tag == "account:passkey-ended")
            assert len(session.scalars(ended).all()) == 1
            assert session.scalars(select(PasskeyQuestion)).all() == []


def test_with_a_passkey_no_codes_are_enrolled_by_password_alone(
    app: Flask, services: Services, person: Actor
) -> None:
    key = enrolled(services, person)
    browser = browser_of(app, services, NAME)
    assert post(browser, "/account/second-factor/begin", password=PASSWORD).status_code == 409
    answer = key.sign(ask_own(services, HERE, actor=person))
    shown = post(browser, "/account/second-factor", otp=answer)
    assert shown.status_code == 200
    assert re.search(r"\b[A-Z2-7]{32}\b", shown.text)
    assert "được thay." not in shown.text, "nothing was"
    with services.read_only() as session:
        row = get_account(session, NAME)
        assert row.totp_replaced_at is not None, "the codes decide nothing for a day"
        told = set(session.scalars(select(Notice.kind).where(Notice.account_id == row.id)))
        assert told == {"passkey-added", "second-factor-added"}
        put = select(AuditEvent).where(AuditEvent.tag == "account:second-factor-set")
        assert [audit_event.data["replaced"] for audit_event in session.scalars(put)] == [False]


def test_who_lost_all_asks_a_second_person_and_passkeys_end(
    services: Services, person: Actor
) -> None:
    enrolled(services, person)
    enrolment.ask_anew(services, actor=person, password=PASSWORD)
    second = person_of(services, OTHER)
    with services.writing() as session:
        day_ago = clock.now() - dt.timedelta(days=2)
        session.execute(update(Account).values(created_at=day_ago))
    enrolment.confirm(services, NAME, actor=second)
    with services.read_only() as session:
        assert session.scalars(select(Passkey)).all() == []
        told = session.scalars(select(Notice.kind).where(Notice.account_id == person.account_id))
        assert "second-factor-replaced" in set(told)


def test_what_was_asked_for_with_a_lost_key_ends_when_a_second_person_confirms(
    services: Services, person: Actor
) -> None:
    lost = enrolled(services, person)
    otp = lost.sign(ask_own(services, HERE, actor=person))
    asked = ask_for_new(services, HERE, "Khóa lạ", actor=person, password="", otp=otp)
    enrolment.ask_anew(services, actor=person, password=PASSWORD)
    second = person_of(services, OTHER)
    with services.writing() as session:
        days_ago = clock.now() - dt.timedelta(days=2)
        session.execute(update(Account).values(created_at=days_ago))
    enrolment.confirm(services, NAME, actor=second)
    with pytest.raises(ArchiveError) as refused:
        finish_passkey(services, SecurityKey(HERE.origin).make(asked), actor=person)
    assert refused.value.code == "passkey-refused"


def test_the_log_knows_of_a_passkey_that_slipped_in(services: Services, person: Actor) -> None:
    totp_of(services, person)

    def state() -> object:
        with services.read_only() as session:
            assert person.account_id is not None
            (found,) = account_states(session, [person.account_id]).values()
            return found["factor"]

    before = state()
    with services.writing() as session:
        session.add(Passkey(
            account_id=person.account_id, name="x", host="localhost", credential_id="x",
            public_key="x", sign_count=0, made_at=clock.now(),
        ))  # fmt: skip
    assert state() != before


def test_programs_list_and_remove_and_no_name_is_borne_twice(
    app: Flask, services: Services
) -> None:
    person = person_of(services, "quan.tri", Role.ADMIN)  # who may list accounts at all
    code = totp_of(services, person)
    key = enrolled(services, person, otp=code)
    with pytest.raises(ArchiveError) as refused:
        enrolled(services, person, otp=key.sign(ask_own(services, HERE, actor=person)))
    assert refused.value.code == "passkey-name"
    program = program_of(app, services, person.account)
    (told,) = program.get("/account/passkeys").get_json()["passkeys"]
    assert (told["name"], told["host"]) == ("Khóa 1", "localhost")
    at = f"/account/passkeys/{told['id']}/remove"
    wrong = program.post(at, json={"otp": "000000"}).get_json()
    assert wrong["code"] == "second-factor-wrong"
    answer = key.sign(ask_own(services, HERE, actor=person))
    assert program.post(at, json={"otp": answer}).status_code == 200
    assert program.post(at, json={"otp": answer}).get_json()["code"] == "passkey-not-found"
    only = person_of(services, "quan.tri.2", Role.ADMIN)
    enrolled(services, only)
    other = program_of(app, services, only.account)
    (one,) = other.get("/account/passkeys").get_json()["passkeys"]
    last = other.post(f"/account/passkeys/{one['id']}/remove", json={"otp": ""}).get_json()
    assert last["code"] == "passkey-last"
    scoped = program_of(app, services, person.account, ["case-file:list"])
    assert scoped.get("/account/passkeys").get_json()["code"] == "scope-missing"


def test_an_account_has_ten_at_most(services: Services, person: Actor) -> None:
    key = enrolled(services, person)
    for number in range(2, 11):
        otp = key.sign(ask_own(services, HERE, actor=person))
        enrolled(services, person, f"Khóa {number}", otp=otp)
    with pytest.raises(ArchiveError) as refused:
        enrolled(services, person, "Khóa 11", otp=key.sign(ask_own(services, HERE, actor=person)))
    assert refused.value.code == "passkey-limit"


def test_of_two_asked_for_at_once_under_one_name_one_is_made(
    services: Services, person: Actor
) -> None:
    key = enrolled(services, person)
    asked = []
    for _ in range(2):
        otp = key.sign(ask_own(services, HERE, actor=person))
        asked.append(ask_for_new(services, HERE, "Khóa 2", actor=person, password="", otp=otp))
    finish_passkey(services, SecurityKey(HERE.origin).make(asked[0]), actor=person)
    with pytest.raises(ArchiveError) as refused:
        finish_passkey(services, SecurityKey(HERE.origin).make(asked[1]), actor=person)
    assert refused.value.code == "passkey-name"


@pytest.mark.parametrize(("told", "address", "site"), [
    ("", "http://localhost:8000/", HERE),
    ("", "http://127.0.0.1:8000/", None),
    ("", "http://[::1]:8000/", None),
    ("", "https://luutru.example/", None),
    ("https://luutru.example", "https://luutru.example/", Site("luutru.example", "https://luutru.example")),
    ("https://luutru.example:8443/so", "http://luutru.example/", Site("luutru.example", "https://luutru.example:8443")),
    ("https://luutru.example:443", "https://luutru.example/", Site("luutru.example", "https://luutru.example")),
    ("https://luutru.example", "https://luutru.example.la/", None),
    ("http://luutru.example", "http://luutru.example/", None),
    ("https://10.1.2.3", "https://10.1.2.3/", None),
])  # fmt: skip
def test_passkeys_are_good_at_the_address_of_the_settings_and_at_localhost(
    services: Services, told: str, address: str, site: Site | None
) -> None:
    settings = services.settings
    mail = settings.mail.model_copy(update={"base_url": told})
    assert site_of(settings.model_copy(update={"mail": mail}), address) == site


def test_without_a_site_none_is_asked_for(services: Services, person: Actor) -> None:
    with pytest.raises(ArchiveError) as refused:
        ask_for_new(services, None, "Khóa", actor=person, password=PASSWORD, otp="")
    assert refused.value.code == "passkey-place"
    with pytest.raises(ArchiveError) as refused:
        ask_own(services, HERE, actor=person)
    assert refused.value.code == "passkey-place"


@pytest.mark.parametrize(("lang", "passkey", "before"), [
    ("vi", "khóa truy cập", "có từ trước"),
    ("en", "passkey", "from before"),
])  # fmt: skip
def test_who_is_refused_hears_of_passkeys_and_of_the_factor_from_before(
    lang: str, passkey: str, before: str
) -> None:
    for code in ("second-factor-missing", "second-factor-wrong"):
        assert passkey in messages.error(code, lang).remedy
    assert before in messages.error("second-factor-resting", lang).remedy
