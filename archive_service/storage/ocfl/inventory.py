"""OCFL 1.1 inventories: what a version holds, under which names, and where the bytes lie."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote

from archive_service import clock
from archive_service.errors import IntegrityViolationError

INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha256"
_TYPE = "https://ocfl.io/1.1/spec/#inventory"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_CONTENT_PATH = re.compile(r"v([1-9][0-9]*)/content/.")
_LONGEST_NAME = 200  # of one part of a content path; the rest is told apart by its digest
_LONGEST_PATH = 800


class InventoryDamagedError(IntegrityViolationError):
    """An OCFL inventory that is not one, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Content:
    """One file's bytes, by digest."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """One OCFL inventory; ``data`` are its exact bytes."""

    data: bytes
    document: dict[str, Any]

    @property
    def id(self) -> str:
        """The object's OCFL id."""
        return str(self.document["id"])

    @property
    def head(self) -> str:
        """Name of the newest version, such as "v3"."""
        return str(self.document["head"])

    @property
    def version(self) -> int:
        """Number of the newest version."""
        return int(self.head[1:])

    @property
    def sha256(self) -> str:
        """Digest of ``data``."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def sidecar(self) -> bytes:
        """What stands in ``inventory.json.sha256``."""
        return sidecar_of(self.sha256)

    @property
    def manifest(self) -> dict[str, list[str]]:
        """Digest -> content paths below the object's root."""
        manifest: dict[str, list[str]] = self.document["manifest"]
        return manifest

    @property
    def created(self) -> dt.datetime:
        """When the newest version was made."""
        return clock.parse_iso(self.document["versions"][self.head]["created"])

    def state(self, version: int | None = None) -> dict[str, str]:
        """Path -> digest of one version, the newest without a number.

        Raises ``KeyError`` for a version that is not there.
        """
        block = self.document["versions"][self.head if version is None else f"v{version}"]
        return {path: digest for digest, paths in block["state"].items() for path in paths}

    def content(self, version: int | None = None) -> Iterator[tuple[str, str]]:
        """Content path and digest of every stored file, or of those that came with ``version``."""
        for digest, paths in self.manifest.items():
            for path in paths:
                if version is None or path.startswith(f"v{version}/"):
                    yield path, digest

    def at(self, version: int) -> "Inventory":
        """The inventory as it was at an earlier version; byte for byte if we wrote it."""
        known = {f"v{number}" for number in range(1, version + 1)}
        manifest = {
            digest: kept
            for digest, paths in self.manifest.items()
            if (kept := [path for path in paths if path.partition("/")[0] in known])
        }
        versions = {name: self.document["versions"][name] for name in known}
        return _written(
            {**self.document, "head": f"v{version}", "manifest": manifest, "versions": versions}
        )

    def extends(self, older: "Inventory") -> bool:
        """Whether ``older`` is this object at an earlier version, or this one."""
        if older.id != self.id or older.version > self.version:
            return False
        mine = self.at(older.version).document
        return all(mine[name] == older.document[name] for name in ("manifest", "versions"))

    @classmethod
    def parse(cls, data: bytes) -> "Inventory":
        """Read and check an inventory; ``InventoryDamagedError`` if it is none or not sound."""
        try:
            document = json.loads(data)
            _require_sound(document)
        except InventoryDamagedError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
            raise InventoryDamagedError(reason=f"{type(trouble).__name__}: {trouble}") from None
        return cls(data=data, document=document)

    @classmethod
    def recorded(cls, data: bytes) -> "Inventory":
        """Bytes of a digest that we recorded: checked when they were written, not again."""
        return cls(data=data, document=json.loads(data))


