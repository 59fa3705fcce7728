"""Verify a court pack: python3 verify.py [--root FILE] [--checkpoint FILE] [PACK].

Nothing in the pack is taken for granted. --root is the root certificate of the time-stamp
authority as it publishes it (PEM or DER); --checkpoint a text that somebody outside the archive
kept: a letter, a file on a medium, the line at the foot of a paper. Each may come several times.
Ends with 0: proved from outside; 3: agrees, by the pack's own word alone; 1: refused.
"""

import argparse
import base64
import hashlib
import json
import re
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OWN_WORD, INVENTORY = 3, ("inventory.json", "inventory.json.sha256")


class Refused(Exception):  # noqa: N818 - what it is
    """The pack does not hold: why."""


def sha256(*parts: bytes) -> bytes:
    """The digest over these bytes."""
    return hashlib.sha256(b"".join(parts)).digest()


def require(holds: object, why: str) -> None:
    """``Refused`` unless it holds."""
    if not holds:
        raise Refused(why)


def climb(at: int, last: int, hashed: bytes, old: bytes, path: list[str]) -> tuple[bytes, bytes]:
    """The roots that a path of RFC 9162 leads to: of the whole tree, and of the part before."""
    for step in map(base64.b64decode, path):
        require(last, "a path is too long")
        if at % 2 or at == last:
            hashed, old = sha256(b"\1", step, hashed), sha256(b"\1", step, old)
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = sha256(b"\1", hashed, step)
        at, last = at >> 1, last >> 1
    require(last == 0, "a path is too short")
    return hashed, old


def require_beginning(old: int, old_root: bytes, size: int, root: bytes, path: list[str]) -> None:
    """Whether the log of ``old`` leaves is the beginning of the one of ``size``."""
    why = f"the log does not begin with the {old} events of another checkpoint"
    if old == size and old_root == root:
        return
    require(0 < old < size and path, why)
    first, *steps = [base64.b64encode(old_root).decode(), *path] if old & (old - 1) == 0 else path
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    begun = base64.b64decode(first)
    require(climb(at, last, begun, begun, steps) == (root, old_root), why)


