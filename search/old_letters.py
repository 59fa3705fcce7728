"""Queries in the letters of TCVN3 or VNI fonts, or typed in VIQR, turned into Unicode."""

import re

from archive_service.formats.words.plain import put_right
from archive_service.text import detect_legacy, fold, from_viqr, nfc

_SYLLABLE = re.compile(
    r"(?:ngh?|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?"
)
_VIQR = "VIQR"
_VOWEL = re.compile("[aeiouy]")
_WORD = re.compile(r"[^\W\d_]+")


def turned(text: str) -> tuple[str, str]:
    """The text in Unicode, and the name of its old encoding; itself and ``""`` where it has none.

    Words such as ``naïve`` have such letters, too: what does not become Vietnamese stays.
    """
    encoding = detect_legacy(text)
    meant = put_right(text) if encoding else from_viqr(text)
    if meant is None:
        return text, ""
    new = [fold(word) for word in _WORD.findall(meant) if word not in text]
    spoken = [word for word in new if _VOWEL.search(word)]  # and not NĐ, QĐ
    if not spoken or not all(map(_SYLLABLE.fullmatch, spoken)):
        return text, ""
    return nfc(meant), encoding or _VIQR
