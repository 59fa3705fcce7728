"""Benches small enough for ten minutes together, and their ratios beside those kept here."""

import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from archive_service.bench.material import make_case_files
from archive_service.bench.measure import BenchProcessError, machine

KEPT = Path(__file__).with_name("kept.toml")
SLOWER = 1.2  # more than a fifth above the kept ratio is told
MADE = "files"  # four case files of four PDFs of 2 MiB, made where the benches run
MORE_IS_BETTER = frozenset({"transfer"})  # its ratio is of speeds, that of all others of times
# Of each bench as little as still tells one release from another.
SHORT: Mapping[str, tuple[str, ...]] = {
    "ingest": ("--from", MADE),
    "fixity": ("--from", MADE),
    "rebuild": ("--cases", "30"),
    "intake": ("--seeded", "0,1000", "--cases", "15"),
    "search": ("--documents", "3000"),
    "sign": ("--documents", "10"),
    "retention": ("--case-files", "20000"),
    "transfer": ("--packages", "40", "--items", "0", "--givers", "0"),
    "destroy": ("--cases", "60"),
    "scale": ("--case-files", "600", "--asked", "10"),
    "accuracy": ("--pages", "3"),
}


def run(
    names: Iterable[str] = (), *, file: Path = KEPT, tell: Callable[[str], object] = str
) -> dict[str, Any]:
    """``{name, machine, benches: [{name, ratio, kept, slower, seconds}], slower, seconds}``.

    ``kept`` is ``None`` for a bench of which no figure is kept; ``slower`` names those whose ratio
    is ``SLOWER`` times as bad as the kept one, or worse. Each runs in a process of its own, one
    after the other, and ``tell`` hears its name before.

    Raises:
        BenchProcessError: one of them failed.
    """
    kept, began = kept_ratios(file), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place:
        make_case_files(Path(place, MADE), count=4, files=4, file_bytes=2 << 20)
        benches = list(_measured(names or SHORT, kept, Path(place), tell))
    return {
        "name": "short",
        "machine": machine(),
        "benches": benches,
        "slower": [bench["name"] for bench in benches if bench["slower"]],
        "seconds": round(time.perf_counter() - began, 1),
    }


def keep(document: Mapping[str, Any], file: Path = KEPT) -> None:
    """Let these be the figures that later runs are held against; of benches not run the old."""
    ratios = kept_ratios(file) | {bench["name"]: bench["ratio"] for bench in document["benches"]}
    lines = [f"{name} = {ratios[name]}" for name in SHORT if name in ratios]
    text = ", ".join(f"{name} {value}" for name, value in document["machine"].items())
    head = f"# Ours to the named reference of each bench, by `archive bench short`.\n# {text}\n"
    file.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def kept_ratios(file: Path = KEPT) -> dict[str, float]:
    """By bench, what was kept."""
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def _measured(
    names: Iterable[str], kept: Mapping[str, float], place: Path, tell: Callable[[str], object]
) -> Iterator[dict[str, Any]]:
    for name in names:
        tell(name)
        began = time.perf_counter()
        ratio = _ratio(name, place)
        known = kept.get(name)
        yield {
            "name": name,
            "ratio": ratio,
            "kept": known,
            "slower": known is not None and is_worse(name, ratio, known),
            "seconds": round(time.perf_counter() - began, 1),
        }


def is_worse(name: str, ratio: float, kept: float) -> bool:
    """Whether the bench became slower by more than a fifth."""
    return kept > SLOWER * ratio if name in MORE_IS_BETTER else ratio > SLOWER * kept


def _ratio(name: str, place: Path) -> float:
    command = [sys.executable, "-m", "archive_service.main", "bench", name, *SHORT[name], "--json"]
    done = subprocess.run(
        command, cwd=place, env=os.environ, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise BenchProcessError(work=" ".join(command[2:]))
    return float(json.loads(done.stdout)["ratio"])