def checkpoint(text: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint, on three lines or on one as on a paper."""
    found = re.findall(r"(\S+)\s+(\d+)\s+([A-Za-z0-9+/]{43}=)(?:\s|$)", text)
    require(found, "a checkpoint cannot be read")
    return found[0][0], int(found[0][1]), base64.b64decode(found[0][2])


def verify_object(pack: Path) -> dict[int, str]:
    """Every file of every version against its inventory; the digest of each inventory."""
    place = pack / "object"
    top = json.loads((place / "inventory.json").read_bytes())
    found, named = dict[int, str](), {place / name for name in INVENTORY}
    for number in range(1, int(top["head"][1:]) + 1):
        data = (place / f"v{number}" / "inventory.json").read_bytes()
        found[number] = hashlib.sha256(data).hexdigest()
        named |= {place / f"v{number}" / name for name in INVENTORY}
        for digest, paths in json.loads(data)["manifest"].items():
            for path in paths:
                held = place / path
                require(held.resolve().is_relative_to(place.resolve()), f"a path leads out: {path}")
                named.add(held)
                with held.open("rb") as file:
                    told = hashlib.file_digest(file, "sha256").hexdigest()
                require(told == digest, f"not as recorded: {path}")
    require((place / "inventory.json").read_bytes() == data, "two newest inventories differ")
    for held in place.rglob("*"):
        known = held in named or held.is_dir() or held.name == "0=ocfl_object_1.1"
        require(known, f"in no inventory: {held.relative_to(place)}")
    return found


def verify_events(pack: Path, size: int, root: bytes, held: dict[int, str]) -> dict[int, int]:
    """Every event by its path; of each version the number of the event that names its inventory."""
    told = json.loads((pack / "events.json").read_bytes())
    subject, built, last = told["subject_id"], dict[int, tuple[str, int]](), 0
    for one in told["events"]:
        line = one["line"].encode()
        event = json.loads(line)
        number = event["number"]
        require(event["subject_id"] == subject and last < number <= size, f"event {number}: order")
        leaf = sha256(b"\0", line)
        above, _ = climb(number - 1, size - 1, leaf, leaf, one["path"])
        require(above == root, f"event {number} is not in the log")
        if event["tag"] == "version:built" and "inventory_sha256" in event["data"]:
            built[int(event["data"]["version"])] = event["data"]["inventory_sha256"], number
        last = number
    for version in built.keys() | held.keys():
        digest = built.get(version, ("", 0))[0]
        require(held.get(version) == digest, f"the log has another inventory of v{version}")
    return {version: number for version, (_, number) in built.items()}


def tree_root(leaf: bytes, reduced: list[list[str]]) -> bytes:
    """The root of a reduced hash tree (RFC 4998)."""
    hashed = leaf
    for level, beside in enumerate(reduced):
        nodes = {bytes.fromhex(one) for one in beside} | ({hashed} if level else set())
        require(level or leaf in nodes, "a stamp is over something else")
        hashed = sha256(*sorted(nodes)) if len(nodes) > 1 else hashed
    return hashed


def openssl(*line: object) -> str:
    """What openssl says of a time stamp."""
    called = ["openssl", "ts", *map(str, line)]
    done = subprocess.run(called, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def stamped_at(one: dict[str, Any], roots: list[Path]) -> str:
    """When an authority under one of these roots stamped the checkpoint; nothing if none did."""
    root = tree_root(sha256(one["note"].encode()), one["reduced"])
    with tempfile.TemporaryDirectory() as place:
        token, trusted = Path(place, "token"), Path(place, "root.pem")
        token.write_bytes(base64.b64decode(one["token"]))
        text = openssl("-reply", "-token_in", "-in", token, "-text")
        found = re.findall(r"Time stamp: (.*?:\d\d)(?:\.\d+)?( .*)", text)
        require(found, "a time stamp cannot be read")
        at = int(ssl.cert_time_to_seconds(moment := "".join(found[0])))
        for file in roots:
            data = file.read_bytes()
            pem = data if b"--BEGIN" in data else ssl.DER_cert_to_PEM_cert(data).encode()
            trusted.write_bytes(pem)
            line = ("-token_in", "-in", token, "-digest", root.hex(), "-CAfile", trusted)
            if "Verification: OK" in openssl("-verify", *line, "-attime", at):
                return moment
    return ""


def verify(pack: Path, roots: list[Path], kept: list[Path]) -> int:
    """The exit code; ``Refused`` where something does not hold."""
    origin, size, root = checkpoint((pack / "checkpoint.txt").read_text("utf-8"))
    versions = verify_events(pack, size, root, verify_object(pack))
    sys.stdout.write(f"agrees: {len(versions)} versions, log of {origin}, {size} events\n")
    earlier = {one["size"]: one["path"] for one in json.loads((pack / "earlier.json").read_bytes())}
    proved = dict[int, str]()
    for file in kept:
        of, old, old_root = checkpoint(file.read_text("utf-8"))
        require(of == origin, f"{file.name} is of another log: {of}")
        require(old == size or old in earlier, f"{file.name}: the pack does not reach event {old}")
        require_beginning(old, old_root, size, root, earlier.get(old, []))
        proved[old] = f"the checkpoint in {file.name}"
    for one in json.loads((pack / "stamps.json").read_bytes()):
        _, old, old_root = checkpoint(one["note"])
        require_beginning(old, old_root, size, root, one["path"])
        if moment := stamped_at(one, roots):
            proved[old] = f"a time stamp of {moment}"
    require(proved or not roots, "no time stamp is under the root that was given")
    for until, by in sorted(proved.items()):
        sys.stdout.write(f"PROVED FROM OUTSIDE up to event {until}, by {by}\n")
    bare = [f"v{one}" for one, number in versions.items() if number > max(proved, default=0)]
    if bare:
        sys.stdout.write(f"NOT PROVED, by the pack's own word alone: {', '.join(bare)}\n")
    return OWN_WORD if bare else 0


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).parent)
    for name in ("--root", "--checkpoint"):
        parser.add_argument(name, action="append", default=[], type=Path)
    given = parser.parse_args(arguments)
    try:
        return verify(given.pack, given.root, given.checkpoint)
    except (Refused, OSError, ValueError, LookupError, TypeError, AttributeError) as why:
        sys.stdout.write(f"REFUSED: {why if isinstance(why, (Refused, OSError)) else repr(why)}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
