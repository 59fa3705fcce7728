"""Draws the rooms as they may import each other: an SVG, made of the contract that holds it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.guide.house.rooms import DIVIDED, folders_of, order, room_of

# Where each part of the picture begins, from above, and what stands beside it.
PARTS = {
    "archive_service.main": ("Entry points", "each starts something"),
    "archive_service.overview": ("Across all rooms", "pages and the story"),
    "": ("Rooms", "one capability each"),
    "archive_service.web": ("Shells, services", "no capability"),
    "archive_service.packaging": ("Ground floor", "what all stand on"),
}
ABOVE_ROOMS = "archive_service.workflow"
# The columns of the rooms: the folder that they lie in, its ground and its ink.
STAGES = {
    "ingest": ("#dbeafe", "#1e40af"),
    "digitize": ("#ccfbf1", "#115e59"),
    "retention": ("#fef3c7", "#92400e"),
    "search": ("#ede9fe", "#5b21b6"),
    "catalogue": ("#dcfce7", "#166534"),
    "keeping": ("#e0e7ff", "#3730a3"),
    "recovery": ("#ffe4e6", "#9f1239"),
    "signing": ("#fae8ff", "#86198f"),
    "archive_service": ("#eef2f6", "#334155"),
}
WIDTH, EDGE, BESIDE = 1240, 16, 154
COLUMN = (WIDTH - 2 * EDGE - BESIDE - 8) / len(STAGES)
BOX, STEP, BETWEEN = 22, 27, 34  # heights: of a box, from one to the next, from part to part
STYLE = """
text{font:12px system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#334155}
.part{font-size:14px;font-weight:600;fill:#0f172a}.note{font-size:11px;fill:#64748b}
.stage{font-weight:600;text-anchor:middle}.room{text-anchor:middle}
.panel{fill:#fff;stroke:#cbd5e1}.arrow{stroke:#64748b;stroke-width:1.5;fill:none}
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A room at a level; or a part of one that stands there, or a file beside the rooms."""

    room: str
    is_part: bool

    @property
    def name(self) -> str:
        """The last word of its path."""
        return self.room.rpartition(".")[2]

    @property
    def stage(self) -> str:
        """The folder that it lies in."""
        words = self.room.split(".")
        return next((word for word in reversed(words) if word in STAGES), words[0])


Level = Sequence[Box]


def levels(root: Path) -> Iterator[tuple[str, list[Level]]]:
    """Each part with its levels, from above."""
    folders = folders_of(root)
    part, found = "", list[Level]()
    for modules in (re.findall(r"[\w.]+", level) for level in order(root)["layers"]):
        begins = next((name for name in modules if name in PARTS), None)
        if begins is not None:
            if found:
                yield part, found
            part, found = begins, []
        found.append(_level(modules, folders, is_room=part == ""))
        if ABOVE_ROOMS in modules:
            yield part, found
            part, found = "", []
    yield part, found


def _level(modules: Iterable[str], folders: set[str], *, is_room: bool) -> Level:
    """Outside the rooms, a folder of ``archive_service/`` is one box with all that lies in it."""
    boxes = {}
    for name in modules:
        room = room_of(name, folders) if is_room else ".".join(name.split(".")[:2])
        shown = name if room in DIVIDED and is_room else room
        boxes[shown] = Box(shown, is_part=name != room)
    return [boxes[room] for room in sorted(boxes)]


def picture(root: Path) -> str:
    """The whole SVG."""
    drawn, top = list[str](), float(EDGE)
    parts = list(levels(root))
    for part, found in parts:
        draw = _grid if part == "" else _line
        inside, height = draw(found, top)
        drawn.append(_panel(part, top, height))
        drawn += inside
        if part != parts[-1][0]:
            drawn.append(_arrow(top + height, top + height + BETWEEN))
            top += BETWEEN
        top += height
    legend = (
        "A level may import the levels below it, or to the right of its angle; "
        "a room never imports one beside it. Dashed: a part of a room, or a file beside the rooms."
    )
    drawn.append(f'<text class="note" x="{EDGE}" y="{top + 20:g}">{legend}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 32:g}">'
        f"<title>The rooms, and which may import which</title><style>{STYLE}</style>"
        f'<rect width="100%" height="100%" fill="#f8fafc"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _panel(part: str, top: float, height: float) -> str:
    name, note = PARTS[part]
    return (
        f'<rect class="panel" x="{EDGE}" y="{top:g}" width="{WIDTH - 2 * EDGE}" '
        f'height="{height:g}" rx="8"/>'
        f'<text class="part" x="{EDGE + 12}" y="{top + 24:g}">{name}</text>'
        f'<text class="note" x="{EDGE + 12}" y="{top + 41:g}">{note}</text>'
    )


def _arrow(top: float, bottom: float) -> str:
    x = EDGE + 40
    return (
        f'<path class="arrow" d="M{x} {top + 5:g}V{bottom - 5:g}m-5 -6l5 6l5 -6"/>'
        f'<text class="note" x="{x + 14}" y="{(top + bottom) / 2 + 4:g}">may import</text>'
    )


def _grid(found: list[Level], top: float) -> tuple[list[str], float]:
    """The rooms: a row a level, a column a stage."""
    drawn, y = list[str](), top + 14
    for column, stage in enumerate(STAGES):
        x = EDGE + BESIDE + COLUMN * (column + 0.5)
        ink = STAGES[stage][1]
        drawn.append(
            f'<text class="stage" style="fill:{ink}" x="{x:g}" y="{y + 8:g}">{stage}</text>'
        )
    y += 20
    for number, level in enumerate(found):
        cells: dict[str, list[Box]] = defaultdict(list)
        for box in level:
            cells[box.stage].append(box)
        height = STEP * max(map(len, cells.values()))
        if number % 2:
            ground = f'x="{EDGE + BESIDE:g}" y="{y:g}" width="{COLUMN * len(STAGES):g}"'
            drawn.append(f'<rect {ground} height="{height:g}" fill="#f8fafc"/>')
        for column, stage in enumerate(STAGES):
            for row, box in enumerate(cells[stage]):
                x = EDGE + BESIDE + COLUMN * column + 4
                drawn.append(_box(box, x, y + STEP * row + (STEP - BOX) / 2, COLUMN - 8))
        y += height
    return drawn, y + 8 - top


def _line(found: list[Level], top: float) -> tuple[list[str], float]:
    """Levels in one line, from left to right; an angle leads to the next level."""
    drawn, x, y = list[str](), float(EDGE + BESIDE + 4), top + 14
    for number, level in enumerate(found):
        wide = sum(_width(box) + 5 for box in level) + 14
        if x + wide > WIDTH - EDGE:
            x, y = float(EDGE + BESIDE + 4), y + STEP + 3
        if number:
            drawn.append(f'<path class="arrow" d="M{x:g} {y + 6:g}l5 5l-5 5"/>')
            x += 13
        for box in level:
            drawn.append(_box(box, x, y, _width(box)))
            x += _width(box) + 5
        x += 3
    return drawn, y + BOX + 14 - top


def _width(box: Box) -> float:
    return 7 * len(box.name) + 18


def _box(box: Box, x: float, y: float, width: float) -> str:
    ground, ink = STAGES[box.stage]
    dashes = ' stroke-dasharray="4 3"' if box.is_part else ""
    return (
        f"<g><title>{box.room}</title>"
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{BOX}" rx="5" fill="{ground}" '
        f'stroke="{ink}" stroke-opacity=".45"{dashes}/>'
        f'<text class="room" style="fill:{ink}" x="{x + width / 2:g}" y="{y + 15:g}">'
        f"{box.name}</text></g>"
    )
