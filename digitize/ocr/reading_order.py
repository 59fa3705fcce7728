"""Brings what was read into the order in which people read an administrative paper.

Columns one after the other, left before right: the agency beside the name of the state, the
recipients beside the signature, the columns of a newspaper. Tables row by row, a cell of several
lines whole. All else from above. Lines that the engine drew through two columns or cells are cut.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from digitize.ocr.tables import Table
from digitize.ocr.words import Line, Word

CUT = 1.0  # a gap so wide, in heights of a line, may be one between columns
GUTTER = 0.55  # what must stay free between columns over all their rows
CLEAR = 3.0  # a gutter beyond doubt
NARROW = 1.8  # gaps between words; typewriting and lines set to full width have wide ones
MANY_ROWS = 5  # of columns with so narrow a gutter; fewer are words below each other by chance
LEVEL = 0.25  # of a line's height; baselines of one line differ by less where it was parted
SAME_ROW = 0.45  # baselines nearer than this stand in one row
BESIDE = 0.9  # and so near, they stand beside each other
NEAR_ROW = 2.6  # baselines farther apart end a run of columns
LEAST_TABLE_ROWS = 3  # of three and more columns without rules
FULL = 0.8  # of its column's width that a line of running text has, as a newspaper prints it
LEAST_WORDS = 4  # of such a line; names and posts in a list have fewer

Gutter = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a line between two wide gaps; ``origin`` numbers the engine's line."""

    line: Line
    origin: int

    @property
    def baseline(self) -> float:
        return (self.line.baseline_left + self.line.baseline_right) / 2


def in_reading_order(lines: Sequence[Line], tables: Sequence[Table]) -> tuple[Line, ...]:
    """All words of ``lines``, each once, in the order of reading."""
    if not lines:
        return ()
    usual = statistics.median(line.bottom - line.top for line in lines)
    narrow = NARROW * _usual_gap(lines)
    outside: list[_Piece] = []
    inside: list[list[tuple[tuple[int, int], _Piece]]] = [[] for _ in tables]
    for origin, line in enumerate(lines):
        for number, cell, part in _by_cell(line, tables):
            if number is None or cell is None:
                outside += (_Piece(piece, origin) for piece in _cut(part, CUT * usual))
            else:
                inside[number].append((cell, _Piece(part, origin)))
    found: list[Line] = []
    for table, cells in zip(tables, inside, strict=True):
        above = [piece for piece in outside if piece.baseline < table.rows[0]]
        outside = [piece for piece in outside if piece.baseline >= table.rows[0]]
        found += _joined(_by_columns(above, usual, narrow), narrow)
        found += _table_lines(cells)
    found += _joined(_by_columns(outside, usual, narrow), narrow)
    return tuple(found)


def _by_cell(
    line: Line, tables: Sequence[Table]
) -> Iterator[tuple[int | None, tuple[int, int] | None, Line]]:
    """The line's words, parted where the table or the cell changes."""
    run: list[Word] = []
    where: tuple[int | None, tuple[int, int] | None] = (None, None)
    for word in line.words:
        here = _cell_of(word, tables)
        if run and here != where:
            yield *where, line.part(run)
            run = []
        where = here
        run.append(word)
    yield *where, line.part(run)


def _cell_of(word: Word, tables: Sequence[Table]) -> tuple[int | None, tuple[int, int] | None]:
    x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    for number, table in enumerate(tables):
        if (cell := table.cell(x, y)) is not None:
            return number, cell
    return None, None


def _cut(line: Line, gap: float) -> Iterator[Line]:
    run: list[Word] = []
    for word in line.words:
        if run and word.left - run[-1].right > gap:
            yield line.part(run)
            run = []
        run.append(word)
    yield line.part(run)


def _usual_gap(lines: Sequence[Line]) -> float:
    """Between two words of a line; 0 where no line has two."""
    gaps = (after.left - before.right for line in lines for before, after in pairwise(line.words))
    return statistics.median(sorted(gaps) or [0])


