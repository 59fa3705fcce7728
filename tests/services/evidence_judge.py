"""DSS and Bouncy Castle as judges of evidence records (RFC 4998)."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.services.install import Part, from_maven, need, run
from tests.services.tools import run_java

_SOURCE = Path(__file__).with_name("EvidenceJudge.java")
_GROUP = "eu.europa.ec.joinup.sd-dss"
_JARS = from_maven(f"{_GROUP}:dss-evidence-record-asn1", f"{_GROUP}:dss-utils-apache-commons")


def _fill(folder: Path, version: str) -> None:
    """The jars, of which Bouncy Castle is one, and our few lines that ask them."""
    _JARS(folder, version)
    javac = need("javac", "default-jdk-headless")
    shutil.copy(_SOURCE, folder)
    run([javac, "-cp", f"{folder}/*", "-d", str(folder), str(folder / _SOURCE.name)])


DSS = Part("dss-evidence-record", "6.4", _fill)


def judge_records(pairs: Iterable[tuple[Path, Path]]) -> list[tuple[str, str]]:
    """Of each record with its object what DSS and what Bouncy Castle say: ``ok``, or why not."""
    given = [str(path) for pair in pairs for path in pair]
    done = run_java(DSS, "EvidenceJudge", *given)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    if len(lines) * 2 != len(given):
        raise AssertionError(f"no verdict: {done.stderr[-2000:]}")
    return [(dss, bouncy_castle) for dss, bouncy_castle in lines]
