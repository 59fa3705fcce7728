"""Erasing from a copy on a file system; its medium may still hold the bytes."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from archive_service.storage.durable import our_errors, sync_folder
from archive_service.storage.filesystem import ASIDE
from archive_service.storage.port import ObjectNotFoundError, StoreUnreachableError, require_key


class FilesystemEraser:
    """Files under ``root``; a folder left empty goes too, since OCFL allows none."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def erase(self, key: str) -> None:
        """See ``Eraser.erase``."""
        require_key(key)
        if not self._root.is_dir():
            raise StoreUnreachableError(key=key, reason="no folder", root=str(self._root))
        path = self._root / key
        with our_errors(key, self._root), suppress(ObjectNotFoundError, FileNotFoundError):
            path.unlink()
        with our_errors(key, self._root):
            self._without_empty(path.parent)
        self.erase_all(f"{ASIDE}/{key}")

    def iter_left(self, folder: str) -> Iterator[str]:
        """See ``Eraser.iter_left``; a folder without files counts as one, with a slash behind."""
        require_key(folder)
        if not self._root.is_dir():
            raise StoreUnreachableError(key=folder, reason="no folder", root=str(self._root))
        with our_errors(folder, self._root):
            above = len(str(self._root)) + 1
            for place in self._places(folder):
                for below, folders, files in os.walk(place, onerror=_tell):
                    yield from _named(below[above:], folders, files)

    def require_free(self, folder: str) -> None:
        """See ``Eraser.require_free``: a file system has no locks."""

    def erase_all(self, folder: str) -> int:
        """See ``Eraser.erase_all``; one sync, of the folder that no longer names the tree."""
        count = 0
        root = str(self._root)
        for key in self.iter_left(folder):
            with our_errors(key, self._root), suppress(FileNotFoundError):
                if not key.endswith("/"):
                    os.unlink(f"{root}/{key}")  # noqa: PTH108 - thousands of times
            count += 1
        with our_errors(folder, self._root):
            for path in self._places(folder):
                for place, _, _ in os.walk(path, topdown=False):
                    with suppress(OSError):  # something came in meanwhile: it is told as left
                        Path(place).rmdir()
                self._without_empty(path.parent)
        return count

    def _places(self, folder: str) -> tuple[Path, ...]:
        """Where it lies, and where lies what was in the way of its files."""
        return self._root / folder, self._root / ASIDE / folder

    def _without_empty(self, folder: Path) -> None:
        while folder != self._root:
            if folder.is_dir():
                if any(folder.iterdir()):
                    sync_folder(folder)
                    return
                with suppress(OSError):  # something came in meanwhile, or another took it away
                    folder.rmdir()
            folder = folder.parent
        sync_folder(self._root)


def _named(below: str, folders: list[str], files: list[str]) -> Iterator[str]:
    folders.sort()
    yield from (f"{below}/{name}" for name in sorted(files))
    if not folders and not files:
        yield f"{below}/"


def _tell(trouble: OSError) -> None:
    """A folder that does not open is not an empty one."""
    if not isinstance(trouble, FileNotFoundError):
        raise trouble
