"""What fits the log no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from archive_service import messages
from archive_service.audit import canonical

_MISFITS = "labels.evidence-misfits"


@dataclass(frozen=True, slots=True)
class Misfit:
    """What rows tell otherwise than the log does; ``facts`` name both sides.

    ``subject`` is the code of a case file, the id of an act, or the name of an account.
    """

    name: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""  # its id, where it is about one


def given_misfit(
    part: str, event: int, log: object, row: object, name: str, account: str
) -> Misfit:
    """Of something that was given to an account: by its last event, and by its row."""
    digest, found = (sha256(canonical(side)).hexdigest() if side else "" for side in (log, row))
    facts = {"part": part, "event": event, "log": digest, "row": found}
    return Misfit(f"account {name} {part}", name, facts, account)


def holder_words(by: str, lang: str) -> str:
    """Who holds a checkpoint or vouches: a copy by its name, all others in words."""
    kind, _, name = by.partition(" ")
    key = f"labels.evidence-holders.{kind}"
    is_named = bool(name) != (kind == "database")
    return messages.text(key, lang, name=name) if is_named and messages.has(key, lang) else by


def lost_words(given_up: str, lang: str) -> str:
    """The same of a checkpoint that is told as known to be lost, with its size."""
    by, _, size = given_up.rpartition(" ")
    return messages.text(f"{_MISFITS}.given-up", lang, by=holder_words(by, lang), size=size)


def misfit_words(first_bad: str, lang: str) -> str:
    """The first thing that does not fit; what has no words of its own stays as it is."""
    verdict, _, rest = first_bad.partition(": ")
    by, _, size = rest.rpartition(" ")
    if by and messages.has(f"{_MISFITS}.{verdict}", lang):
        by = holder_words(by, lang)
        return messages.text(f"{_MISFITS}.{verdict}", lang, by=by, size=size)
    kind, _, name = first_bad.partition(" ")
    if kind in ("event", "segment"):
        return messages.text(f"{_MISFITS}.{kind}", lang, name=name)
    return first_bad
