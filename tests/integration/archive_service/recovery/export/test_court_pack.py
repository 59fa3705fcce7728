"""A court pack is verified by Python and openssl alone; damaged and forged ones are refused."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive_service.audit import record_event
from archive_service.domain.keeping.audit_event import USES
from archive_service.domain.people.account import WORKER
from archive_service.evidence.outside.stamping import stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.recovery.export.court.checking import check_court_pack
from archive_service.recovery.export.court.pack import VERIFY
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import Signer, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.integration.archive_service.recovery.export.court_damage import (
    DAMAGES,
    FORGERIES,
    REASONS,
    listed_anew,
    listed_by_nobody,
)
from tests.integration.archive_service.recovery.export.odd_packs import ODD_PACKS
from tests.services.tsa import TimestampAuthority, run_tsa
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.backed_up import OPEN_CODE, STORED_CODE, stocked_home
from tests.worlds.command import Command
from tests.worlds.rewriting import forge_trail, naming, replace_original, tell_again
from tests.worlds.servers.backends import read_settings, write_settings


@pytest.fixture(scope="module")
def authority() -> Any:
    with run_tsa() as tsa:
        yield tsa


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, authority: TimestampAuthority) -> Path:
    """A folder with the pack, the checkpoint that an auditor kept, and the authority's root."""
    place = tmp_path_factory.mktemp("court")
    home = stocked_home(place / "home")
    (home / "trust").mkdir(exist_ok=True)
    shutil.copy(authority.folder / "root.crt", home / "trust" / "tsa.crt")
    write_settings(home, read_settings(home) | {"timestamp": {"url": authority.url}})
    archive = Command(home)
    with open_home(home) as services:
        made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert made is not None
        assert stamp_log(services, actor=WORKER)
        impostor = same_name(place / "impostor", services.signer().subject)
        (place / "archive.crt").write_bytes(services.signer().certificate.der)
    (place / "kept.txt").write_text(made.note)
    told = archive.ask(
        "case", "export", STORED_CODE, "--form", "court", "--to", place, account="hung"
    )
    Path(told["path"]).rename(place / "pack")
    shutil.copy(authority.folder / "root.crt", place / "root.crt")
    (place / "impostor.crt").write_bytes(impostor.certificate.der)
    signed = (place / "pack" / "receipts" / "1.pdf").read_bytes()
    bare, anew = place / "bare.pdf", place / "signed-anew.pdf"
    bare.write_bytes(signed[: signed.index(b"%%EOF") + len(b"%%EOF\n")])
    impostor.sign_pdf(bare, anew, field="Signature")
    return place


def same_name(place: Path, subject: Subject) -> Signer:
    """A key of a self-made authority, which names the archive as its owner."""
    DemoAuthority.open_or_make(place).issue_key(subject, place / "key.p12")
    return open_pkcs12("pkcs12:key.p12", home=place)


@pytest.fixture
def pack(given: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(given / "pack", tmp_path / "pack"))


