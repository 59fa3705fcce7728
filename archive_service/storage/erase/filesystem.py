"""Erasing from a copy on a file system; its medium may still hold the bytes."""

from contextlib import suppress
from pathlib import Path

from archive_service.storage.durable import our_errors, sync_folder
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
