"""How a file was made tells of paths in its package: the same after its files have other paths."""

from collections.abc import Mapping

from pydantic import JsonValue

_OF_PATHS = ("supersedes", "outcomes")


def with_paths(facts: Mapping[str, JsonValue], paths: Mapping[str, str]) -> dict[str, JsonValue]:
    """What tells of paths in ``data/``, with the new ones; that of no file stays.

    Args:
        told: ``making`` or ``migration`` of a file.
        paths: the new path by the old one.
    """
    return {
        name: [paths.get(str(path), path) for path in value]
        if name in _OF_PATHS and isinstance(value, list)
        else value
        for name, value in facts.items()
    }
