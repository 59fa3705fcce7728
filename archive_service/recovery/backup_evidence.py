"""Acts, audit segments and evidence of a copy in a backup, under a key of their own."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256

from archive_service.errors import ArchiveError
from archive_service.recovery.backup_files import BackupDamagedError, Part, SetReader, SetWriter
from archive_service.recovery.backup_keys import EVIDENCE
from archive_service.recovery.backup_objects import TAR_END, ObjectSource, tar_bytes
from archive_service.storage.acts import ACTS, SIDECAR_SUFFIX, act_digest
from archive_service.storage.ocfl import read
from archive_service.storage.port import ObjectStore

PREFIXES = (f"{ACTS}/", "audit/", "evidence/")
Listed = tuple[str, int, str]  # key, bytes, sha256


def write_evidence(
    source: ObjectSource, writer: SetWriter, reader: SetReader, *, before: Sequence[Part]
) -> dict[str, list[Part]]:
    """All that lies beside the packages in the first copy that answers, and is not in the chain.

    Write-once files never change: what the list of the set before names is not read again.
    """
    known = {line[0]: line for part in before[:1] for line in read_list(reader, part)}
    copy = next(_answering(source.copies))
    fresh: list[Listed] = []

    def tar() -> Iterator[bytes]:
        for prefix in PREFIXES:
            for key in copy.iter_keys(prefix):
                if key in known:
                    continue
                data = _sound(source.copies, copy, key)
                fresh.append((key, len(data), sha256(data).hexdigest()))
                yield from tar_bytes(key, data)
        yield TAR_END

    archive = writer.write("evidence.tar", tar(), key=EVIDENCE)
    lines = sorted([*known.values(), *fresh])
    listed = writer.write(
        "evidence.jsonl", (json.dumps(line).encode() + b"\n" for line in lines), key=EVIDENCE
    )
    return {"evidence": [listed, *before[1:], archive]}


def read_list(reader: SetReader, part: Part) -> Iterator[Listed]:
    """The list of a set; ``BackupDamagedError`` for what is none."""
    for line in reader.read(part).splitlines():
        try:
            key, size, digest = json.loads(line)
        except ValueError as wrong:
            raise BackupDamagedError(file=f"{part.set}/{part.path}", reason=str(wrong)) from None
        yield key, size, digest


def _answering(copies: Sequence[ObjectStore]) -> Iterator[ObjectStore]:
    """The copies in turn; the last one's trouble is told."""
    from archive_service.storage.copies import identify

    for copy in copies[:-1]:
        try:
            identify(copy)
        except ArchiveError:
            continue
        yield copy
    identify(copies[-1])
    yield copies[-1]


def _sound(copies: Sequence[ObjectStore], copy: ObjectStore, key: str) -> bytes:
    """The bytes of a small file; where an act does not match its digest, another copy's."""
    data = read(copy, key)
    if not key.endswith(".json") or _matches(copy, key, data):
        return data
    for other in copies:
        if other is copy:
            continue
        try:
            theirs = read(other, key)
            if _matches(other, key, theirs):
                return theirs
        except ArchiveError:
            continue
    raise BackupDamagedError(file=key, reason="sha256")


def _matches(copy: ObjectStore, key: str, data: bytes) -> bool:
    return act_digest(read(copy, key + SIDECAR_SUFFIX)) == sha256(data).hexdigest()
