"""Digests and sizes that a METS or a manifest announces, compared while the bytes are staged."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import IO

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.storage.staging import StagedObject
from ingest.channels.eark.xml import Fixity
from ingest.channels.parcel import Entry

CHECK = "checksums"


class Measured:
    """What is announced of each file, and what was read of those whose digest is not SHA-256.

    SHA-256 is what staging computes anyway. ``elsewhere`` are paths whose SHA-256 the checks of
    the submission compare: here only their size is. ``code`` is that of a digest that differs.
    """

    def __init__(
        self,
        announced: Iterable[Fixity],
        elsewhere: Collection[str],
        *,
        code: str = "package-digest-differs",
    ) -> None:
        self._announced = list(dict.fromkeys(announced))
        self._elsewhere = frozenset(elsewhere)
        self._code = code
        self._algorithms: dict[str, set[str]] = {}
        for fixity in self._announced:
            if fixity.algorithm not in ("", "sha256"):
                self._algorithms.setdefault(fixity.path, set()).add(fixity.algorithm)
        self._seen: dict[tuple[str, str], str] = {}

    def watched(self, entry: Entry) -> Entry:
        """The entry, its other digest computed while it is read; the last whole reading counts."""
        algorithms = self._algorithms.get(entry.path)
        if algorithms is None:
            return entry

        def opened() -> IO[bytes]:
            return _Hashing(entry, algorithms, self._seen)  # type: ignore[return-value]  # read, close

        return replace(entry, open=opened)

    def findings(
        self,
        staged: Mapping[str, StagedObject],
        withheld: Collection[str] = (),  # noqa: ARG002 - what is not staged is not looked at
    ) -> list[Finding]:
        """Each announced digest or size that is not that of the bytes; after all are staged."""
        found: list[Finding] = []
        for fixity in self._announced:
            content = staged.get(fixity.path)
            if content is None:
                continue
            seen = self._digest(fixity, content)
            if seen is not None and seen != fixity.digest and fixity.path not in self._elsewhere:
                found.append(self.differs(fixity, seen))
            if fixity.size_bytes is not None and fixity.size_bytes != content.size_bytes:
                facts: dict[str, object] = {
                    "declared": fixity.size_bytes,
                    "found": content.size_bytes,
                }
                found.append(_differs("package-size-differs", fixity.path, facts))
        return found

    def differs(self, fixity: Fixity, seen: str) -> Finding:
        """That a file hashes to ``seen``, and not to what is announced."""
        facts: dict[str, object] = {
            "algorithm": fixity.algorithm,
            "declared": fixity.digest[:128],
            "found": seen,
        }
        return _differs(self._code, fixity.path, facts)

    def _digest(self, fixity: Fixity, content: StagedObject) -> str | None:
        if fixity.algorithm == "sha256":
            return content.sha256
        return self._seen.get((fixity.path, fixity.algorithm)) if fixity.algorithm else None


def _differs(code: str, path: str, facts: dict[str, object]) -> Finding:
    return Finding(CHECK, code, Severity.ERROR, path, facts)


class _Hashing:
    """Passes the bytes on; what they hash to is known when they are read to their end."""

    def __init__(
        self, entry: Entry, algorithms: Iterable[str], seen: dict[tuple[str, str], str]
    ) -> None:
        self._source = entry.open()
        self._path, self._seen = entry.path, seen
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        for name, digest in self._digests.items():
            digest.update(data)
            if not data:
                self._seen[self._path, name] = digest.hexdigest()
        return data

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> "_Hashing":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
