"""A partner keeps the newest checkpoint of our log and cosigns it; the trail is proved by that."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from archive_service import clock
from archive_service.audit import last_number
from archive_service.domain.keeping.act import COSIGNATURE, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.partner import WITNESSED
from archive_service.evidence.offline import prove_store
from archive_service.evidence.outside.giving import count_witnesses
from archive_service.evidence.sealing import BEGUN, seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.evidence.witness.cosignature import OWN_KEY, read_key
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR
from tests.worlds.rewriting import as_owner
from tests.worlds.site import listening
from tests.worlds.transfer.transfers import TwoArchives
from tests.worlds.transfer.witnesses import (
    cosigned,
    let_witness,
    more,
    moved,
    sealed,
    sent,
    troubles,
    witnessed,
)

BY = f"witness {HISTORICAL_CODE}"


def acts(services: Services, kind: str) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count(Act.id)).where(Act.kind == kind)) or 0


def events(services: Services) -> int:
    with services.read_only() as session:
        return last_number(session)


def test_each_sealed_checkpoint_is_cosigned_and_proves_the_trail(two: TwoArchives) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        sent(origin)
        assert cosigned(origin) == []  # nothing is sealed yet
        first = sealed(origin)
        sent(origin)
        more(origin)
        second = sealed(origin)
        sent(origin)
        sent(origin)  # no news: cosigned again, and not kept twice
    assert [one.checkpoint.mark for one in cosigned(origin)] == [first.mark, second.mark]
    assert (second.size > first.size, acts(two.receiver, WITNESSED)) == (True, 2)
    proof = prove_trail(origin)
    (witness,) = (step for step in proof.steps if step.name == "witnessed")
    assert (witness.until, witness.by, witness.not_counted) == (second.size, (BY,), 0)
    assert (proof.first_bad, proof.verdict) == (None, "proved")
    assert troubles(origin) == {}


def test_a_copy_alone_is_proved_by_the_key_that_the_witness_tells(two: TwoArchives) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        made = sealed(origin)
        sent(origin)
    assert write_out_evidence(origin)
    vkey = read_key(two.receiver.settings.home / OWN_KEY).key.vkey
    for named, until, beside in ((vkey, made.size, 0), ("", 0, 1)):
        proof = prove_store(origin.copies[0], vkeys={named})
        (witness,) = (step for step in proof.steps if step.name == "witnessed")
        assert (witness.until, witness.not_counted, proof.first_bad) == (until, beside, None)
        online = prove_trail(origin, vkeys={named})
        assert [step.until for step in online.steps if step.name == "witnessed"] == [until]


def test_to_cosign_is_no_news_so_that_two_archives_come_to_rest(two: TwoArchives) -> None:
    giver, receiver = two.giver, two.receiver
    with listening(giver) as ours, listening(receiver) as theirs:
        let_witness(receiver, giver, theirs.url)
        let_witness(giver, receiver, ours.url)
        for _ in range(2):
            for services in (giver, receiver):
                sealed(services)
                sent(services)
        before = [events(giver), events(receiver)]
        for services in (giver, receiver):
            assert not seal_log(services, services.signer(), actor=OPERATOR).is_new
            sent(services)
    assert [events(giver), events(receiver)] == before
    assert all(
        acts(services, kind) for services in (giver, receiver) for kind in (COSIGNATURE, WITNESSED)
    )


def test_a_witness_counts_for_two_days(two: TwoArchives) -> None:
    evidence = two.giver.settings.evidence.model_copy(update={"witnesses_wanted": 1})
    settings = two.giver.settings.model_copy(update={"evidence": evidence})
    origin = replace(two.giver, settings=settings)
    with witnessed(two.receiver, origin):
        sealed(origin)
        long_ago = clock.now() - dt.timedelta(days=4)
        with origin.writing() as session:
            begun = update(AuditEvent).where(AuditEvent.tag == BEGUN).values(at=long_ago)
            as_owner(session).execute(begun)
        count_witnesses(origin)
        assert "few-witnesses" in troubles(origin)
        sent(origin)
        count_witnesses(origin)
        assert "few-witnesses" not in troubles(origin)
    with origin.writing() as session:
        session.execute(update(Act).where(Act.kind == COSIGNATURE).values(at=long_ago))
    count_witnesses(origin)
    assert troubles(origin)["few-witnesses"]["known"] == 0


@pytest.mark.parametrize("days", [0, 3])
def test_a_witness_that_is_away_is_told_after_a_day_and_goes_on_later(
    two: TwoArchives, days: int
) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        sealed(origin)
        sent(origin)
    for _ in range(3):
        more(origin)
        newest = sealed(origin)
    with origin.writing() as session:
        at = clock.now() - dt.timedelta(days=days)
        session.execute(update(Act).where(Act.kind == COSIGNATURE).values(at=at))
    sent(origin)
    assert ("witness-silent" in troubles(origin)) == bool(days)
    with listening(two.receiver) as site:
        moved(origin, site.url)
        sent(origin)
    assert cosigned(origin)[-1].checkpoint.mark == newest.mark
    assert troubles(origin) == {}
