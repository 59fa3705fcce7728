"""The sheet beside packages: its commands run with public tools, and it says what is sent back."""

import html
import re
import subprocess
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.services import Services
from retention.transfer.disks.write import Onto, send
from retention.transfer.packages import build as packages_build
from retention.transfer.packages.folder import GUIDE
from retention.transfer.packages.guide_sheet import COMMANDS
from tests.integration.retention.transfer.disks.guide_tool import seal
from tests.services.process import program
from tests.services.tools import public_commands
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import agreed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
TOOLS = ("bash", "openssl", "sha256sum", "unzip", "xmlsec1")


@pytest.fixture(params=[False, True], ids=["zip", "bag"])
def disk(request: pytest.FixtureRequest, two: TwoArchives, tmp_path: Path) -> Path:
    """A disk of two case files; skips where a tool of the sheet is missing."""
    for tool in TOOLS:
        program(tool)
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    packages_build.build(services, row, folder=tmp_path / "out", actor=lan, bag=request.param)
    send(services, row, Onto(tmp_path / "disk"), actor=lan)
    assert (tmp_path / "out" / GUIDE).read_bytes() == (tmp_path / "disk" / GUIDE).read_bytes()
    return tmp_path / "disk"


@pytest.fixture
def services(two: TwoArchives, disk: Path) -> Services:
    """Of the giver, opened when it has gone that way."""
    return two.giver


def commands_of(disk: Path) -> dict[str, str]:
    """What the sheet on the disk says is to be typed, by its step."""
    page = (disk / GUIDE).read_text("utf-8")
    told = [html.unescape(one) for one in re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)]
    return dict(zip(COMMANDS, told, strict=True))


def run(services: Services, disk: Path, step: str) -> subprocess.CompletedProcess[str]:
    work = disk.parent / "work"
    work.mkdir(exist_ok=True)
    places = {
        "WORK": str(work),
        "ROOT": str(services.settings.home / "keys" / "authority" / "root.crt"),
        "MEDIUM": "1",
        "PATH": "/usr/bin:/bin",
    }
    bagit = f'bagit.py() {{ {public_commands()["bagit.py"]} "$@"; }}\n' if step == "bags" else ""
    line = ["bash", "-euo", "pipefail", "-c", bagit + commands_of(disk)[step]]
    return subprocess.run(line, cwd=disk, env=places, check=False, capture_output=True, text=True)


def test_every_command_of_the_sheet_runs_with_public_tools(services: Services, disk: Path) -> None:
    for step in COMMANDS:
        told = run(services, disk, step)
        assert told.returncode == 0, f"{step}: {told.stderr}"
        if step == "certificate":
            assert services.keeper.archive_name in told.stdout
            assert "sha256 Fingerprint=" in told.stdout
        if step == "bags":
            bags = len(list(disk.glob("packages/*.bag.zip")))
            assert told.stderr.count(" is valid") == bags
    assert len(list((disk.parent / "work").glob("*/*/METS.xml"))) == 2 or any(
        (disk.parent / "work").glob("*.bag")
    )


def test_what_was_altered_fails_at_its_step(services: Services, disk: Path) -> None:
    (package, *_) = sorted((disk / "packages").iterdir())
    whole = package.read_bytes()
    package.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
    assert run(services, disk, "sums").returncode != 0
    seal(disk, f"packages/{package.name}")  # as somebody would who altered it
    assert run(services, disk, "sums").returncode == 0
    assert run(services, disk, "signature").returncode == 0
    assert run(services, disk, "digests").returncode != 0
    package.write_bytes(whole)
    manifest = disk / "manifest.xml"
    signed = manifest.read_bytes()
    manifest.write_bytes(signed.replace(b'kind="sip"', b'kind="aip"', 1))
    assert run(services, disk, "signature").returncode != 0
    manifest.write_bytes(signed)
    package.unlink()
    assert run(services, disk, "digests").returncode != 0


def test_the_sheet_names_who_gives_and_what_is_sent_back(services: Services, disk: Path) -> None:
    page = (disk / GUIDE).read_text("utf-8")
    for words in (
        "biên nhận",
        "SHA-256 của manifest.xml",
        "lý do",
        "signed receipt",
        "fingerprint",
    ):
        assert words in page
    assert services.keeper.archive_code in page
    assert not re.search(
        r"\{\w+\}|packages\.transfer-guide",
        re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL),
    )
    assert f'href="{GUIDE}"' in (disk / "index.html").read_text("utf-8")
    assert str(UUID((disk / "transfer-id.txt").read_text().strip()))
