"""A court pack is verified by Python and openssl alone; damaged and forged ones are refused."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, x509

from archive_service.domain.people.account import WORKER
from archive_service.evidence.outside.stamping import stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.recovery.export.court.pack import VERIFY
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import Signer, Subject
from archive_service.signing.timestamp import DemoTimestamps
from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.services.tsa import TimestampAuthority, run_tsa
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import OPEN_CODE, STORED_CODE, stocked_home
from tests.worlds.command import Command
from tests.worlds.rewriting import forge_trail, naming, replace_original
from tests.worlds.servers.backends import read_settings, write_settings

Damage = Callable[[Path], object]


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
    stamped = (*root, "--signer", given / "archive.crt")
    for outside, word in ((stamped, "a time stamp of"), (kept, "the checkpoint in kept.txt")):
        code, told = verified(pack, *outside)
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


def one_file(pack: Path, name: str) -> Path:
    found = next((pack / "object").rglob(name))
    found.chmod(0o644)
    return found


def change(pack: Path, name: str, act: Callable[[Any], object]) -> None:
    file = pack / name
    told = json.loads(file.read_bytes())
    made = act(told)
    file.write_text(json.dumps(told if made is None else made, ensure_ascii=False))


def line_of(told: Any, old: str, new: str) -> None:
    (one,) = (it for it in told["events"] if '"submission:accepted"' in it["line"])
    one["line"] = one["line"].replace(old, new)


DAMAGES: dict[str, Damage] = {
    "a byte of the original": lambda p: one_file(p, "*.pdf").write_bytes(
        one_file(p, "*.pdf").read_bytes()[:-1] + b"x"
    ),
    "the original is gone": lambda p: one_file(p, "*.pdf").unlink(),
    "a file beside": lambda p: (p / "object" / "v1" / "content" / "more.txt").write_text("x"),
    "no inventory": lambda p: one_file(p, "inventory.json").unlink(),
    "inventory of the version": lambda p: (p / "object/v1/inventory.json").write_bytes(b"{}"),
    "inventory, spaces added": lambda p: [
        it.write_bytes(it.read_bytes() + b"\n") for it in (p / "object").rglob("inventory.json")
    ],
    "an event changed": lambda p: change(p, "events.json", lambda t: line_of(t, "lan", "mai")),
    "an event of another moment": lambda p: change(
        p, "events.json", lambda t: line_of(t, '"at":"2026', '"at":"2025')
    ),
    "event twice": lambda p: change(
        p, "events.json", lambda t: t["events"].append(t["events"][-1])
    ),
    "no events": lambda p: change(p, "events.json", lambda t: t.update(events=[])),
    "built is left out": lambda p: change(
        p,
        "events.json",
        lambda t: t.update(events=[it for it in t["events"] if "version:built" not in it["line"]]),
    ),
    "path too long": lambda p: change(
        p, "events.json", lambda t: t["events"][0]["path"].append(t["events"][0]["path"][0])
    ),
    "path too short": lambda p: change(
        p, "events.json", lambda t: t["events"][0]["path"].pop() and None
    ),
    "paths swapped": lambda p: change(
        p, "events.json", lambda t: t["events"][0].update(path=t["events"][1]["path"])
    ),
    "another subject": lambda p: change(p, "events.json", lambda t: t.update(subject_id="x")),
    "another root": lambda p: (p / "checkpoint.txt").write_text(f"H40.99\n9\n{'A' * 43}=\n"),
    "checkpoint is gone": lambda p: (p / "checkpoint.txt").unlink(),
    "stamp of another checkpoint": lambda p: change(
        p, "stamps.json", lambda t: t[0].update(note=t[0]["note"] + "x")
    ),
    "token damaged": lambda p: change(p, "stamps.json", lambda t: t[0].update(token="AAAA")),
    "reduced tree with a node too many": lambda p: change(
        p, "stamps.json", lambda t: t[0]["reduced"].append(["ab" * 32])
    ),
    "stamps left out": lambda p: change(p, "stamps.json", lambda t: t.clear()),
    "stamp's path": lambda p: change(p, "stamps.json", lambda t: t[0]["path"].append("AAAA")),
    "a path out of the pack": lambda p: [
        it.write_bytes(it.read_bytes().replace(b"v1/content/", b"../../v1/", 1))
        for it in (p / "object").rglob("inventory.json")
    ],
}


def stamped_by_another(pack: Path, given: Path) -> None:
    """Over the right digest, by an authority that bears the name of the real one."""
    stamps = DemoTimestamps(DemoAuthority(given / "impostor"))

    def stamp(told: Any) -> None:
        for entry in told:
            digest = hashlib.sha256(entry["note"].encode()).digest()
            entry["reduced"] = [[digest.hex()]]
            entry["token"] = base64.b64encode(stamps.token(digest)).decode()

    change(pack, "stamps.json", stamp)


def certificate_swapped(pack: Path, given: Path) -> None:
    """In each time stamp that of the authority, for another's of the same name."""
    _, other, _ = DemoAuthority(given / "impostor").timestamp_identity()

    def swap(told: Any) -> None:
        for entry in told:
            token = cms.ContentInfo.load(base64.b64decode(entry["token"]))
            held = list(token["content"]["certificates"])
            certificate = cms.CertificateChoices("certificate", x509.Certificate.load(other))
            kept = [it for it in held if it.chosen.subject != certificate.chosen.subject]
            assert len(kept) == len(held) - 1
            token["content"]["certificates"] = [certificate, *kept]
            entry["token"] = base64.b64encode(token.dump(force=True)).decode()

    change(pack, "stamps.json", swap)


