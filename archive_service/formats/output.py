"""What a child makes: in its own folder first, from where its parent copies it."""

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Output:
    """A file, or a folder that is there, in which a child makes something; an argument of a call.

    The child is given a place of its own in its stead. What lies there when it returns is copied.
    """

    path: Path


@dataclass(frozen=True, slots=True)
class Made:
    """An ``Output``, and the place in the child's folder where it is made."""

    target: Path
    scratch: Path

    def place(self) -> Path:
        """The place, for the child; the folder of an output that is one is there."""
        place = self.scratch / self.target.name
        if self.target.is_dir():
            place.mkdir()
        return place

    def take(self) -> None:
        """Copy what was made, its regular files alone: a child may have left links to others."""
        place = self.scratch / self.target.name
        if not self.target.is_dir():
            _copy(place, None, self.target)
            return
        try:
            folder = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError:
            return
        try:
            for name in os.listdir(folder):  # noqa: PTH208 - as it was opened
                _copy(Path(name), folder, self.target / name)
        finally:
            os.close(folder)


def _copy(made: Path, folder: int | None, target: Path) -> None:
    try:
        opened = os.open(made, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:  # nothing was made, or it is a link
        return
    with os.fdopen(opened, "rb") as source:
        if stat.S_ISREG(os.fstat(opened).st_mode):
            with target.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)


def empty(folder: Path) -> None:
    """Nothing of one call is there at the next."""
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink()
