"""Erasing one file that is in no copy: a key, which opens what lies on media out of reach."""

import os
from contextlib import suppress
from pathlib import Path

from archive_service.storage.durable import our_errors, sync_folder


def erase_file(file: Path) -> None:
    """Overwrite its bytes where they lie, as far as the file system lets one, then remove it.

    Fine if there is none. ``StoreUnreachableError`` where the folder does not let go of it.
    """
    with our_errors(file.name, file.parent), suppress(FileNotFoundError):
        with file.open("r+b", buffering=0) as written:
            written.write(bytes(os.fstat(written.fileno()).st_size))
            os.fsync(written.fileno())
        file.unlink()
        sync_folder(file.parent)