def next_inventory(
    previous: Inventory | None,
    *,
    ocfl_id: str,
    state: Mapping[str, Content],
    created: dt.datetime,
    message: str,
    user: str,
    address: str,
) -> Inventory:
    """The inventory of the version after ``previous``; the same arguments give the same bytes.

    Bytes that the object already holds are referred to, never stored again.

    Args:
        state: path in the package -> bytes; all files of the new version, not only changed ones.
        created: aware; written in UTC.
        address: a URI such as ``mailto:…`` or ``urn:…``, or validators warn.

    Raises:
        ValueError: a path that OCFL forbids, or ``previous`` is another object's.
    """
    if previous is not None and previous.id != ocfl_id:
        raise ValueError(f"{previous.id} is not an earlier version of {ocfl_id}")
    head = f"v{1 if previous is None else previous.version + 1}"
    manifest = {} if previous is None else dict(previous.manifest)
    versions = {} if previous is None else dict(previous.document["versions"])
    paths_by_digest: dict[str, list[str]] = {}
    for path in sorted(state):
        digest = state[path].sha256
        if not _is_state_path(path) or not _DIGEST.match(digest):
            raise ValueError(f"not a package path with a digest: {path!r} {digest!r}")
        paths_by_digest.setdefault(digest, []).append(path)
        if digest not in manifest:
            manifest[digest] = [f"{head}/content/{content_name(path)}"]
    versions[head] = {
        "created": clock.iso(created),
        "message": message,
        "state": paths_by_digest,
        "user": {"address": address, "name": user},
    }
    return _written(
        {
            "digestAlgorithm": "sha256",
            "head": head,
            "id": ocfl_id,
            "manifest": manifest,
            "type": _TYPE,
            "versions": versions,
        }
    )


def content_name(path: str) -> str:
    """The path under which a package file's bytes are kept: ASCII, short enough, never the same.

    Letters, digits and ``-._ `` stay; all else is percent-encoded; where that grows too long, a
    digest after ``~`` stands for the rest.
    """
    kept = "/".join(_content_segment(segment) for segment in path.split("/"))
    if len(kept) <= _LONGEST_PATH:
        return kept
    return "~" + hashlib.sha256(path.encode()).hexdigest()


def sidecar_of(sha256: str) -> bytes:
    """What stands beside an inventory with this digest."""
    return f"{sha256} {INVENTORY}\n".encode()


def sidecar_digest(data: bytes) -> str | None:
    """The digest that a sidecar names; ``None`` if it is not a sidecar."""
    found = re.fullmatch(rb"([0-9a-f]{64})[ \t]+inventory\.json\n?", data)
    return found[1].decode() if found else None


def _written(document: dict[str, Any]) -> Inventory:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Inventory(data=text.encode() + b"\n", document=document)


def _content_segment(segment: str) -> str:
    kept = quote(segment, safe=" ").replace("~", "%7E")
    if len(kept) <= _LONGEST_NAME:
        return kept
    whole = ""
    for sign in segment:  # cut between signs, never within one
        whole += quote(sign, safe=" ").replace("~", "%7E")
        if len(whole) > _LONGEST_NAME - 50:
            break
    suffix = re.search(r"\.[A-Za-z0-9]{1,8}\Z", kept)
    digest = hashlib.sha256(segment.encode()).hexdigest()[:24]
    return f"{whole}~{digest}{suffix[0] if suffix else ''}"


def _is_state_path(path: str) -> bool:
    return all(part not in ("", ".", "..") for part in path.split("/"))


def _require_sound(document: dict[str, Any]) -> None:
    known = {"digestAlgorithm", "head", "id", "manifest", "type", "versions"}
    if set(document) - {"contentDirectory", "fixity"} != known:
        _damaged("fields", ",".join(sorted(set(document) ^ known)))
    if document["type"] != _TYPE or document["digestAlgorithm"] != "sha256" or not document["id"]:
        _damaged("type", f"{document['type']} {document['digestAlgorithm']}")
    count = len(document["versions"])
    numbers = [f"v{number}" for number in range(1, count + 1)]
    if set(document["versions"]) != set(numbers) or document["head"] not in numbers[-1:]:
        _damaged("head", str(document["head"]))
    seen: set[str] = set()
    for digest, paths in document["manifest"].items():
        for path in paths:
            found = _CONTENT_PATH.match(path)
            if not found or int(found[1]) > count or not _is_state_path(path) or path in seen:
                _damaged("manifest", path)
            seen.add(path)
        if not _DIGEST.match(digest) or not paths:
            _damaged("manifest", digest)
    for name, block in document["versions"].items():
        _require_sound_version(name, block, document["manifest"])


def _require_sound_version(name: str, block: dict[str, Any], manifest: dict[str, Any]) -> None:
    clock.parse_iso(block["created"])
    seen: set[str] = set()
    for digest, paths in block["state"].items():
        if digest not in manifest or not paths:
            _damaged(name, digest)
        for path in paths:
            if not _is_state_path(path) or path in seen:
                _damaged(name, path)
            seen.add(path)


def _damaged(where: str, found: str) -> NoReturn:
    raise InventoryDamagedError(reason=f"{where}: {found}")
