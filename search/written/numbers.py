"""One number however it is written: ``6480`` and ``6.480``; ``1,25 tỷ`` and ``1.250.000.000``."""

import re
from collections.abc import Iterator
from decimal import Decimal

from archive_service.text import fold, nfc
from search.words import words
from search.written.spoken import DIGITS, SCALES_SAID, number_in_marks, number_said, said

_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_FEW = re.compile(r"[1-9]\d{1,2}")
_SMALL_DECIMAL = re.compile(r"(\d{1,3})[.,](\d)0?")
_WITH_UNIT = re.compile(r"([1-9]\d{3,8})([^\W\d_]+[23]?)")
_HOUR = re.compile(r"(\d{1,3})(?:h|g|gi|gio)(\d\d)?")
_UNGROUPED = re.compile(r"[1-9]\d{3,14}")
_DECIMAL = re.compile(r"\d{1,6}(?:[.,]\d{1,3})?")
_SCALES = {"ty": 10**9, "ti": 10**9, "trieu": 10**6, "tr": 10**6, "nghin": 10**3, "ngan": 10**3}
_WRITTEN = {10**9: "ti", 10**6: "trieu", 10**3: "nghin"}  # what amounts are written with in papers
_SCALED = re.compile(rf"([\d.,]*\d)\s*({'|'.join(_SCALES)})")
_TWO_SCALES = re.compile(r"(\d+)\s*(?:ty|ti)\s*(\d{1,3})(?:\s*(?:trieu|tr))?")
_UNIT = re.compile(r"(?<=\d)(?=(?:km|cm|m)[23]$)")
_RAISED = {"m2": "m²", "m3": "m³", "km2": "km²", "cm2": "cm²"}
_MOST = 10**15


def is_scaled(text: str) -> bool:
    """Whether it is a number with its scale, such as ``1.25 tỷ``."""
    return _scaled(text) is not None


def number_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """The words of the same number as papers write it; none of what is no number alone."""
    value = _in_digits(text)
    if value is not None and value < _MOST and not _FEW.fullmatch(text):
        typed = tuple(word.folded for word in words(text))
        yield from (form for form in dict.fromkeys(_forms(value)) if form != typed)


def value_of(text: str) -> int | None:
    """The whole number from 10 on that the text is, in digits or words; ``None`` if it is none."""
    value = _in_digits(text)
    if value is None:
        value = _value_said(nfc(text).lower().split())
    return value if value is not None and 10 <= value < _MOST else None


def _in_digits(text: str) -> int | None:
    value = _scaled(text)
    if value is None:
        if _GROUPED.fullmatch(text):
            value = int(re.sub(r"\D", "", text))
        elif _UNGROUPED.fullmatch(text) or _FEW.fullmatch(text):
            value = int(text)
    return value


def decimal_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """``41,2`` and ``41,20`` are the same."""
    if found := _SMALL_DECIMAL.fullmatch(text):
        yield from ((found[1], found[2]), (found[1], f"{found[2]}0"))


def said_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """``hai trăm mười bốn`` and ``ba mươi lăm triệu`` in digits."""
    typed = nfc(text).lower().split()
    if value := _value_said(typed):
        scaled = typed[-1] in SCALES_SAID
        if not scaled:
            yield (str(value),)
        yield from (form for form in _forms(value) if scaled or len(form) == 1)


def spoken(value: int) -> Iterator[tuple[str, ...]]:
    """The number said in words without marks, as it stands beside others."""
    yield from said(value)
    for scale, name in _WRITTEN.items():
        whole, rest = divmod(value, scale)
        if whole and not rest:
            yield from ((*words_said, name) for words_said in said(whole))
            if whole < len(DIGITS):
                yield (DIGITS[whole], name)


def _value_said(typed: list[str]) -> int | None:
    value = number_in_marks(typed)
    if value is None and len(typed) == 2 and typed[1] in SCALES_SAID:  # mot trieu
        value = (number_said(typed[:1]) or 0) * _SCALES[fold(typed[1])]
    return value or None


def hour_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """``8h30`` and ``72h`` as papers write them."""
    if found := _HOUR.fullmatch(fold(text)):
        hour, minute = found.groups()
        for form in dict.fromkeys((hour, hour.lstrip("0") or hour, hour.zfill(2))):
            yield (form, "gio", minute) if minute else (form, "gio")
            yield (f"{form}h", minute) if minute else (f"{form}h",)
            if minute:
                yield (f"{form}h{minute}",)


def with_unit(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """``1250m`` and ``1180m3/h`` as ``1.250 m`` and ``1.180 m³/h``."""
    first, *rest = words
    if found := _WITH_UNIT.fullmatch(first):
        for number in (tuple(f"{int(found[1]):,}".split(",")), (found[1],)):
            for unit in dict.fromkeys((found[2], _RAISED.get(found[2], found[2]))):
                yield (*number, unit, *rest)


def with_raised(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """``1180m3/h`` with the ``m³`` that papers have."""
    apart = tuple(part for word in words for part in _UNIT.split(word) if part)
    if any(part in _RAISED for part in apart):
        yield tuple(_RAISED.get(part, part) for part in apart)


def _scaled(text: str) -> int | None:
    plain = fold(text.strip())
    if both := _TWO_SCALES.fullmatch(plain):
        return int(both[1]) * 10**9 + int(both[2]) * 10**6
    found = _SCALED.fullmatch(plain)
    if found is None:
        return None
    number, scale = found[1], _SCALES[found[2]]
    if _GROUPED.fullmatch(number) and scale < max(_SCALES.values()):
        amount = Decimal(re.sub(r"\D", "", number))
    elif _DECIMAL.fullmatch(number):
        amount = Decimal(number.replace(",", "."))
    else:
        return None
    value = amount * scale
    return int(value) if value == value.to_integral_value() else None


def _forms(value: int) -> Iterator[tuple[str, ...]]:
    yield (str(value),)
    yield tuple(f"{value:,}".split(","))
    for scale, name in _WRITTEN.items():
        whole, rest = divmod(value, scale)
        if not whole or rest % (scale // 1000):
            continue
        decimals = f"{rest // (scale // 1000):03}".rstrip("0")
        for written in dict.fromkeys((f"{whole:,}", str(whole))):
            text = f"{written},{decimals} {name}" if decimals else f"{written} {name}"
            yield tuple(word.folded for word in words(text))
