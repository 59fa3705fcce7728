"""Finds the ruled tables of a cleaned page: where their rows and columns end."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitize.ocr.clean import INK, Image

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MM_PER_INCH = 25.4
SCALE = 2  # the page is looked at in half its size
RULE_MM = 14.0  # a rule across is at least so long; letters and the rule below a heading are not
POST_MM = 5.5  # and one down, the height of a row
SPAN = 0.6  # of the table that an edge between rows, or columns, must run through
LEAST_EDGES = 3  # of two rows, or two columns
MERGE_PX = 6  # edges nearer than this are one, on the reduced image


@dataclass(frozen=True, slots=True)
class Table:
    """Edges in pixels of the cleaned page: of rows from above, of columns from the left."""

    rows: tuple[float, ...]
    columns: tuple[float, ...]

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of a point, from 0; ``None`` outside."""
        row, column = bisect_right(self.rows, y) - 1, bisect_right(self.columns, x) - 1
        inside = 0 <= row < len(self.rows) - 1 and 0 <= column < len(self.columns) - 1
        return (row, column) if inside else None


def find_tables(grey: Image, *, dpi: float) -> tuple[Table, ...]:
    """Frames of rules, at least two rows by two columns, from above."""
    import cv2
    import numpy as np

    small = cv2.resize(grey, None, fx=1 / SCALE, fy=1 / SCALE, interpolation=cv2.INTER_AREA)
    ink = (small < INK + 30).astype(np.uint8)
    step = dpi / MM_PER_INCH / SCALE
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(RULE_MM * step)), np.uint8))
    if not across.any():
        return ()
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((round(POST_MM * step), 1), np.uint8))
    frames = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(frames, connectivity=8)
    found = []
    for left, top, width, height, _ in boxes[1:]:
        part = slice(top, top + height), slice(left, left + width)
        rows = _edges(across[part].mean(axis=1), top)
        columns = _edges(down[part].mean(axis=0), left)
        if min(len(rows), len(columns)) >= LEAST_EDGES:
            found.append(Table(rows, columns))
    return tuple(sorted(found, key=lambda table: table.rows[0]))


def _edges(share: "npt.NDArray[np.float64]", first: int) -> tuple[float, ...]:
    """The middles of the runs in which a rule goes through most of the table."""
    import numpy as np

    edges: list[list[int]] = []
    for at in np.flatnonzero(share > SPAN):
        if edges and at - edges[-1][-1] <= MERGE_PX:
            edges[-1].append(int(at))
        else:
            edges.append([int(at)])
    return tuple(float(first + (run[0] + run[-1]) / 2) * SCALE for run in edges)
