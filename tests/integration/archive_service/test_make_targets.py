"""`make serve` and `make services` answer, and Ctrl-C leaves nothing of them running."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from minio.error import S3Error

from archive_service.bench.material import make_case_files
from tests.guide.sources import PACKAGES, ROOT
from tests.services.judges import need_all
from tests.services.keeper import descendants
from tests.worlds.archive import new_home
from tests.worlds.command import PROGRAM, without_settings
from tests.worlds.crew import lives, wait_until
from tests.worlds.servers.buckets import plain_client

ANY_PORT = "LISTEN=127.0.0.1:0"
# Beside other tests a backend may take longer to answer than an archive waits for otherwise.
PATIENT = {"ARCHIVE_WEB__ASK_TIMEOUT_S": "30"}
OUTER_MAKE = ("MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS")  # of `make test`


# Targets of the README that neither .ci/run nor a test calls.
BY_HAND = {
    "faults": "hours of kills and large sizes",
    "release": "test_offline_bundle calls what it calls",
}


def test_every_target_of_the_readme_is_called() -> None:
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8")))
    in_ci = set(re.findall(r"make ([a-z-]+)", (ROOT / ".ci" / "run").read_text("utf-8")))
    assert named - in_ci - {"serve", "services", "bench", "coverage"} == BY_HAND.keys()


def test_what_is_installed_is_compiled(tmp_path: Path) -> None:
    """A service may write nothing beside its modules, and compiles none for its next start."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    library = tmp_path / ".venv" / "lib" / "library.py"
    modules = [tmp_path / package / "__init__.py" for package in PACKAGES]
    needed = ("requirements.lock", "pyproject.toml", "package-lock.json")
    vendored = [
        tmp_path / PACKAGES[0] / "static" / name for name in ("vendor.py", "vendored.sha256")
    ]
    for place in (library, *modules, *(tmp_path / name for name in needed), *vendored):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    install = tmp_path / "deploy" / "install.sh"
    install.parent.mkdir()
    install.write_text("#!/bin/sh\n", "utf-8")
    install.chmod(0o755)
    (tmp_path / ".venv" / "bin").mkdir()
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    unwilling = environment({"PYTHONDONTWRITEBYTECODE": "1"})
    subprocess.run(["make", "install"], cwd=tmp_path, env=unwilling, check=True)
    assert all(Path(cache_from_source(module)).is_file() for module in (library, *modules))

    Path(cache_from_source(modules[-1])).unlink()  # as a new release leaves it, or a pull
    subprocess.run(["make", "install"], cwd=tmp_path, env=unwilling, check=True)
    assert Path(cache_from_source(modules[-1])).is_file()


