"""The basis of a verdict: this software, its rules, its trust; kept with the submission."""

import hashlib
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from archive_service import law
from archive_service.signing.trust.roots import Trust
from ingest.checks.examine import FileFacts

_JUDGES = ("pyhanko", "pyhanko-certvalidator", "pikepdf", "cryptography")
_FOLDERS = ("rule_sets", "standards", "code_lists", "retention_schedules", "calendars")


def verdict_of(
    *,
    checks: Sequence[str],
    trust: Trust,
    scanner: str,
    own_rules: Collection[str] = (),
    switched: Mapping[str, Path] | None = None,
) -> dict[str, Any]:
    """The grounds of a verdict, plain JSON.

    Args:
        checks: names of the checks that looked.
        scanner: signatures of the malware scanner; empty where there is none.
        own_rules: names of the rules of completeness that were asked.
        switched: files of the home that switch rules, by the name of the rules.
    """
    return {
        "software": dict(_software()),
        "checks": list(checks),
        "rule_sets": [dict(rule_set) for rule_set in _rule_sets()],
        "completeness": sorted(own_rules),
        "switches": {
            name: hashlib.sha256(file.read_bytes()).hexdigest()
            for name, file in (switched or {}).items()
        },
        "trust": dict(_trust(trust)),
        "malware_signatures": scanner,
    }


def evidence_of(facts: Iterable[FileFacts]) -> list[dict[str, Any]]:
    """The bytes that the verdicts on signatures rest on, each once."""
    pieces = {
        piece.sha256: {"kind": piece.kind, "sha256": piece.sha256, "size_bytes": piece.size_bytes}
        for seen in facts
        for report in seen.signatures
        for piece in report.evidence
    }
    return list(pieces.values())


@lru_cache(maxsize=4)
def _trust(trust: Trust) -> dict[str, Any]:
    roots = []
    for der in trust.roots:
        anchor = trust.anchor_of(der)
        roots.append(
            {
                "sha256": hashlib.sha256(der).hexdigest(),
                "name": anchor.name,
                "role": anchor.role.value,
                "valid_from": anchor.valid_from and anchor.valid_from.isoformat(),
                "valid_to": anchor.valid_to and anchor.valid_to.isoformat(),
                "certainty": anchor.certainty,
            }
        )
    return {"sha256": trust.sha256(), "roots": roots}


@lru_cache(maxsize=1)
def _software() -> tuple[tuple[str, str], ...]:
    return tuple((name, _version(name)) for name in ("archive-service", *_JUDGES))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # run from a tree that was not installed
        return ""


@lru_cache(maxsize=1)
def _rule_sets() -> tuple[tuple[tuple[str, str], ...], ...]:
    """Code, beginning and digest of every set of rules that ships, as it lies here."""
    found = []
    for folder in _FOLDERS:
        for path in sorted((law.CONFIG / folder).glob("*.toml")):
            data = path.read_bytes()
            meta = tomllib.loads(data.decode()).get("rule_set", {})
            facts = {
                "code": str(meta.get("code", path.stem)),
                "valid_from": str(meta.get("valid_from", "")),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
            found.append(tuple(facts.items()))
    return tuple(found)
