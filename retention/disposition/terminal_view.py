"""A list of what is due as the commands print it."""

from typing import Any

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.output import emit, say, table, told

_HEADS = ("code", "title", "ground", "keeper", "state", "outcome", "ends_on", "reason")


def shown(cli: Cli, document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    rows = (
        (
            one["code"],
            one["title"],
            label(cli, "disposition-ground", one["ground"]),
            one["keeper"] or "",
            label(cli, "disposition-item", one["standing"]),
            outcome_words(one["outcome"], cli.lang),
            told(one["ends_on"]),
            "; ".join(filter(None, (one["reason"], (one["now"] or {}).get("reason")))),
        )
        for one in document["items"]
    )
    table([cli.said(f"disposition.heads.{name}") for name in _HEADS], rows, whole=1)
    if document["id"] is None:
        say(cli.said("disposition.none"))
        return
    state = label(cli, "disposition-state", document["state"])
    say(cli.said("disposition.stands", number=document["number"], id=document["id"], state=state))
    for one in document["unsigned"]:
        paper = label(cli, "disposition-form", one["form"])
        who = ", ".join(_asked(cli, who) for who in one["lacks"])
        say(cli.said("disposition.unsigned", paper=paper, number=one["number"] or "–", who=who))
    for one in document["next"]:
        needs = ", ".join(label(cli, "disposition-need", need) for need in one["needs"])
        act = label(cli, "disposition-act", one["act"])
        role = messages.label("roles", one["role"], cli.lang)
        say(cli.said("disposition.next", act=act, role=role, needs=needs or "–"))


def _asked(cli: Cli, who: dict[str, Any]) -> str:
    name = who["name"] or messages.label("roles", "agency-head", cli.lang)
    if who["asked_at"] is None:
        return cli.said("disposition.not-asked", name=name)
    return cli.said("disposition.asked-since", name=name, at=told(who["asked_at"]))


def outcome_words(outcome: str | None, lang: str) -> str:
    """``keep:5`` and the like in words; nothing for none."""
    if outcome is None:
        return ""
    word, _, years = outcome.partition(":")
    return messages.text(f"labels.disposition-outcome.{word}", lang, years=years)


def label(cli: Cli, group: str, word: str) -> str:
    return messages.text(f"labels.{group}.{word}", cli.lang)
