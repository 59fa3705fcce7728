"""archive transfer send to a partner's server: queued, or done here and now."""

from typing import Any
from uuid import UUID

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.output import emit, say
from retention.transfer.terminal_view import shown


def send_over(cli: Cli, transfer_id: UUID, to: str, more: dict[str, Any], *, as_json: bool) -> None:
    """Begin to send over the network; workers do it, and go on after a cut."""
    from retention.transfer.network.send import send

    document = send(
        cli.services,
        transfer_id,
        to,
        source=more["source"],
        at_once=more["at_once"],
        actor=cli.writer,
        lang=cli.lang,
    )
    if as_json:
        emit(document)
        return
    shown(cli, document, as_json=False)
    say(cli.said("transfer-send.asked", id=transfer_id, job=document.job))


def tell_trouble(cli: Cli, transfer_id: UUID) -> None:
    """What keeps it from the other archive's server, and what to do, if anything does."""
    from retention.transfer.network.exchange import trouble_of

    trouble = trouble_of(cli.services, transfer_id, actor=cli.actor)
    if trouble is not None:
        message = messages.error(trouble["code"], cli.lang, trouble["facts"])
        say(cli.said("transfer-send.trouble", message=message.message, remedy=message.remedy))
