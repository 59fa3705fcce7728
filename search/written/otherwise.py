"""The other forms in which papers have one word, number or code of a query."""

from collections.abc import Iterator

from search.written.abbreviations import abbreviations, written_otherwise
from search.written.codes import code_otherwise, looks_like_code
from search.written.days import day_of_month
from search.written.numbers import (
    decimal_otherwise,
    hour_otherwise,
    number_otherwise,
    said_otherwise,
    with_raised,
    with_unit,
)
from search.written.spans import span_otherwise

_FILE_ENDINGS = frozenset(
    ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "txt", "jpg", "png", "tif", "xml")
)


def otherwise(text: str, folded: tuple[str, ...], *, name: str = "") -> Iterator[tuple[str, ...]]:
    """The words without marks of each other form; may repeat itself.

    Args:
        folded: the words of the text as it was typed.
        name: of the field that the text is the value of.
    """
    if name == "issuer":
        yield from written_otherwise(folded)
        return
    in_words = () if name else tuple(said_otherwise(text))
    if spans := tuple(span_otherwise(text)):
        yield from spans
    elif numbers := (*number_otherwise(text), *in_words):
        yield from numbers
    elif len(folded) > 1 and all(len(word) == 1 and word.isalpha() for word in folded):
        whole = "".join(folded)  # U.B.N.D
        yield from ((whole,), *abbreviations()[0].get(whole, ()))
    elif looks_like_code(folded):
        yield from day_of_month(text)
        yield from code_otherwise(folded)
        yield from with_raised(folded)
        yield from with_unit(folded)
        yield from hour_otherwise(text)
        yield from decimal_otherwise(text)
    elif len(folded) > 1 and folded[-1] in _FILE_ENDINGS:
        yield folded[:-1]
    elif len(folded) > 1:  # mùng ba tháng ba; TP.Huế
        yield from day_of_month(text)
        yield from written_otherwise(folded)
