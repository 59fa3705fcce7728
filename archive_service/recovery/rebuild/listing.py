"""What several copies list together: one that does not let itself be looked into stops nobody."""

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from archive_service.errors import ArchiveError, BackendError
from archive_service.recovery.rebuild.left_out import LeftOut, Passed
from archive_service.storage.acts import ACTS
from archive_service.storage.copies.identity import IDENTITY_KEY, identify
from archive_service.storage.ocfl.root import OCFL_ROOT, id_of, object_root, root_files, root_of
from archive_service.storage.port import ObjectStore

_OURS = {ACTS, "audit", "evidence", OCFL_ROOT, IDENTITY_KEY}
_OUR_ID = re.compile(r"urn:uuid:[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\Z")
_TUPLE = re.compile(r"[0-9a-f]{3}\Z")
_VERSION = re.compile(r"v([1-9][0-9]*)/inventory\.json")


@dataclass(frozen=True, slots=True)
class ListedPackage:
    """One object root, and by the copy's name what was listed below it."""

    root: str
    paths: dict[str, set[str]] = field(default_factory=dict)

    def newest(self) -> int:
        """The highest version that a copy shows an inventory or its sidecar of; 0: none."""
        every = (path for paths in self.paths.values() for path in paths)
        return max((int(found[1]) for path in every if (found := _VERSION.match(path))), default=0)


def iter_keys_of(
    copies: Sequence[ObjectStore], prefix: str, left_out: LeftOut
) -> Iterator[tuple[str, str]]:
    """Keys with the names of the copies that hold them, ascending.

    A folder that one copy does not let anybody look into is passed over, and named where no other
    copy shows what lies there.

    Raises:
        BackendError: no copy that answers could be listed; or one fell silent meanwhile.
    """
    unlisted: dict[str, list[tuple[str, BackendError]]] = {}
    yield from heapq.merge(*(_listed(copy, prefix, unlisted) for copy in copies))
    for folder, troubles in unlisted.items():
        names = {name for name, _ in troubles}
        whole = [copy.name for copy in copies if copy.name not in names]
        if whole:
            left_out.taken(folder, whole[0], troubles)
        elif folder == prefix.rstrip("/"):
            raise troubles[0][1]
        else:
            left_out.pass_over(Passed.FOLDER_UNLISTED, folder, reason=troubles[0][1])


def iter_packages(copies: Sequence[ObjectStore], left_out: LeftOut) -> Iterator[ListedPackage]:
    """Every object root of ours in the order of keys; what is foreign below ``ocfl/`` is named."""
    own = set(root_files())
    keys = (pair for pair in iter_keys_of(copies, f"{OCFL_ROOT}/", left_out) if pair[0] not in own)
    for unit, found in groupby(keys, key=lambda pair: root_of(pair[0]) or _foreign(pair[0])):
        paths: dict[str, set[str]] = {}
        for key, name in found:
            paths.setdefault(name, set()).add(key[len(unit) + 1 :])
        if _is_ours(unit):
            yield ListedPackage(unit, paths)
        else:
            left_out.pass_over(Passed.FOREIGN, unit, copies=", ".join(sorted(paths)))


def require_answering(copies: Sequence[ObjectStore], troubles: Iterable[ArchiveError]) -> None:
    """Of a copy that fell silent nothing is judged; ``BackendError`` where one did."""
    if any(isinstance(trouble, BackendError) for trouble in troubles):
        for copy in copies:
            identify(copy)


def name_foreign(copies: Sequence[ObjectStore], left_out: LeftOut) -> None:
    """What lies beside our own folders at the top of each copy; none of them is gone through."""
    for copy in copies:
        after: str | None = ""
        while after is not None:
            try:
                key = next(copy.iter_keys(after=after), None)
                top, is_folder, _ = (key or "").partition("/")
                if key is not None and top not in _OURS:
                    left_out.pass_over(Passed.FOREIGN, top, copies=copy.name)
            except BackendError as trouble:
                identify(copy)
                key = str(trouble.facts.get("key") or "")
                top, is_folder = key.partition("/")[0], "/"
                if top not in _OURS:  # else another copy may let somebody look into it
                    left_out.pass_over(
                        Passed.FOLDER_UNLISTED, str(key or copy.name), reason=trouble
                    )
            after = None if not key else f"{top}0" if is_folder else top  # "0" comes after "/"


def _listed(
    copy: ObjectStore, prefix: str, unlisted: dict[str, list[tuple[str, BackendError]]]
) -> Iterator[tuple[str, str]]:
    after = ""
    while True:
        try:
            for key in copy.iter_keys(prefix, after=after):
                yield key, copy.name
        except BackendError as trouble:
            identify(copy)  # it may have gone away: then nothing is known of what it holds
            folder = str(trouble.facts.get("key", ""))
            is_below = folder.startswith(prefix) and folder > after
            folder = folder if is_below else prefix.rstrip("/")
            unlisted.setdefault(folder, []).append((copy.name, trouble))
            if not is_below:
                return
            after = f"{folder}0"
        else:
            return


def _is_ours(unit: str) -> bool:
    return object_root(id_of(unit)) == unit and _OUR_ID.match(id_of(unit)) is not None


def _foreign(key: str) -> str:
    """The path down to the first part that no object of ours lies below."""
    parts = key.split("/")
    depth = 1
    while depth < min(4, len(parts) - 1) and _TUPLE.match(parts[depth]):
        depth += 1
    return "/".join(parts[: depth + 1])
