"""A transfer on the terminal."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.output import emit, say, table, told

if TYPE_CHECKING:
    from uuid import UUID

    from retention.transfer.documents import TransferDocument, TransferItemDocument
    from retention.transfer.register.acts import NothingRegisteredError
    from retention.transfer.whole_transfer import WholeTransfer

COMPOSED = 100  # case files that a command lists which puts them on a register
_MOST_NAMED = 20  # case files that somebody has to look at
_HEADS = ("code", "title", "state", "due_on", "documents", "reason")
_TROUBLED = ("refused", "declined", "stopped", "recalled", "returned")


def shown(
    cli: Cli, transfer: "TransferDocument | WholeTransfer", *, as_json: bool, most: int | None = 0
) -> None:
    """TRANSFER as JSON, or how many case files stand where, which are in trouble, what comes next.

    Args:
        most: so many case files are listed before that, ``None``: every one.
    """
    from retention.transfer.whole_transfer import WholeTransfer

    if as_json:
        emit(transfer.as_json())
        return
    document = transfer.document if isinstance(transfer, WholeTransfer) else transfer
    total = _list_counted(cli, transfer.items, document.counts, most)
    if most and total > most:
        say(cli.said("transfer.more", count=total - most, id=document.id))
    _tell_counts(cli, document.counts, total)
    if most is not None:
        _name_troubled(cli, document, most)
    state = state_word(cli, document.state)
    say(cli.said("transfer.stands", number=document.number, id=document.id, state=state))
    if document.answer_due and document.state == "registered":
        say(cli.said("transfer.answer-due", on=told(document.answer_due)))
    if document.removable_on and document.counts.get("transferred"):
        say(cli.said("transfer.removable-on", on=told(document.removable_on)))
    for next_act in document.next:
        needs = [messages.text(f"labels.transfer-need.{need}", cli.lang) for need in next_act.needs]
        act = messages.text(f"labels.transfer-act.{next_act.act}", cli.lang)
        role = messages.label("roles", next_act.role, cli.lang)
        say(cli.said("transfer.next", act=act, role=role, needs=", ".join(needs)))


def composed(cli: Cli, document: "TransferDocument", *, as_json: bool) -> None:
    """The same of one that is put on or changed: its first case files are listed."""
    shown(cli, document, as_json=as_json, most=COMPOSED)


def none_registered(cli: Cli, error: "NothingRegisteredError", *, as_json: bool) -> None:
    """Case files of which none may be on a register: TRANSFER without an ``id``, or in words."""
    items = error.items
    counts = Counter(item.state.value for item in items)
    if as_json:
        partner = error.facts["partner"]
        emit(error.as_json(state=None, direction="out", partner=partner, counts=counts, paths=[]))
        return
    total = _list_counted(cli, items, counts, COMPOSED)
    if total > COMPOSED:
        say(cli.said("transfer.more-refused", count=total - COMPOSED))
    _tell_counts(cli, counts, total)
    say(cli.said("transfer.none"))


def _list_counted(
    cli: Cli,
    items: "Iterable[TransferItemDocument]",
    counts: Mapping[str, int],
    most: int | None,
) -> int:
    if most != 0:
        _list_items(cli, islice(items, most))
    return sum(counts.values())


def state_word(cli: Cli, word: str, *, is_troubled: bool = False) -> str:
    """A state of a transfer as people say it, and whether the other archive cannot be reached."""
    state = messages.text(f"labels.transfer-state.{word}", cli.lang)
    return cli.said("transfer.state-troubled", state=state) if is_troubled else state


def name_some(cli: Cli, lines: Sequence[str], total: int, transfer_id: "UUID") -> None:
    """The first of these lines, each of one case file, and how many more of ``total`` there are."""
    some = lines[:_MOST_NAMED]
    for line in some:
        say(line)
    if total > len(some):
        say(cli.said("transfer.more-troubled", count=total - len(some), id=transfer_id))


def _list_items(cli: Cli, items: "Iterable[TransferItemDocument]") -> None:
    rows = (
        (
            transfer_item.code,
            transfer_item.title,
            messages.label("transfer-item", transfer_item.state, cli.lang),
            told(transfer_item.due_on),
            str(transfer_item.documents),
            transfer_item.reason,
        )
        for transfer_item in items
    )
    table([cli.said(f"transfer.heads.{name}") for name in _HEADS], rows, whole=1)


def _tell_counts(cli: Cli, counts: Mapping[str, int], total: int) -> None:
    """How many case files are in which state, in the order in which they get there."""
    words = messages.labels("transfer-item", cli.lang)
    parts = [f"{word}: {counts[state]}" for state, word in words.items() if state in counts]
    say(cli.said("transfer.counted", count=total, counts="; ".join(parts)))


def _name_troubled(cli: Cli, document: "TransferDocument", listed: int) -> None:
    """Of the case files beyond those listed, which do not go on, and why.

    A document names the first thousand alone; ``counts`` tell of the others.
    """
    lines, total = list[str](), sum(document.counts.get(state, 0) for state in _TROUBLED)
    for at, transfer_item in enumerate(document.items):
        is_stopped = transfer_item.state in _TROUBLED
        if at < listed:
            total -= is_stopped
        elif is_stopped or transfer_item.refusal:
            total += not is_stopped
            state = messages.label("transfer-item", transfer_item.state, cli.lang)
            facts = {"code": transfer_item.code, "state": state, "reason": transfer_item.reason}
            lines.append(cli.said("transfer.troubled", **facts))
    name_some(cli, lines, total, document.id)
