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
_SCALES_MARKED = frozenset(("mười", "mươi", "trăm", "nghìn", "ngàn"))
_ONES_MARKED = frozenset(
    ("không", "một", "mốt", "hai", "ba", "bốn", "tư", "năm", "lăm", "sáu", "bảy", "bẩy", "tám",
     "chín", "linh", "lẻ")
)  # fmt: skip
SCALES_SAID = ("tỷ", "tỉ", "triệu", "nghìn", "ngàn")
_MOST_SAID = 999


def number_said(words: Sequence[str]) -> int | None:
    """``hai nghìn không trăm hai mươi lăm``, ``mười hai``, ``hai không hai lăm``; else ``None``."""
    said = [fold(word) for word in words if fold(word) not in _FILLERS]
    digits = [_DIGITS[word] for word in said if word in _DIGITS]
    if len(digits) == len(said) and len(said) in (1, _YEAR_DIGITS):
        return int("".join(map(str, digits)))
    total, digit, scale = 0, None, 10_000
    for word in said:
        if word in _DIGITS and digit is None:
            digit = _DIGITS[word]
        elif word in _SCALES and _SCALES[word] < scale:
            scale = _SCALES[word]
            total += scale * (1 if digit is None else digit)
            digit = None
        else:
            return None
    return total + (digit or 0) if said and scale < 10_000 else None


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
    names = {0: ("",), 4: ("bon", "tu"), 5: ("lam", "nam")}.get(ones, (DIGITS[ones],))
    for filler in fillers:
        for name in names[:1] if tens < 2 and ones == 4 else names:
            yield (*begin, *filler, *filter(None, (name,)))


def is_other_words(value: int) -> bool:
    """Whether what is said for it, without marks, is much else: *muỗi, muối*; *một trạm*."""
    return value == 10 or value % 100 == 0


def number_in_marks(words: Sequence[str]) -> int | None:
    """``hai trăm mười bốn``, of two words and more with just these marks.

    Without marks they may be others: *tam tram* is *tạm, trạm* as well.
    """
    right = all(
        word in _ONES_MARKED | _SCALES_MARKED for word in words
    ) and not _SCALES_MARKED.isdisjoint(words)
    return number_said(words) if right and len(words) > 1 else None
