"""What was pasted from elsewhere is read as it looks."""

import pytest

from search.pasted import readable


@pytest.mark.parametrize(
    ("pasted", "read"),
    [
        ("ｔｒạｍ　１２６／ＱĐ－ＳＣＴ", "trạm　126/QĐ-SCT"),
        ("𝐭𝐫𝐚𝐦 ⓑⓞⓜ ﬁle", "tram bom file"),
        ("tr\u200bạm b\u00adơm\ufeff", "trạm bơm"),
        ("&lt;b&gt;trạm&nbsp;bơm", " trạm\u00a0bơm"),
        ("<p class='x'>trạm</p>bơm<br/>", " trạm bơm "),
        ("trạm%20b%C6%A1m", "trạm bơm"),
        ("trạm%00bơm", "trạm bơm"),
        ("″trạm bơm″", '"trạm bơm"'),
        ("Н40.18.2025.07.QLСТ", "H40.18.2025.07.QLCT"),
        ("No. 318/QĐ-UBND", "318/QĐ-UBND"),
        ("Nº318/QĐ-UBND", "318/QĐ-UBND"),
        ("№ 318/QĐ-UBND", "318/QĐ-UBND"),
    ],
)
def test_letters_of_other_programs_become_plain_ones(pasted: str, read: str) -> None:
    assert readable(pasted) == read


@pytest.mark.parametrize(
    "text",
    ["m³/h", "97,9 %", "100%FF", "3 < 5 > 2", "трам", "Trạm bơm №1", "a & b", "no 5", "Nos 1/2"],
)
def test_what_is_plain_stays(text: str) -> None:
    assert readable(text) == text
