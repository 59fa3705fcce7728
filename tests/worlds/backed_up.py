"""An archive with a stored case file and one still open, and a backup of it with its keys."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from ingest.submissions.acts import accept, submit
from tests.worlds.archive import copy_home, new_home, open_home, person, small_pdf_case
from tests.worlds.clients import do_all
from tests.worlds.command import Command

OPEN_CODE = "H40.18.2025.10.QLCT"
STORED_CODE = "H40.18.2025.08.QLCT"


@functools.cache
def _first() -> Path:
    """One case file is stored, another waits at the desk; a backup with packages was made."""
    place = Path(tempfile.mkdtemp(prefix="backed-up-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    home = new_home(place / "home")
    with open_home(home) as services:
        for name, code in (("stored", STORED_CODE), ("open", OPEN_CODE)):
            (place / name).mkdir()
            small_pdf_case(place / name, code=code)
            (identifier,) = submit(place / name, actor=person(services, "bach"), services=services)
            do_all(services)
            if name == "stored":
                accept(services, identifier, actor=person(services, "lan"))
                do_all(services)
    Command(copy_home(home, place / "backed-up")).ask(
        "backup", "--to", place / "medium", "--objects"
    )
    (place / "backed-up" / "backup-keys").rename(place / "keys")
    return place


def stocked_home(target: Path) -> Path:
    """A home of one's own that holds one case file; another waits at the desk."""
    return copy_home(_first() / "home", target)


def medium_and_keys(target: Path) -> tuple[Path, Path]:
    """A full backup of it with packages, and its keys, to be spoilt."""
    for name in ("medium", "keys"):
        shutil.copytree(_first() / name, target / name)
    return target / "medium", target / "keys"
