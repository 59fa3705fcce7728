"""The OCFL 1.1 storage root of a copy: where objects lie, which version holds, their bytes."""

import functools
import hashlib
import json
import re
from typing import Any
from urllib.parse import unquote

from archive_service.storage.ocfl.inventory import (
    INVENTORY,
    SIDECAR,
    Content,
    Inventory,
    InventoryDamagedError,
    next_inventory,
    sidecar_digest,
)
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    TransferDamagedError,
)

__all__ = ["Content", "Inventory", "InventoryDamagedError", "next_inventory"]

OCFL_ROOT = "ocfl"
OBJECT_DECLARATION = "0=ocfl_object_1.1"
_LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
_OTHER_SIGN = re.compile(r"[^A-Za-z0-9_-]")
_BELOW_ROOT = re.compile(rf"({OCFL_ROOT}(?:/[0-9a-f]{{3}}){{3}}/[^/]+)(?:/|\Z)")


@functools.lru_cache(maxsize=1024)  # asked several times of each object while it is at work
def object_root(ocfl_id: str) -> str:
    """Key of an object's root, by storage layout 0003 with its default parameters."""
    digest = hashlib.sha256(ocfl_id.encode()).hexdigest()
    tuples = "/".join(digest[start : start + 3] for start in (0, 3, 6))
    name = _OTHER_SIGN.sub(lambda sign: _percent(sign[0]), ocfl_id)
    if len(name) > 100:
        name = f"{name[:100]}-{digest}"
    return f"{OCFL_ROOT}/{tuples}/{name}"


def root_files() -> dict[str, bytes]:
    """Key -> bytes of the storage root's own files."""
    layout = {
        "extension": _LAYOUT,
        "description": "Three tuples of three characters of the SHA-256 of the object's id, then "
        "the percent-encoded id (OCFL extension 0003).",
    }
    config = {
        "extensionName": _LAYOUT,
        "digestAlgorithm": "sha256",
        "tupleSize": 3,
        "numberOfTuples": 3,
    }
    return {
        f"{OCFL_ROOT}/0=ocfl_1.1": b"ocfl_1.1\n",
        f"{OCFL_ROOT}/extensions/{_LAYOUT}/config.json": _readable(config),
        f"{OCFL_ROOT}/ocfl_layout.json": _readable(layout),
    }


def declaration() -> bytes:
    """What stands in an object's ``0=ocfl_object_1.1``."""
    return b"ocfl_object_1.1\n"


def resolve(copy: ObjectStore, ocfl_id: str, version: int | None = None) -> Inventory:
    """The inventory of ``version``, or of the newest version whose own inventory verifies.

    Raises:
        ObjectNotFoundError: the copy has no such object or version.
        InventoryDamagedError: it has, but no inventory that can be trusted.
    """
    root = object_root(ocfl_id)
    found = newest(copy, root) if version is None else inventory_in(copy, f"{root}/v{version}")
    if found.id != ocfl_id:
        raise InventoryDamagedError(key=root, reason=f"id: {found.id}")
    return found


def newest(copy: ObjectStore, root: str) -> Inventory:
    """The newest version below this object root whose own inventory verifies; errors as above."""
    try:
        best = inventory_in(copy, root)
    except (ObjectNotFoundError, ObjectUnreadableError, InventoryDamagedError):
        return _newest_listed(copy, root)
    while True:  # a root inventory may lag behind its versions, never run ahead
        try:
            following = inventory_in(copy, f"{root}/v{best.version + 1}")
        except (ObjectNotFoundError, ObjectUnreadableError, InventoryDamagedError):
            return best
        best = following


def inventory_in(copy: ObjectStore, folder: str, *, past_cache: bool = False) -> Inventory:
    """The inventory in an object root or a version's folder, equal to its sidecar."""
    data = read(copy, f"{folder}/{INVENTORY}", past_cache=past_cache)
    inventory = Inventory.parse(data)
    sidecar = read(copy, f"{folder}/{SIDECAR}", past_cache=past_cache)
    if sidecar_digest(sidecar) != inventory.sha256:
        raise InventoryDamagedError(key=f"{folder}/{INVENTORY}", reason="sidecar")
    name = folder.rpartition("/")[2]
    if re.fullmatch(r"v[0-9]+", name) and inventory.head != name:
        raise InventoryDamagedError(key=f"{folder}/{INVENTORY}", reason=f"head: {inventory.head}")
    return inventory


def read(copy: ObjectStore, key: str, *, past_cache: bool = False) -> bytes:
    """All bytes of a small object.

    What breaks off is asked for once more, on a connection of its own; ``ObjectUnreadableError``
    where it breaks off again, for so answers a server whose drive rots.
    """
    try:
        return _read_once(copy, key, past_cache=past_cache)
    except TransferDamagedError:
        pass
    try:
        return _read_once(copy, key, past_cache=True)
    except TransferDamagedError as trouble:
        raise ObjectUnreadableError(key=key, reason="short body") from trouble


def root_of(key: str) -> str | None:
    """The object root that a key lies below, by the layout; ``None`` if below none.

    Where a link or a file stands in the place of its folder, the key is the root itself.
    """
    found = _BELOW_ROOT.match(key)
    return found[1] if found else None


def id_of(root: str) -> str:
    """The OCFL id whose object lies at ``root``; of ids of ours, which are short."""
    return unquote(root.rpartition("/")[2])


def _read_once(copy: ObjectStore, key: str, *, past_cache: bool) -> bytes:
    with copy.open(key, past_cache=past_cache) as source:
        return source.read()


def _newest_listed(copy: ObjectStore, root: str) -> Inventory:
    """As ``newest``, where the root tells nothing. What has no inventory yet is not there yet."""
    folders = {root}
    for key in copy.iter_keys(f"{root}/v"):
        if found := re.match(r"v[1-9][0-9]*(?=/)", key[len(root) + 1 :]):
            folders.add(f"{root}/{found[0]}")
    damaged = False
    for folder in sorted(folders, key=lambda it: (len(it), it), reverse=True):  # v10 before v9
        try:
            return inventory_in(copy, folder)
        except (ObjectUnreadableError, InventoryDamagedError):
            damaged = True
        except ObjectNotFoundError:
            continue
    if not damaged:
        raise ObjectNotFoundError(key=root)
    raise InventoryDamagedError(key=f"{root}/{INVENTORY}", reason="no version verifies")


def _readable(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def _percent(sign: str) -> str:
    return "".join(f"%{byte:02x}" for byte in sign.encode())
