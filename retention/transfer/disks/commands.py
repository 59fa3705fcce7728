"""archive transfer send, media: onto disks that are carried by hand, and where they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from retention.transfer.disks.documents import MediaDocument

_ID = click.argument("transfer_id", metavar="ID", type=click.UUID)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_HEADS = ("number", "state", "label", "place", "packages", "size_bytes", "written_at")


@click.command()
@with_json
@_ID
@click.option("--to", default="", help="A folder on the disk, or the address of a partner.")
@click.option("--partner", default="", help="Over the network, to the archive of this code.")
@click.option("--now", "at_once", is_flag=True, help="Over the network, whatever the hours are.")
@click.option("--medium", type=click.IntRange(min=1), help="This one of several; else all of them.")
@click.option("--from", "source", type=_FOLDER, help="Where it was built, if it lies elsewhere.")
@click.option("--label", default="", help="What stands on the disk.")
@click.option("--place", default="", help="Where the disk is, or who carries it.")
@click.option("--encrypt-to", "key", type=_FILE, help="RSA certificate, or keys of age or SSH.")
@click.option("--passphrase-file", "phrase", type=_FILE, help="Encrypt; passphrase in line one.")
@pass_cli
def send(
    cli: Cli, /, transfer_id: UUID, to: str, medium: int | None, *, as_json: bool, **more: Any
) -> None:
    """Send a built transfer: onto a disk, read back, or to a partner's server; goes on when cut."""
    from retention.transfer.disks.encryption import lock_by, lock_for
    from retention.transfer.disks.write import Onto
    from retention.transfer.disks.write import send as write
    from retention.transfer.network.commands import send_over

    if bool(to) == bool(more["partner"]):
        raise CommandUsageError(reason=cli.said("transfer-send.where"))
    if "://" in to or more["partner"]:
        send_over(cli, transfer_id, to or more["partner"], more, as_json=as_json)
        return
    key, phrase = more["key"], more["phrase"]
    if key and phrase:
        raise CommandUsageError(reason=cli.said("transfer-disk.two-locks"))
    lock = (lambda _: lock_for(key)) if key else None
    if phrase:
        lock = lambda disk: lock_by(phrase, disk)  # noqa: E731 - one of two ways to lock
    onto = Onto(Path(to), medium, more["label"], more["place"], lock)
    document = write(
        cli.services, transfer_id, onto, actor=cli.writer, source=more["source"], lang=cli.lang
    )
    _shown(cli, document, as_json=as_json)


@click.command()
@with_json
@_ID
@click.option("--place", "places", metavar="N=WORDS", multiple=True, help="Where a disk is now.")
@pass_cli
def media(cli: Cli, transfer_id: UUID, places: Sequence[str], *, as_json: bool) -> None:
    """Folders or disks of a transfer: what is on each, when it was written, where it is."""
    from retention.transfer.disks.write import media as look
    from retention.transfer.disks.write import note_place

    for given in places:
        number, sign, place = given.partition("=")
        if not sign or not number.strip().isdecimal():
            raise CommandUsageError(reason=cli.said("transfer-disk.place", given=given))
        note_place(cli.services, transfer_id, int(number), place, actor=cli.writer)
    document = look(cli.services, transfer_id, actor=cli.actor, lang=cli.lang)
    _shown(cli, document, as_json=as_json)


def _shown(cli: Cli, document: "MediaDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    rows = (
        (
            str(medium.number),
            medium.state_name,
            medium.label,
            medium.place,
            str(medium.packages),
            messages.shown(medium.size_bytes, cli.lang),
            told(medium.written_at),
        )
        for medium in document.media
    )
    table([cli.said(f"transfer-disk.heads.{name}") for name in _HEADS], rows)
    state = messages.text(f"labels.transfer-state.{document.state}", cli.lang)
    facts = {"number": document.number, "id": document.id, "state": state}
    say(cli.said("transfer.stands", **facts))
