"""Evidence records of one day's objects over thirty years: its stamp, and two renewals of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from archive_service.evidence.outside.hash_tree import HashTree, node, tree_root
from archive_service.signing.evidence_record import Stamp, record_of
from tests.worlds.simulated_signing import Hierarchy, day
from tests.worlds.stamp_service import token_over


@dataclass(frozen=True)
class RenewedDay:
    """Its objects, the tokens of 2018, 2019 and 2023, and what the later ones are over."""

    objects: tuple[bytes, ...]
    tokens: tuple[bytes, ...]
    over: tuple[tuple[bytes, ...], ...]

    def chain(self, number: int, renewals: int) -> list[Stamp]:
        """What a record of this object holds after so many renewals."""
        digests = [sha256(one).digest() for one in self.objects]
        found: list[Stamp] = [(HashTree(digests).reduced(digests[number]), self.tokens[0])]
        for at in range(renewals):
            before = [sha256(one).digest() for one in self.tokens[: at + 1]]
            reduced = HashTree(self.over[at]).reduced(node(before), before)
            found.append((reduced, self.tokens[at + 1]))
        return found

    def records(self, folder: Path, renewals: int) -> list[tuple[Path, Path]]:
        """Each record with its object, as files."""
        return [
            laid(folder, f"{number}-{renewals}", self.chain(number, renewals), content)
            for number, content in enumerate(self.objects)
        ]


def renewed_day(count: int) -> RenewedDay:
    """Of so many objects; other stamps are renewed with it."""
    hierarchy = Hierarchy()
    first, second, third = (hierarchy.stamping(day(year)) for year in (2020, 2024, 2044))
    objects = tuple(f"object {number}".encode() for number in range(count))
    others = tuple(sha256(f"stamp {number}".encode()).digest() for number in range(9))
    root = tree_root(sha256(one).digest() for one in objects)
    tokens, over = [token_over(hierarchy, root, day(2018), first)], []
    for party, at in ((second, day(2019)), (third, day(2023))):
        over.append((node(sha256(one).digest() for one in tokens), *others))
        tokens.append(token_over(hierarchy, tree_root(over[-1]), at, party))
    return RenewedDay(objects, tuple(tokens), tuple(over))


def laid(folder: Path, name: str, chain: Sequence[Stamp], content: bytes) -> tuple[Path, Path]:
    """A record and its object as files."""
    record, held = folder / f"{name}.ers", folder / f"{name}.bin"
    record.write_bytes(record_of(chain))
    held.write_bytes(content)
    return record, held
