"""A court pack carries renewals and newer hash trees; damaged and forged ones are refused."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.archive import open_home
from tests.worlds.backed_up import STORED_CODE
from tests.worlds.command import Command
from tests.worlds.renewed_stamps import renewed_home


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pack, whose stamp was renewed once before the change of algorithm."""
    place = tmp_path_factory.mktemp("renewed")
    home = renewed_home(place, "root.crt")
    with open_home(home) as services:
        (place / "archive.crt").write_bytes(services.signer().certificate.der)
    told = Command(home).ask(
        "case", "export", STORED_CODE, "--form", "court", "--to", place, account="hung"
    )
    Path(told["path"]).rename(place / "pack")
    return place


@pytest.fixture
def pack(given: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(given / "pack", tmp_path / "pack"))


def verified(pack: Path, given: Path) -> tuple[int, str]:
    line = [sys.executable, "-I", "-S", str(pack / "verify.py")]
    line += ["--root", str(given / "root.crt"), "--signer", str(given / "archive.crt")]
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=pack.parent)
    return done.returncode, done.stdout + done.stderr


def test_it_proves_by_the_renewals_and_the_new_tree(pack: Path, given: Path) -> None:
    code, told = verified(pack, given)
    assert (code, "v1 was hashed anew, each file of it" in told) == (0, True), told
    assert "word alone" not in told
    assert sum(map(len, json.loads((pack / "stamps.json").read_text())[0]["renewed"])) == 2
    assert verified(pack, given)[0] == 0, "what Python leaves beside it is no part of the pack"


def changed(name: str, act: Callable[[Any], object]) -> Callable[[Path], None]:
    def damage(pack: Path) -> None:
        file = pack / name
        told = json.loads(file.read_text())
        act(told[0] if name == "stamps.json" else told["1"])
        file.write_text(json.dumps(told))

    return damage


def _flipped(one: Any) -> None:
    token = bytearray(base64.b64decode(one["token"]))
    token[-1] ^= 1
    one["token"] = base64.b64encode(token).decode()


DAMAGES = {
    "a renewal of another stamp": (
        changed("stamps.json", lambda t: t["renewed"][0][0]["reduced"].insert(0, ["ab" * 32])),
        "over something else",
    ),
    "a renewal left out": (
        changed("stamps.json", lambda t: t["renewed"][0].clear()),
        "over something else",
    ),
    "the new chain is another's": (
        changed("anew.json", lambda t: t.update(token=t["renewed"][1][0]["token"])),
        "by another digest algorithm",
    ),
    "two algorithms in a chain": (
        changed("stamps.json", lambda t: t["renewed"][0][0].update(algorithm="sha512")),
        "two digest algorithms",
    ),
    "another algorithm": (
        changed("stamps.json", lambda t: t["renewed"][1][0].update(algorithm="sha384")),
        "by another digest algorithm",
    ),
    "a node too many": (
        changed("stamps.json", lambda t: t["renewed"][1][0]["reduced"].append(["ab" * 64])),
        "no time stamp is under the root",
    ),
    "a signature damaged": (
        changed("stamps.json", lambda t: _flipped(t["renewed"][1][0])),
        "no time stamp is under the root",
    ),
    "a file is not in the new tree": (
        changed("anew.json", lambda t: t["renewed"][1][0]["reduced"][0].pop()),
        "",  # its file, or the inventory itself
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_renewal_is_refused_with_its_reason(pack: Path, given: Path, damage: str) -> None:
    act, reason = DAMAGES[damage]
    act(pack)
    code, told = verified(pack, given)
    assert (code, reason in told.rpartition("REFUSED: ")[2]) == (1, True), told
