"""Other archives: added with their keys and token, changed, retired."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from archive_service import clock, messages
from archive_service.access import ActNotAllowedError
from archive_service.accounts.sessions import actor_of_token
from archive_service.catalogue.agencies.acts import add_agency, get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Account
from archive_service.errors import InputError
from archive_service.services import Services
from archive_service.signing.trust.public_certificates import (
    CertificateFileError,
    read_certificates,
)
from retention.transfer.partners import changing
from retention.transfer.partners import rules as partners_rules
from retention.transfer.partners.pins import PartnerUnpinnedError, pinned_certificates
from retention.transfer.partners.rules import PartnerFacts
from tests.worlds.archive import OPERATOR, person

GIVER = "H40.99"
FACTS = PartnerFacts(name="Lưu trữ Sở Xây dựng", gives=True, url="https://luutru.sonlam.example")


def _add(services: Services, code: str = GIVER, facts: PartnerFacts = FACTS) -> str | None:
    own = facts.certificates or [services.signer().certificate]
    facts = replace(facts, certificates=own)
    with services.unit_of_work() as uow:
        _, token = changing.add_partner(code, facts, own_code="H40.98", actor=OPERATOR, uow=uow)
        uow.commit()
    return token


def test_a_giver_signs_in_with_a_token_that_delivers_and_no_more(services: Services) -> None:
    token = _add(services)
    assert token is not None
    assert _add(services) is None  # the same one again stays as it is
    with services.read_only() as session:
        found = actor_of_token(session, token, idle_days=1)
        assert found is not None
        actor = found[0]
        assert actor.scopes == frozenset({"transfer:deliver", "log:cosign"})
        assert partners_rules.partner_of(session, actor).code == GIVER
        with pytest.raises(ActNotAllowedError):
            partners_rules.partner_of(session, person(services, "lan"))
    with services.unit_of_work() as uow:
        row = partners_rules.get_partner(uow.session, GIVER)
        newer = changing.new_token(row, actor=OPERATOR, uow=uow)
        uow.commit()
    with services.read_only() as session:
        assert actor_of_token(session, token, idle_days=1) is None
        assert actor_of_token(session, newer, idle_days=1) is not None
    with services.unit_of_work() as uow:
        row = changing.retire_partner(GIVER, actor=OPERATOR, uow=uow)
        uow.commit()
        with pytest.raises(partners_rules.PartnerGivesNothingError) as refused:
            changing.new_token(row, actor=OPERATOR, uow=uow)
        assert refused.value.code == "partner-gives-nothing"
    with services.read_only() as session:
        assert actor_of_token(session, newer, idle_days=1) is None


def test_a_new_token_is_taken_also_after_a_long_rest(services: Services) -> None:
    _add(services)
    with services.unit_of_work() as uow:
        row = partners_rules.get_partner(uow.session, GIVER)
        account = uow.session.get_one(Account, row.account_id)
        account.seen_at = account.created_at = clock.now() - dt.timedelta(days=400)
        token = changing.new_token(row, actor=OPERATOR, uow=uow)
        uow.commit()
    with services.read_only() as session:
        assert actor_of_token(session, token, idle_days=45) is not None


def test_keys_are_pinned_and_let_go(services: Services) -> None:
    own = services.signer().certificate
    _add(services, facts=PartnerFacts(name="Lưu trữ A", gives=True, certificates=[own]))
    with services.read_only() as session:
        assert pinned_certificates(session, GIVER) == {own.sha256}
        assert pinned_certificates(session, "H40.97") == set()
    with services.unit_of_work() as uow:
        dropped = PartnerFacts(drop_certificates=[own.sha256])
        changing.change_partner(GIVER, dropped, actor=OPERATOR, uow=uow)
        uow.commit()
    with services.read_only() as session, pytest.raises(PartnerUnpinnedError):
        pinned_certificates(session, GIVER)


def test_an_agency_that_was_merged_is_delivered_for_by_its_successor(services: Services) -> None:
    with services.unit_of_work() as uow:
        session = uow.session
        first, _ = add_agency("H40.71", "Sở Cũ", actor=OPERATOR, uow=uow)
        second, _ = add_agency("H40.72", "Sở Mới", actor=OPERATOR, uow=uow, successor_of="H40.71")
        third, _ = add_agency("H40.73", "Sở Nay", actor=OPERATOR, uow=uow, successor_of="H40.72")
        other = get_agency(session, SAMPLE_AGENCY.new_code)
        own = [services.signer().certificate]
        gives = PartnerFacts(name="Lưu trữ Sở Nay", gives=True, certificates=own)
        facts = replace(gives, agencies=[third.id])
        row, _ = changing.add_partner(GIVER, facts, own_code="H40.98", actor=OPERATOR, uow=uow)
        assert all(
            partners_rules.may_deliver_for(session, row, agency.id)
            for agency in (first, second, third)
        )
        assert not partners_rules.may_deliver_for(session, row, other.id)
        uow.commit()


@pytest.mark.parametrize(
    ("code", "facts", "told"),
    [
        ("H40.98", FACTS, "partner-self"),
        ("H40 99", FACTS, "partner-words"),
        (GIVER, PartnerFacts(name=" - "), "partner-words"),
        (GIVER, replace(FACTS, quota_bytes=-1), "partner-quota"),
        (GIVER, PartnerFacts(name="A", gives=True, url="http://luutru.example"), "partner-url"),
        (
            GIVER,
            PartnerFacts(name="A", gives=True, url="https://a:b@luutru.example"),
            "partner-url",
        ),
        (GIVER, PartnerFacts(name="A", gives=True, url="ftp://luutru.example"), "partner-url"),
        (GIVER, PartnerFacts(name="A"), "partner-sides"),
    ],
)
def test_what_cannot_be_a_partner_is_refused(
    services: Services, code: str, facts: PartnerFacts, told: str
) -> None:
    with pytest.raises(InputError) as refused:
        _add(services, code, facts)
    assert refused.value.code == told


def test_another_name_or_an_unknown_code_is_told(services: Services) -> None:
    _add(services)
    with pytest.raises(partners_rules.PartnerExistsError) as refused:
        _add(services, facts=PartnerFacts(name="Lưu trữ khác"))
    assert refused.value.code == "partner-exists"
    with (
        services.read_only() as session,
        pytest.raises(partners_rules.PartnerUnknownError) as unknown,
    ):
        partners_rules.get_partner(session, "H40.97")
    assert unknown.value.code == "partner-unknown"


def test_plain_http_is_for_this_machine_and_where_the_record_says_so() -> None:
    partners_rules.require_url("http://127.0.0.1:8000", plain_http=False)
    partners_rules.require_url("http://10.0.0.7:8000", plain_http=True)


def test_a_key_is_no_certificate(services: Services) -> None:
    der = services.signer().certificate.der
    (key_certificate,) = read_certificates(der, name="a.crt")
    assert key_certificate.sha256 == services.signer().certificate.sha256
    for wrong, reason in (
        (b"", "unreadable"),
        (b"xin chao", "unreadable"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "key"),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "other"),
    ):
        with pytest.raises(CertificateFileError) as refused:
            read_certificates(wrong, name="a.crt")
        assert (refused.value.code, refused.value.facts["reason"]) == ("certificate-file", reason)
        for lang in messages.LANGUAGES:
            said = messages.error("certificate-file", lang, refused.value.facts).message
            assert messages.text(f"labels.certificate-faults.{reason}", lang) in said


def test_the_last_agency_of_one_that_gives_is_not_dropped_unasked(services: Services) -> None:
    _add(services)
    with services.read_only() as session:
        own = get_agency(session, SAMPLE_AGENCY.new_code).id

    def changed(**facts: Any) -> int:
        """How many agencies it is told to hand over for."""
        with services.unit_of_work() as uow:
            row = changing.change_partner(GIVER, PartnerFacts(**facts), actor=OPERATOR, uow=uow)
            uow.commit()
            return len(row.agencies)

    assert changed(name="Lưu trữ Sở X") == 0  # it never had one
    assert changed(agencies=[own]) == 1
    with pytest.raises(partners_rules.PartnerLastAgencyError) as refused:
        changed(drop_agencies=[own])
    assert refused.value.code == "partner-last-agency"
    assert changed(quota_bytes=1) == 1
    assert changed(drop_agencies=[own], gives=False, receives=True) == 0


def test_a_partner_that_hands_over_no_more_and_takes_nothing_is_retired_instead(
    services: Services,
) -> None:
    _add(services)
    with services.unit_of_work() as uow, pytest.raises(partners_rules.PartnerSidesError) as refused:
        changing.change_partner(GIVER, PartnerFacts(gives=False), actor=OPERATOR, uow=uow)
    assert refused.value.code == "partner-sides"
    with services.unit_of_work() as uow:
        other = PartnerFacts(gives=False, receives=True)
        row = changing.change_partner(GIVER, other, actor=OPERATOR, uow=uow)
        assert (row.gives, row.receives) == (False, True)
