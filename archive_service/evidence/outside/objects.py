"""Objects in trees by a new digest algorithm: what their rows tell, and the way to the stamp."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.rehashed import Rehashed
from archive_service.evidence.outside.chains import Chains, Link, Next, joined
from archive_service.evidence.outside.hash_tree import HashTree, node, path_of
from archive_service.evidence.outside.renewals import Renewal, tree_of
from archive_service.signing.archive_stamp import Stamp


def members_of(row: Rehashed, chains: Chains) -> list[bytes]:
    """What a new tree holds of an object: its digest with its chains, and those of its files."""
    own = bytes.fromhex(row.digests[row.object_sha256])
    files = {
        bytes.fromhex(digest) for name, digest in row.digests.items() if name != row.object_sha256
    }
    return sorted({joined(own, chains, row.algorithm), *files})


class ObjectTrees:
    """The trees of objects, each read from its rows once."""

    def __init__(self, session: Session, renewals: Sequence[Renewal]) -> None:
        self._session = session
        self._by_act = {renewal.act_id: renewal for renewal in renewals if renewal.objects}
        self._trees: dict[UUID, HashTree] = {}

    def next_of(self, rows: Sequence[Rehashed]) -> Next:
        """The stamps over one object, by its rows."""

        def found(chains: Chains) -> Link | None:
            used = {chain[0].stamp.algorithm for chain in chains}
            for row in rows:
                by = self._by_act.get(row.act_id)
                if by is None or row.act_id is None or row.algorithm in used:
                    continue
                members = members_of(row, chains)
                leaf = node(members, row.algorithm)
                if leaf.hex() == row.leaf:
                    tree = self._tree(row.act_id, row.algorithm)
                    above = [*tree.above(leaf), *tree_of(by).above(by.objects)]
                    reduced = path_of(leaf, members, above)
                    return Link(Stamp(reduced, by.token, by.algorithm), by)
            return None

        return found

    def _tree(self, act_id: UUID, algorithm: str) -> HashTree:
        if act_id not in self._trees:
            leaves = self._session.scalars(select(Rehashed.leaf).where(Rehashed.act_id == act_id))
            self._trees[act_id] = HashTree(map(bytes.fromhex, leaves), algorithm)
        return self._trees[act_id]


def rows_of(session: Session, digests: Sequence[str]) -> Mapping[str, list[Rehashed]]:
    """What was read again of these objects, by their digests; the oldest algorithm first."""
    found: dict[str, list[Rehashed]] = {}
    for at in range(0, len(digests), 500):
        some = Rehashed.object_sha256.in_(digests[at : at + 500])
        for row in session.scalars(select(Rehashed).where(some)):
            found.setdefault(row.object_sha256, []).append(row)
    return found
