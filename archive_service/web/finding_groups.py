"""Findings that say the same of several places, told once with all the places."""

from collections.abc import Iterable, Mapping
from typing import Any

_WORST_FIRST = ("error", "warning", "info", "ok")


def together(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """FINDINGs worst first; those alike but for their place are one, with ``places``.

    One that is marked on the page (``number``) stays by itself: its mark leads to it.
    """
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for at, found in enumerate(findings):
        alone = str(at) if found.get("number") else ""
        key = (found["severity"], found["message"], found.get("remedy") or "", alone)
        group = groups.setdefault(key, {**found, "places": []})
        if found.get("place"):
            group["places"].append({"place": found["place"], "href": found.get("href")})
    return sorted(groups.values(), key=lambda group: _WORST_FIRST.index(group["severity"]))
