"""Letters as other programs left them: of another width or alphabet, unseen ones, those of HTML."""

import html
import re
import unicodedata
from urllib.parse import unquote

# Full width, circled, mathematical letters and ligatures: what they stand for is plain.
_OTHER_FORMS = re.compile("[\ufb00-\ufb06\uff01-\uffee\u2460-\u24ff\U0001d400-\U0001d7ff]+")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|nbsp|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# Of "No. 318/QĐ", and of "số318/QĐ", whose space is missing.
_NUMBER_SIGN = re.compile(
    r"(?<!\w)(?:(?:[Nn][oº°]\.?|NO\.?|№)\s*|[Ss][\u1ed0\u1ed1oO])(?=\d+\s*[/\\])"
)
_DASHES = re.compile(r"(?<=\w)[‐‑‒–—―−﹣－](?=\w)")  # as programs write a hyphen
_UNLIKE = "\ufffd"
_QUOTES = str.maketrans(dict.fromkeys("″‟〝〞", '"'))
# Cyrillic and Greek letters that look like Latin ones, in a word that holds those, too.
_MIXED = re.compile(r"(?=\S*[A-Za-z0-9])(?=\S*[\u0370-\u03ff\u0400-\u04ff])\S+")
_LATIN = str.maketrans("АВЕКМНОРСТУХаеорсухіΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTYXaeopcyxiABEZHIKMNOPTYXo")


def readable(text: str) -> str:
    """The text as the one who pasted it sees it, in NFC."""
    text = _NUMBER_SIGN.sub("", text)
    text = _TAG.sub(" ", _ENTITY.sub(lambda found: html.unescape(found[0]), text))
    text = _OTHER_FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _ESCAPED.sub(_unescaped, text).translate(_QUOTES)
    latin = _MIXED.sub(lambda found: found[0].translate(_LATIN), "".join(map(_seen, text)))
    return _DASHES.sub("-", unicodedata.normalize("NFC", latin))


def _seen(letter: str) -> str:
    kind = unicodedata.category(letter)
    return "" if kind == "Cf" else " " if kind == "Cc" else letter


def _unescaped(found: re.Match[str]) -> str:
    meant = unquote(found[0], errors="replace")
    return found[0] if _UNLIKE in meant else meant
