"""Evidence records of one day's objects over thirty years: its stamp, two renewals, a new tree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256, sha512
from pathlib import Path

from archive_service.evidence.outside.chains import Link, joined
from archive_service.evidence.outside.hash_tree import HashTree, node, root_above, tree_root
from archive_service.signing.archive_stamp import Stamp
from archive_service.signing.evidence_record import record_of
from tests.worlds.simulated_signing import Hierarchy, day
from tests.worlds.stamp_service import token_over

NEW = "sha512"


@dataclass
class RenewedDay:
    """Its objects, the tokens of 2018, 2019 and 2023, and what the later ones are over.

    By the new digest algorithm: the tree of 2024, in which a file goes with each object, and its
    renewal of 2025 with another stamp.
    """

    objects: tuple[bytes, ...]
    tokens: tuple[bytes, ...]
    over: tuple[tuple[bytes, ...], ...]
    hierarchy: Hierarchy
    new_groups: list[list[bytes]] = field(default_factory=list)
    new_tokens: list[bytes] = field(default_factory=list)
    new_over: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        digests = [sha256(one).digest() for one in self.objects]
        self._tree, self._places = HashTree(digests), digests
        self._over = [HashTree(one) for one in self.over]
        self._new = HashTree([])

    def chain(self, number: int, renewals: int) -> list[Stamp]:
        """What a record of this object holds after so many renewals."""
        found = [Stamp(self._tree.reduced(self._places[number]), self.tokens[0])]
        for at in range(renewals):
            before = [sha256(token).digest() for token in self.tokens[: at + 1]]
            found.append(Stamp(self._over[at].reduced(node(before), before), self.tokens[at + 1]))
        return found

    def chains(self, number: int) -> list[list[Stamp]]:
        """The same after two renewals and the change of algorithm, renewed in its turn."""
        group = self.new_groups[number]
        first = Stamp(self._new.reduced(node(group, NEW), group), self.new_tokens[0], NEW)
        before = [sha512(first.token).digest()]
        above = HashTree(self.new_over, NEW).reduced(before[0])
        return [self.chain(number, 2), [first, Stamp(above, self.new_tokens[1], NEW)]]

    def records(self, folder: Path, renewals: int) -> list[tuple[Path, Path]]:
        """Each record with its object, as files."""
        return [
            laid(folder, f"{number}-{renewals}", [self.chain(number, renewals)], content)
            for number, content in enumerate(self.objects)
        ]

    def changed(self, folder: Path) -> list[tuple[Path, Path]]:
        """Each record after the change of algorithm."""
        return [
            laid(folder, f"{number}-changed", self.chains(number), content)
            for number, content in enumerate(self.objects)
        ]

    @property
    def root(self) -> bytes:
        """The certificate above all stamps (DER)."""
        return self.hierarchy.root.der

    def backdated(self, reduced: Sequence[Sequence[bytes]]) -> Stamp:
        """Over the same, as if it had been made before the first."""
        stamps = self.hierarchy.stamping(day(2044))
        return Stamp(reduced, token_over(self.hierarchy, root_above(reduced), day(2017), stamps))

    def change(self) -> None:
        """Hash all objects anew, and have the new tree stamped and renewed."""
        for number, content in enumerate(self.objects):
            chains = [[Link(stamp) for stamp in self.chain(number, 2)]]
            own = joined(sha512(content).digest(), chains, NEW)
            self.new_groups.append([own, sha512(f"file {number}".encode()).digest()])
        self._new = HashTree([node(group, NEW) for group in self.new_groups], NEW)
        hierarchy = self.hierarchy
        stamps = hierarchy.stamping(day(2044))
        self.new_tokens = [token_over(hierarchy, self._new.root, day(2024), stamps, NEW)]
        self.new_over = (sha512(self.new_tokens[0]).digest(), sha512(b"another stamp").digest())
        root = tree_root(self.new_over, NEW)
        self.new_tokens.append(token_over(hierarchy, root, day(2025), stamps, NEW))


def renewed_day(count: int) -> RenewedDay:
    """Of so many objects; other stamps are renewed with it."""
    hierarchy = Hierarchy()
    first, second, third = (hierarchy.stamping(day(year)) for year in (2020, 2024, 2044))
    objects = tuple(f"object {number}".encode() for number in range(count))
    others = tuple(sha256(f"stamp {number}".encode()).digest() for number in range(9))
    root = tree_root(sha256(one).digest() for one in objects)
    tokens, over = [token_over(hierarchy, root, day(2018), first)], []
    for party, at in ((second, day(2019)), (third, day(2023))):
        over.append((node(sha256(token).digest() for token in tokens), *others))
        tokens.append(token_over(hierarchy, tree_root(over[-1]), at, party))
    made = RenewedDay(objects, tuple(tokens), tuple(over), hierarchy)
    made.change()
    return made


def laid(
    folder: Path, name: str, chains: Sequence[Sequence[Stamp]], content: bytes
) -> tuple[Path, Path]:
    """A record and its object as files."""
    record, held = folder / f"{name}.ers", folder / f"{name}.bin"
    record.write_bytes(record_of(chains))
    held.write_bytes(content)
    return record, held
