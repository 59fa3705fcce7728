"""Verify a court pack: python3 verify.py [--root|--checkpoint|--signer FILE]... [PACK].

Nothing in the pack is taken for granted: --root is the certificate of the time-stamp authority,
--signer that of the archive, each as its authority publishes it; --checkpoint a text that somebody
outside kept. None of them may lie in the pack. Ends with 0: proved from outside; 3: by the pack's
own word alone; 1: refused.
"""

import argparse
import base64
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True  # nothing is added to the pack
from stamps import (  # type: ignore[import-not-found]  # noqa: E402 - it lies beside this file
    chains_of,
    checkpoint,
    digest_of,
    hashed_anew,
    is_signed,
    loaded,
    noted,
    raw,
    require,
    require_plain,
    require_sidecars,
    stamped_at,
)

PROOFS = ("checkpoint.txt", "events.json", "earlier.json", "stamps.json", "anew.json")
LIST = "parts.txt"  # the digest of each of them but the object, signed
PARTS = (*PROOFS, "object", "receipts", "GIAI-THICH.txt", "verify.py", "stamps.py", LIST)
INVENTORY = ("inventory.json", "inventory.json.sha256")


def climb(at: int, last: int, hashed: bytes, old: bytes, path: list[str]) -> tuple[bytes, bytes]:
    """The roots that a path of RFC 9162 leads to: of the whole tree, and of the part before."""
    for step in map(raw, path):
        require(last, "a path is too long")
        if at % 2 or at == last:
            hashed, old = (sha256(b"\1" + step + digest).digest() for digest in (hashed, old))
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = sha256(b"\1" + hashed + step).digest()
        at, last = at >> 1, last >> 1
    require(last == 0, "a path is too short")
    return hashed, old


def require_beginning(old: int, old_root: bytes, size: int, root: bytes, path: list[str]) -> None:
    """Whether the log of ``old`` leaves is the beginning of the one of ``size``."""
    if (old, old_root) == (size, root):
        return
    why = f"the log does not begin with the {old} events of another checkpoint"
    require(0 < old < size and path, why)
    first, *steps = [base64.b64encode(old_root).decode(), *path] if old & (old - 1) == 0 else path
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    begun = raw(first)
    require(climb(at, last, begun, begun, steps) == (root, old_root), why)


def verify_object(place: Path) -> dict[int, str]:
    """Every file of every version against its inventory; the digest of each inventory."""
    found, named = dict[int, str](), {place / name for name in (*INVENTORY, "0=ocfl_object_1.1")}
    head = loaded((place / "inventory.json").read_bytes())["head"]
    for number in range(1, int(head[1:]) + 1):
        data = (place / f"v{number}" / "inventory.json").read_bytes()
        found[number] = sha256(data).hexdigest()
        named |= {place / f"v{number}" / name for name in INVENTORY}
        for digest, paths in loaded(data)["manifest"].items():
            for path in paths:
                named.add(held := place / path)
                require(held.resolve().is_relative_to(place), f"a path leads out: {path}")
                require(digest_of(held) == digest, f"not as recorded: {path}")
    require((place / "inventory.json").read_bytes() == data, "two newest inventories differ")
    for held in place.rglob("*"):
        known = held in named or (held.is_dir() and any(held.iterdir()))
        require(known, f"in no inventory: {held.relative_to(place)}")
    return found


def verify_events(facts: dict[str, Any], size: int, root: bytes) -> dict[int, dict[str, Any]]:
    """Every event by its number, each proved by its path."""
    found = dict[int, dict[str, Any]]()
    for fact in facts["events"]:
        event, leaf = loaded(fact["line"]), sha256(b"\0" + fact["line"].encode()).digest()
        number, own = event["number"], event["subject_id"] == facts["subject_id"]
        require(own and max(found, default=0) < number <= size, f"event {number}: order")
        above, _ = climb(number - 1, size - 1, leaf, leaf, fact["path"])
        require(above == root, f"event {number} is not in the log")
        found[number] = event
    return found


def verify_bytes(pack: Path, events: dict[int, dict[str, Any]]) -> dict[int, int]:
    """Versions and receipts are those that events name; of each version the number of its event."""
    given, built, stored = set[str](), dict[int, int](), set[int]()
    for number, event in events.items():
        tag, data = event["tag"], event["data"]
        if tag == "version:built" and "inventory_sha256" in data and data["version"] not in stored:
            built[int(data["version"])] = number
        elif tag == "case-file:stored" and data.get("version") in built:
            stored.add(data["version"])  # every copy was told to hold it: it is built once
        given |= {data["sha256"]} if tag == "submission:stored" and "sha256" in data else set()
    held = verify_object(pack / "object")
    for version in built.keys() | held.keys():
        digest = events[built[version]]["data"]["inventory_sha256"] if version in built else ""
        require(held.get(version) == digest, f"the log has another inventory of v{version}")
    papers = {sha256(path.read_bytes()).hexdigest() for path in (pack / "receipts").glob("*")}
    require(papers == given, f"receipts are not those that were given: {papers ^ given}")
    return built


