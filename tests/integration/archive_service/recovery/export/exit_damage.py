"""What is done to the holding of ``exit_holding``, and which script of docs/exit.md finds it."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.integration.archive_service.recovery.export.exit_holding import HANDED_OVER

PROOF = "packages/custody/data"


@dataclass(frozen=True)
class Damage:
    """What is done to a copy of the holding, and which script has to find it."""

    heading: str
    nth: int  # of the scripts below it
    spoil: Callable[[Path], None]
    said: str


def flip(folder: Path, pattern: str) -> None:
    """One bit in the middle of the first file of this name."""
    path = min(folder.rglob(pattern))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def change_event(folder: Path) -> None:
    """An account in an event of the second segment."""
    path = folder / PROOF / "audit" / "0000000002.jsonl"
    head, line, *more = path.read_text("utf-8").splitlines()
    told = json.loads(line)
    told["account"] = "nobody"
    line = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text("\n".join([head, line, *more]) + "\n", encoding="utf-8")


def forge_act(folder: Path) -> None:
    """An act made anew, with a digest beside it that fits: the trail alone tells."""
    path = min((folder / PROOF / "acts" / "disposition").glob("*.json"))
    act = json.loads(path.read_text("utf-8"))
    act["body"]["reason"] = "made anew"
    path.write_text(json.dumps(act), "utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".json.sha256").write_text(f"{digest}  {path.name}\n", "utf-8")


def rename_act(folder: Path) -> None:
    """As if it were of another day."""
    path = min((folder / PROOF / "acts" / "disposition").glob("*.json"))
    path.rename(path.with_stem(f"20200101T000000000000{path.stem[-37:]}"))


def plant_act(folder: Path) -> None:
    """A second one beside an act, of another id."""
    path = min((folder / PROOF / "acts" / "disposition").glob("*.json"))
    act = json.loads(path.read_text("utf-8")) | {"id": str(uuid4())}
    path.with_stem(path.stem[:-36] + act["id"]).write_text(json.dumps(act), "utf-8")


def forge_version(folder: Path) -> None:
    """The inventory of a package that nobody built, of long ago."""
    path = min((folder / "packages").rglob("*.v1.inventory.json"))
    inventory = json.loads(path.read_bytes())
    inventory["versions"]["v1"]["created"] = "2020-01-01T00:00:00Z"
    path.write_text(json.dumps(inventory), "utf-8")


def tell_version_again(folder: Path) -> None:
    """By an event of the service, behind all others."""
    path = max((folder / PROOF / "audit").glob("*.jsonl"))
    lines = [
        line for file in sorted(path.parent.iterdir()) for line in file.read_bytes().split(b"\n")
    ]
    event = json.loads(next(line for line in lines if b'"version:built"' in line))
    event["data"]["inventory_sha256"] = "0" * 64
    path.write_bytes(path.read_bytes() + json.dumps(event | {"number": 10**6}).encode() + b"\n")


def take_segment(folder: Path) -> None:
    (folder / PROOF / "audit" / "0000000003.jsonl").unlink()


def change_message(folder: Path) -> None:
    """Its digest is made to fit: the signature alone tells."""
    for act in sorted((folder / PROOF / "acts" / "transfer").glob("*.json")):
        told = json.loads(act.read_text("utf-8"))
        if message := told["body"].get("message"):
            document = message["document"].replace(HANDED_OVER, f"{HANDED_OVER}.1")
            message["document"] = document
            message["sha256"] = hashlib.sha256(document.encode()).hexdigest()
            act.write_text(json.dumps(told), encoding="utf-8")


def change_manifest(folder: Path) -> None:
    """Of the files that the script before it lays: the digest of a package."""
    for path in (folder / "reader" / "messages").rglob("manifest-*.xml"):
        told = re.sub(r'sha256="\w{64}"', f'sha256="{"0" * 64}"', path.read_text("utf-8"))
        path.write_text(told, "utf-8")


def gone_from(folder: Path) -> str:
    """The id of one that was destroyed."""
    acts = sorted((folder / PROOF / "acts" / "removal").glob("*.json"))
    told: str = json.loads(acts[0].read_text("utf-8"))["body"]["ocfl_id"]
    return told


def resurrect_package(folder: Path) -> None:
    """A package of the id of one that was destroyed."""
    (folder / "bags" / "packages" / f"{gone_from(folder).replace(':', '_')}.bag.zip").touch()


def resurrect(folder: Path) -> None:
    """An object of it."""
    gone = gone_from(folder)
    (folder / "store" / "ocfl" / "zzz").mkdir()
    inventory = folder / "store" / "ocfl" / "zzz" / "inventory.json"
    inventory.write_text(json.dumps({"id": gone}), encoding="utf-8")


DAMAGES = {
    "package": Damage("The lists", 0, lambda it: flip(it / "packages", "urn*.zip"), "FAILED"),
    "bag": Damage("The lists", 0, lambda it: flip(it / "bags", "urn*.zip"), "FAILED"),
    "in-ocfl": Damage("A copy", 0, lambda it: flip(it / "store" / "ocfl", "*.pdf"), "INVALID"),
    "by-hand": Damage("A copy", 1, lambda it: flip(it / "store" / "ocfl", "*.pdf"), "NOT AS"),
    "inventory": Damage(
        "A copy", 1, lambda it: flip(it / "store" / "ocfl", "inventory.json"), "NOT AS"
    ),
    "act": Damage(
        "Acts and audit trail", 0, lambda it: flip(it / PROOF / "acts", "*.json"), "FAILED"
    ),
    "paper": Damage(
        "Acts and audit trail", 0, lambda it: flip(it / PROOF / "acts", "*.pdf"), "FAILED"
    ),
    "event": Damage("Acts and audit trail", 1, change_event, "BROKEN"),
    "forged-act": Damage("Acts and audit trail", 1, forge_act, "OTHERWISE"),
    "renamed-act": Damage("Acts and audit trail", 1, rename_act, "OTHERWISE"),
    "planted-act": Damage("Acts and audit trail", 1, plant_act, "TOLD BY NO EVENT"),
    "forged-version": Damage("Acts and audit trail", 2, forge_version, "TOLD BY NO EVENT"),
    "version-told-again": Damage("Acts and audit trail", 2, tell_version_again, "TOLD TWICE"),
    "segment": Damage("Acts and audit trail", 1, take_segment, "BROKEN"),
    "message": Damage("Messages between two archives", 1, change_message, "DOES NOT HOLD"),
    "message-file": Damage(
        "Messages between two archives",
        0,
        lambda it: flip(it / PROOF / "messages", "*.xml"),
        "diff",
    ),
    "receipt": Damage("Messages between two archives", 3, change_manifest, "ANOTHER PACKAGE"),
    "custody": Damage("A bag", 1, lambda it: (it / PROOF / "acts" / "x").touch(), "invalid"),
    "listed": Damage("The lists", 0, lambda it: flip(it / PROOF / "audit", "*.jsonl"), "FAILED"),
    "destroyed": Damage("Destroyed and handed over", 0, resurrect, "STILL THERE"),
    "exported": Damage("Destroyed and handed over", 0, resurrect_package, "STILL THERE"),
}


LAID = {"receipt"}  # spoilt is what the reader laid
