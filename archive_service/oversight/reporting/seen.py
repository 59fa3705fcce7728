"""What was seen of an incident and what to do, in words: for pages and commands alike."""

import re
from collections.abc import Mapping
from typing import Any

from archive_service import messages
from archive_service.evidence.compared.misfit import holder_words, misfit_words

_UNFILLED = re.compile(r"\{\w+(:[\w-]+)?\}")
_LEFT = re.compile(r"(\S+) \(([\w-]+)\)")  # a place, and the code of why something is left there


def seen_words(kind: str, facts: Mapping[str, Any], lang: str) -> str:
    """Both sides of a difference, or what is amiss; "" of what was told without facts."""
    keys = (f"labels.{group}.{kind}" for group in ("incident-sides", "incident-seen"))
    key = next((key for key in keys if messages.has(key, lang)), "")
    return messages.text(key, lang, **_facts_in_words(facts, lang)) if key and facts else ""


def what_to_do(kind: str, facts: Mapping[str, Any], lang: str) -> str:
    """The remedy; of an archive that is not fit for production that of each thing it lacks."""
    if kind == "not-for-production":
        name, remedy = "production.{}.name".format, "production.{}.remedy".format
        lacking = [(name(check), remedy(check)) for check in facts.get("checks", ())]
        return " ".join(
            f"{messages.text(what, lang)}: {messages.text(how, lang)}" for what, how in lacking
        )
    key = f"labels.incident-help.{kind}"
    return messages.text(key, lang) if messages.has(key) else ""


def _facts_in_words(facts: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The facts as a sentence takes them: codes in words, and lists of names as lists."""
    event_facts = {
        name: [*fact] if isinstance(fact, Mapping) else fact for name, fact in facts.items()
    }
    about = facts.get("refusal") or next(iter(facts.get("refused", ())), facts)
    listed = {name: _split(facts, name) for name in ("parts", "fields", "by")}
    places = _LEFT.findall(str(facts.get("places", "")))
    file = event_facts.pop("key", "")  # ``messages.text`` has a key of its own
    checks = (f"production.{check}.name" for check in facts.get("checks", ()))
    return event_facts | {
        "object": file,
        "document": facts.get("document") or about.get("document", ""),
        "trouble": _trouble(about, lang) or facts.get("trouble", ""),
        "first": misfit_words(str(facts.get("first", "")), lang),
        "by": [holder_words(holder, lang) for holder in listed["by"]],
        "parts": listed["parts"],
        "fields": [_field(field, lang) for field in listed["fields"]],
        "places": [_place(place, why, lang) for place, why in places],
        "checks": [messages.text(check, lang) for check in checks],
    }


def _split(facts: Mapping[str, Any], name: str) -> list[str]:
    return str(facts.get(name) or "").split(", ")


def _trouble(about: Mapping[str, Any], lang: str) -> str:
    """The words of the error that is told of; "" where it is none, or its facts were not kept."""
    code = str(about.get("code") or about.get("error") or "")
    if not messages.has(f"errors.{code}.message"):
        return ""
    words = messages.error(code, lang, about.get("facts", about)).message.removesuffix(".")
    return "" if _UNFILLED.search(words) else words


def _field(path: str, lang: str) -> str:
    """A field of the catalogue record; those of documents and packages by their path there."""
    key = f"fields.{path.removeprefix('case_file.')}"
    return messages.text(key, lang) if messages.has(key) else path


def _place(place: str, why: str, lang: str) -> str:
    kind, _, name = place.partition(":")
    key, reason = f"labels.removal-place.{kind}", f"labels.removal-trouble.{why}"
    where = messages.text(key, lang, name=name) if messages.has(key) else place
    return f"{where} ({messages.text(reason, lang) if messages.has(reason) else why})"
