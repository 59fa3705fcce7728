"""config/default.toml is the reference of all settings: each key is there, known, and explained."""

import re
from pathlib import Path
from typing import Any

from archive_service.settings import DEFAULTS, Settings, load_settings
from tests.guide.setting_fields import NOT_IN_FILES, fields_in_files
from tests.guide.sources import assert_none


def _keys(table: dict[str, Any], above: str = "") -> set[str]:
    keys: set[str] = set()
    for name, value in table.items():
        is_section = isinstance(value, dict) and bool(value)  # an empty one is a value
        keys |= _keys(value, f"{above}{name}.") if is_section else {f"{above}{name}"}
    return keys


def test_every_key_is_explained() -> None:
    lines = DEFAULTS.read_text("utf-8").splitlines()
    silent = [
        f"{number + 1}: {line}"
        for number, line in enumerate(lines)
        if re.match(r"\w+ *=", line)
        and not re.search(r"# \S", line)
        and not lines[number - 1].startswith("# ")
    ]
    assert_none(silent)


def test_the_defaults_are_the_settings(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert _keys(settings.model_dump(exclude=NOT_IN_FILES)) == fields_in_files(Settings)
