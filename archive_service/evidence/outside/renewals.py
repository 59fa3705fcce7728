"""Renewals as acts tell of them: one stamp over many chains, or over a new tree of objects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.act import Act, few_of
from archive_service.evidence.checkpoint import decoded
from archive_service.evidence.outside.asking import FIRST
from archive_service.evidence.outside.hash_tree import SHA256, TREES, HashTree

RENEWAL = "stamp-renewal"  # kind of the act that holds one


@dataclass(frozen=True, slots=True, eq=False)
class Renewal:
    """A token over the tree of these leaves.

    A leaf is the node of the tokens of a chain, or in a tree by a new ``algorithm`` a checkpoint
    with its chains. One leaf may be ``objects``, the root of a tree of objects that were read
    again: its leaves are rows, and the file beside the act.
    """

    over: tuple[bytes, ...]
    token: bytes
    service: str = FIRST
    algorithm: str = SHA256
    objects: bytes = b""
    act_id: UUID | None = None


def iter_renewals(session: Session) -> Iterator[Renewal]:
    """All of them, the oldest first."""
    query = select(Act.id, Act.document).where(few_of(RENEWAL)).order_by(Act.at, Act.id)
    for row in session.execute(query):
        yield renewal_of(row.document, row.id)


def renewal_of(document: dict[str, Any], act_id: UUID | None = None) -> Renewal:
    """The renewal that an act tells of; what does not read there renews nothing."""
    over = document.get("over")
    digests = (decoded(digest) for digest in over) if isinstance(over, list) else ()
    algorithm = str(document.get("algorithm") or SHA256)
    return Renewal(
        tuple(digests),
        decoded(document.get("token")),
        str(document.get("service") or FIRST),
        algorithm if algorithm in TREES else "",
        decoded(document.get("objects") or ""),
        act_id,
    )


def by_renewed(renewals: Iterable[Renewal]) -> dict[bytes, Renewal]:
    """By each leaf the first that is over it."""
    found: dict[bytes, Renewal] = {}
    for renewal in renewals:
        for leaf in renewal.over:
            found.setdefault(leaf, renewal)
    return found


@lru_cache(maxsize=256)
def tree_of(renewal: Renewal) -> HashTree:
    """What its token is over."""
    return HashTree(renewal.over, renewal.algorithm)
