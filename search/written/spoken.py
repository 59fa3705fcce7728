"""Numbers said in words, as minutes and people write days and years."""

from collections.abc import Iterator, Sequence

from archive_service.text import fold

# Without marks; two of each where people say two.
_DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6,
    "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_SCALES = {"muoi": 10, "chuc": 10, "tram": 100, "nghin": 1000, "ngan": 1000}
_FILLERS = ("linh", "le")
_YEAR_DIGITS = 4
DIGITS = ("khong", "mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin")
_ONES_MARKED = {
    "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_LAST_ONES = frozenset(("mốt", "tư", "lăm", "nhăm"))  # of a number: hai mốt, hai lăm
_TENS_MARKED = frozenset(("mươi", "chục"))
_FILLERS_MARKED = frozenset(("linh", "lẻ"))
_SCALES_MARKED = {
    "tỷ": 10**9, "tỉ": 10**9, "triệu": 10**6, "nghìn": 10**3, "ngàn": 10**3,
}  # fmt: skip
_MOST_SCALED = 10**12
BEGINS = frozenset((*_ONES_MARKED, "mười"))  # words with which a number begins
YEARS = "năm"  # which is five as well
SCALES_SAID = ("tỷ", "tỉ", "triệu", "nghìn", "ngàn")
_MOST_SAID = 999


def number_said(words: Sequence[str]) -> int | None:
    """``hai nghìn không trăm hai mươi lăm``, ``mười hai``, ``hai không hai lăm``; else ``None``."""
    parts = [fold(word) for word in words if fold(word) not in _FILLERS]
    digits = [_DIGITS[word] for word in parts if word in _DIGITS]
    if len(digits) == len(parts) and len(parts) in (1, _YEAR_DIGITS):
        return int("".join(map(str, digits)))
    total, digit, scale = 0, None, 10_000
    for word in parts:
        if word in _DIGITS and digit is None:
            digit = _DIGITS[word]
        elif word in _SCALES and _SCALES[word] < scale:
            scale = _SCALES[word]
            total += scale * (1 if digit is None else digit)
            digit = None
        else:
            return None
    return total + (digit or 0) if parts and scale < 10_000 else None


def said(value: int) -> Iterator[tuple[str, ...]]:
    """How a whole number of two or three digits is said, without marks; one digit is a word."""
    if not 10 <= value <= _MOST_SAID:
        return
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    begin = (DIGITS[hundreds], "tram") if hundreds else ()
    if tens > 1:
        begin = (*begin, DIGITS[tens])
    if tens:
        begin = (*begin, "muoi")
    fillers: Sequence[tuple[str, ...]] = ((),) if tens or not ones else (("linh",), ("le",))
    five = ("lam",) if tens else ("lam", "nam")  # hai mươi năm are years
    names = {0: ("",), 4: ("bon", "tu"), 5: five}.get(ones, (DIGITS[ones],))
    for filler in fillers:
        for name in names[:1] if tens < 2 and ones == 4 else names:
            yield (*begin, *filler, *filter(None, (name,)))


def number_at(words: Sequence[str], at: int) -> tuple[int, int]:
    """The number that begins with this word, all with their marks, and the word after it.

    The longest there is; ``(0, at)`` where none begins. A last *năm* is the year of *hai mươi năm*:
    five is *lăm* there, or *linh năm*.
    """
    value, end = _longest(words, at)
    counts_years = (
        end - at > 1 and words[end - 1] == YEARS and words[end - 2] not in _FILLERS_MARKED
    )
    return (value - _ONES_MARKED[YEARS], end - 1) if counts_years else (value, end)


def _longest(words: Sequence[str], at: int) -> tuple[int, int]:
    total, least, end = 0, _MOST_SCALED, at
    while end < len(words):
        value, after = _below_thousand(words, end)
        scale = _SCALES_MARKED.get(words[after]) if value and after < len(words) else None
        if scale is None:
            return (total + value, after) if value else (total, end)
        if scale >= least:
            break
        total, least, end = total + value * scale, scale, after + 1
    return total, end


def _below_thousand(words: Sequence[str], at: int) -> tuple[int, int]:
    if list(words[at + 1 : at + 2]) != ["trăm"]:
        return _below_hundred(words, at)
    hundreds = 0 if words[at] == "không" else _ONES_MARKED.get(words[at], -1)
    if hundreds < 0:
        return 0, at
    at += 2
    if at + 1 < len(words) and words[at] in _FILLERS_MARKED and words[at + 1] in _ONES_MARKED:
        return hundreds * 100 + _ONES_MARKED[words[at + 1]], at + 2
    rest, after = _below_hundred(words, at) if at < len(words) else (0, at)
    return hundreds * 100 + rest, after if rest else at


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int]:
    first, rest = words[at], [*words[at + 1 : at + 3], "", ""]
    if first == "mười":
        ones = _ONES_MARKED.get(rest[0], 0)
        return 10 + ones, at + (2 if ones else 1)
    value = _ONES_MARKED.get(first, 0)
    if value and rest[0] in _TENS_MARKED:
        ones = _ONES_MARKED.get(rest[1], 0)
        return value * 10 + ones, at + (3 if ones else 2)
    if value and rest[0] in _LAST_ONES:
        return value * 10 + _ONES_MARKED[rest[0]], at + 2
    return value, at + 1 if value else at


def number_in_marks(words: Sequence[str]) -> int | None:
    """``hai trăm mười bốn``, of two words and more with just these marks.

    Without marks they may be others: *tam tram* is *tạm, trạm* as well.
    """
    value, end = number_at(words, 0)
    return value if value and end == len(words) > 1 else None
