"""What people read stands in config/messages, not in code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from archive_service import messages
from tests.guide.sources import PACKAGES, ROOT, assert_none, nodes, place, python_files

VIETNAMESE = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
# Vietnamese that is no text for people, each with the reason.
EXEMPT = {
    "archive_service/db/words.py": "letters and their tones",
    "archive_service/demo": "sample papers and their people",
    "archive_service/accounts/browser_name.py": "the name of a browser",
    "archive_service/bench/material.py": "sample case files to measure with",
    "archive_service/bench/search_quality": "made papers, and how people mistype",
    "archive_service/signing/trust/demo_authority.py": "names in certificates of the demo",
    "archive_service/text.py": "letters and numerals of the language itself",
    "search/language.py": "the word that a query says or by",
    "search/written/periods.py": "the words that a query says a period by",
    "search/written/spans.py": "letters of another word than that of a quarter",
    "search/written/spoken.py": "numerals with their marks",
    "search/words.py": "letters that are one in writing",
    "archive_service/domain/agencies/record_code.py": "how old inventories are quoted",
    "archive_service/catalogue/agencies/official_list.py": "headings of the official lists",
    "ingest/channels/values.py": "degrees of secrecy as senders write them",
}


def _vietnamese(file: Path) -> Iterator[ast.Constant]:
    """String literals with a Vietnamese letter, but docstrings."""
    docstrings = {
        id(statement.value)
        for node in nodes(file)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in nodes(file):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and VIETNAMESE.search(node.value)
        ):
            yield node


def _exemption(file: Path) -> str | None:
    name = file.relative_to(ROOT).as_posix()
    return next((known for known in EXEMPT if name == known or name.startswith(f"{known}/")), None)


def test_no_vietnamese_text_stands_in_code() -> None:
    found = [
        f"{place(file, node)} {node.value!r}"
        for file in python_files(*PACKAGES)
        if _exemption(file) is None
        for node in _vietnamese(file)
    ]
    assert_none(found)


def test_every_exemption_is_still_needed() -> None:
    used = {_exemption(file) for file in python_files(*PACKAGES) if any(_vietnamese(file))}
    assert_none(EXEMPT.keys() - used)


def test_no_message_says_what_the_page_of_words_rules_out() -> None:
    """The table of ``docs/guides/words.md``: what is not written, and what is in its place."""
    text = (ROOT / "docs" / "guides" / "words.md").read_text("utf-8")
    table = text.partition("| Không viết | Viết |\n|---|---|\n")[2].partition("\n\n")[0]
    ruled_out = [row.split("|")[1].strip() for row in table.splitlines()]
    assert len(ruled_out) >= 12
    wrong = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, ruled_out))})(?!\w)", re.IGNORECASE)
    assert_none(
        f"{key}: {found[0]}"
        for key, words in messages.load("vi").items()
        if (found := wrong.search(words))
    )
