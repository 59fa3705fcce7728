"""Holdings written out, and what lies there."""

import csv
import subprocess
from pathlib import Path

from tests.worlds.command import Answer, Command


def exported(
    home: Path, folder: Path, form: str = "aip", *more: object, who: str = "lan"
) -> Answer:
    """What the command says of everything."""
    given = ("case", "export", "--all", "--form", form, "--to", folder, "--json", *more)
    return Command(home).run(*given, account=who)


def assert_sound(folder: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    named = {line.split("  ", 1)[1] for line in lines(folder / "SHA256SUMS")}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    beside = {name for name in there if name.startswith("packages/") and name.endswith(".sha256")}
    assert there - beside == named | {"SHA256SUMS", "export.txt"}


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def catalogue(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "catalogue.csv").open(encoding="utf-8-sig", newline="") as rows:
        return {row["code"]: row for row in csv.DictReader(rows)}
