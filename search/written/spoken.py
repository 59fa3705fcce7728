"""Numbers said in words, as minutes and people write days and years."""

from collections.abc import Sequence

from archive_service.text import fold

# Without marks; two of each where people say two.
_DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6,
    "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_SCALES = {"muoi": 10, "chuc": 10, "tram": 100, "nghin": 1000, "ngan": 1000}
_FILLERS = ("linh", "le")
_YEAR_DIGITS = 4


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
