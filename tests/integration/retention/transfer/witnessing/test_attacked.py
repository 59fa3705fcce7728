"""Two logs, a log put back, forged and repeated checkpoints, and a witness that was put back."""

import base64
import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from archive_service.domain.keeping.act import COSIGNATURE, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.partner import WITNESSED
from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import Checkpoint, make_checkpoint
from archive_service.evidence.vouching import Claim, prove_trail
from archive_service.evidence.witness.api import create_app
from archive_service.evidence.witness.cosignature import OWN_KEY, make_key
from archive_service.evidence.witness.home import WitnessHome
from archive_service.evidence.witness.rules import Asking
from archive_service.services import Services
from retention.transfer.given import Anew
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.witnessing.sending import _proof
from retention.transfer.witnessing.taking import begin_anew, cosign
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, copy_home, open_home
from tests.worlds.command import Command
from tests.worlds.rewriting import forge_trail
from tests.worlds.site import answering, listening
from tests.worlds.transfer.transfers import TwoArchives
from tests.worlds.transfer.witnesses import (
    certificate,
    cosigned,
    more,
    moved,
    program,
    refused,
    sealed,
    sent,
    troubles,
    witnessed,
)


def cut_off(events: list[AuditEvent]) -> list[AuditEvent]:
    return events[:-3]


def other_words(events: list[AuditEvent]) -> list[AuditEvent]:
    events[-1].account = "hung"
    return events


def forget_cosignatures(origin: Services) -> None:
    """What an operator would not leave lying about."""
    with origin.writing() as session:
        session.execute(delete(Act).where(Act.kind == COSIGNATURE))
    for copy in origin.copies:
        shutil.rmtree(origin.settings.home / copy.name / "acts" / COSIGNATURE, ignore_errors=True)


def origin_code(two: TwoArchives) -> str:
    return two.giver.settings.archive.code


def test_a_log_put_back_is_told_on_both_sides(two: TwoArchives, tmp_path: Path) -> None:
    with witnessed(two.receiver, two.giver) as url:
        sealed(two.giver)
        sent(two.giver)
        yesterday = copy_home(two.giver.settings.home, tmp_path / "yesterday")
        more(two.giver, 50)
        kept = sealed(two.giver)
        sent(two.giver)
        with open_home(yesterday) as origin:
            moved(origin, url)
            sent(origin)
            told = troubles(origin)
            assert told["rolled-back"]["claimed"] == kept.size
            assert told["rolled-back"]["by"] == f"witness {HISTORICAL_CODE}"
            assert told["witness-remembers"]["code"] == "witness-remembers"
            assert troubles(two.receiver) == {}  # it repeats what was cosigned: no lie yet
            first = sealed(origin)
            assert first.size < kept.size
            sent(origin)
            assert (
                prove_trail(origin).first_bad
                == f"rolled-back: witness {HISTORICAL_CODE} {kept.size}"
            )
    there = troubles(two.receiver)["log-contradicts"]
    assert (there["kept"], there["asked"]) == (kept.size, first.size)
    assert there["asked_root"] == first.mark[1]
    assert there["note"] == first.note


@pytest.mark.parametrize("forget", [True, False])
def test_a_log_made_anew_is_told_on_both_sides(two: TwoArchives, *, forget: bool) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        more(origin, 9)
        kept = sealed(origin)
        sent(origin)
        if forget:
            forget_cosignatures(origin)
        forge_trail(origin, other_words)
        more(origin, 9)
        sealed(origin)
        sent(origin)
        assert troubles(origin)["witness-remembers"]["code"] == "witness-remembers"
    assert troubles(two.receiver)["log-contradicts"]["kept"] == kept.size
    assert prove_trail(origin).first_bad == f"forked: witness {HISTORICAL_CODE} {kept.size}"


def test_two_logs_of_the_same_length_are_a_proof_at_the_witness(two: TwoArchives) -> None:
    with witnessed(two.receiver, two.giver):
        kept = sealed(two.giver)
        sent(two.giver)
        other = make_checkpoint(kept.origin, kept.size, bytes(32), two.giver.signer())
        assert refused(two, Asking(kept.size, (), other)) == "log-contradicts"
    there = troubles(two.receiver)["log-contradicts"]
    assert (there["kept_root"], there["asked_root"]) == (kept.mark[1], other.mark[1])
    line = ("witness", "begin-anew", origin_code(two), "--reason", "Công văn 12")
    told = Command(two.receiver.settings.home).ask(*line)
    assert (told["size"], troubles(two.receiver)) == (0, {})
    with pytest.raises(ArchiveError) as reason:
        begin_anew(two.receiver, origin_code(two), Anew(reason=" "), actor=OPERATOR)
    assert reason.value.code == "anew-reason"
    with listening(two.receiver) as site:
        moved(two.giver, site.url)
        more(two.giver)
        newest = sealed(two.giver)
        sent(two.giver)
    assert cosigned(two.giver)[-1].checkpoint.mark == newest.mark


