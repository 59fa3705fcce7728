"""The questions of a first run in their order; an answer that does not hold is asked again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, TypeVar

import click

from archive_service import messages
from archive_service.cli.errors import from_system
from archive_service.cli.output import say
from archive_service.cli.passwords import asked_password
from archive_service.errors import ArchiveError
from archive_service.first_run import checks
from archive_service.first_run.answers import NOTHING, Answers, Person, as_copy
from archive_service.first_run.options import is_placeholder
from archive_service.log import hide_secrets
from archive_service.signing.trust.roots import LIST

if TYPE_CHECKING:
    from archive_service.settings import Settings

_END = "-"  # typed where a list ends before what stands in it
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Question:
    """How one answer is asked for at the terminal."""

    settings: "Settings"
    lang: str

    def ask(self, key: str, default: str, take: Callable[[str], Value], **facts: object) -> Value:
        """Until ``take`` takes it; a secret in what is offered is not shown, yet kept."""
        shown = hide_secrets(default)
        while True:
            words = self.said(f"ask.{key}", **facts)
            text = str(click.prompt(words, default=shown or None, err=True)).strip()
            try:
                return take(default if text == shown else text)
            except (ArchiveError, OSError) as trouble:
                refused = from_system(trouble) if isinstance(trouble, OSError) else trouble
                message = messages.error(refused.code, self.lang, refused.facts)
                say(f"  {message.message}\n  → {message.remedy}")

    def ask_many(self, key: str, known: list[str], take: Callable[[str], str]) -> list[str]:
        """One after the other, until nothing is typed; what stands there is offered."""
        found: list[str] = []
        while True:
            at = len(found)
            default = known[at] if at < len(known) else _END
            given = self.ask(key, default, lambda text: text if text == _END else take(text))
            if given == _END:
                return found
            if given not in found:
                found.append(given)

    def said(self, key: str, **facts: object) -> str:
        """Words of this command."""
        return messages.text(f"cli.setup.{key}", self.lang, **facts)


def ask_all(given: set[str], answers: Answers, question: Question) -> None:
    """Everything that no option gave, in the order of an archive's making."""
    for name, ask in _QUESTIONS.items():
        if name not in given:
            ask(answers, question)


def _ask_archive(name: str) -> Callable[[Answers, Question], None]:
    """A text of the section ``archive``; the code is looked at, a placeholder never offered."""

    def ask(answers: Answers, question: Question) -> None:
        now = str(getattr(answers, name))

        def take(text: str) -> str:
            answer = "" if text == _END else text
            if is_placeholder(name, answer):
                raise checks.SetupAnswerError(answer=text, wanted=question.said(f"ask.{name}"))
            if name == "code":
                checks.check_code(text)
            return answer

        offered = "" if is_placeholder(name, now) else now or _END
        setattr(answers, name, question.ask(name, offered, take))

    return ask


def _ask_copies(answers: Answers, question: Question) -> None:
    home = question.settings.home
    taken: list[str] = []

    def take(text: str) -> str:
        if (url := as_copy(text)) not in taken:
            checks.check_copy(url, home)
            checks.require_own_name(url, taken)
            taken.append(url)
        return url

    answers.copies = question.ask_many("copies", answers.copies, take) or answers.copies
    _ask_why(answers, question, "copies", lacking=len(answers.copies) == 1)


def _ask_backups(answers: Answers, question: Question) -> None:
    def take(text: str) -> str:
        checks.check_backup(Path(text), answers, question.settings.home)
        return text

    answers.backups = question.ask_many("backups", answers.backups, take)
    _ask_why(answers, question, "backup", lacking=not answers.backups)


def _ask_key(answers: Answers, question: Question) -> None:
    home = question.settings.home

    def take(text: str) -> str:
        if text == _END:
            return answers.key
        url = text if ":" in text else f"pkcs12:{Path(text).absolute()}"
        try:
            whose = checks.check_key(url, answers.passphrase, home)
        except ArchiveError:
            if not url.startswith("pkcs12:") or not (home / url.partition(":")[2]).is_file():
                raise
            answers.passphrase = _ask_passphrase(question)
            whose = checks.check_key(url, answers.passphrase, home)
        say(f"  {question.said('key-of', name=whose)}")
        return url

    known = answers.key if _is_there(answers.key, home) else _END
    answers.key = question.ask("key", known, take)
    lacking = known == _END and not _is_there(answers.key, home)
    _ask_why(answers, question, "key", lacking=lacking)


