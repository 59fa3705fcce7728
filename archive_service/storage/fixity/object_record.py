"""What an OCFL object ought to hold in each copy, even where its inventories are damaged.

An inventory is written twice in each copy, with a sidecar each time, and an older one follows from
every newer one: the digest with the most voices among those whose bytes read as this object's
inventory is the record.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from archive_service.errors import BackendError
from archive_service.storage.fixity.verdict import (
    Fixity,
    FixityResult,
    ToRead,
    agreed,
    printable_key,
)
from archive_service.storage.ocfl.inventory import (
    INVENTORY,
    SIDECAR,
    Inventory,
    InventoryDamagedError,
    sidecar_digest,
    sidecar_of,
)
from archive_service.storage.ocfl.root import OBJECT_DECLARATION, declaration, object_root, read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError

_VERSION = re.compile(r"v([1-9][0-9]*)/")
_UNREADABLE = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """Digest and size of an inventory or a sidecar as it lies there."""

    sha256: str
    size_bytes: int


def examine_object(
    root: str,
    copies: Sequence[ObjectStore],
    paths: Mapping[str, Collection[str]],
    *,
    alike: bool,
    known: Mapping[int, str] | None = None,
    past_cache: bool = False,
) -> Iterator[FixityResult | ToRead]:
    """Judge one object in all copies; content is left to be read.

    Args:
        paths: copy's name -> what was listed below ``root``.
        alike: every copy ought to hold what any of them holds; otherwise each is judged up to the
            newest version it has itself, since a publication may be under way.
        known: version -> digest of its inventory, from a record outside the copies; it decides,
            and every copy ought to hold these versions.
        past_cache: read inventories on a second look.
    """
    evidence = _Evidence(root, known or {}, past_cache=past_cache)
    for copy in copies:
        for path in paths[copy.name]:
            if path.rpartition("/")[2] in (INVENTORY, SIDECAR) and path.count("/") <= 1:
                evidence.add(copy, path)
    record = evidence.record()
    for copy in copies:
        held = paths[copy.name]
        if held or alike or known:
            version = None if alike else evidence.version_due(copy, held)
            expected = _expected(record, evidence, version, held)
            yield from _judged(root, copy, held, expected, evidence)


def expected_paths(inventory: Inventory) -> dict[str, str]:
    """Path below the object's root -> digest, of all that belongs to an object at this version."""
    digests = {number: inventory.at(number).sha256 for number in range(1, inventory.version)}
    return _paths_of(inventory, {**digests, inventory.version: inventory.sha256})


def believed(
    root: str, copies: Sequence[ObjectStore], paths: Mapping[str, Collection[str]]
) -> Inventory | None:
    """The newest inventory of an object that two voices name, where none equals its sidecar.

    A voice is an inventory or a sidecar of any copy; ``paths`` as of ``examine_object``.
    """
    evidence = _Evidence(root, {}, past_cache=False)
    for copy in copies:
        for path in paths.get(copy.name, ()):
            if path.rpartition("/")[2] in (INVENTORY, SIDECAR) and path.count("/") <= 1:
                try:
                    evidence.add(copy, path)
                except BackendError:  # this one does not give it; another may
                    continue
    record = evidence.record()
    return record if record and evidence.voices(record) > 1 else None


