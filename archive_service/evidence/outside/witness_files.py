"""Checkpoints that a file or a folder outside holds, as `archive evidence seal --to` wrote them."""

import re
from collections.abc import Iterator
from pathlib import Path

from archive_service.errors import InputError
from archive_service.evidence.checkpoint import (
    CheckpointUnreadableError,
    parse_checkpoint,
)
from archive_service.evidence.vouching import OUTSIDE, Claim

_KEPT = re.compile(r".+-[0-9]{12}\.txt")


class WitnessUnreadableError(InputError):
    """A folder without a checkpoint, or a damaged one in it, is no witness: ``path``."""


def read_witness(path: Path) -> Iterator[Claim]:
    """The checkpoints that a file, or the files of a folder, hold.

    Of a folder, what is none is passed over, unless it bears the name of a kept checkpoint.

    Raises:
        CheckpointUnreadableError: the file holds none.
        WitnessUnreadableError: the folder holds none, or one that was damaged.
    """
    if path.is_file():
        yield Claim(f"{OUTSIDE}{path.name}", parse_checkpoint(path.read_text("utf-8", "replace")))
        return
    count = 0
    for file in sorted(entry for entry in path.iterdir() if entry.is_file()):
        try:
            held = parse_checkpoint(file.read_text("utf-8", "replace"))
        except CheckpointUnreadableError as unreadable:
            if _KEPT.fullmatch(file.name):
                raise WitnessUnreadableError(path=f"{path.name}/{file.name}") from unreadable
            continue
        count += 1
        yield Claim(f"{OUTSIDE}{path.name}/{file.name}", held)
    if not count:
        raise WitnessUnreadableError(path=path.name)
