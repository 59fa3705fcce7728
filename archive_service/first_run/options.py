"""Answers that were given as options: each is checked as one that was typed."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive_service.first_run import checks
from archive_service.first_run.answers import Answers, Person, as_copy
from archive_service.settings import DEFAULTS, Settings

_REQUIRED = ("code", "name")  # what the defaults cannot stand for


def take_options(answers: Answers, given: dict[str, Any], settings: Settings) -> set[str]:
    """The names of the answers that were given; raises what the check of one raises."""
    named = {name for name, value in given.items() if value not in (None, ())}
    answers.passphrase = given.get("passphrase")
    waived = [waiver.partition("=") for waiver in given.get("waive", ())]
    for name, take in _TAKEN.items():
        if name in named:
            setattr(answers, name, take(given[name], answers, settings))
    for check, _, why in waived:
        answers.waived[check] = checks.require_waived(check, why)
    return named


def is_placeholder(name: str, text: str) -> bool:
    """Whether it names no archive: nothing, or what the defaults have in place of an answer."""
    shipped = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))["archive"]
    return name in _REQUIRED and text in {"", shipped[name]}


def require_whole(answers: Answers) -> None:
    """``SetupAnswersMissingError`` while the archive would bear the placeholders' names."""
    if lacking := [name for name in _REQUIRED if is_placeholder(name, getattr(answers, name))]:
        raise checks.SetupAnswersMissingError(options=", ".join(f"--{name}" for name in lacking))
    checks.check_code(answers.code)


def _code(text: str, _answers: Answers, _settings: Settings) -> str:
    checks.check_code(text)
    return text


def _text(text: str, _answers: Answers, _settings: Settings) -> str:
    return "" if text.strip() == "-" else text.strip()


def _copies(texts: tuple[str, ...], _answers: Answers, settings: Settings) -> list[str]:
    urls = list(dict.fromkeys(map(as_copy, texts)))
    for number, url in enumerate(urls):
        checks.check_copy(url, settings.home)
        checks.require_own_name(url, urls[:number])
    return urls


def _backups(texts: tuple[str, ...], answers: Answers, settings: Settings) -> list[str]:
    for text in texts:
        checks.check_backup(Path(text), answers, settings.home)
    return list(texts)


def _key(text: str, answers: Answers, settings: Settings) -> str:
    url = text if ":" in text else f"pkcs12:{Path(text).absolute()}"
    checks.check_key(url, answers.passphrase, settings.home)
    return url


def _timestamp(url: str, _answers: Answers, _settings: Settings) -> str:
    checks.check_timestamp(url)
    return url


def _malware(url: str, _answers: Answers, settings: Settings) -> str:
    checks.check_malware(url, settings.malware)
    return url


def _roots(files: tuple[Path, ...], _answers: Answers, _settings: Settings) -> list[Path]:
    for file in files:
        checks.check_root(file)
    return list(files)


def _number(number: int, _answers: Answers, _settings: Settings) -> int:
    return number


def _address(text: str, _answers: Answers, _settings: Settings) -> str:
    return checks.as_address(text)


def _sender(text: str, _answers: Answers, _settings: Settings) -> str:
    return checks.as_sender(text)


def _mail(url: str, answers: Answers, settings: Settings) -> str:
    checks.check_mail(url, answers.sender, settings.mail)
    return url


def _people(texts: tuple[str, ...], _answers: Answers, _settings: Settings) -> list[Person]:
    return [Person.parse(text) for text in texts]


# In the order of the questions: a later check looks at earlier answers.
_TAKEN: dict[str, Callable[[Any, Answers, Settings], object]] = {
    "code": _code,
    "name": _text,
    "superior": _text,
    "place": _text,
    "role": _text,
    "copies": _copies,
    "backups": _backups,
    "key": _key,
    "timestamp": _timestamp,
    "malware": _malware,
    "state_roots": _roots,
    "roots": _roots,
    "proxies": _number,
    "base_url": _address,
    "sender": _sender,
    "mail": _mail,
    "people": _people,
}