def manifest_without_a_file(pack: Path) -> None:
    for inventory in (pack / "object").rglob("inventory.json"):
        told = json.loads(inventory.read_bytes())
        (digest,) = (it for it, (path, *_) in told["manifest"].items() if path.endswith(".pdf"))
        del told["manifest"][digest]
        inventory.write_text(json.dumps(told))


def manifest_and_file_left_out(pack: Path) -> None:
    manifest_without_a_file(pack)
    one_file(pack, "*.pdf").unlink()


def linked(pack: Path) -> None:
    original = one_file(pack, "*.pdf")
    shutil.move(original, pack.parent / original.name)
    original.symlink_to(pack.parent / original.name)


def receipt(pack: Path) -> Path:
    return pack / "receipts" / "1.pdf"


DAMAGES |= {
    "a receipt changed": lambda p: receipt(p).write_bytes(receipt(p).read_bytes() + b"\n"),
    "a receipt left out": lambda p: receipt(p).unlink(),
    "a receipt more": lambda p: (p / "receipts" / "2.pdf").write_bytes(b"%PDF"),
    "a file beside the parts": lambda p: (p / "phu-luc.pdf").write_bytes(b"%PDF"),
    "a manifest omits a file": manifest_without_a_file,
    "a manifest omits a file that is gone": manifest_and_file_left_out,
    "the original is a link": linked,
    "the name of another archive": lambda p: (p / "checkpoint.txt").write_text(
        (p / "checkpoint.txt").read_text().replace("H40", "H41")
    ),
}
FORGERIES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a receipt signed anew by a key of the same name": (
        lambda p, given: shutil.copy(given / "signed-anew.pdf", receipt(p)),
        "receipts are not those that were given",
    ),
    "stamps of another authority of the same name": (
        stamped_by_another,
        "no time stamp is under the root",
    ),
    "the certificate in a stamp is another's of the same name": (
        certificate_swapped,
        "no time stamp is under the root",
    ),
}


# What the program says of each: a court reads it without us.
REASONS = {
    "a receipt changed": "receipts are not those that were given",
    "a receipt left out": "receipts are not those that were given",
    "a receipt more": "receipts are not those that were given",
    "a file beside the parts": "no part of the pack: phu-luc.pdf",
    "a manifest omits a file": "in no inventory: v1/content/",
    "a manifest omits a file that is gone": "the log has another inventory of v1",
    "the original is a link": "a path leads out: v1/content/",
    "the name of another archive": "a stamp is of another log: H40",
    "a byte of the original": "not as recorded: v1/content/",
    "the original is gone": "No such file or directory: '",
    "a file beside": "in no inventory: v1/content/more.txt",
    "no inventory": "inventory.json'",
    "inventory of the version": "KeyError('manifest')",
    "inventory, spaces added": "the log has another inventory of v1",
    "an event changed": "is not in the log",
    "an event of another moment": "is not in the log",
    "event twice": ": order",
    "no events": "the log has another inventory of v1",
    "built is left out": "the log has another inventory of v1",
    "path too long": "a path is too long",
    "path too short": "a path is too short",
    "paths swapped": "",  # by their lengths: too long, too short, or not in the log
    "another subject": ": order",
    "another root": ": order",
    "checkpoint is gone": "checkpoint.txt'",
    "stamp of another checkpoint": "a stamp is over something else",
    "token damaged": "a time stamp cannot be read",
    "reduced tree with a node too many": "no time stamp is under the root",
    "stamps left out": "no time stamp is under the root",
    "stamp's path": "",  # the checkpoint may be the newest, and have none
    "a path out of the pack": "a path leads out: ../../v1/",
}


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
