"""Digests and sizes that a package's METS announces, compared while the bytes are staged."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import IO

from archive_service.domain.finding import Finding, Severity
from archive_service.storage.staging import StagedObject
from ingest.channels.eark_xml import Fixity
from ingest.channels.parcel import Entry

CHECK = "checksums"


class Measured:
    """What is announced of each file, and what was read of those whose digest is not SHA-256.

    SHA-256 is what staging computes anyway. ``elsewhere`` are paths whose SHA-256 the checks of
    the submission compare: here only their size is.
    """

    def __init__(self, announced: Iterable[Fixity], elsewhere: Collection[str]) -> None:
        self._announced = list(dict.fromkeys(announced))
        self._elsewhere = frozenset(elsewhere)
        self._algorithms: dict[str, str] = {
            one.path: one.algorithm
            for one in self._announced
            if one.algorithm not in ("", "sha256")
        }
        self._seen: dict[str, str] = {}

    def watched(self, entry: Entry) -> Entry:
        """The entry, its other digest computed while it is read; the last whole reading counts."""
        algorithm = self._algorithms.get(entry.path)
        if algorithm is None:
            return entry

        def opened() -> IO[bytes]:
            return _Hashing(entry, algorithm, self._seen)  # type: ignore[return-value]  # read, close

        return replace(entry, open=opened)

    def findings(self, staged: Mapping[str, StagedObject]) -> list[Finding]:
        """Each announced digest or size that is not that of the bytes; after all are staged."""
        found: list[Finding] = []
        for one in self._announced:
            content = staged.get(one.path)
            if content is None:
                continue
            seen = self._digest(one, content)
            if seen is not None and seen != one.digest and one.path not in self._elsewhere:
                facts: dict[str, object] = {
                    "algorithm": one.algorithm,
                    "declared": one.digest[:128],
                    "found": seen,
                }
                found.append(_differs("package-digest-differs", one.path, facts))
            if one.size_bytes is not None and one.size_bytes != content.size_bytes:
                facts = {"declared": one.size_bytes, "found": content.size_bytes}
                found.append(_differs("package-size-differs", one.path, facts))
        return found

    def _digest(self, one: Fixity, content: StagedObject) -> str | None:
        if one.algorithm == "sha256":
            return content.sha256
        return self._seen.get(one.path) if one.algorithm else None


def _differs(code: str, path: str, facts: dict[str, object]) -> Finding:
    return Finding(CHECK, code, Severity.ERROR, path, facts)


class _Hashing:
    """Passes the bytes on; what they hash to is known when they are read to their end."""

    def __init__(self, entry: Entry, algorithm: str, seen: dict[str, str]) -> None:
        self._source = entry.open()
        self._path, self._seen = entry.path, seen
        self._digest = hashlib.new(algorithm, usedforsecurity=False)

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._digest.update(data)
        if not data:
            self._seen[self._path] = self._digest.hexdigest()
        return data

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> "_Hashing":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
