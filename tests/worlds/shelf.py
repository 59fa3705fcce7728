"""What lies in a copy, read by its public standard alone: OCFL objects and their files."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

DATA = "representations/rep1/data/"
CATALOGUE = "metadata/descriptive/catalogue.json"


@dataclass(frozen=True)
class StoredObject:
    """One OCFL object of a copy."""

    root: Path

    @cached_property
    def inventory(self) -> dict[str, Any]:
        """The root inventory."""
        found: dict[str, Any] = json.loads((self.root / "inventory.json").read_text("utf-8"))
        return found

    @property
    def versions(self) -> int:
        """How many there are."""
        return len(self.inventory["versions"])

    @property
    def folder_name(self) -> str:
        """Name of the package's folder in TT 05/2025: ``OBJID`` with ``_`` for ``:``."""
        return str(self.inventory["id"]).replace(":", "_")

    @property
    def code(self) -> str:
        """The record code in the catalogue record."""
        return str(json.loads(self.read(CATALOGUE))["case_file"]["code"])

    def state(self, version: int = 0) -> dict[str, str]:
        """Path → digest of a version; 0 is the newest."""
        block = self.inventory["versions"][f"v{version or self.versions}"]["state"]
        return {path: digest for digest, paths in block.items() for path in paths}

    def file(self, path: str, version: int = 0) -> Path:
        """Where the bytes of one file of a version lie."""
        return self.root / str(self.inventory["manifest"][self.state(version)[path]][0])

    def read(self, path: str, version: int = 0) -> bytes:
        """One file of a version."""
        return self.file(path, version).read_bytes()

    def extract(self, target: Path, version: int = 0) -> Path:
        """The package as a folder below ``target``, named as the circular wants it."""
        folder = target / self.folder_name
        for path in self.state(version):
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.file(path, version), place)
        return folder


def objects_of(copy: Path) -> Iterator[StoredObject]:
    """Every object of a copy's storage root."""
    for declaration in sorted((copy / "ocfl").rglob("0=ocfl_object_*")):
        yield StoredObject(declaration.parent)


def object_of(copy: Path, code: str) -> StoredObject:
    """The object of one case file."""
    return next(found for found in objects_of(copy) if found.code == code)


def tree_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
