"""Acts, audit segments and evidence of a copy in a backup, under a key of their own."""

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby

from archive_service.audit import is_segment
from archive_service.errors import ArchiveError
from archive_service.recovery.backup.files import BackupDamagedError, Part, SetReader, SetWriter
from archive_service.recovery.backup.keys import EVIDENCE
from archive_service.recovery.backup.objects import TAR_END, ObjectSource, tar_bytes
from archive_service.storage.acts import ACTS, SIDECAR_SUFFIX, parse_act, read_act, sidecar_line
from archive_service.storage.copies.identity import identify
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, is_key

AUDIT = "audit/"
PREFIXES = (f"{ACTS}/", AUDIT, "evidence/")
Listed = tuple[str, int, str]  # key, bytes, sha256


def write_evidence(
    source: ObjectSource,
    writer: SetWriter,
    reader: SetReader,
    *,
    segments: Mapping[str, str],
    before: Sequence[Part],
) -> dict[str, list[Part]]:
    """All that lies beside the packages in any copy that answers, and is not in the chain.

    Write-once files never change: what the list of the set before names is not read again.

    Args:
        segments: key -> SHA-256 of the segments of the audit trail, as the snapshot tells.
    """
    known = {line[0]: line for part in before[:1] for line in read_list(reader, part)}
    beside = EvidenceSource(source.copies, segments)
    fresh: list[Listed] = []

    def tar() -> Iterator[bytes]:
        for key in beside.names():
            if key in known:
                continue
            data = beside.read(key)
            if data is None:
                raise BackupDamagedError(file=key, reason="sha256")
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


class EvidenceSource:
    """All that lies beside the packages in any copy that answers, each file once.

    Args:
        segments: key -> SHA-256 of the segments of the audit trail, as the database tells.

    Raises:
        BackendError: no copy answers.
    """

    def __init__(self, copies: Sequence[ObjectStore], segments: Mapping[str, str]) -> None:
        self._copies, self._judge = _answering(copies), _Judge(segments)

    def names(self, prefixes: Sequence[str] = PREFIXES) -> Iterator[str]:
        """What any of the copies holds, in order below each prefix."""
        for prefix in prefixes:
            merged = heapq.merge(*(copy.iter_keys(prefix) for copy in self._copies))
            yield from (key for key, _ in groupby(merged) if is_key(key))

    def read(self, key: str) -> bytes | None:
        """A small file from the first copy where it is as recorded; ``None`` where it is in none.

        Cheapest in the order of ``names``.
        """
        for copy in self._copies:
            try:
                data = read(copy, key)
                if self._judge.is_sound(copy, key, data):
                    return data
            except ArchiveError:
                continue
        return None


def _answering(copies: Sequence[ObjectStore]) -> list[ObjectStore]:
    """The copies that answer; where none does, the last one's trouble is told."""
    here: list[ObjectStore] = []
    for copy in copies:
        try:
            identify(copy)
        except ArchiveError:
            if copy is copies[-1] and not here:
                raise
        else:
            here.append(copy)
    return here


class _Judge:
    """Whether a file beside the packages is as recorded: by the audit trail, or by its act."""

    def __init__(self, segments: Mapping[str, str]) -> None:
        self._segments = segments
        self._beside: dict[str, str] = {}  # what lies beside the last acts, until it has come

    def is_sound(self, copy: ObjectStore, key: str, data: bytes) -> bool:
        """``ArchiveError`` where the copy does not give what it is to be judged by."""
        digest = sha256(data).hexdigest()
        if key.startswith(AUDIT):
            recorded = self._segments.get(key)
            return is_segment(data) if recorded is None else digest == recorded
        if not key.startswith(f"{ACTS}/"):
            return True
        if key.endswith(".json"):
            return self._is_act(copy, key, data, digest)
        wanted = self._beside.get(key) or _named(copy, key) or digest
        if wanted == digest:
            self._beside.pop(key, None)
        return wanted == digest

    def _is_act(self, copy: ObjectStore, key: str, data: bytes, digest: str) -> bool:
        line = sidecar_line(key, digest)
        if read(copy, key + SIDECAR_SUFFIX) != line:
            return False
        beside = {key + SIDECAR_SUFFIX: sha256(line).hexdigest()}
        self._beside |= beside | parse_act(key, data).companions()
        return True


def _named(copy: ObjectStore, key: str) -> str | None:
    """The digest of a companion as its act tells it; ``None``: a kill left it without an act."""
    act = f"{key.rpartition('.')[0]}.json"
    try:
        return read_act(copy, act).companions().get(key)
    except ObjectNotFoundError:
        return None
