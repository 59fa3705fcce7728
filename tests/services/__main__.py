"""Installs the outside judges and says where they are: ``python -m tests.services``."""

import os
import sys

from tests.services.install import ToolMissingError, ensure, need
from tests.services.tools import BROWSERS, PARTS, chromium_path


def _browser() -> str:
    if not os.environ.get("ARCHIVE_CHROMIUM"):
        need(BROWSERS[0], "chromium")
    return chromium_path()


def _tesseract() -> str:
    """The reference of ``archive bench digitize``."""
    return need("tesseract", "tesseract-ocr", "tesseract-ocr-vie")


SYSTEM = {"chromium": _browser, "tesseract": _tesseract}


def main() -> int:
    """0 if every judge is there; else 1 in CI, and a plain list of what its tests will skip."""
    missing = []
    for part in PARTS:
        try:
            print(f"{part.name} {part.version}: {ensure(part)}", flush=True)
        except ToolMissingError as error:
            missing.append(f"{part.name}: {error}")
    for name, find in SYSTEM.items():
        try:
            print(f"{name}: {find()}", flush=True)
        except ToolMissingError as error:
            missing.append(f"{name}: {error}")
    for line in missing:
        print(f"Missing: {line}", file=sys.stderr)
    if missing:
        print("The tests that need these are skipped (in CI they fail).", file=sys.stderr)
    return 1 if missing and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
