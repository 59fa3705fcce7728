"""Damages and forgeries of a court pack, and what the program says of each."""

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asn1crypto import cms, x509

from archive_service.recovery.export.court.parts import LIST
from archive_service.signing.timestamp import DemoTimestamps
from archive_service.signing.trust.demo_authority import DemoAuthority

Damage = Callable[[Path], object]


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


def pipe(file: Path) -> None:
    """Whoever reads it waits for ever."""
    file.unlink()
    os.mkfifo(file)


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
        p, "events.json", lambda t: line_of(t, '"at":"20', '"at":"19')
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
    "another root": lambda p: (p / "checkpoint.txt").write_text(f"H40.99\n9\n{'A' * 43}=\n\n"),
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


def append(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


def leave_out_an_event(pack: Path) -> None:
    """One that nothing else needs: who read or exported, or that it was accepted."""

    def without(told: Any) -> None:
        told["events"] = [it for it in told["events"] if '"submission:accepted"' not in it["line"]]

    change(pack, "events.json", without)


def listed_anew(pack: Path) -> None:
    """Whoever has no key leaves an event out and mends the list, under the old signature."""
    leave_out_an_event(pack)
    listing = pack / LIST
    old = next(it for it in listing.read_text().splitlines() if it.endswith("  events.json"))
    new = f"{sha256_of(pack / 'events.json')}  events.json"
    listing.write_text(listing.read_text().replace(old, new))


def listed_by_nobody(pack: Path) -> None:
    listed_anew(pack)
    text = (pack / LIST).read_text().partition("\n\n")[0]
    (pack / LIST).write_text(f"{text}\n\n")


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def certificate_removed(pack: Path) -> None:
    """From the newest time stamp alone: the others go on proving."""

    def remove(told: Any) -> None:
        entry = told[-1]
        token = cms.ContentInfo.load(base64.b64decode(entry["token"]))
        token["content"]["certificates"] = []
        entry["token"] = base64.b64encode(token.dump(force=True)).decode()

    change(pack, "stamps.json", remove)


def page_swapped(pack: Path) -> None:
    """The original gets the bytes of another file of the pack."""
    one_file(pack, "*.pdf").write_bytes(receipt(pack).read_bytes())


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
    "the digest beside an inventory": lambda p: (
        p / "object" / "v1" / "inventory.json.sha256"
    ).write_text("0 inventory.json"),
    "no digest beside an inventory": lambda p: (p / "object" / "inventory.json.sha256").unlink(),
    "another declaration": lambda p: (p / "object" / "0=ocfl_object_1.1").write_text("x"),
    "a pipe for a receipt": lambda p: pipe(receipt(p)),
    "a pipe for the list": lambda p: pipe(p / "parts.txt"),
    "no version at all": lambda p: change(
        p, "object/inventory.json", lambda t: t.update(head="v0")
    ),
    "lists without end": lambda p: (p / "events.json").write_text("[" * 200_000),
    "a manifest omits a file": manifest_without_a_file,
    "a manifest omits a file that is gone": manifest_and_file_left_out,
    "the original is a link": linked,
    "the name of another archive": lambda p: (p / "checkpoint.txt").write_text(
        (p / "checkpoint.txt").read_text().replace("H40", "H41")
    ),
}
DAMAGES |= {
    "the explanation changed": lambda p: append(p / "GIAI-THICH.txt"),
    "the explanation is gone": lambda p: (p / "GIAI-THICH.txt").unlink(),
    "the program changed": lambda p: append(p / "verify.py"),
    "an event left out": leave_out_an_event,
    "earlier checkpoints left out": lambda p: (p / "earlier.json").write_text("[]"),
    "a certificate removed from a stamp": certificate_removed,
    "a page swapped for another": page_swapped,
}
FORGERIES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a receipt signed anew by a key of the same name": (
        lambda p, given: shutil.copy(given / "signed-anew.pdf", receipt(p)),
        "receipts are not those that were given",
    ),
    "an event left out, and the list mended": (
        lambda p, _: listed_anew(p),
        "parts.txt is not signed by the key given",
    ),
    "the list of another case file": (
        lambda p, _: (p / LIST).write_text((p / LIST).read_text().replace("pack of ", "pack of 1")),
        "parts.txt is not signed by the key given",
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
    "the digest beside an inventory": "not as recorded: v1/inventory.json.sha256",
    "no digest beside an inventory": "inventory.json.sha256'",
    "another declaration": "not as recorded: 0=ocfl_object_1.1",
    "a pipe for a receipt": "no file: receipts/1.pdf",
    "a pipe for the list": "no file: parts.txt",
    "no version at all": "UnboundLocalError",
    "lists without end": "RecursionError",
    "a manifest omits a file": "in no inventory: v1/content/",
    "a manifest omits a file that is gone": "in no inventory: v1/content/",
    "the original is a link": "no file: object/v1/content/",
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
    "the explanation changed": "not as the archive gave it: GIAI-THICH.txt",
    "the explanation is gone": "not as the archive gave it: GIAI-THICH.txt",
    "the program changed": "not as the archive gave it: verify.py",
    "an event left out": "not as the archive gave it: events.json",
    "earlier checkpoints left out": "not as the archive gave it: earlier.json",
    "a certificate removed from a stamp": "",  # the only stamp, or one of several
    "a page swapped for another": "not as recorded: v1/content/",
}
