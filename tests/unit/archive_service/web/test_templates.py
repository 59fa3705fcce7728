"""What holds for every template: its words exist in both languages, and nothing stands inline."""

import re
from pathlib import Path

import pytest

from archive_service import messages
from tests.guide.sources import tracked

ROOT = Path(messages.__file__).resolve().parent
TEMPLATES = [file for file in tracked() if file.suffix == ".html" and "templates" in file.parts]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
SPRITE = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")

_TEXT = re.compile(r"""\bt\(\s*["']([\w.-]+)["']\s*[,)]""")
_ICON = re.compile(r"""\bicon\(\s*["']([\w-]+)["']""")
_SCRIPT_TEXT = re.compile(r"""\btext\("(\w+)\"""")


def named(path: Path) -> str:
    return path.relative_to(ROOT.parent).as_posix()


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_every_text_of_a_template_is_written(template: Path, lang: str) -> None:
    keys = set(_TEXT.findall(template.read_text(encoding="utf-8")))
    assert not {key for key in keys if not messages.has(key, lang)}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_every_text_of_a_script_is_written(script: Path, lang: str) -> None:
    keys = set(_SCRIPT_TEXT.findall(script.read_text(encoding="utf-8")))
    assert not {key for key in keys if not messages.has(f"labels.script.{key}", lang)}


@pytest.mark.parametrize("source", TEMPLATES + SCRIPTS, ids=named)
def test_every_icon_is_in_the_sprite(source: Path) -> None:
    names = set(_ICON.findall(source.read_text(encoding="utf-8")))
    assert not {name for name in names if f'<symbol id="{name}"' not in SPRITE}


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_no_style_and_no_script_stands_inline(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
