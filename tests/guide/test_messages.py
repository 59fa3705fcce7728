"""Every code that people can meet has words, in both languages, with what to do next."""

import ast
import re
from functools import cache

import pytest

from archive_service import messages
from archive_service.formats.measure import limits
from ingest.submissions.judging import CHECK_NAMES
from tests.guide.message_leaves import leaves
from tests.guide.sources import PACKAGES, assert_none, calls, place, python_files

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
COMMAND = re.compile(
    r"\barchive (account|agency|audit|backup|bench|case|code|demo|file-plan|fixity|index|init|job"
    r"|rebuild|restore|serve|status|submission|submit|work)\b|--[a-z]"
)
# These end a command and never a page: rebuild, bench, demo, setup, and what is not installed.
ONLY_COMMANDS = {
    "backup-target",
    "bench-folder",
    "bench-folder-empty",
    "catalogue-missing",
    "command-usage",
    "demo-home-busy",
    "demo-home-foreign",
    "form-font-missing",
    "home-not-bare",
    "nobody-answers",
    "setup-answers-missing",
    "setup-demo",
    "setup-person",
    "trail-broken",
    "vendored-file-changed",
    "vendored-file-missing",
    "work-unfinished",
}
# Words of the API, which no page says; and what ends calls of programs alone.
OF_PROGRAMS = re.compile(
    r"/api/|\bAPI\b|openapi|JSON|\bHEAD\b|Content-Type|Authorization|[Cc]ursor"
)
ONLY_PROGRAMS = {
    "body-kind-unknown",
    "body-unreadable",
    "delivery-batch",
    "erase-credentials-missing",  # who runs the server sets it there
    "upload-offset",
}
PAGE_NAMED = re.compile(r"\b[Tt]rang [“«]?(?=[A-ZĐÁÀÂẢĂÔƠƯÊ])")
NO_PAGES = ("JPEG",)  # what is a page of paper
# Told at the shell, to a program, or of an account that is gone or somebody else's.
NOT_THE_READER = {"account-not-found", "difference-at-shell", "scope-missing", "signer-unfit"}
EVENT = re.compile(r"[a-z-]+:[a-z-]+")  # subject:outcome, as the trail names it
FACT = re.compile(r"\{(\w+)(?::[\w-]+)?\}")