class _Evidence:
    """Inventories and sidecars of one object over all copies; one read of each."""

    def __init__(self, root: str, known: Mapping[int, str], *, past_cache: bool) -> None:
        self._root = root
        self._known = known
        self._past_cache = past_cache
        self.found: dict[tuple[str, str], _Found] = {}
        self.votes: dict[int, Counter[str]] = {}  # version -> digests found there or named there
        self._root_votes: Counter[str] = Counter()
        self._versions: dict[str, int] = {}  # digest of a sound inventory -> its version
        self._newest: dict[str, Inventory] = {}  # the sound ones of the highest version

    def add(self, copy: ObjectStore, path: str) -> None:
        """Read one inventory or sidecar."""
        try:
            data = read(copy, f"{self._root}/{path}", past_cache=self._past_cache)
        except ObjectNotFoundError:
            return
        except ObjectUnreadableError:
            self.found[copy.name, path] = _Found(_UNREADABLE, 0)
            return
        digest = sha256(data).hexdigest()
        self.found[copy.name, path] = _Found(digest, len(data))
        voice = sidecar_digest(data) if path.endswith(SIDECAR) else digest
        if not path.endswith(SIDECAR) and digest not in self._versions:
            self._learn(digest, data)
        if voice is not None:
            self._votes_at(path)[voice] += 1

    def _votes_at(self, path: str) -> "Counter[str]":
        if version := _VERSION.match(path):
            return self.votes.setdefault(int(version[1]), Counter())
        return self._root_votes

    def _learn(self, digest: str, data: bytes) -> None:
        try:
            inventory = Inventory.parse(data)
        except InventoryDamagedError:
            return
        if object_root(inventory.id) != self._root:
            return  # another object's, put in its place
        self._versions[digest] = inventory.version
        if inventory.version > max((it.version for it in self._newest.values()), default=0):
            self._newest.clear()
        if all(it.version == inventory.version for it in self._newest.values()):
            self._newest[digest] = inventory

    def record(self) -> Inventory | None:
        """The newest inventory that can be believed."""
        votes = Counter(self._root_votes)
        for version_votes in self.votes.values():
            votes.update(version_votes)
        recorded = set(self._known.values())
        ranked = sorted(
            self._newest, key=lambda digest: (digest not in recorded, -votes[digest], digest)
        )
        return self._newest[ranked[0]] if ranked else None

    def voices(self, inventory: Inventory) -> int:
        """How many inventories and sidecars stand for this one."""
        at_version = self.votes.get(inventory.version, Counter())
        return self._root_votes[inventory.sha256] + at_version[inventory.sha256]

    def digest_at(self, version: int, record: Inventory) -> str:
        """What the inventory of ``version`` ought to be."""
        if version in self._known:
            return self._known[version]
        if version == record.version:
            return record.sha256
        votes = self.votes.get(version, Counter())
        if len(votes) == 1 and self._versions.get(only := next(iter(votes))) == version:
            return only  # sound, and nothing says otherwise: to write it again adds no voice
        derived = record.at(version).sha256
        if derived in votes:
            return derived
        sound = {it: n for it, n in votes.items() if self._versions.get(it) == version}
        return agreed(Counter(sound)) or derived  # another's hand may write JSON another way

    def named_only(self, version: int) -> str | None:
        """The digest most voices name for a version that no sound inventory describes."""
        if version in self._known:
            return self._known[version]
        return agreed(self.votes.get(version, Counter()))

    def known_beyond(self, top: int) -> dict[str, str]:
        """Path -> digest of what is known of versions newer than any sound inventory tells of."""
        newer = {number: digest for number, digest in self._known.items() if number > top}
        if not newer:
            return {}
        expected = {}
        for number, digest in newer.items():
            expected[f"v{number}/{INVENTORY}"] = digest
            expected[f"v{number}/{SIDECAR}"] = _sidecar_sha256(digest)
        head = newer[max(newer)]
        return {**expected, INVENTORY: head, SIDECAR: _sidecar_sha256(head)}

    def version_due(self, copy: ObjectStore, held: Collection[str]) -> int:
        """The newest version that is known, or of which the copy shows an inventory, else a file.

        A sidecar without its inventory shows it, too: both come when the content is there. 0: none.
        """
        shown = {
            self._versions.get(found.sha256, 0)
            for (name, path), found in self.found.items()
            if name == copy.name and path == INVENTORY
        }
        folders = {int(version[1]): path for path in held if (version := _VERSION.match(path))}
        last = (INVENTORY, SIDECAR)
        shown |= {folder for folder in folders if any(f"v{folder}/{name}" in held for name in last)}
        shown_or_known = {*shown, *self._known} - {0}
        return max(shown_or_known, default=0) or max(folders, default=0)


def _expected(
    record: Inventory | None, evidence: _Evidence, version: int | None, held: Collection[str]
) -> dict[str, str | None]:
    """Path -> digest, ``None`` where something ought to be that no record describes."""
    expected: dict[str, str | None] = {}
    top = record.version if record else 0
    if record:
        number = min(version or top, top)
        digests = {
            number_before: evidence.digest_at(number_before, record)
            for number_before in range(1, number + 1)
        }
        expected.update(_paths_of(record, digests))
    beyond = {int(found[1]) for path in held if (found := _VERSION.match(path))}
    for number in sorted(one for one in beyond if one > top):
        for path in (f"v{number}/{INVENTORY}", f"v{number}/{SIDECAR}"):
            if path in held:
                named = evidence.named_only(number)
                is_sidecar = path.endswith(SIDECAR)
                expected[path] = _sidecar_sha256(named) if named and is_sidecar else named
    expected.update(evidence.known_beyond(top))
    if not record and not expected and INVENTORY in held:
        expected = dict.fromkeys((INVENTORY, SIDECAR))
    return expected


def _paths_of(record: Inventory, digests: Mapping[int, str]) -> dict[str, str]:
    """What belongs to the object at the highest of these versions, whose inventories these are."""
    content: dict[str, dict[str, str]] = {}  # folder of a version -> what came with it
    for path, digest in record.content():
        content.setdefault(path.partition("/")[0], {})[path] = digest
    expected = {OBJECT_DECLARATION: sha256(declaration()).hexdigest()}
    for version, digest in digests.items():
        expected[f"v{version}/{INVENTORY}"] = digest
        expected[f"v{version}/{SIDECAR}"] = _sidecar_sha256(digest)
        expected.update(content.get(f"v{version}", {}))
    head = digests[max(digests)]
    return {**expected, INVENTORY: head, SIDECAR: _sidecar_sha256(head)}


def _sidecar_sha256(digest: str) -> str:
    return sha256(sidecar_of(digest)).hexdigest()


def _judged(
    root: str,
    copy: ObjectStore,
    held: Collection[str],
    expected: Mapping[str, str | None],
    evidence: _Evidence,
) -> Iterator[FixityResult | ToRead]:
    for path, digest in expected.items():
        key = f"{root}/{path}"
        found = evidence.found.get((copy.name, path))
        if path not in held:
            yield FixityResult(copy.name, key, Fixity.MISSING, sha256_expected=digest)
        elif found is not None:
            same = digest is not None and found.sha256 == digest
            status = Fixity.INTACT if same else Fixity.DAMAGED
            yield FixityResult(copy.name, key, status, found.size_bytes, digest, found.sha256)
        elif digest is not None:
            yield ToRead(copy, key, digest)
    for path in held:
        if path not in expected:
            key = f"{root}/{path}" if path else root  # what stands there is no folder
            yield FixityResult(copy.name, printable_key(key), Fixity.UNEXPECTED)