def verify_parts(pack: Path, signers: list[Path], work: Path) -> bool:
    """Each part is as the list names it, and none left out; whether the archive says so."""
    if not (pack / LIST).exists():  # packs of old have none
        return False
    note, held = (pack / LIST).read_text("utf-8"), dict[str, str]()
    for file in pack.rglob("*"):
        name = file.relative_to(pack).as_posix()
        if file.is_file() and name.partition("/")[0] not in ("object", LIST):
            held[name] = sha256(file.read_bytes()).hexdigest()
    lines = (line.partition("  ") for line in note.partition("\n\n")[0].split("\n")[1:])
    facts = {name: digest for digest, _, name in lines}
    odd = [name for name in facts.keys() | held.keys() if facts.get(name) != held.get(name)]
    require(not odd, f"not as the archive gave it: {', '.join(sorted(odd))}")
    is_own = any(is_signed(note, signer, work) for signer in signers)
    is_bare = not note.partition("\n\n")[2]
    require(is_own or not signers or is_bare, f"{LIST} is not signed by the key given")
    return is_own


def verify(pack: Path, given: argparse.Namespace, work: Path) -> int:
    """The exit code; ends at once where something does not hold."""
    for file in (*given.root, *given.checkpoint, *given.signer):
        inside = file.resolve().is_relative_to(pack)
        require(not inside, f"{file.name} is the pack's own word: give one from outside its folder")
    for part in pack.iterdir():
        require(part.name in PARTS, f"no part of the pack: {part.name}")
    require_plain(pack)
    note, trail, others, stamps, anew = ((pack / name).read_text("utf-8") for name in PROOFS)
    origin, size, root = noted(note, PROOFS[0])
    versions = verify_bytes(pack, verify_events(loaded(trail), size, root))
    require_sidecars(pack / "object")
    sys.stdout.write(f"agrees: {len(versions)} versions, log of {origin}, {size} events\n")
    proved, is_own = dict[int, str](), any(is_signed(note, signer, work) for signer in given.signer)
    require(is_own or not given.signer, "the checkpoint is not signed by the key that was given")
    earlier = {load["size"]: load["path"] for load in loaded(others)}
    for file in given.checkpoint:
        _, old, old_root = checkpoint(file.read_text("utf-8"), file.name, origin)
        require(old == size or old in earlier, f"{file.name}: the pack does not reach event {old}")
        require_beginning(old, old_root, size, root, earlier.get(old, []))
        proved[old] = f"the checkpoint in {file.name}"
    for load in loaded(stamps):
        _, old, old_root = noted(load["note"], "a stamp", origin)
        require_beginning(old, old_root, size, root, load["path"])
        if moment := stamped_at(load["note"].encode(), chains_of(load), given.root, work):
            proved[old] = f"a time stamp of {moment}"
    require(proved or not given.root, "no time stamp is under the root that was given")
    for version, load in loaded(anew).items():
        place = pack / "object" / f"v{int(version)}"
        if (moment := hashed_anew(place, load, given.root, work)) or not given.root:
            by = f"a time stamp of {moment}" if moment else "the pack's own word alone"
            sys.stdout.write(f"v{version} was hashed anew, each file of it; since then by {by}\n")
    is_whole = verify_parts(pack, given.signer, work)
    for until, by in sorted(proved.items()):
        sys.stdout.write(f"PROVED FROM OUTSIDE up to event {until}, by {by}\n")
    bare = [f"v{one}" for one, number in versions.items() if number > max(proved, default=0)]
    bare += [] if is_own or given.checkpoint else ["whose log it is: give --signer"]
    if not is_whole:  # an event, and the versions after it, may have been taken out
        bare.append("that no event was left out, and what is explained: give --signer")
    if bare:
        sys.stdout.write(f"NOT PROVED, by the pack's own word alone: {', '.join(bare)}\n")
    return 3 if bare else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).parent)
    for name in ("--root", "--checkpoint", "--signer"):
        parser.add_argument(name, action="append", default=[], type=Path)
    line = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as work:
            sys.exit(verify(line.pack.resolve(), line, Path(work)))
    except Exception as why:  # noqa: BLE001 - a hostile pack may raise anything at all in here
        sys.exit(f"REFUSED: {why if isinstance(why, OSError) else repr(why)}")
