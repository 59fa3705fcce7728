"""The demo's home: made anew each time, and never in the place of another's."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from archive_service.demo.agency import SAMPLE_AGENCY, SampleAgency
from archive_service.errors import ConflictError
from archive_service.settings import DEMO_MARK, HOME_FILE

TRUST = "trust"  # roots that a person laid there for the demo; they stay
_MARK_TEXT = "The demo made this folder and makes it anew at each run. Keep nothing here.\n"
ARCHIVE_CODE = "H40.99"
COPIES = ("kho-1", "kho-2")
_SETTINGS = """\
# Written by `archive demo`; read by every command on this home.
[archive]
code = "{code}"
name = "Lưu trữ tỉnh {place}"
superior = "Sở Nội vụ tỉnh {place}"
place = "{place}"

[storage]
copies = [{copies}]

[timestamp]
url = "demo:"

[destruction]
unsigned = "Diễn tập trên dữ liệu mẫu, không bắt buộc đủ chữ ký"
"""


class DemoHomeForeignError(ConflictError):
    """The folder holds something and was not made by the demo: it is left as it is."""


class DemoHomeBusyError(ConflictError):
    """A process still works on the home."""


def make_home(home: Path, agency: SampleAgency = SAMPLE_AGENCY) -> None:
    """An empty home with the demo's mark and settings; what an earlier demo left is removed.

    Certificates in ``trust/`` stay: a time-stamp service may need them from the start.

    The mark is laid first and removed by nobody, so that a killed demo can be repeated.

    Raises:
        DemoHomeForeignError: not a folder, or one with content that bears no mark.
        DemoHomeBusyError: a server or worker has files of it open.
    """
    if home.is_symlink() or (home.exists() and not home.is_dir()):
        raise DemoHomeForeignError(home=home)
    found = {entry.name for entry in home.iterdir()} if home.is_dir() else set()
    if found - {TRUST} and DEMO_MARK not in found:
        raise DemoHomeForeignError(home=home)
    if (user := _user_of(home)) is not None:
        raise DemoHomeBusyError(home=home, process=user)
    mark_home(home)
    for left in home.iterdir():
        if left.name in {DEMO_MARK, TRUST}:
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
    copies = ", ".join(f'"file:{name}"' for name in COPIES)
    text = _SETTINGS.format(code=ARCHIVE_CODE, place=agency.place, copies=copies)
    (home / HOME_FILE).write_text(text, encoding="utf-8")


def mark_home(home: Path) -> None:
    """Say of a home that it is for trying things out: from now on its toy keys count there."""
    home.mkdir(parents=True, exist_ok=True)
    (home / DEMO_MARK).write_text(_MARK_TEXT, encoding="utf-8")


def _user_of(home: Path) -> int | None:
    """A process of this machine that has a file of the home open, as far as we may look."""
    inside = f"{home.resolve()}/"
    for process in Path("/proc").glob("[0-9]*"):
        if any(name.startswith(inside) for name in _opened_by(process)):
            return int(process.name)
    return None


def _opened_by(process: Path) -> Iterator[str]:
    try:
        opened = list((process / "fd").iterdir())
    except OSError:  # another person's process, or one that just ended
        return
    for path in opened:
        with suppress(OSError):  # closed meanwhile
            yield str(path.readlink())
