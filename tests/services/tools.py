"""The outside judges of our output: veraPDF, commons-ip, ocfl-py, bagit, age, and a browser.

Nothing is fetched here: ``make judges`` does that. A judge that is missing raises
``ToolMissingError``, which ``tests/conftest.py`` turns into a skip, and into a failure in CI.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.install import Part, ToolMissingError, from_maven, from_pypi, installed

VERAPDF = Part("verapdf", "1.28.2", from_maven("org.verapdf.apps:greenfield-apps"))
COMMONS_IP = Part("commons-ip", "2.10.0", from_maven("org.roda-community:commons-ip2"))
OCFL_PY = Part("ocfl-py", "2.1.0", from_pypi("ocfl-py"))
BAGIT = Part("bagit", "1.9.0", from_pypi("bagit"))
VERAPDF_MAIN = "org.verapdf.apps.GreenfieldCliWrapper"
COMMONS_IP_MAIN = "org.roda_project.commons_ip2.cli.Main"
PARTS = (VERAPDF, COMMONS_IP, OCFL_PY, BAGIT)
# The shell first: it is the same browser without the windows of one, at half the time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")

_VERDICT = re.compile(r"^(PASS|FAIL) (.+?)(?: (\d[abefu]?))?$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What veraPDF says of one file; ``details`` are its words on what failed."""

    path: Path
    passed: bool
    flavour: str  # "2b"; empty where the file could not be read
    details: str


def verapdf(paths: Iterable[Path]) -> list[Verdict]:
    """Judge PDF files against the PDF/A level they claim, in their order, in one start of Java.

    A file that makes no claim is judged as 1b, and one that is no PDF does not pass.
    """
    files = [path.resolve() for path in paths]
    done = run_java(VERAPDF, VERAPDF_MAIN, "--format", "text", "-v", *files)
    found: dict[str, Verdict] = {}
    last = ""
    for line in done.stdout.splitlines():
        if said := _VERDICT.match(line):
            last = said[2]  # the lines below a verdict that begin with a blank belong to it
            found[last] = Verdict(Path(last), said[1] == "PASS", said[3] or "", "")
        elif last and line.startswith(" "):
            seen = found[last]
            found[last] = Verdict(seen.path, seen.passed, seen.flavour, f"{seen.details}{line}\n")
    silent = f"no verdict: {done.stderr[-2000:]}"
    return [found.get(str(path), Verdict(path, False, "", silent)) for path in files]


def commons_ip(package: Path) -> dict[str, Any]:
    """The report of commons-ip on one E-ARK package: a ZIP, or its folder.

    Its exit code says nothing: read ``["summary"]["result"]`` and ``["validation"]``.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("validate", "-i", package.resolve(), "-o", folder)
        # It leaves a log where it is started.
        done = run_java(COMMONS_IP, COMMONS_IP_MAIN, *arguments, cwd=folder)
        reports = sorted(Path(folder).rglob("*.json"))
        if not reports:
            raise AssertionError(f"commons-ip wrote no report: {done.stdout}{done.stderr}")
        report: dict[str, Any] = json.loads(reports[0].read_text("utf-8"))
        return report


def commons_ip_create(
    target: Path,
    representations: Mapping[str, Path],
    *,
    metadata: Path,
    metadata_type: str,
    documentation: Path | None = None,
    more: Iterable[str] = (),
) -> Path:
    """A SIP that commons-ip makes, as the ZIP it writes into ``target``.

    Args:
        representations: by identifier the folder of each; its name becomes one below ``data/``.
        more: further options of its command ``create``.
    """
    target.mkdir(parents=True, exist_ok=True)
    options = ["--metadata-file", metadata.resolve(), "--metadata-type", metadata_type]
    for name, folder in representations.items():  # the identifier first: the next one ends a group
        options += ["--representation-id", name, "--representation-data", folder.resolve()]
    if documentation is not None:
        options += ["--documentation", documentation.resolve()]
    agent = ["--submitter-name", "Submitter", "--submitter-id", "H40.18"]
    done = run_java(COMMONS_IP, COMMONS_IP_MAIN, "create", *options, *agent, *more, cwd=str(target))
    made = sorted(target.glob("*.zip"))
    if len(made) != 1:
        raise AssertionError(f"commons-ip made no package: {done.stdout}{done.stderr}")
    return made[0]


def ocfl_validate(*object_roots: Path) -> tuple[bool, str]:
    """Whether ocfl-py finds every OCFL object valid, each digest read, and what it says.

    Give it objects: of a storage root it does not look inside.
    """
    script = _folder(OCFL_PY) / "bin" / "ocfl-validate.py"
    python = script.with_name("python")
    done = _run([str(python), str(script), *map(str, object_roots)])
    return done.returncode == 0, done.stdout + done.stderr


def bag_validate(folder: Path) -> tuple[bool, str]:
    """Whether the Library of Congress's bagit.py finds the bag valid, and what it says."""
    script = _folder(BAGIT) / "bin" / "bagit.py"
    done = _run([str(script.with_name("python")), str(script), "--validate", str(folder)])
    return done.returncode == 0, done.stdout + done.stderr


def age_path() -> str:
    """The program ``age``, which opens what is encrypted for the way."""
    found = shutil.which("age")
    if found is None:
        raise ToolMissingError("age is missing: run `make judges` (age).")
    return found


def chromium_path() -> str:
    """The browser of the system for Playwright's ``executable_path``."""
    named = os.environ.get("ARCHIVE_CHROMIUM")
    for name in [named] if named else BROWSERS:
        if found := shutil.which(name):
            return found
    raise ToolMissingError("Chromium is missing: run `make judges` (chromium-headless-shell).")


def public_commands() -> dict[str, str]:
    """The judges as a shell starts them, by the names that docs/exit.md gives them."""
    scripts = [(OCFL_PY, f"ocfl-{name}.py") for name in ("validate", "root", "object")]
    commands = {
        script: shlex.join(str(_folder(part) / "bin" / name) for name in ("python", script))
        for part, script in [*scripts, (BAGIT, "bagit.py")]
    }
    for name, part, main in (
        ("commons-ip", COMMONS_IP, COMMONS_IP_MAIN),
        ("verapdf", VERAPDF, VERAPDF_MAIN),
    ):
        commands[name] = shlex.join(_java_command(part, main))
    return commands


def run_java(
    part: Part, main: str, *arguments: object, cwd: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a main class of a part's jars to its end."""
    with tempfile.TemporaryDirectory(prefix="judge-") as scratch:  # veraPDF leaves a log there
        command = _java_command(part, main, f"-Djava.io.tmpdir={scratch}")
        return _run([*command, *map(str, arguments)], cwd=cwd)


def _java_command(part: Part, main: str, *options: str) -> list[str]:
    java = shutil.which("java")
    if java is None:
        raise ToolMissingError("Java is missing: run `make judges` (default-jre-headless).")
    folder = _folder(part)
    jars = f"{folder}/*:{folder}"
    # For a life of two seconds: the collector of a server takes a quarter of them.
    short = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    plain = ["-Xmx512m", *short, "-Djava.awt.headless=true", *options]
    return [java, *plain, "-cp", jars, main]


def _folder(part: Part) -> Path:
    folder = installed(part)
    if folder is None:
        raise ToolMissingError(f"{part.name} {part.version} is missing: run `make judges`.")
    return folder


def _run(command: list[str], *, cwd: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
    )
