"""archive case describe, archive case access: describing what is held."""

from uuid import UUID

import click

from archive_service import law
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, with_json

_ANSWERS = ("confirm", "refuse")
_WAS_AND_IS = ("was", "becomes")


@click.command()
@with_json
@click.argument("code")
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="[N.]FIELD=VALUE",
    help="A field of the case file, or of its document N; repeatable; an empty value empties it.",
)
@click.option("--undo", is_flag=True, help="Put back what the last edit by hand changed.")
@click.option(
    "--reason", default="", help="Why: it stands in the audit trail. Needed with --set and --undo."
)
@pass_cli
def describe(
    cli: Cli, code: str, values: tuple[str, ...], reason: str, *, undo: bool, as_json: bool
) -> None:
    """Edit the data of a case file and its documents: all that is given, or nothing.

    Without --set the fields are shown as they stand. A changed access mode waits for the archive
    head; till then the stricter one holds.
    """
    from archive_service.catalogue.describing.acts import (
        DescriptionRefusedError,
        describe_case_file,
    )
    from archive_service.catalogue.describing.description import description_of
    from archive_service.catalogue.describing.given import UndoIn
    from archive_service.catalogue.describing.undo import undo_description
    from archive_service.finding_document import FindingDocument

    if undo and values:
        raise click.BadParameter("--set", param_hint="--undo")
    if not values and not undo:
        description = description_of(cli.services, code, actor=cli.actor).told()
        if as_json:
            emit(description)
            return
        rows = [("", name, value) for name, value in description["fields"].items()]
        for document in description["documents"]:
            fields = document["fields"].items()
            rows += [(str(document["ordinal"]), name, value) for name, value in fields]
        table(cli.heads("ordinal", "field", "was"), rows)
        return
    try:
        if undo:
            done = undo_description(cli.services, code, UndoIn(reason=reason), actor=cli.writer)
        else:
            done = describe_case_file(
                cli.services, code, _edits(values), reason=reason, actor=cli.writer
            )
    except DescriptionRefusedError as refused:
        for (number, name), finding in refused.by_field.items():
            field = f"{number}.{name}" if number else name
            say(f"{field}: {FindingDocument.of(finding, cli.lang).message}")
        raise
    if as_json:
        emit(done)
        return
    changed = (
        (change.document or "", change.field, change.was, change.becomes) for change in done.changes
    )
    table(cli.heads("ordinal", "field", *_WAS_AND_IS), changed)
    key = "describe.done" if done.changes else "describe.nothing"
    say(cli.said(key, code=done.code, count=len(done.changes)))
    label = law.code_list("mode").label
    for mode in done.waiting:
        was, becomes = label(mode.was, cli.lang), label(mode.becomes, cli.lang)
        say(cli.said("describe.waiting", id=mode.id, was=was, becomes=becomes))


@click.command()
@with_json
@click.argument("change_id", metavar="ID", type=click.UUID)
@click.argument("answer", type=click.Choice(_ANSWERS))
@click.option("--reason", required=True, help="Why: it stands in the audit trail.")
@pass_cli
def access(cli: Cli, change_id: UUID, answer: str, reason: str, *, as_json: bool) -> None:
    """Confirm or refuse a change of the access mode that waits; for the archive head."""
    from archive_service.catalogue.describing.acts import decide_on_mode

    holds = decide_on_mode(
        cli.services, change_id, confirm=answer == _ANSWERS[0], reason=reason, actor=cli.writer
    )
    mode = law.code_list("mode").label(holds.mode, cli.lang)
    emit(holds) if as_json else say(cli.said("describe.decided", code=holds.code, mode=mode))


def _edits(values: tuple[str, ...]) -> dict[int, dict[str, str]]:
    """``title=…`` is of the case file, ``2.signer=…`` of its second document."""
    edits: dict[int, dict[str, str]] = {}
    for text in values:
        name, found, value = text.partition("=")
        ordinal, dot, field = name.partition(".")
        if not found or (dot and not ordinal.isdecimal()):
            raise click.BadParameter(text, param_hint="--set")
        edits.setdefault(int(ordinal) if dot else 0, {})[field if dot else name] = value
    return edits


case = click.Group("case", commands=[describe, access])
