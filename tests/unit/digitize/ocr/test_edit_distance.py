"""The distance of two texts, beside the plain definition."""

from hypothesis import given
from hypothesis import strategies as st

from digitize.ocr.edit_distance import edits


def plain(wanted: str, found: str) -> int:
    row = list(range(len(found) + 1))
    for i, one in enumerate(wanted, 1):
        new = [i]
        for j, other in enumerate(found, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (one != other)))
        row = new
    return row[-1]


@given(st.text("abcd", max_size=12), st.text("abcd", max_size=12))
def test_edits_are_those_of_the_plain_table(wanted: str, found: str) -> None:
    assert edits(wanted, found) == plain(wanted, found)


def test_words_are_counted_like_letters() -> None:
    assert edits(["một", "hai", "ba"], ["một", "hai", "bà", "bốn"]) == 2
