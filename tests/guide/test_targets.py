"""Nothing is marked `long` and run by no target."""

import re

from tests.guide.sources import ROOT, assert_none, place, python_files


def test_every_long_test_lies_where_make_runs_it() -> None:
    recipe = re.search(
        r"^\t.*pytest -m long (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    assert recipe is not None
    ways = [ROOT / word for word in recipe[1].split() if not word.startswith("-")]
    assert ways
    marked = [file for file in python_files("tests") if "mark.long" in file.read_text("utf-8")]
    assert len(marked) > 5
    assert_none(place(file) for file in marked if not any(file.is_relative_to(way) for way in ways))
