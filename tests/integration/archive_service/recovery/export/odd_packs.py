"""Court packs that two readers read differently, or that borrow what proves something else.

Whoever made them took the signed list of parts away, so that nothing but the reader is asked.
"""

import base64
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from archive_service.evidence.merkle import Nodes, inclusion_path, root_of
from archive_service.recovery.export.court.parts import LIST
from tests.integration.archive_service.recovery.export.court_damage import change, one_file, receipt

Stamp = dict[str, Any]


def of_stamps(act: Callable[[Stamp], object]) -> Callable[[Path], None]:
    """The same act on every stamp."""
    return lambda pack: change(pack, "stamps.json", lambda told: list(map(act, told)) and None)


def linked(name: str) -> Callable[[Path], None]:
    """The part lies elsewhere, where somebody may change it after it was verified."""

    def act(pack: Path) -> None:
        beside = pack.parent / f"beside-{Path(name).name}"
        shutil.move(pack / name, beside)
        (pack / name).symlink_to(beside)

    return act


def linked_within(pack: Path) -> None:
    first, second, *_ = sorted((pack / "object").rglob("*.xsd"))
    first.parent.chmod(0o755)
    first.unlink()
    first.symlink_to(second)


def said_twice(pack: Path) -> None:
    """Who reads the first of two lists sees other events than who reads the last."""
    told = (pack / "events.json").read_text().strip()
    shown = '{"subject_id": "x", "events": [{"line": "{}", "path": []}], '
    (pack / "events.json").write_text(shown + told.removeprefix("{"))


def with_junk(text: str) -> str:
    return base64.b64encode(base64.b64decode(text) + b"junk").decode()


def more_beside(node: str) -> Callable[[Path], None]:
    """A node more in the first level of each reduced tree."""

    def act(stamp: Stamp) -> None:
        if stamp["reduced"]:
            stamp["reduced"][0].append(node)
        else:
            stamp["reduced"] = [[sha256(stamp["note"].encode()).hexdigest(), node]]

    return of_stamps(act)


def renewed_by(algorithm: str) -> Callable[[Path], None]:
    """A chain by another digest behind each first stamp, over nothing in particular."""

    def act(stamp: Stamp) -> None:
        link = {"reduced": [], "token": stamp["token"], "algorithm": algorithm}
        stamp["renewed"] = [*(stamp["renewed"] or [[]]), [link]]

    return of_stamps(act)


def under_the_signature_of_the_list(pack: Path) -> None:
    """Another log, its checkpoint behind a text that the archive did sign: the list of parts."""
    told = json.loads((pack / "events.json").read_text())
    lines = {}
    for event in told["events"]:
        event["line"] = event["line"].replace("lan", "mai")
        lines[json.loads(event["line"])["number"]] = event
    hashed = [
        sha256(b"\0" + (lines[number]["line"] if number in lines else "").encode()).digest()
        for number in range(1, max(lines) + 1)
    ]
    for number, event in lines.items():
        steps = inclusion_path(below(hashed), number - 1, len(hashed))
        event["path"] = [base64.b64encode(step).decode() for step in steps]
    root = base64.b64encode(root_of(hashed)).decode()
    (pack / "events.json").write_text(json.dumps(told, ensure_ascii=False))
    signed, _, signature = (pack / LIST).read_text().partition("\n\n")
    own = f"H40.99\n{len(hashed)}\n{root}\n"
    (pack / "checkpoint.txt").write_text(f"{signed}\n\n{own}{signature}")
    for name in ("stamps.json", "earlier.json"):
        (pack / name).write_text("[]")


def unsigned(pack: Path, signature: str) -> None:
    """Its own signature taken off, and this one put there."""
    file = pack / "checkpoint.txt"
    file.write_text(f"{file.read_text().partition(chr(10) * 2)[0]}\n\n{signature}")


def below(hashed: list[bytes]) -> Nodes:
    """The whole subtrees over these leaves."""
    return lambda level, index: root_of(hashed[index << level : (index + 1) << level])


ODD_PACKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "another log under the signature of the list": (
        under_the_signature_of_the_list,
        "checkpoint.txt is no checkpoint",
    ),
    "a text before the checkpoint": (
        lambda p: (p / "checkpoint.txt").write_text(f"To:\n{(p / 'checkpoint.txt').read_text()}"),
        "checkpoint.txt is no checkpoint",
    ),
    "a stamp over more than a checkpoint": (
        of_stamps(lambda it: it.update(note=f"Of old:\n{it['note']}")),
        "a stamp is no checkpoint",
    ),
    "a receipt that lies elsewhere": (linked("receipts/1.pdf"), "no file: receipts/1.pdf"),
    "events that lie elsewhere": (linked("events.json"), "no file: events.json"),
    "an object that lies elsewhere": (linked("object"), "no file: object"),
    "a file that is a link to another": (linked_within, "no file: object/v1/content/"),
    "the folder of a version that is none": (
        lambda p: (p / "object" / "V1").mkdir(),
        "in no inventory: V1",
    ),
    "a name twice in one object": (said_twice, "a name stands twice: "),
    "a number that is none": (
        lambda p: (p / "earlier.json").write_text('[{"size": NaN, "path": []}]'),
        "no number: NaN",
    ),
    "a part in other letters": (
        lambda p: shutil.copy(p / "checkpoint.txt", p / "CHECKPOINT.TXT"),
        "no part of the pack: CHECKPOINT.TXT",
    ),
    "bytes after a stamp": (
        of_stamps(lambda it: it.update(token=with_junk(it["token"]))),
        "a time stamp cannot be read: it is longer",
    ),
    "other letters within a stamp": (
        of_stamps(lambda it: it.update(token=f"!{it['token']}")),
        "Only base64 data is allowed",
    ),
    "other letters within a path": (
        lambda p: change(p, "events.json", lambda t: t["events"][0]["path"].insert(0, "!")),
        "Only base64 data is allowed",
    ),
    "a digest without length": (more_beside(""), "a node of a tree is no digest"),
    "a digest too long": (more_beside("ab" * 40), "a node of a tree is no digest"),
    "renewed by SHA-1": (renewed_by("sha1"), ""),
    "renewed by a digest of no name": (renewed_by("SHA256"), ""),
    "no signature below the checkpoint": (
        lambda p: unsigned(p, ""),
        "the checkpoint is not signed by the key that was given",
    ),
    "an empty signature": (
        lambda p: unsigned(p, "\u2014 H40.99 \n"),
        "the checkpoint is not signed by the key that was given",
    ),
    "a signature over other bytes": (
        lambda p: unsigned(p, (p / LIST).read_text().partition("\n\n")[2]),
        "the checkpoint is not signed by the key that was given",
    ),
    "a receipt of a name that leads out": (
        lambda p: shutil.copy(receipt(p), p / "..\\1.pdf"),
        "no part of the pack: ..\\1.pdf",
    ),
    "a file by other letters": (
        lambda p: one_file(p, "METS.xml").rename(p / "object/v1/content/mets.xml"),
        "METS.xml",
    ),
}
