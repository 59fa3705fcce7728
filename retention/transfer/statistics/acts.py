"""Thống kê giao nộp: what each giver brought by year, for commands, programs, pages and sheets."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archive_service import access, messages
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.forms.tables import Row
from archive_service.services import Services
from retention.transfer.statistics.figures import NUMBERS, statistics

FIGURES = (*NUMBERS, "decided", "days_median", "days_worst")


class StatisticsYearsError(InputError):
    """The last year is before the first."""


def figures(
    services: Services,
    *,
    giver: str = "",
    first: int | None = None,
    last: int | None = None,
    actor: Actor,
) -> dict[str, Any]:
    """The document of ``statistics.figures``; empty where nothing of the giver came.

    Raises:
        ActNotAllowedError, StatisticsYearsError
    """
    access.require(actor, "partner:list")
    if first is not None and last is not None and last < first:
        raise StatisticsYearsError(first=first, last=last)
    with services.read_only() as session:
        return statistics(session, giver=giver.strip(), first=first, last=last, actor=actor)


def headings(lang: str) -> list[str]:
    """Of a sheet with a row for each giver and year."""
    return [_word(name, lang) for name in ("code", "name", "year", *FIGURES)]


def cells(rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows below them."""
    for row in rows:
        yield [row[name] for name in ("code", "name", "year", *FIGURES)]


def reason_words(reason: Mapping[str, Any], lang: str) -> str:
    """Why case files came back, as people say it."""
    code = str(reason["code"])
    match reason["kind"]:
        case "check":
            words = messages.label("checks", code, lang)
            return messages.text("labels.returned-because.check", lang, words=words)
        case "refusal":
            known = messages.has(f"labels.returned-because.{code}", lang)
            return messages.label("returned-because", code, lang) if known else code
        case _:
            return code


def _word(name: str, lang: str) -> str:
    return messages.text(f"labels.giver-figures.{name}", lang)
