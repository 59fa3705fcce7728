"""One run of a backup as it lies on a medium: its manifest, and the chain that it belongs to."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from archive_service.errors import InputError, NotFoundError
from archive_service.recovery.backup.files import BackupDamagedError, Part

FORMAT = "archive-backup/1"
MANIFEST, MINUTES = "manifest.json", "manifest.pdf"
UNSIGNED = "unsigned"  # said of the archive in a manifest whose minutes nobody could sign
_NAME = re.compile(r"\d{8}T\d{6}Z-(full|incremental|complete)(-\d+)?\Z")


class BackupKind(StrEnum):
    """``complete`` is the full set of every third year, kept beside the monthly ``full`` ones."""

    INCREMENTAL = "incremental"
    FULL = "full"
    COMPLETE = "complete"


class BackupMissingError(NotFoundError):
    """No whole backup lies in this folder, or none of this name."""


class BackupTooNewError(InputError):
    """A backup of a newer version of the product, or of another format."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a set holds; ``parts`` by their purpose, ``tables`` with forms and counts."""

    name: str
    kind: BackupKind
    made_at: str
    product: str
    revision: str
    archive: Mapping[str, str]
    with_objects: bool
    previous: Mapping[str, str] | None
    tables: list[dict[str, Any]]
    parts: dict[str, list[Part]]
    counts: dict[str, int] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)  # staged bytes that were gone already

    def as_bytes(self) -> bytes:
        """Canonical and readable JSON; the parts of a table stand with the table."""
        document = {
            "format": FORMAT,
            "name": self.name,
            "kind": str(self.kind),
            "made_at": self.made_at,
            "product": self.product,
            "revision": self.revision,
            "archive": dict(self.archive),
            "with_objects": self.with_objects,
            "previous": self.previous,
            "counts": self.counts,
            "absent": self.absent,
            "tables": [
                table | {"parts": [part.as_document() for part in table["parts"]]}
                for table in self.tables
            ],
            "parts": {
                name: [part.as_document() for part in parts] for name, parts in self.parts.items()
            },
        }
        return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> "Manifest":
        """The manifest in these bytes.

        Raises:
            BackupTooNewError: another format.
            BackupDamagedError: no manifest.
        """
        try:
            content = json.loads(data)
            if content["format"] != FORMAT:
                raise BackupTooNewError(found=content["format"], known=FORMAT)
            return cls(
                name=content["name"],
                kind=BackupKind(content["kind"]),
                made_at=content["made_at"],
                product=content["product"],
                revision=content["revision"],
                archive=content["archive"],
                with_objects=content["with_objects"],
                previous=content["previous"],
                counts=content["counts"],
                absent=content["absent"],
                tables=[
                    table | {"parts": [Part.of(part) for part in table["parts"]]}
                    for table in content["tables"]
                ],
                parts={
                    name: [Part.of(p) for p in parts] for name, parts in content["parts"].items()
                },
            )
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise BackupDamagedError(
                file=where, reason=f"{type(wrong).__name__}: {wrong}"
            ) from None

    def iter_parts(self) -> Iterator[Part]:
        """Every file that the manifest itself names, of whichever set of the chain."""
        for table in self.tables:
            yield from table["parts"]
        for parts in self.parts.values():
            yield from parts


@dataclass(frozen=True, slots=True)
class BackupSet:
    """A whole set: only a folder that was renamed into its place has a name of ours."""

    folder: Path
    manifest: Manifest
    sha256: str  # of the manifest


def iter_names(root: Path) -> Iterator[str]:
    """Names of the whole sets below ``root``, the oldest first."""
    if not root.is_dir():
        return
    for folder in sorted(root.iterdir()):
        if _NAME.match(folder.name) and folder.is_dir():
            yield folder.name


def read_set(root: Path, name: str | None = None) -> BackupSet:
    """The set of this name, or the newest.

    Raises:
        BackupMissingError: there is none.
        BackupDamagedError, BackupTooNewError: its manifest cannot be read.
    """
    names = list(iter_names(root))
    if not names or name not in (None, *names):
        raise BackupMissingError(folder=root, name=name or "—")
    folder = root / (name or names[-1])
    where = f"{folder.name}/{MANIFEST}"
    try:
        data = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise BackupDamagedError(file=where, reason="missing") from None
    manifest = Manifest.parse(data, where=where)
    if manifest.name != folder.name:
        raise BackupDamagedError(file=where, reason=f"name: {manifest.name}")
    return BackupSet(folder, manifest, sha256(data).hexdigest())
