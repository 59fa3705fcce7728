"""The map (docs/architecture.md), its picture and the decisions fit on their pages and are true."""

import ast
import re

from tests.guide.house import rights, states
from tests.guide.house.floor_plan import picture
from tests.guide.house.rooms import rooms
from tests.guide.sources import ROOT, assert_none, tree

MAP = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "rooms.svg"
DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())
MAP_LINES, DECISION_LINES = 150, 60
PATH = re.compile(r"`([\w.-]+/(?:[\w.-]+/)*(?:[\w-]+\.\w+)?)`")
SHOWN = re.compile(r"<title>([\w.]+)</title>")


def test_map_and_decisions_are_short() -> None:
    lengths = {page: len(page.read_text("utf-8").splitlines()) for page in (MAP, *DECISIONS)}
    assert_none(
        f"{page.name}: {lines} lines"
        for page, lines in lengths.items()
        if lines > (MAP_LINES if page == MAP else DECISION_LINES)
    )


def test_paths_of_the_map_and_the_decisions_are_there() -> None:
    assert_none(
        f"{page.name}: {name}"
        for page in (MAP, *DECISIONS)
        for name in PATH.findall(page.read_text("utf-8"))
        if not (ROOT / name).exists()
    )


def test_the_map_has_a_line_for_each_room_in_the_words_of_its_package() -> None:
    lines = {line for line in MAP.read_text("utf-8").splitlines() if line.startswith("* `")}
    wanted = set()
    for room in rooms(ROOT):
        folder = ROOT.joinpath(*room.split("."))
        words = ast.get_docstring(tree(folder / "__init__.py"))
        wanted.add(f"* `{folder.relative_to(ROOT)}/` {words}")
    assert_none(wanted - lines)


def test_the_picture_shows_the_rooms_that_there_are() -> None:
    """Where not: `python -m tests.guide.house --picture docs/rooms.svg`."""
    shown, there = (
        set(SHOWN.findall(text)) for text in (PICTURE.read_text("utf-8"), picture(ROOT))
    )
    assert_none(shown ^ there)


def test_the_page_of_states_is_that_of_the_tables() -> None:
    """Where not: `python -m tests.guide.house.states`."""
    assert states.PAGE.read_text("utf-8") == states.page()


def test_the_page_of_rights_is_that_of_the_table() -> None:
    """Where not: `python -m tests.guide.house.rights`."""
    assert rights.PAGE.read_text("utf-8") == rights.page()


def test_a_decision_has_a_number_a_title_and_three_sections() -> None:
    assert [page.name[:5] for page in DECISIONS] == [
        f"{number:04}-" for number in range(1, len(DECISIONS) + 1)
    ]
    for page in DECISIONS:
        lines = page.read_text("utf-8").splitlines()
        assert lines[0].startswith(f"# {int(page.name[:4])}. "), page.name
        sections = [line for line in lines if line.startswith("## ")]
        assert sections == ["## Context", "## Decision", "## Consequence"], page.name