@contextmanager
def made(*words: str, settings: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """One call of make, ended by Ctrl-C as at a terminal: it and all it started end with it."""
    with subprocess.Popen(
        ["make", *words],
        cwd=ROOT,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            begun = descendants(process.pid)
            os.killpg(process.pid, signal.SIGINT)
            wait_until(lambda: process.poll() is not None)
            wait_until(lambda: not any(lives(pid) for pid in begun))
    assert begun


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """A shell's, with the archive's command on its path, these settings and no others."""
    own = {name: value for name, value in without_settings().items() if name not in OUTER_MAKE}
    return own | {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"} | dict(settings)


def lines_of(process: "subprocess.Popen[str]", last: str) -> list[str]:
    """What it says up to the line that matches ``last``; where it ends before, stderr says why."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line.strip())
        if re.search(last, line):
            return said
    pytest.fail(f"ended after {said}")


def readiness(process: "subprocess.Popen[str]") -> dict[str, object]:
    """What the served pages say of their backends."""
    *_, url = lines_of(process, "^http://")
    with urllib.request.urlopen(f"{url}readyz", timeout=60) as answer:  # noqa: S310 - ours
        told: dict[str, object] = json.load(answer)
    return told


def test_make_serve_answers_until_it_is_told_to_end(tmp_path: Path) -> None:
    home = {"ARCHIVE_HOME": str(new_home(tmp_path / "home"))}
    settings = home | PATIENT | {"ARCHIVE_CHROMIUM": "none"}
    with made("serve", ANY_PORT, settings=settings) as serving:
        assert readiness(serving)["ready"] is True


def test_make_bench_compares_with_a_reference(tmp_path: Path) -> None:
    make_case_files(tmp_path / "from", count=1, files=1, file_bytes=20_000)
    bench = f"fixity --runs 1 --json --from {tmp_path}/from"
    told = json.loads(shell(f"cd {ROOT} && make bench BENCH='{bench}'", settings={}))
    assert told["ratio"] > 0


def test_make_coverage_tells_the_lines_that_no_test_runs(tmp_path: Path) -> None:
    rules = tmp_path / "coverage"  # one room: all of them cost half a minute
    rules.write_text(
        "[run]\nbranch = true\nparallel = true\nsource = retention/terms\n", encoding="utf-8"
    )
    only = "-p no:cacheprovider tests/unit/retention/terms/test_dates.py"
    told = shell(
        f"cd {ROOT} && env -u PYTEST_XDIST_WORKER -u PYTEST_XDIST_WORKER_COUNT"
        f" make coverage WORKERS=1 TESTS='{only}'",
        settings={"COVERAGE_RCFILE": str(rules), "COVERAGE_FILE": str(tmp_path / "measured")},
    )
    rows = dict(re.findall(r"^(retention/terms/\w+\.py) .*?(\d+)%", told, re.MULTILINE))
    assert int(rows["retention/terms/rules.py"]) > 0
    assert rows["retention/terms/pages.py"] == "0"
    assert " passed" in told


def test_make_sbom_names_each_library_of_the_lock() -> None:
    shell(f"cd {ROOT} && make sbom AUDIT=none", settings={})
    told = json.loads((ROOT / "var" / "sbom.json").read_bytes())
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = set(re.findall(r"^([a-z0-9.-]+)==([^ ;]+)", lock, re.MULTILINE))
    assert told["bomFormat"] == "CycloneDX"
    assert {(component["name"], component["version"]) for component in told["components"]} == locked
    assert len(locked) > 100


def shell(script: str, *, settings: Mapping[str, str]) -> str:
    """What it prints; fails where one of its commands does."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment(settings),
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stdout


def test_make_services_prints_settings_on_which_make_serve_answers(tmp_path: Path) -> None:
    """As the end of the demo tells it, with an archive that is empty in place of the demo's."""
    need_all()
    home = {"ARCHIVE_HOME": str(tmp_path / "home")}
    make_case_files(tmp_path / "from", count=1, files=1, file_bytes=20_000)
    with ExitStack() as stack:
        keeping = stack.enter_context(made("services", settings={}))
        told = "\n".join(lines_of(keeping, "Ctrl-C ends all"))
        wanted = shell(f"{told}\narchive init --passwords-to {tmp_path}/pw >&2; env", settings=home)
        known = dict(line.split("=", 1) for line in wanted.splitlines() if "=" in line)
        archives = {name: known[name] for name in re.findall(r"export (\w+)=", told)}
        settings = (
            home | archives | PATIENT | {"ARCHIVE_CHROMIUM": "none"}
        )  # it makes no pictures first
        shell("archive status", settings=settings)
        require_two_users(settings)
        bench = f"fixity --servers --runs 1 --from {tmp_path}/from"
        shell(f"cd {ROOT} && make bench BENCH='{bench}'", settings=settings)
        serving = stack.enter_context(made("serve", ANY_PORT, settings=settings))
        assert readiness(serving) | {"ports": None} == {
            "ready": True,
            "degraded": [],
            "ports": None,
        }


def require_two_users(settings: Mapping[str, str]) -> None:
    """Each copy has a user who keeps and may not remove, and another who erases."""
    erasing = json.loads(settings["ARCHIVE_STORAGE__ERASE_CREDENTIALS"])
    for url in json.loads(settings["ARCHIVE_STORAGE__COPIES"]):
        keeper, bucket = plain_client(url)
        assert erasing[bucket].partition(":")[0] not in url
        first = next(iter(keeper.list_objects(bucket, recursive=True)))
        with pytest.raises(S3Error, match="AccessDenied"):
            keeper.remove_object(bucket, str(first.object_name))