def _is_there(url: str, home: Path) -> bool:
    return url.startswith("pkcs11:") or (home / url.partition(":")[2]).is_file()


def _ask_passphrase(question: Question) -> Path:
    """Into a file for its owner alone, gone with this process: only what is placed stays."""
    text = asked_password(question.said("ask.passphrase"), default="")
    with NamedTemporaryFile("w", delete=False, prefix="archive-setup-", encoding="utf-8") as out:
        out.write(text)
    file = Path(out.name)
    click.get_current_context().call_on_close(lambda: file.unlink(missing_ok=True))
    return file


def _ask_timestamp(answers: Answers, question: Question) -> None:
    answers.timestamp = question.ask(
        "timestamp", answers.timestamp, _checked(checks.check_timestamp)
    )
    _ask_why(answers, question, "timestamp", lacking=answers.timestamp == NOTHING)


def _ask_malware(answers: Answers, question: Question) -> None:
    answers.malware = question.ask(
        "malware",
        answers.malware,
        _checked(lambda url: checks.check_malware(url, question.settings.malware)),
    )
    _ask_why(answers, question, "malware", lacking=answers.malware == NOTHING)


def _checked(check: Callable[[str], object]) -> Callable[[str], str]:
    def take(text: str) -> str:
        check(text)
        return text

    return take


def _ask_roots(answers: Answers, question: Question) -> None:
    take = _checked(lambda text: checks.check_root(Path(text)))
    answers.state_roots = [Path(folder) for folder in question.ask_many("state-roots", [], take)]
    answers.roots = [Path(folder) for folder in question.ask_many("roots", [], take)]
    is_listed = bool(answers.state_roots) or (question.settings.home / "trust" / LIST).is_file()
    _ask_why(answers, question, "state-root", lacking=not is_listed)


def _ask_proxies(answers: Answers, question: Question) -> None:
    number = question.ask("proxies", str(answers.proxies), checks.as_number)
    answers.proxies = number
    url = question.ask("base-url", answers.base_url or _END, checks.as_address)
    answers.base_url = url


def _ask_mail(answers: Answers, question: Question) -> None:
    sender = answers.sender

    def take(url: str) -> str:
        checks.check_mail(url, sender, question.settings.mail)
        return url

    answers.mail = question.ask("mail", answers.mail, take)
    if answers.mail != NOTHING:
        answers.sender = question.ask("sender", answers.sender, checks.as_sender)


def _ask_people(answers: Answers, question: Question) -> None:
    known = [f"{person.role.value}:{person.account}" for person in answers.people]
    found = question.ask_many("people", known, _checked(Person.parse))
    answers.people = [Person.parse(line) for line in found]


def _ask_why(answers: Answers, question: Question, check: str, *, lacking: bool) -> None:
    """What an archive does without on purpose stands with its reason; else it stays lacking."""
    if not lacking:
        answers.waived.pop(check, None)
        return
    name = messages.text(f"production.{check}.name", question.lang)
    why = question.ask("why", answers.waived.get(check, _END), checks.as_reason, name=name)
    answers.waived.pop(check, None)
    if why:
        answers.waived[check] = why


_QUESTIONS: dict[str, Callable[[Answers, Question], None]] = {
    "code": _ask_archive("code"),
    "name": _ask_archive("name"),
    "superior": _ask_archive("superior"),
    "place": _ask_archive("place"),
    "copies": _ask_copies,
    "backups": _ask_backups,
    "key": _ask_key,
    "timestamp": _ask_timestamp,
    "malware": _ask_malware,
    "state_roots": _ask_roots,
    "proxies": _ask_proxies,
    "mail": _ask_mail,
    "people": _ask_people,
}
