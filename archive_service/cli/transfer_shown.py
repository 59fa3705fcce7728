"""A transfer on the terminal."""

from typing import Any

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.output import emit, say, table, told

_HEADS = ("code", "title", "state", "due_on", "documents", "reason")


def shown(cli: Cli, document: dict[str, Any], *, as_json: bool) -> None:
    """TRANSFER as JSON, or its case files, where it stands and what comes next."""
    if as_json:
        emit(document)
        return
    rows = (
        (
            one["code"],
            one["title"],
            messages.text(f"labels.transfer-item.{one['state']}", cli.lang),
            told(one["due_on"]),
            str(one["documents"]),
            one["reason"],
        )
        for one in document["items"]
    )
    table([cli.said(f"transfer.heads.{name}") for name in _HEADS], rows, whole=1)
    if document["id"] is None:
        say(cli.said("transfer.none"))
        return
    state = state_word(cli, document["state"])
    say(cli.said("transfer.stands", number=document["number"], id=document["id"], state=state))
    if document["answer_due"] and not document["answered_on"]:
        say(cli.said("transfer.answer-due", on=told(document["answer_due"])))
    for one in document["next"]:
        needs = [messages.text(f"labels.transfer-need.{need}", cli.lang) for need in one["needs"]]
        act = messages.text(f"labels.transfer-act.{one['act']}", cli.lang)
        role = messages.label("roles", one["role"], cli.lang)
        say(cli.said("transfer.next", act=act, role=role, needs=", ".join(needs)))


def state_word(cli: Cli, word: str) -> str:
    """A state of a transfer as people say it."""
    return messages.text(f"labels.transfer-state.{word}", cli.lang)
