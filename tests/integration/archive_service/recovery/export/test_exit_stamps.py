"""docs/exit.md proves stamps with their renewals and newer trees, by openssl and Python alone."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.worlds.archive import COPIES
from tests.worlds.public_reader import Reader, by_heading, public_tools
from tests.worlds.renewed_stamps import renewed_home
from tests.worlds.stamp_service import stamp_service

HEADING = "Stamps over the whole trail"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose stamps were renewed once, and whose objects were hashed anew; its root."""
    place = tmp_path_factory.mktemp("stamped")
    home = renewed_home(place, "root.pem")
    shutil.copytree(home / COPIES[0], place / "store")
    return place


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public_tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture
def store(given: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(given / "store", tmp_path / "store"))


def told(given: Path, store: Path, toolbox: Path, *, roots: bool = True) -> CompletedProcess[str]:
    folder = store.parent / "reader"
    folder.mkdir()
    found = sorted((store / "ocfl").rglob("v*/inventory.json"))
    (folder / "inventories.txt").write_text("".join(f"{path}\n" for path in found))
    places = {"STORE": str(store), "PROOF": str(store)}
    places |= {"STAMP_ROOTS": str(given / "root.pem")} if roots else {}
    return Reader(folder, toolbox, places).run(by_heading(HEADING, 0))


@pytest.mark.parametrize("roots", [True, False])
def test_renewals_and_newer_trees_are_proved(
    given: Path, store: Path, toolbox: Path, *, roots: bool
) -> None:
    done = told(given, store, toolbox, roots=roots)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "3 stamps in 2 chains" in done.stdout
    assert " files as they were hashed anew by sha512" in done.stdout
    assert "\n0 versions and segments" not in done.stdout


def _body(kind: str, act: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def damage(store: Path) -> None:
        file = min((store / "acts" / kind).glob("*.json"))
        whole = json.loads(file.read_text())
        act(whole["body"])
        file.write_text(json.dumps(whole))

    return damage


def _flipped(body: dict[str, object]) -> None:
    token = bytearray(base64.b64decode(str(body["token"])))
    token[-1] ^= 1
    body["token"] = base64.b64encode(token).decode()


def _event_changed(store: Path) -> None:
    segment = min((store / "audit").glob("*.jsonl"))
    segment.write_bytes(segment.read_bytes().replace(b'"operator"', b'"operatos"', 1))


def _file_changed(store: Path) -> None:
    held = next(path for path in sorted((store / "ocfl").rglob("content/**/*")) if path.is_file())
    held.write_bytes(held.read_bytes() + b" ")


def _new_digest_changed(store: Path) -> None:
    (beside,) = (store / "acts" / "stamp-renewal").glob("*.txt")
    lines = beside.read_text().splitlines()
    first = lines[0].split()
    first[-1] = first[-1][:-1] + ("0" if first[-1][-1] != "0" else "1")
    beside.write_text("\n".join([" ".join(first), *lines[1:]]) + "\n")


DAMAGES = {
    "a stamp of another log": (_event_changed, "ANOTHER LOG"),
    "a stamp damaged": (_body("log-stamp", _flipped), "STAMP DOES NOT HOLD"),
    "a file changed since": (_file_changed, "NOT AS HASHED ANEW"),
    "a new digest changed": (_new_digest_changed, "NOT IN THE NEWER TREE"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_does_not_hold_is_named(given: Path, store: Path, toolbox: Path, damage: str) -> None:
    act, said = DAMAGES[damage]
    act(store)
    done = told(given, store, toolbox)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr, (done.stdout, done.stderr)


def test_roots_of_another_authority_prove_nothing(
    given: Path, store: Path, toolbox: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with stamp_service(days=20) as service:
        service.trusted_in(other)
        shutil.copy(other / "trust" / f"stamps-{service.port}.crt", other / "root.pem")
    done = told(other, store, toolbox)
    assert "STAMP DOES NOT HOLD" in done.stdout + done.stderr
