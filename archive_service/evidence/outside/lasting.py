"""How long a time stamp proves by itself: until a certificate ends, or an algorithm is retired."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from archive_service import clock
from archive_service.evidence.outside.hash_tree import SHA256, TREES
from archive_service.home_rules import table_of
from archive_service.law import load_rule_set

_TABLE = "stamp_algorithms.toml"
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)  # what the table lacks proves at no time


@dataclass(frozen=True, slots=True)
class Algorithms:
    """Last days of digests by name, and of keys by kind and least size; ``None``: none is known.

    ``nexts``: by a digest of hash trees the one that takes its place.
    """

    digests: Mapping[str, dt.date | None]
    keys: Mapping[str, Mapping[int, dt.date | None]]
    nexts: Mapping[str, str] = field(default_factory=dict)

    def of_digest(self, name: str) -> dt.datetime | None:
        """The moment from which it proves nothing; ``None`` where no end is known."""
        return _after(self.digests[name]) if name in self.digests else NEVER

    def of_key(self, kind: str, bits: int) -> dt.datetime | None:
        """The same of a key, by the row of the largest size that it reaches."""
        rows = {least: last for least, last in self.keys.get(kind, {}).items() if least <= bits}
        return _after(rows[max(rows)]) if rows else NEVER


def load_algorithms(home: Path | None = None) -> Algorithms:
    """The table of the product, or the home's own in its place.

    Raises:
        HomeRulesError: the home's cannot be read.
    """
    return table_of(home, _TABLE, _loaded)


@dataclass(frozen=True, slots=True)
class TreeChange:
    """The digest of new trees, and when the one that it takes the place of ends."""

    algorithm: str
    end: dt.datetime


def tree_change(algorithms: Algorithms, *, days: int) -> TreeChange | None:
    """What hash trees change to, if their algorithm ends within so many days; else ``None``."""
    name, found = SHA256, None
    soon = clock.now() + dt.timedelta(days=days)
    for _ in TREES:  # a table may lead in a circle
        if name not in algorithms.nexts:
            break
        end = algorithms.of_digest(name)
        if end is None or end > soon:
            return found
        name = algorithms.nexts[name]
        found = TreeChange(name, end)
    return found


def end_of(token: bytes, algorithms: Algorithms) -> dt.datetime:
    """When a token ceases to prove by itself; ``NEVER`` where it does not read, too."""
    from archive_service.signing.timestamp import means_of

    means = means_of(token)
    if means is None:
        return NEVER
    ends = [
        means.valid_to,
        *map(algorithms.of_digest, means.digests),
        *(algorithms.of_key(*key) for key in means.keys),
    ]
    return min(end for end in ends if end is not None)


@lru_cache(maxsize=8)
def _loaded(path: Path, _changed_ns: int) -> Algorithms:
    digests: dict[str, dt.date | None] = {}
    keys: dict[str, dict[int, dt.date | None]] = {}
    nexts: dict[str, str] = {}
    for row in load_rule_set(path).rows:
        last = row.get("last_day")
        if last is not None and not isinstance(last, dt.date):
            raise ValueError(f"last_day is not a date: {last}")
        if "digest" in row:
            digests[str(row["digest"])] = last
            if "next" in row:
                nexts[str(row["digest"])] = _tree(str(row["next"]))
        else:
            keys.setdefault(str(row["key"]), {})[int(str(row.get("least_bits", 0)))] = last
    return Algorithms(digests, keys, nexts)


def _tree(name: str) -> str:
    if name not in TREES:
        raise ValueError(f"no digest of hash trees: {name}")
    return name


def _after(last: dt.date | None) -> dt.datetime | None:
    return None if last is None else clock.ends(last)
