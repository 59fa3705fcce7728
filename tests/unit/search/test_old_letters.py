"""What is typed in the letters of old fonts is turned, and nothing else is."""

import pytest

from archive_service.formats.convert.text import encode_legacy
from search.old_letters import turned
from search.query import parse_query

SPOKEN = (
    "trạm bơm",
    "biên bản bàn giao mặt bằng",
    "được",
    '"đường tránh" 155/2020/NĐ-CP',
    "năm:2025 hồ sơ -quyết",
    "Sở Xây dựng tỉnh",
)


@pytest.mark.parametrize("encoding", ["TCVN3", "VNI"])
@pytest.mark.parametrize("text", SPOKEN)
def test_letters_of_an_old_font_are_turned(text: str, encoding: str) -> None:
    pasted = encode_legacy(text, encoding).decode("cp1252")
    assert turned(pasted) == (text, encoding)
    asked, meant = parse_query(pasted), parse_query(text)
    assert (asked.terms, asked.excluded, asked.encoding) == (meant.terms, meant.excluded, encoding)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Quye^'t ddi.nh ve^` tra.m bo+m", "Quyết định về trạm bơm"),
        ("nghi. ddi.nh", "nghị định"),
        ("na(m:2025 ho^` so+ -la^`n", "năm:2025 hồ sơ -lần"),
        ("so^' 318/QDD-UBND", "số 318/QĐ-UBND"),
        ("ma~ so^'?", "mã số?"),
        ("nước so^ng tại", "nước sông tại"),
    ],
)
def test_what_is_typed_in_viqr_is_turned(typed: str, meant: str) -> None:
    assert turned(typed) == (meant, "VIQR")


@pytest.mark.parametrize(
    "text",
    ["naïve", "café", "Ångström", "Crème brûlée", "coöperation", "tram bom", "á à ơi", "kè", "©®",
     "Trạm bơm", "50 µm", "§ 12", "C++ a+b", "x^2 e^x", "f(a) a(b)", "L'eau d'or", "ho+so+319",
     "H21.14.2011.318", "ai ký?", "tram bom?"],
)  # fmt: skip
def test_nothing_else_is(text: str) -> None:
    assert turned(text) == (text, "")