def verified(pack: Path, *more: object) -> tuple[int, str]:
    """By the program in the pack, on a machine that has nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(pack / "verify.py"), *map(str, more)],
        capture_output=True,
        text=True,
        check=False,
        cwd=pack.parent,
    )
    return done.returncode, done.stdout + done.stderr


def test_it_is_proved_by_what_somebody_outside_has(pack: Path, given: Path) -> None:
    assert len(VERIFY.read_text().splitlines()) < 200
    root, kept = ("--root", given / "root.crt"), ("--checkpoint", given / "kept.txt")
    signer = ("--signer", given / "archive.crt")
    for outside, word in ((root, "a time stamp of"), (kept, "the checkpoint in kept.txt")):
        code, told = verified(pack, *outside, *signer)
        assert (code, word in told) == (0, True), told
        assert "NOT PROVED" not in told
    explained = (pack / "GIAI-THICH.txt").read_text()
    assert "--root" in explained
    assert list((pack / "receipts").glob("*.pdf"))


def test_nothing_in_it_is_taken_for_granted(pack: Path) -> None:
    code, told = verified(pack)
    assert code == 3
    assert "NOT PROVED, by the pack's own word alone: v1" in told


def test_a_stamp_alone_does_not_tell_whose_log_it_is(pack: Path, given: Path) -> None:
    """Anybody may have a log of the same name stamped by a real authority."""
    code, told = verified(pack, "--root", given / "root.crt")
    assert (code, "PROVED FROM OUTSIDE up to event" in told) == (3, True), told
    assert "NOT PROVED, by the pack's own word alone: whose log it is" in told


@pytest.mark.parametrize("forge", [lambda _: None, listed_anew, listed_by_nobody])
def test_a_checkpoint_alone_does_not_tell_that_nothing_was_left_out(
    pack: Path, given: Path, forge: Callable[[Path], object]
) -> None:
    """Whoever cuts the newest version away with its event, and mends the list, is seen by a key."""
    forge(pack)
    code, told = verified(pack, "--checkpoint", given / "kept.txt")
    assert (code, "PROVED FROM OUTSIDE up to event" in told) == (3, True), told
    assert "NOT PROVED, by the pack's own word alone: that no event was left out" in told


def test_the_checkpoint_of_the_pack_is_nobody_outside(pack: Path) -> None:
    code, told = verified(pack, "--checkpoint", pack / "checkpoint.txt")
    assert (code, "REFUSED: checkpoint.txt is the pack's own word" in told) == (1, True), told


def test_a_signature_by_a_key_of_the_same_name_is_refused(pack: Path, given: Path) -> None:
    line = ("--root", given / "root.crt", "--signer", given / "impostor.crt")
    code, told = verified(pack, *line)
    assert (code, "REFUSED: the checkpoint is not signed by the key" in told) == (1, True), told


def test_another_root_proves_nothing(pack: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Other"),
            *("-keyout", str(tmp_path / "other.key"), "-out", str(other)),
        ],
        check=True,
        capture_output=True,
    )
    code, told = verified(pack, "--root", other)
    assert (code, "REFUSED: no time stamp is under the root" in told) == (1, True)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_pack_is_refused_with_its_reason(pack: Path, given: Path, damage: str) -> None:
    DAMAGES[damage](pack)
    code, told = verified(pack, "--root", given / "root.crt")
    refusal = told.rpartition("REFUSED: ")[2]
    assert (code, REASONS[damage] in refusal) == (1, True), told


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_pack_is_refused_with_its_reason(pack: Path, given: Path, forgery: str) -> None:
    forge, reason = FORGERIES[forgery]
    forge(pack, given)
    code, told = verified(pack, "--root", given / "root.crt", "--signer", given / "archive.crt")
    assert (code, reason in told.rpartition("REFUSED: ")[2]) == (1, True), told


@pytest.mark.parametrize("odd", ODD_PACKS)
def test_an_odd_pack_is_refused_even_without_its_list(pack: Path, given: Path, odd: str) -> None:
    act, reason = ODD_PACKS[odd]
    act(pack)
    (pack / "parts.txt").unlink()
    code, told = verified(pack, "--root", given / "root.crt", "--signer", given / "archive.crt")
    assert (code, reason in told.rpartition("REFUSED: ")[2]) == (1, True), told


def test_another_log_is_not_signed_by_what_the_archive_signed_elsewhere(
    pack: Path, given: Path
) -> None:
    """A key alone is asked: nothing else would tell whose log it is."""
    act, reason = ODD_PACKS["another log under the signature of the list"]
    act(pack)
    (pack / "parts.txt").unlink()
    code, told = verified(pack, "--signer", given / "archive.crt")
    assert (code, reason in told) == (1, True), told


@pytest.mark.parametrize("option", ["--root", "--checkpoint", "--signer"])
def test_what_lies_beside_in_the_pack_is_nobody_outside(
    pack: Path, given: Path, option: str
) -> None:
    """A forger puts the root there that the explanation asks for."""
    beside = pack / "chung-thu-goc.crt"
    shutil.copy(given / "root.crt", beside)
    code, told = verified(pack, option, beside)
    assert (code, f"REFUSED: {beside.name} is the pack's own word" in told) == (1, True), told


def test_a_list_that_nobody_signed_does_not_tell_that_nothing_was_left_out(
    pack: Path, given: Path
) -> None:
    listed_by_nobody(pack)
    line = ("--root", given / "root.crt", "--signer", given / "archive.crt")
    code, told = verified(pack, *line)
    assert (code, "NOT PROVED, by the pack's own word alone: that no event" in told) == (3, True)


def test_the_archive_tells_a_pack_of_its_own_from_one_that_was_changed(
    pack: Path, given: Path
) -> None:
    archive = Command(given / "home")
    told = archive.ask("case", "check-pack", pack, account="hung")
    assert told["ok"], told
    assert told["given_at"]
    listed_by_nobody(pack)
    changed = archive.run("case", "check-pack", pack, "--json", account="hung")
    assert (changed.code, changed.document["given_at"]) == (5, None)
    refused = archive.run("case", "check-pack", pack, "--json", account="lan")
    assert (refused.code, refused.error["code"]) == (4, "act-not-allowed")


def test_a_pack_from_before_parts_were_listed_is_told_as_that(
    pack: Path, given: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(given / "home", tmp_path / "home"))
    (pack / "parts.txt").unlink()
    archive = Command(home)
    taken = archive.run("case", "check-pack", pack, "--json", account="hung")
    assert (taken.code, taken.document["before_parts"]) == (5, False), "its list was taken out"
    digest = sha256((pack / "checkpoint.txt").read_bytes()).hexdigest()
    data = {"code": STORED_CODE, "form": "court", "sha256": digest}  # as earlier releases did
    with open_home(home) as services, services.writing() as session:
        record_event(session, USES["exported"], subject_id=None, actor=OPERATOR, data=data)
    told = archive.ask("case", "check-pack", pack, account="hung")
    assert (told["before_parts"], bool(told["given_at"])) == (True, True)
    assert (
        "before parts were listed"
        in archive.run("--lang", "en", "case", "check-pack", pack, account="hung").stderr
    )
    (pack / "events.json").write_text("{}")
    spoilt = archive.run("case", "check-pack", pack, "--json", account="hung")
    assert spoilt.code == 5


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_archive_tells_each_damage_too(pack: Path, given: Path, damage: str) -> None:
    DAMAGES[damage](pack)
    with open_home(given / "home") as services:
        assert not check_court_pack(services, pack, actor=person(services, "hung")).ok


def test_a_pack_that_was_forged_with_every_key_is_refused(given: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(given / "home", tmp_path / "home"))
    with open_home(home) as services:
        forge_trail(services, naming(replace_original(services)))
    told = Command(home).ask(
        "case", "export", STORED_CODE, "--form", "court", "--to", tmp_path, account="hung"
    )
    forged = Path(told["path"])
    assert verified(forged, "--checkpoint", given / "kept.txt")[0] == 1
    assert verified(forged, "--root", given / "root.crt")[0] == 1
    mixed = Path(shutil.copytree(given / "pack", tmp_path / "mixed"))
    shutil.copy(forged / "events.json", mixed / "events.json")  # with the paths of its own log
    code, refusal = verified(mixed)
    assert (code, "is not in the log" in refusal) == (1, True), refusal


def test_a_package_that_was_made_anew_and_told_again_is_refused(
    given: Path, tmp_path: Path
) -> None:
    """The log goes on from the checkpoint that an auditor kept; the first event counts."""
    home = shutil.copytree(given / "home", tmp_path / "home")
    with open_home(home) as services:
        tell_again(services, replace_original(services), "version:built", "case-file:stored")
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    told = Command(home).ask(
        "case", "export", STORED_CODE, "--form", "court", "--to", tmp_path, account="hung"
    )
    code, said = verified(Path(told["path"]), "--checkpoint", given / "kept.txt")
    assert (code, "another inventory of v1" in said) == (1, True)


def test_who_may_not_read_the_trail_gets_none(given: Path, tmp_path: Path) -> None:
    archive = Command(given / "home")
    line = ("case", "export", "--form", "court", "--to", tmp_path, "--json")
    refused = archive.run(*line, STORED_CODE, account="lan")
    assert (refused.code, refused.error["code"]) == (4, "act-not-allowed")
    unknown = archive.run(*line, OPEN_CODE, account="hung")
    assert unknown.code == 3


def test_without_a_key_and_a_checkpoint_there_is_none(tmp_path: Path) -> None:
    home = stocked_home(tmp_path / "home")
    for key in (home / "keys").glob("*.p12"):
        key.unlink()
    line = ("case", "export", STORED_CODE, "--form", "court", "--to", tmp_path, "--json")
    refused = Command(home).run(*line, account="hung")
    assert (refused.code, refused.error["code"]) == (4, "court-unsealed")
