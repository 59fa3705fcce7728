"""What was built for one medium as a ZIP on its way out: nothing of it is laid down here."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retention.transfer.disks.disk import BuiltDamagedError
from retention.transfer.packages.folder import SUMS, read_sums

_CHUNK_BYTES = 1 << 20


class _Pipe(io.RawIOBase):
    """What the ZIP writes, until it is taken; nobody goes back in it."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # Any: whatever holds bytes
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def zipped(folder: Path, top: str) -> Iterator[bytes]:
    """The files that its SHA256SUMS names, and that itself, below ``top``; nothing is compressed.

    Raises:
        BuiltDamagedError: a file is not as it was built: what was told so far is no whole ZIP.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, digest in read_sums(folder):
            yield from _file(archive, pipe, folder, (name, f"{top}/{name}"), digest)
        yield from _file(archive, pipe, folder, (SUMS, f"{top}/{SUMS}"))
    yield pipe.taken()


def _file(
    archive: zipfile.ZipFile, pipe: _Pipe, folder: Path, names: tuple[str, str], wanted: str = ""
) -> Iterator[bytes]:
    damaged, digest = BuiltDamagedError(folder=str(folder), name=names[0]), hashlib.sha256()
    try:
        info = zipfile.ZipInfo.from_file(folder / names[0], names[1], strict_timestamps=False)
        with (folder / names[0]).open("rb") as source, archive.open(info, "w") as out:
            while chunk := source.read(_CHUNK_BYTES):
                digest.update(chunk)
                out.write(chunk)
                yield pipe.taken()
    except OSError:
        raise damaged from None
    if wanted and digest.hexdigest() != wanted:
        raise damaged
