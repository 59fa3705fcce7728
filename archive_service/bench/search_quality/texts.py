"""The texts of the made archive, as they stand in the folder beside this module."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "texts"


@cache
def load(name: str) -> dict[str, Any]:
    """What stands in one file of the folder."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
