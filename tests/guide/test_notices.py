"""Every kind of notice has a subject line and a sentence in both languages."""

import ast
import re

import pytest

from archive_service import messages
from tests.guide.sources import assert_none, calls, place

FACT = re.compile(r"\{(\w+)(?::[\w-]+)?\}")


def _told() -> list[tuple[str, str, ast.Call]]:
    """Place, kind and call of every notice; a kind that is not written out counts as none."""
    found = []
    for file, call, name in calls():
        given = {keyword.arg for keyword in call.keywords}
        if name == "tell" and "to" in given:
            kind = call.args[1] if len(call.args) > 1 else None
            written = str(kind.value) if isinstance(kind, ast.Constant) else ""
            found.append((place(file, call), written, call))
    return found


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_kind_that_is_told_has_words(lang: str) -> None:
    missing = [
        f"{where} notices.{kind}.{part}"
        for where, kind, _ in _told()
        for part in ("subject", "sentence")
        if not messages.has(f"notices.{kind}.{part}", lang)
    ]
    assert_none(missing)


def test_a_notice_carries_the_facts_that_its_words_need() -> None:
    """Where the facts are written out."""
    texts = messages.load("vi")
    missing = []
    for where, kind, call in _told():
        facts = next((each.value for each in call.keywords if each.arg == "facts"), None)
        if not isinstance(facts, ast.Dict):
            continue
        given = {key.value for key in facts.keys if isinstance(key, ast.Constant)}
        parts = ("subject", "sentence")
        needed = {name for part in parts for name in FACT.findall(texts[f"notices.{kind}.{part}"])}
        if None not in facts.keys and needed - given:
            missing.append(f"{where} {kind}: {', '.join(sorted(needed - given))}")
    assert_none(missing)
