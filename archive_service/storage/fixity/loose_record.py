"""What ought to lie in each copy beside the packages: acts, segments of the audit trail, evidence.

A digest the caller knows comes first. An act has its own beside it, and names its companions. Else
the copies are asked, and the digest with the most voices counts; where voices are equal nobody is
believed, and all are damaged without a record.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256

from archive_service.storage.acts import (
    ACTS,
    SIDECAR_SUFFIX,
    ActDamagedError,
    act_digest,
    parse_act,
    sidecar_line,
)
from archive_service.storage.fixity.verdict import (
    Fixity,
    FixityResult,
    ToRead,
    agreed,
    printable_key,
)
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    TransferDamagedError,
    is_key,
)
from archive_service.storage.reader import digest_and_size

_FOLDERS = (f"{ACTS}/", "audit/", "evidence/")


def examine_loose(
    key: str,
    copies: Sequence[ObjectStore],
    held: Collection[str],
    expected: Mapping[str, str],
    *,
    is_foreign: bool = False,
) -> Iterator[FixityResult | ToRead]:
    """Judge one key in all copies; ``held`` names the copies that have it.

    ``is_foreign``: no row tells of it, so that nothing beside it can say that it belongs here.
    """
    if is_foreign or not key.startswith(_FOLDERS) or not is_key(key):
        for copy in copies:
            if copy.name in held:
                yield FixityResult(copy.name, printable_key(key), Fixity.UNEXPECTED)
        return
    found = {copy.name: _found(copy, key) for copy in copies}
    digest = expected.get(key) or _recorded(key, copies, found)
    for copy in copies:
        here = found[copy.name]
        if here is None:
            yield FixityResult(copy.name, key, Fixity.MISSING, sha256_expected=digest)
            continue
        status = Fixity.INTACT if here[0] == digest else Fixity.DAMAGED
        yield FixityResult(copy.name, key, status, here[1], digest, here[0])


def _recorded(
    key: str, copies: Sequence[ObjectStore], found: Mapping[str, tuple[str, int] | None]
) -> str | None:
    if key.startswith(f"{ACTS}/"):
        if key.endswith(".json"):
            return act_record(key, copies)
        if key.endswith(".json" + SIDECAR_SUFFIX):
            act_key = key.removesuffix(SIDECAR_SUFFIX)
            digest = act_record(act_key, copies)
            return sha256(sidecar_line(act_key, digest)).hexdigest() if digest else None
        if (named := _named_by_act(key, copies)) is not None:
            return named
    return agreed(Counter(here[0] for here in found.values() if here and here[0]))


def act_record(key: str, copies: Sequence[ObjectStore]) -> str | None:
    """The digest an act ought to have: by its bytes and its sidecars in all copies.

    Where voices are equal the sidecars decide.
    """
    named: Counter[str] = Counter()
    actual: Counter[str] = Counter()
    for copy in copies:
        if (line := _bytes(copy, key + SIDECAR_SUFFIX)) and (digest := act_digest(line)):
            named[digest] += 1
        if (data := _bytes(copy, key)) is not None:
            actual[sha256(data).hexdigest()] += 1
    return agreed(named + actual) or agreed(named)


def _named_by_act(key: str, copies: Sequence[ObjectStore]) -> str | None:
    act_key = f"{key.rpartition('.')[0]}.json"
    digest = act_record(act_key, copies)
    for copy in copies:
        data = _bytes(copy, act_key)
        if data is not None and sha256(data).hexdigest() == digest:
            try:
                return parse_act(act_key, data).companions().get(key)
            except ActDamagedError:
                return None
    return None


def _found(copy: ObjectStore, key: str) -> tuple[str, int] | None:
    try:
        with copy.open(key) as source:
            return digest_and_size(source)
    except ObjectNotFoundError:
        return None
    except (ObjectUnreadableError, TransferDamagedError):
        return "", 0


def _bytes(copy: ObjectStore, key: str) -> bytes | None:
    try:
        return read(copy, key)
    except (ObjectNotFoundError, ObjectUnreadableError):
        return None
