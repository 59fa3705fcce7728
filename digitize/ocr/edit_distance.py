"""How many letters, or words, must be changed to make one text of another."""

from collections.abc import Hashable, Sequence


def edits(wanted: Sequence[Hashable], found: Sequence[Hashable]) -> int:
    """Levenshtein's distance: one for each insertion, deletion or replacement.

    Myers 1999, with a column of the table in one large number: quick for whole pages.
    """
    if not wanted or not found:
        return len(wanted) or len(found)
    last = 1 << (len(wanted) - 1)
    whole = (1 << len(wanted)) - 1
    places: dict[Hashable, int] = {}
    for at, sign in enumerate(wanted):
        places[sign] = places.get(sign, 0) | 1 << at
    up, down, distance = whole, 0, len(wanted)
    for sign in found:
        same = places.get(sign, 0) | down
        across = (((same & up) + up) ^ up) | same
        more = down | ~(across | up) & whole
        less = up & across
        distance += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & whole, less << 1 & whole
        match = places.get(sign, 0) | down
        up = less | ~(match | more) & whole
        down = more & match
    return distance
