"""Signatures and time stamps of a court pack.

Each stamp is over a tree of digests, and renewed before it ceased to prove.
A renewal is over the stamps before it (RFC 4998, 5.2). Where the digest algorithm itself was to
end, a new chain begins over the object hashed anew, joined to the chains before (5.3).
"""

import base64
import json
import re
import ssl
import subprocess
import sys
from hashlib import file_digest, new
from pathlib import Path
from typing import Any

OIDS = {"sha256": 1, "sha384": 2, "sha512": 3, "sha3_256": 8, "sha3_384": 9, "sha3_512": 10}
NIST = bytes.fromhex("6086480165030402")  # 2.16.840.1.101.3.4.2, above all of them


def require(holds: object, why: str) -> None:
    """Refused, with exit code 1, unless it holds."""
    if not holds:
        sys.exit(f"REFUSED: {why}")


def require_plain(pack: Path) -> None:
    """Files of its own alone: a link leads out, and to read a pipe or a device would never end."""
    for held in pack.rglob("*"):
        plain = not held.is_symlink() and (held.is_file() or held.is_dir())
        require(plain, f"no file: {held.relative_to(pack)}")


def loaded(text: str | bytes) -> Any:  # Any: JSON
    """A value of JSON that everybody reads alike: no name twice, and no number that is none."""

    def as_one(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        require(len(found) == len(pairs), f"a name stands twice: {[name for name, _ in pairs]}")
        return found

    return json.loads(
        text,
        object_pairs_hook=as_one,
        parse_constant=lambda name: require(None, f"no number: {name}"),
    )


def raw(text: str) -> bytes:
    """What base64 stands for, with no other letter between."""
    return base64.b64decode(text, validate=True)


def token_of(stamp: dict[str, Any]) -> bytes:
    """The token of a stamp; nothing stands after it, where it tells how long it is."""
    held = raw(stamp["token"])
    count = held[1] & 127 if held[1] > 128 else 0
    size = int.from_bytes(held[2 : 2 + count]) if count else held[1]
    whole = held[1] == 128 or len(held) == 2 + count + size
    require(whole, "a time stamp cannot be read: it is longer or shorter than it says")
    return held


def require_sidecars(place: Path) -> None:
    """Beside each inventory lies its digest, and the object says what it is (OCFL 1.1)."""
    for inventory in (place / "inventory.json", *place.glob("v*/inventory.json")):
        sidecar = inventory.with_name("inventory.json.sha256")
        entries = sidecar.read_text("utf-8").split()
        here = [digest_of(inventory), inventory.name]
        require(entries == here, f"not as recorded: {sidecar.relative_to(place)}")
    declared = (place / "0=ocfl_object_1.1").read_text("utf-8")
    require(declared == "ocfl_object_1.1\n", "not as recorded: 0=ocfl_object_1.1")


def digest_of(file: Path) -> str:
    """Its SHA-256, however large it is."""
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def openssl(*line: object) -> str:
    """What openssl says."""
    done = subprocess.run(["openssl", *map(str, line)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def checkpoint(text: str, name: str, own: str = "") -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint, on three lines or on one as on a paper."""
    found = re.findall(r"(\S+)\s+(\d+)\s+([A-Za-z0-9+/]{43}=)(?:\s|$)", text)
    require(found, f"no checkpoint can be read: {name}")
    require(found[0][0] == (own or found[0][0]), f"{name} is of another log: {found[0][0]}")
    return found[0][0], int(found[0][1]), raw(found[0][2])


def noted(note: str, name: str, own: str = "") -> tuple[str, int, bytes]:
    """The same of a note in the pack: what is signed is a checkpoint, and nothing beside."""
    body = note.partition("\n\n")[0]
    require(re.fullmatch(r"\S+\n[1-9][0-9]*\n\S{44}", body), f"{name} is no checkpoint")
    return checkpoint(body, name, own)


def is_signed(note: str, signer: Path, work: Path) -> bool:
    """Whether the last line of the checkpoint is a signature by the key of this certificate."""
    text, _, line = note.partition("\n\n")
    key, body, signature = work / "key", work / "body", work / "signature"
    openssl("x509", "-in", signer, "-pubkey", "-noout", "-out", key)
    body.write_text(f"{text}\n", "utf-8")
    signature.write_bytes(raw(line.rstrip("\n").rpartition(" ")[2])[4:])  # after the key's id
    output: str = openssl("dgst", "-verify", key, "-signature", signature, body)
    return output == "Verified OK\n"


def der(tag: int, *parts: bytes) -> bytes:
    """One value of ASN.1."""
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes([tag, *([128 + len(size)] if len(body) > 127 else []), *(size or b"\0")]) + body


def encoded(chains: list[list[dict[str, Any]]]) -> bytes:
    """Chains of stamps as RFC 4998 encodes them (ArchiveTimeStampSequence)."""

    def stamp(link: dict[str, Any]) -> bytes:
        algorithm = der(0xA0, der(6, NIST, bytes([OIDS[link["algorithm"]]])), der(5))
        nodes = [[der(4, bytes.fromhex(node)) for node in beside] for beside in link["reduced"]]
        tree = der(0xA2, *(der(0x30, *beside) for beside in nodes))
        is_bare = sum(map(len, nodes)) < 2
        return der(0x30, algorithm, b"" if is_bare else tree, token_of(link))

    return der(0x30, *(der(0x30, *map(stamp, chain)) for chain in chains))


def root_over(leaf: bytes, stamp: dict[str, Any]) -> bytes:
    """What a stamp has to be over: the reduced tree from the leaf on (RFC 4998, 4.3)."""
    hashed, size = leaf, new(stamp["algorithm"]).digest_size * 2
    for level, beside in enumerate(stamp["reduced"]):
        require(all(len(node) == size for node in beside), "a node of a tree is no digest")
        nodes = {bytes.fromhex(node) for node in beside} | ({hashed} if level else set())
        require(level or leaf in nodes, "a stamp is over something else")
        both = len(nodes) > 1
        hashed = new(stamp["algorithm"], b"".join(sorted(nodes))).digest() if both else hashed
    return hashed


def stamped_at(
    data: bytes, chains: list[list[dict[str, Any]]], roots: list[Path], work: Path
) -> str:
    """When it was stamped first, if authorities under these roots did so and renewed it in time."""
    token, last, first = work / "token", list[Any](), ""
    for number, chain in enumerate(chains):
        name = chain[0]["algorithm"]
        require(name in OIDS, f"no digest algorithm that proves: {name}")
        leaf = new(name, data).digest()
        if number:
            leaf = new(name, leaf + new(name, encoded(chains[:number])).digest()).digest()
        for entry in chain:
            require(entry["algorithm"] == name, "a chain has two digest algorithms")
            held = token_of(entry)
            token.write_bytes(held)
            text = openssl("ts", "-reply", "-token_in", "-in", token, "-text")
            found = re.findall(r"Time stamp: (.*?:\d\d)(?:\.\d+)?( .*)", text)
            require(found, "a time stamp cannot be read")
            named = "".join(re.findall(r"Hash Algorithm: (\S+)", text)).replace("-", "_")
            require(named == name, "a time stamp is by another digest algorithm")
            at = int(ssl.cert_time_to_seconds(moment := "".join(found[0])))
            require(not last or at >= last[2], "a renewal is older than what it renews")
            if last and not is_under(last[0], last[1], at, roots, work):  # it held till then
                return ""
            last = [held, root_over(leaf, entry), at]
            if not is_under(last[0], last[1], at, roots, work):
                return ""
            first = first or moment
            leaf = new(name, held).digest()
    return first


def is_under(held: bytes, digest: bytes, at: int, roots: list[Path], work: Path) -> bool:
    """Whether a token over this digest held at a moment, under one of these roots."""
    token, trusted = work / "token", work / "root.pem"
    token.write_bytes(held)
    line = ("-token_in", "-in", token, "-digest", digest.hex(), "-CAfile", trusted, "-attime", at)
    for file in roots:
        openssl("x509", "-in", file, "-out", trusted)
        if "Verification: OK" in openssl("ts", "-verify", *line):
            return True
    return False


def chains_of(version: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The first stamp by SHA-256, what renewed it, and the chains by other digests after it."""
    first = {"reduced": version["reduced"], "token": version["token"], "algorithm": "sha256"}
    own, *later = version["renewed"] or [[]]
    return [[first, *own], *later]


def hashed_anew(place: Path, version: dict[str, Any], roots: list[Path], work: Path) -> str:
    """When a version was stamped first, with every file of it in the newest hash tree."""
    chains = chains_of(version)
    name, there = chains[-1][0]["algorithm"], set(chains[-1][0]["reduced"][0])
    for held in (place / "content").rglob("*"):
        if held.is_file():
            with held.open("rb") as file:
                digest = file_digest(file, name).hexdigest()
            require(digest in there, f"not in the new hash tree: {held.name}")
    return stamped_at((place / "inventory.json").read_bytes(), chains, roots, work)