def test_forged_and_repeated_checkpoints_change_nothing(two: TwoArchives) -> None:
    with witnessed(two.receiver, two.giver):
        first = sealed(two.giver)
        sent(two.giver)
        more(two.giver)
        newest = sealed(two.giver)
        sent(two.giver)
    kept = with_acts(two.receiver)
    unsigned = make_checkpoint(first.origin, newest.size + 1, bytes(32), None)
    theirs = make_checkpoint(first.origin, newest.size + 1, bytes(32), two.receiver.signer())
    foreign = make_checkpoint("H40.1", newest.size + 1, bytes(32), two.giver.signer())
    unproved = make_checkpoint(first.origin, newest.size + 1, bytes(32), two.giver.signer())
    said = {
        "log-unsigned": [Asking(newest.size, (), unsigned), Asking(newest.size, (), theirs)],
        "log-unknown": [Asking(newest.size, (), foreign)],
        "kept-size": [Asking(0, (), first), Asking(first.size, (), newest)],
        "witness-asking": [Asking(newest.size, (), first)],
    }
    for code, asked in said.items():
        assert [refused(two, asking) for asking in asked] == [code] * len(asked)
    assert (troubles(two.receiver), with_acts(two.receiver)) == ({}, kept)
    assert refused(two, Asking(newest.size, (), unproved)) == "log-unproved"
    assert with_acts(two.receiver) == kept
    assert "log-contradicts" in troubles(two.receiver)
    proof = _proof(two.giver, first.size, newest)
    assert refused(two, Asking(first.size, proof, newest)) == "kept-size"


def test_a_witness_put_back_goes_forward_by_a_proof(two: TwoArchives, tmp_path: Path) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        sealed(origin)
        sent(origin)
        before = copy_home(two.receiver.settings.home, tmp_path / "before")
        for _ in range(2):
            more(origin, 3)
            sealed(origin)
            sent(origin)
    more(origin)
    newest = sealed(origin)
    with open_home(before) as restored, listening(restored) as site:
        moved(origin, site.url)
        sent(origin)
        assert troubles(restored) == {}
    assert (troubles(origin), cosigned(origin)[-1].checkpoint.mark) == ({}, newest.mark)


def test_a_witness_killed_before_it_answered_cosigns_again(two: TwoArchives) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        first = sealed(origin)
        sent(origin)
        more(origin)
        newest = sealed(origin)
        asking = Asking(first.size, _proof(origin, first.size, newest), newest)
        cosign(two.receiver, asking.text(), certificate(origin), actor=program(two))  # it is lost
        sent(origin)
    assert [one.checkpoint.mark for one in cosigned(origin)] == [first.mark, newest.mark]
    assert troubles(origin) == troubles(two.receiver) == {}


def test_another_key_of_the_witness_is_told(two: TwoArchives) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        sealed(origin)
        sent(origin)
        forget_cosignatures(origin)
        (two.receiver.settings.home / "keys" / "witness.key").unlink()
        sent(origin)
        assert troubles(origin)["witness-silent"]["code"] == "partner-later"
        make_key(two.receiver.settings.home / OWN_KEY, HISTORICAL_CODE)
        sent(origin)
    assert troubles(origin)["witness-silent"]["code"] == "cosignature-odd"
    assert cosigned(origin) == []


def test_a_cosignature_that_was_changed_inside_is_named(two: TwoArchives) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        made = sealed(origin)
        sent(origin)
    with origin.writing() as session:
        (act,) = session.scalars(select(Act).where(Act.kind == COSIGNATURE))
        name, _, told = act.document["line"].strip().rpartition(" ")
        bent = bytearray(base64.b64decode(told))
        bent[-1] ^= 1
        act.document = act.document | {"line": f"{name} {base64.b64encode(bent).decode()}\n"}
    bad = prove_trail(origin).first_bad
    assert bad == f"cosignature-unsound: {HISTORICAL_CODE} {made.size}"


def test_a_log_without_its_tiles_is_not_proved_and_accuses_nobody(two: TwoArchives) -> None:
    origin = two.giver
    with witnessed(two.receiver, origin):
        sealed(origin)
        sent(origin)
        more(origin)
        newest = sealed(origin)
        for copy in origin.copies:
            shutil.rmtree(origin.settings.home / copy.name / "evidence" / "log" / "tile")
        with pytest.raises(ArchiveError) as missing:
            _proof(origin, 1, newest)
        assert missing.value.code == "proof-missing"
        sent(origin)
        assert "log-contradicts" not in troubles(two.receiver)
        more(origin)
        newest = sealed(origin)
        sent(origin)
    assert cosigned(origin)[-1].checkpoint.mark == newest.mark


def with_acts(witness: Services) -> list[Checkpoint]:
    with witness.read_only() as session:
        return list(session.scalars(select(Act.id).where(Act.kind == WITNESSED).order_by(Act.id)))


def test_two_logs_shown_to_two_witnesses_are_told_by_either_of_them(
    two: TwoArchives, tmp_path: Path
) -> None:
    """The operator shows the true log to a partner, another one to a body without an archive."""
    origin, alone = two.giver, WitnessHome(tmp_path / "alone")
    key = alone.make_key("witness.example").vkey
    alone.pin(origin_code(two), certificate(origin), name="seal.crt")
    other = copy_home(origin.settings.home, tmp_path / "other")
    with witnessed(two.receiver, origin), answering(create_app(tmp_path / "alone")) as there:
        more(origin, 9)
        true = sealed(origin)
        sent(origin)
        with open_home(other) as shown:
            facts = PartnerFacts(name="Sở Nội vụ", witnesses=True, url=there, witness_key=key)
            partners_acts.add(shown, "witness.example", PartnerGiven(facts), actor=OPERATOR)
            more(shown, 12)
            false = sealed(shown)
            sent(shown)
            assert prove_trail(shown).first_bad is None  # each log is whole by its own witness
            kept = [Claim("witness partner", cosigned(origin)[-1].checkpoint)]
            assert (
                prove_trail(shown, witnesses=kept).first_bad
                == f"forked: witness partner {true.size}"
            )
        seen = alone.kept(origin_code(two))
    assert seen is not None
    assert seen.mark == false.mark
    bad = prove_trail(origin, witnesses=[Claim("witness alone", seen)]).first_bad
    assert bad is not None
    assert bad.partition(":")[0] in ("forked", "rolled-back")