@cache
def _finding_codes() -> dict[str, str]:
    """Each code that a check gives a finding, and where."""
    found = {}
    for file, call, name in calls():
        if name == "Finding":
            named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
            for node in (inner for value in named or call.args[1:2] for inner in ast.walk(value)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found[node.value] = place(file, call)
    return found | _limits_of_pages()


@cache
def _limits_of_pages() -> dict[str, str]:
    """The codes that measures of pages lead to stand with their limits, not in the code."""
    return {
        limit.code: limits.FILE.name
        for standard in limits.STANDARDS
        for limit in limits.load_limits(standard).limits
    }


def _wordless(kind: str, codes: dict[str, str], lang: str) -> list[str]:
    missing = []
    for code, where in codes.items():
        parts = ("message", "remedy")
        lacking = [part for part in parts if not messages.has(f"{kind}.{code}.{part}", lang)]
        if lacking:
            missing.append(f"[{kind}.{code}] {' and '.join(lacking)}: {where}")
    return missing


def _error_codes() -> dict[str, str]:
    return {leaf.code: f"{leaf.__module__}.{leaf.__name__}" for leaf in leaves()}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_error_says_what_happened_and_what_to_do(lang: str) -> None:
    assert_none(_wordless("errors", _error_codes(), lang))


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_finding_says_what_was_found_and_what_to_do(lang: str) -> None:
    assert_none(_wordless("findings", _finding_codes(), lang))


def test_every_error_has_a_code_of_its_own() -> None:
    assert len(_error_codes()) == len(leaves()), "two errors share a code"
    assert_none(code for code in _error_codes() if not KEBAB.fullmatch(code))
    assert_none(code for code in _finding_codes() if not KEBAB.fullmatch(code))


def test_no_words_are_left_of_an_error_or_a_finding_that_is_gone() -> None:
    said = {
        node.value
        for file in python_files(*PACKAGES)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    said |= _limits_of_pages().keys() | _error_codes().keys()
    left = [
        key
        for key in messages.load("vi")
        if key.startswith(("errors.", "findings.")) and key.split(".")[1] not in said
    ]
    assert_none(left)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_a_page_tells_nobody_to_run_a_command(lang: str) -> None:
    """A remedy that names one has other words for the web, unless only commands end so."""
    texts = messages.load(lang)
    naming = {key for key, text in texts.items() if ".remedy" in key and COMMAND.search(text)}
    naming = {key for key in naming if not key.startswith("cli.")}  # words of commands alone
    naming -= {"findings.package-damaged.remedy"}  # told to the administrator, who runs them
    naming -= {f"errors.{code}.remedy" for code in ONLY_COMMANDS}
    assert_none(key for key in naming if f"{key}_web" not in texts)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_a_page_says_nothing_that_only_a_program_understands(lang: str) -> None:
    texts = messages.load(lang)
    said = {key for key, text in texts.items() if key.startswith("errors.")}
    said = {key for key in said if OF_PROGRAMS.search(texts[key])}
    said = {key for key in said if key.split(".")[1] not in ONLY_PROGRAMS | ONLY_COMMANDS}
    assert_none(key for key in said if key.endswith("_web") or f"{key}_web" not in texts)


def test_who_is_sent_to_a_page_finds_it_under_that_name() -> None:
    """Sheets of a table are called trang, too."""
    texts = messages.load("vi")
    named = [text for key, text in texts.items() if key.startswith("places.")]
    named += [text for key, text in texts.items() if re.fullmatch(r"pages\..*title", key)]
    named += [texts["pages.collection.keep-back"], texts["pages.faults.own"]]
    named += ["Hồ sơ", "Văn bản", *NO_PAGES]
    lost = []
    for key, text in texts.items():
        if key.startswith(("errors.", "findings.", "pages.", "notices.", "labels.incident")):
            behind = [text[place.end() :] for place in PAGE_NAMED.finditer(text)]
            lost += [key for words in behind if not words.startswith(tuple(named))]
    assert_none(lost)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_a_command_does_begins_with_a_capital(lang: str) -> None:
    told = {key: text for key, text in messages.load(lang).items() if key.startswith("commands.")}
    assert told
    assert_none(key for key, text in told.items() if text[:1].islower())


def test_who_reads_a_page_is_not_called_by_the_name_of_the_account() -> None:
    codes = {leaf.__name__: leaf.code for leaf in leaves()}
    texts = messages.load("vi")
    named = []
    for file, call, name in calls():
        for keyword in call.keywords if name in codes else ():
            code = codes[name]
            words = texts.get(f"errors.{code}.message_web") or texts[f"errors.{code}.message"]
            is_own = ast.unparse(keyword.value) in ("actor.account", "own.account")
            if is_own and code not in NOT_THE_READER and f"{{{keyword.arg}}}" in words:
                named.append(f"{place(file, call)} {code}")
    assert_none(named)


def test_what_a_message_quotes_stands_between_the_same_marks() -> None:
    """«» are the guides' own: they name words of a page."""
    assert_none(key for key, text in messages.load("vi").items() if re.search(r"\u00ab\{", text))


def test_both_languages_say_the_same_things() -> None:
    """Pages may fall back to Vietnamese; errors and findings name the same facts in both."""
    vietnamese, english = messages.load("vi"), messages.load("en")
    assert not sorted(english.keys() - vietnamese.keys())
    differing = [key for key in english if _facts(english[key]) != _facts(vietnamese[key])]
    assert_none(differing)


def _facts(text: str) -> set[str]:
    """What a text tells; words of a rule come in both languages, the English one as ``…_en``."""
    return {fact.removesuffix("_en") for fact in FACT.findall(text)}


def test_an_error_is_raised_with_the_facts_that_its_words_need() -> None:
    codes = {leaf.__name__: leaf.code for leaf in leaves()}
    texts = messages.load("vi")
    missing = []
    for file, call, name in calls():
        given = {keyword.arg for keyword in call.keywords}
        if name not in codes or None in given:
            continue
        words = " ".join(texts.get(f"errors.{codes[name]}.{p}", "") for p in ("message", "remedy"))
        if lacking := set(FACT.findall(words)) - given:
            missing.append(f"{place(file, call)} {name}: {', '.join(sorted(lacking))}")
    assert_none(missing)


def test_a_finding_carries_the_facts_that_its_words_need() -> None:
    """Where code and facts are written out; facts that come from elsewhere are not seen here."""
    texts = messages.load("vi")
    missing = []
    for file, call, name in calls():
        arguments = {keyword.arg: keyword.value for keyword in call.keywords}
        positional = (*call.args, *[None] * 5)
        code = arguments.get("code", positional[1])
        facts = arguments.get("facts", positional[4])
        if name != "Finding" or not isinstance(code, ast.Constant):
            continue
        parts = (f"findings.{code.value!s}.{part}" for part in ("message", "remedy"))
        words = " ".join(texts.get(part, "") for part in parts)
        given = _literal_keys(facts)
        if given is not None and (lacking := set(FACT.findall(words)) - given - {"place"}):
            missing.append(f"{place(file, call)} {code.value!s}: {', '.join(sorted(lacking))}")
    assert_none(missing)


def _literal_keys(facts: ast.expr | None) -> set[str] | None:
    """The keys of a written-out dictionary; none given is an empty one."""
    if facts is None:
        return set()
    if not isinstance(facts, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) else None for key in facts.keys]
    return None if None in keys else {str(key) for key in keys}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_commands_and_their_tables_say_only_what_has_words(lang: str) -> None:
    """Where the key is written out; one that is put together is not seen here."""
    asked = [
        (
            f"{place(file, call)} ",
            f"cli.heads.{key.value}" if name == "heads" else f"cli.{key.value}",
        )
        for file, call, name in calls()
        if name in {"said", "heads"} and ast.unparse(call.func) == f"cli.{name}"
        for key in (call.args if name == "heads" else call.args[:1])
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]
    assert asked
    assert_none(where + key for where, key in asked if not messages.has(key, lang))


def test_every_check_has_a_name() -> None:
    """On the desk each stands in a list, whether it found something or not."""
    nameless = [
        f"{name} ({language})"
        for name in CHECK_NAMES
        for language in ("vi", "en")
        if not messages.has(f"labels.checks.{name}", language)
    ]
    assert_none(nameless)


def test_every_event_and_what_it_is_about_have_words() -> None:
    recorded = {
        text
        for _, call, name in calls()
        if name in ("record_event", "tell")
        for one in call.args
        if isinstance(one, ast.Constant) and EVENT.fullmatch(text := str(one.value))
    }
    assert len(recorded) > 100
    for lang in messages.LANGUAGES:
        said = messages.labels("events", lang)
        assert recorded - set(said) == set()
        kinds = {tag.partition(":")[0] for tag in said}
        assert kinds - set(messages.labels("event-kinds", lang)) == set()
