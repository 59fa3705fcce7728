"""A list of what is due as the commands print it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.output import emit, say, table, told

if TYPE_CHECKING:
    from retention.disposition.acts import NothingProposedError
    from retention.disposition.documents import DispositionDocument, DispositionItemDocument
    from retention.disposition.papers.documents import LackingSignature

_HEADS = ("code", "title", "ground", "keeper", "state", "outcome", "ends_on", "reason")


def shown(cli: Cli, document: "DispositionDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    _list_items(cli, document.items)
    state = label(cli, "disposition-state", document.state)
    say(cli.said("disposition.stands", number=document.number, id=document.id, state=state))
    for unsigned_paper in document.unsigned:
        paper = label(cli, "disposition-form", unsigned_paper.form)
        who = ", ".join(_asked(cli, who) for who in unsigned_paper.lacks)
        say(
            cli.said(
                "disposition.unsigned", paper=paper, number=unsigned_paper.number or "–", who=who
            )
        )
    waived = cli.services.settings.destruction.unsigned if document.unsigned else ""
    if waived:
        say(cli.said("disposition.unsigned-waived", reason=waived))
    for step in document.next:
        needed = (need for need in step.needs if not (waived and need.startswith("signed-")))
        needs = ", ".join(label(cli, "disposition-need", need) for need in needed)
        act = label(cli, "disposition-act", step.act)
        role = messages.label("roles", step.role, cli.lang)
        say(cli.said("disposition.next", act=act, role=role, needs=needs or "–"))


def _asked(cli: Cli, who: "LackingSignature") -> str:
    name = who.name or messages.label("roles", "agency-head", cli.lang)
    if who.asked_at is None:
        return cli.said("disposition.not-asked", name=name)
    return cli.said("disposition.asked-since", name=name, at=told(who.asked_at))


def none_proposed(cli: Cli, error: "NothingProposedError", *, as_json: bool) -> None:
    """Case files of which no list is made: DISPOSITION without an ``id``, or in words."""
    if as_json:
        asked = {name: error.facts[name] for name in ("kind", "reason")}
        emit(error.as_json(**asked, state="rejected", count=0, size_bytes=0))
        return
    _list_items(cli, error.items)
    say(cli.said("disposition.none"))


def _list_items(cli: Cli, items: "Iterable[DispositionItemDocument]") -> None:
    rows = (
        (
            disposition_item.code,
            disposition_item.title,
            label(cli, "disposition-ground", disposition_item.ground),
            disposition_item.keeper or "",
            label(cli, "disposition-item", disposition_item.standing),
            outcome_words(disposition_item.outcome, cli.lang),
            told(disposition_item.ends_on),
            "; ".join(
                filter(
                    None,
                    (
                        disposition_item.reason,
                        disposition_item.now.reason if disposition_item.now else "",
                    ),
                )
            ),
        )
        for disposition_item in items
    )
    table([cli.said(f"disposition.heads.{name}") for name in _HEADS], rows, whole=1)


def outcome_words(outcome: str | None, lang: str) -> str:
    """``keep:5`` and the like in words; nothing for none."""
    if outcome is None:
        return ""
    word, _, years = outcome.partition(":")
    return messages.text(f"labels.disposition-outcome.{word}", lang, years=years)


def label(cli: Cli, group: str, word: str) -> str:
    return messages.text(f"labels.{group}.{word}", cli.lang)
