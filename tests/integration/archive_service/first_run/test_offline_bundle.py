"""A release is installed from its bundle and does the main job where there is no network at all."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from archive_service.demo.home import make_home
from tests.guide.sources import ROOT, tracked
from tests.integration.archive_service.demo.left_behind import require_demo

SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"
CUT_OFF = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "-")
PAGES = """
import os
from pathlib import Path

from archive_service.bootstrap import open_services
from archive_service.app import create_app
from archive_service.settings import load_settings
from archive_service.static.vendor import TARGET

services = open_services(load_settings(Path(os.environ["ARCHIVE_HOME"])))
client = create_app(services).test_client()
assert client.get("/sign-in").status_code == 200
sheets = [one for one in TARGET.rglob("*") if one.suffix in (".css", ".mjs", ".woff2")]
assert len(sheets) > 5
for one in sheets:
    assert client.get(f"/static/vendor/{one.relative_to(TARGET)}").status_code == 200, one
services.close()
"""


def made(target: Path) -> Path:
    """The bundle of this tree, unpacked."""
    subprocess.run([ROOT / "deploy" / "release.sh", target, SERIES], check=True)
    (bundle,) = target.glob("*-offline.tar")
    subprocess.run(["tar", "-xf", bundle, "-C", target], check=True)
    bundle.unlink()
    return bundle.with_suffix("")


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """On a disk: two bundles and two releases are too much for memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def machine(disk: Path) -> Mapping[str, str]:
    """All that a bare machine has in its environment: this Python, and an empty home."""
    if subprocess.run([*CUT_OFF, "true"], capture_output=True, check=False).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("needed in CI: network namespaces, and ip of Debian's iproute2")
        pytest.skip("network namespaces are not to be had here")
    folder = disk / "machine"
    folder.mkdir()
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    places = {"HOME": str(folder), "ARCHIVE_HOME": str(folder / "kho lưu trữ")}
    return {"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **places}


@pytest.fixture(scope="module")
def bundle(disk: Path) -> Path:
    return made(disk / "release")


@pytest.fixture(scope="module")
def next_bundle(bundle: Path, disk: Path) -> Path:
    """As the release after it would be bundled: its own wheel, the libraries that are there."""
    tree = disk / "tree"
    for file in tracked():
        (tree / file.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tree / file.relative_to(ROOT))
    vendored = Path("archive_service") / "static" / "vendor"
    shutil.copytree(ROOT / vendored, tree / vendored)
    project = tree / "pyproject.toml"
    told = project.read_text("utf-8")
    project.write_text(told.replace('version = "0.1.0"', 'version = "0.1.1"', 1), "utf-8")
    following = disk / "next"
    shutil.copytree(bundle, following, copy_function=os.link)
    (before,) = following.glob("wheels/archive_service-*.whl")
    before.unlink()
    built = ("--wheel", "--no-build-isolation", "--python", sys.executable, "-o", before.parent)
    subprocess.run([ROOT / ".venv" / "bin" / "uv", "build", "-q", *built, tree], check=True)
    (own,) = following.glob("wheels/archive_service-*.whl")
    libraries = following / f"python{SERIES}.txt"
    *lines, _ = libraries.read_text("utf-8").splitlines()
    lines.append(f"archive-service==0.1.1 --hash=sha256:{digest(own)}")
    files = {libraries: "\n".join(lines), following / "VERSION": "0.1.1"}
    for file, text in files.items():
        anew(file, f"{text}\n")
    sums = following / "SHA256SUMS"
    others = [line for line in sums.read_text("utf-8").splitlines() if not of(line, *files, before)]
    others += [f"{digest(file)}  ./{file.relative_to(following)}" for file in (own, *files)]
    anew(sums, "\n".join(others) + "\n")
    return following


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def of(line: str, *files: Path) -> bool:
    """Whether the line of digests is that of one of these."""
    return Path(line.partition("  ")[2]).name in {file.name for file in files}


def anew(file: Path, text: str) -> None:
    """Written in place of what it was; the other bundle has the same file."""
    file.unlink()
    file.write_text(text, "utf-8")


def run(machine: Mapping[str, str], *words: object) -> "subprocess.CompletedProcess[str]":
    """Without any network, as root of a hardened machine, whose files nobody else may read."""
    line, given = [*CUT_OFF, *map(str, words)], dict(machine)
    return subprocess.run(
        line, env=given, cwd="/", umask=0o077, capture_output=True, text=True, check=False
    )


def uncompiled(machine: Mapping[str, str], disk: Path) -> Mapping[str, str]:
    """The machine where nothing is compiled: of the second release it is as of the first."""
    (disk / "idle").mkdir()
    (disk / "idle" / "compileall.py").touch()
    return {**machine, "PYTHONPATH": str(disk / "idle")}


def require_compiled(library: Path) -> None:
    """Modules of ours and of others, the account of a service may write none."""
    for name in ("archive_service/main.py", "retention/clock_check.py", "flask/app.py"):
        (module,) = library.glob(f"python*/site-packages/{name}")
        assert Path(cache_from_source(module)).is_file(), name


def require_readable(folder: Path) -> None:
    """By the account of the service, which is not the one that installed."""
    for part in (folder, *folder.rglob("*")):
        if not part.is_symlink():
            wanted = 0o005 if part.is_dir() else 0o004
            assert part.stat().st_mode & wanted == wanted, part


def test_a_bundle_is_installed_does_the_main_job_and_is_upgraded_without_a_network(
    machine: Mapping[str, str], bundle: Path, next_bundle: Path, disk: Path
) -> None:
    folder = disk / "opt"
    archive = folder / ".venv" / "bin" / "archive"
    for _ in range(2):  # safe to repeat
        answer = run(machine, bundle / "install.sh", folder)
        assert answer.returncode == 0, answer.stderr
        assert "archive setup" in answer.stdout
    assert (folder / "deploy" / "nginx.conf").is_file()
    assert (folder / "docs" / "operations.md").is_file()
    require_compiled(folder / ".venv" / "lib")
    require_readable(folder)
    home = Path(machine["ARCHIVE_HOME"])
    make_home(home)
    (home / "left by an earlier run").write_text("x")
    demo = run(machine, archive, "demo", "--json", "--lang", "en")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    told = json.loads(demo.stdout)
    assert not (home / "left by an earlier run").exists()
    # There is no make here.
    assert f"--home {shlex.quote(str(home))} serve" in told["serve"]["command"]
    require_demo(home, told, disk)
    pages = run(machine, folder / ".venv" / "bin" / "python", "-c", PAGES)
    assert pages.returncode == 0, pages.stderr

    wheel = next(next_bundle.glob("wheels/archive_service-*.whl"))
    sound = wheel.read_bytes()
    wheel.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    answer = run(machine, next_bundle / "install.sh", folder)
    assert answer.returncode == 1
    assert "nothing was installed" in answer.stderr
    assert run(machine, archive, "--version").stdout.endswith("0.1.0\n")
    wheel.write_bytes(sound)

    answer = run(uncompiled(machine, disk), next_bundle / "install.sh", folder)
    assert answer.returncode == 0, answer.stderr
    assert "archive upgrade" in answer.stdout
    assert run(machine, archive, "--version").stdout.endswith("0.1.1\n")
    upgraded = run(machine, archive, "upgrade", "--without-backup", "thử", "--json")
    assert upgraded.returncode == 0, upgraded.stdout + upgraded.stderr
    assert run(machine, archive, "audit", "verify").returncode == 0
    assert sorted(path.name for path in (folder / "releases").iterdir()) == ["0.1.0", "0.1.1"]


def test_a_folder_of_another_way_of_installing_is_left_alone(
    machine: Mapping[str, str], bundle: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "opt" / ".venv" / "kept"
    kept.parent.mkdir(parents=True)
    kept.touch()
    answer = run(machine, bundle / "install.sh", tmp_path / "opt")
    assert answer.returncode == 1
    assert ".venv is no link" in answer.stderr
    assert [path.name for path in (tmp_path / "opt").iterdir()] == [".venv"]