def _by_columns(pieces: Sequence[_Piece], usual: float, narrow: float) -> list[_Piece]:
    """From above; where columns stand side by side, each of them whole, from the left."""
    rows = _rows(pieces, usual)
    found: list[_Piece] = []
    at = 0
    while at < len(rows):
        run = _column_run(rows, at, usual, narrow)
        if run is None:
            found += _begin_anew(rows[at], found)
            at += 1
            continue
        first, last, middle = run
        beside = [piece for row in rows[first : last + 1] for piece in row]
        taken = {id(piece.line.words) for piece in beside}  # a line that begins a block is another
        found = [piece for piece in found if id(piece.line.words) not in taken]
        left = [piece for piece in beside if piece.line.left < middle]
        right = [piece for piece in beside if piece.line.left >= middle]
        for column in (left, right):
            found += _first_begins(_by_columns(column, usual, narrow))
        at = last + 1
    return found


def _rows(pieces: Iterable[_Piece], usual: float) -> list[list[_Piece]]:
    """Pieces that stand on one height, from above; in a row from the left."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.baseline):
        if rows and piece.baseline - rows[-1][0].baseline < SAME_ROW * usual:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.line.left) for row in rows]


def _column_run(
    rows: Sequence[list[_Piece]], start: int, usual: float, narrow: float
) -> tuple[int, int, float] | None:
    """First and last row of two columns around row ``start``, and where the left one ends.

    Args:
        narrow: a gutter so wide may be gaps between words that happen to stand below each other.
    """
    gutter = _widest_gap(rows[start]) or _staggered_gap(rows, start, usual)
    if gutter is None:
        return None
    least = GUTTER * usual
    first = last = start
    while first > 0 and _is_near(rows[first - 1], rows[first], usual):
        narrower = _narrowed(gutter, rows[first - 1], least)
        if narrower is None:
            break
        first, gutter = first - 1, narrower
    while last + 1 < len(rows) and _is_near(rows[last], rows[last + 1], usual):
        narrower = _narrowed(gutter, rows[last + 1], least)
        if narrower is None:
            break
        last, gutter = last + 1, narrower
    run = rows[first : last + 1]
    full = [row for row in run if len(row) > 2]
    if len(full) >= max(LEAST_TABLE_ROWS, len(run) / 2) and not _is_running_text(full):
        return None  # a table without rules: row by row
    middle = (gutter[0] + gutter[1]) / 2
    left = sum(any(piece.line.left < middle for piece in row) for row in run)
    right = sum(any(piece.line.left >= middle for piece in row) for row in run)
    # A gap in one row alone may be a word that was passed over.
    clear = min(left, right) > 1 or gutter[1] - gutter[0] > CLEAR * usual
    by_chance = gutter[1] - gutter[0] <= narrow and min(left, right) < MANY_ROWS
    return (first, last, middle) if clear and last > first and not by_chance else None


def _is_running_text(rows: Sequence[list[_Piece]]) -> bool:
    """Whether rows of several columns are those of a newspaper: all of them are filled."""
    usual = statistics.mode(len(row) for row in rows)
    columns = zip(*(row for row in rows if len(row) == usual), strict=True)
    return all(_is_filled([piece.line for piece in column]) for column in columns)


def _is_filled(column: Sequence[Line]) -> bool:
    widths = [line.right - line.left for line in column]
    words = statistics.median(len(line.words) for line in column)
    return words >= LEAST_WORDS and statistics.median(widths) >= FULL * max(widths)


def _widest_gap(row: Sequence[_Piece]) -> Gutter | None:
    gaps = [(float(before.line.right), float(after.line.left)) for before, after in pairwise(row)]
    return max(gaps, key=lambda gap: gap[1] - gap[0], default=None)


def _staggered_gap(rows: Sequence[list[_Piece]], at: int, usual: float) -> Gutter | None:
    """The gap between two rows of one piece each that stand beside each other, a little offset."""
    if at + 1 == len(rows) or len(rows[at]) > 1 or len(rows[at + 1]) > 1:
        return None
    upper, lower = rows[at][0], rows[at + 1][0]
    if lower.baseline - upper.baseline > BESIDE * usual:
        return None
    left, right = sorted((upper.line, lower.line), key=lambda line: line.left)
    wide = right.left - left.right > CUT * usual
    return (float(left.right), float(right.left)) if wide else None


def _is_near(upper: Sequence[_Piece], lower: Sequence[_Piece], usual: float) -> bool:
    return lower[0].baseline - upper[0].baseline < NEAR_ROW * usual


def _narrowed(gutter: Gutter, row: Sequence[_Piece], least: float) -> Gutter | None:
    """What of ``gutter`` stays free beside this row; ``None`` if that is no gutter any more."""
    left, right = gutter
    for piece in row:
        line = piece.line
        if line.right <= left or line.left >= right:
            continue
        if line.left + line.right < left + right:
            left = max(left, float(line.right))
        else:
            right = min(right, float(line.left))
    crossed = any(piece.line.left < left and piece.line.right > right for piece in row)
    return None if crossed or right - left < least else (left, right)


def _begin_anew(row: Sequence[_Piece], before: Sequence[_Piece]) -> list[_Piece]:
    """A row in full width; its pieces stay one line if the engine saw them as one."""
    return list(row) if before else _first_begins(row)


def _first_begins(pieces: Sequence[_Piece]) -> list[_Piece]:
    if not pieces:
        return []
    first = pieces[0]
    begun = _Piece(replace(first.line, starts_block=True), first.origin)
    return [begun, *pieces[1:]]


def _joined(pieces: Sequence[_Piece], narrow: float) -> Iterator[Line]:
    """Pieces that are one line: it was cut, and they still follow each other, or the engine parted
    them where no more than a gap between words is.
    """
    run: list[_Piece] = []
    for piece in pieces:
        if run and not _continues(run[-1], piece, narrow):
            yield _union(run)
            run = []
        run.append(piece)
    if run:
        yield _union(run)


def _continues(before: _Piece, after: _Piece, narrow: float) -> bool:
    gap = after.line.left - before.line.right
    if after.origin == before.origin:
        return gap >= 0
    level = abs(after.line.baseline_left - before.line.baseline_right)
    return 0 <= gap <= narrow and level <= LEVEL * (before.line.bottom - before.line.top)


def _union(pieces: Sequence[_Piece]) -> Line:
    lines = [piece.line for piece in pieces]
    if len(lines) == 1:
        return lines[0]
    return Line(
        words=tuple(word for line in lines for word in line.words),
        left=lines[0].left,
        top=min(line.top for line in lines),
        right=lines[-1].right,
        bottom=max(line.bottom for line in lines),
        baseline_left=lines[0].baseline_left,
        baseline_right=lines[-1].baseline_right,
        starts_block=lines[0].starts_block,
    )


def _table_lines(cells: Sequence[tuple[tuple[int, int], _Piece]]) -> Iterator[Line]:
    """Row by row; a row whose cells have one line each is one line."""
    for number in sorted({row for (row, _), _ in cells}):
        columns: dict[int, list[_Piece]] = {}
        for (row, column), piece in cells:
            if row == number:
                columns.setdefault(column, []).append(piece)
        ordered = [_in_cell(columns[column]) for column in sorted(columns)]
        if all(len(cell) == 1 for cell in ordered):
            yield replace(_union([cell[0] for cell in ordered]), starts_block=True)
        else:
            for cell in ordered:
                yield from (piece.line for piece in _first_begins(cell))


def _in_cell(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Lines of one cell; pieces on one height are one line."""
    usual = statistics.median(piece.line.bottom - piece.line.top for piece in pieces)
    return [_Piece(_union(row), row[0].origin) for row in _rows(pieces, usual)]
