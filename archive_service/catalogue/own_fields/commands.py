"""archive own-field: fields of an agency's own, beside those of the circular."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import WORDS, emit, table, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.own_fields.documents import ListedOwnField

_KINDS = ("text", "number", "date", "choice")
_SUBJECTS = ("case-file", "document")
_FACTS = ("required", "searchable")
_GIVEN = "archive.own-field"


def _kept(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    ctx.meta.setdefault(_GIVEN, {})[str(parameter.name)] = value


def with_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """What may change later; what is not said stays. ``_said`` reads it."""
    for option in (
        click.option("--searched/--not-searched", "searchable", default=None, expose_value=False,
                     callback=_kept, help="Whether case files are found by its values."),
        click.option("--required/--not-required", default=None, expose_value=False,
                     callback=_kept, help="Whether it must be filled."),
        click.option("--choice", "choices", multiple=True, expose_value=False, callback=_kept,
                     help="One value of a list; repeat."),
        click.option("--label", type=WORDS, expose_value=False, callback=_kept,
                     help="Its name for people."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group("own-field", cls=ActGroup)
def own_field() -> None:
    """Fields of an agency's own."""


def _listed(cli: Cli, found: "list[ListedOwnField]", *, as_json: bool) -> None:
    from archive_service import messages

    if as_json:
        emit({"own_fields": found})
        return
    names = ("id", "agency", "subject", "name", "label", "kind", "facts")
    lines = (
        [
            entry.id,
            entry.agency,
            messages.label("own-subjects", entry.subject, cli.lang),
            entry.name,
            entry.label,
            messages.label("own-kinds", entry.kind, cli.lang),
            "; ".join(_facts(cli, entry)),
        ]
        for entry in found
    )
    table(cli.heads(*(f"own-field.{name}" for name in names)), lines)


@own_field.command()
@with_json
@click.argument("name")
@click.option("--agency", required=True, help="Whose field it is.")
@click.option("--of", "subject", type=click.Choice(_SUBJECTS), default="case-file",
              show_default=True, help="What it tells of.")  # fmt: skip
@click.option("--kind", type=click.Choice(_KINDS), default="text", show_default=True,
              help="What its values are.")  # fmt: skip
@with_words
@pass_cli
def define(cli: Cli, name: str, agency: str, subject: str, kind: str, *, as_json: bool) -> None:
    """Define a field; NAME, of letters and digits, and its kind never change."""
    from archive_service.catalogue.own_fields import acts as own_fields_acts
    from archive_service.catalogue.own_fields.given import OwnFieldIn

    whole = {"agency": agency, "subject": subject, "name": name, "kind": kind, "label": ""}
    given = OwnFieldIn.model_validate(whole | _given_facts())
    done = own_fields_acts.define(cli.services, given, actor=cli.writer)
    worded("own-field.defined")(cli, done, as_json=as_json)


@own_field.command()
@with_json
@click.argument("field_id", metavar="ID", type=click.UUID)
@with_words
@pass_cli
def change(cli: Cli, field_id: UUID, *, as_json: bool) -> None:
    """Change what is said of a field; what is not named stays, choices that are given are all."""
    from archive_service.catalogue.own_fields import acts as own_fields_acts
    from archive_service.catalogue.own_fields.given import OwnFieldChange

    given = OwnFieldChange.model_validate(_given_facts())
    done = own_fields_acts.change(cli.services, field_id, given, actor=cli.writer)
    worded("own-field.changed")(cli, done, as_json=as_json)


def _given_facts() -> dict[str, Any]:
    """What was named of a field."""
    given: dict[str, Any] = click.get_current_context().meta[_GIVEN]
    facts = {name: given[name] for name in ("label", *_FACTS) if given[name] is not None}
    return facts | ({"choices": list(given["choices"])} if given["choices"] else {})


def _facts(cli: Cli, field: "ListedOwnField") -> list[str]:
    facts = [cli.said(f"own-field.{name}") for name in _FACTS if getattr(field, name)]
    retired = [cli.said("own-field.is-retired", on=field.retired_on)] if field.retired_on else []
    return [*field.choices, *facts, *retired]


_ACTS = "archive_service.catalogue.own_fields.acts"
own_field.offer("list", f"{_ACTS}:list_all", show=_listed, reads=True)
_FIELD = click.Argument(["field_id"], metavar="ID", type=click.UUID)
own_field.offer("retire", f"{_ACTS}:retire", _FIELD, show=worded("own-field.retired"))
own_field.offer("restore", f"{_ACTS}:restore", _FIELD, show=worded("own-field.restored"))
