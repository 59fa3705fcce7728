"""Text as a paper can show it: PDF/A takes no letter that no font has."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from archive_service.text import unturned

_IN_PLACE = "\N{REPLACEMENT CHARACTER}"  # Tinos has it
_ESCAPE = re.compile(r"\\(u00[01][0-9a-f]|.)")  # of JSON: of a control character, and others
_PROBE = b'#set text(font: "Tinos")\n#json(bytes(sys.inputs.data))'


def drawn(data: object, fonts: Path) -> str:
    """``data`` as JSON, with one sign in place of what neither Tinos nor typst's own fonts have.

    So papers are made of a title with Chinese letters or a picture in it, and none of it turns the
    letters of a line around; what was received, and the data in the package, have it as it came.
    """
    text = unturned(json.dumps(data, ensure_ascii=False))
    lacking = {ord(it): _IN_PLACE for it in set(text) - _letters(fonts) if _is_lacking(it, fonts)}
    return _ESCAPE.sub(
        lambda it: " " if it[1] == "b" or len(it[1]) > 1 else it[0], text.translate(lacking)
    )


@lru_cache(maxsize=4)
def fonts_in(folder: Path) -> Any:
    """Read once; the machine's own are not looked at, so that every machine agrees."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


@lru_cache(maxsize=4)
def _letters(fonts: Path) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(fonts / "Tinos-Regular.ttf", lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


@lru_cache(maxsize=10_000)
def _is_lacking(letter: str, fonts: Path) -> bool:
    import typst

    if east_asian_width(letter) == "W":  # there may be thousands, and each look takes milliseconds
        return True
    inputs = {"data": json.dumps(letter)}
    compiler = typst.Compiler(_PROBE, font_paths=fonts_in(fonts), sys_inputs=inputs)
    try:
        compiler.compile(pdf_standards="a-2b")
    except typst.TypstError:
        return True
    return False
