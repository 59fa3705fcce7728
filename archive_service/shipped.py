"""Where the files lie that go with the code: beside it in the repository, within it in a wheel."""

from pathlib import Path

_WITHIN = Path(__file__).resolve().parent / "_shipped"  # made by the wheel alone
ROOT = _WITHIN if _WITHIN.is_dir() else _WITHIN.parents[1]
CONFIG = ROOT / "config"
DOCS = ROOT / "docs"
DEPLOY = ROOT / "deploy"
