"""Commands that only forward: made of an act, which says what it takes and tells."""

import datetime as dt
import enum
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin

import click
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.errors import CommandUsageError, written_name
from archive_service.cli.output import DAY, WORDS, emit, say, with_json
from archive_service.cli.values import guard
from archive_service.given import Act, Given, Typed

_G = TypeVar("_G", bound=Given)
Show = Callable[..., None]  # (cli, document, *, as_json)
# What pydantic calls a value that is beyond its limit, and our words for it.
_TOO_MUCH = {"string_too_long": "value-too-long", "too_long": "too-many-values"}


def worded(key: str) -> Show:
    """Shows a document in the words of ``key``, which name its fields; or as JSON."""

    def show(cli: Cli, document: Any, *, as_json: bool) -> None:
        emit(document) if as_json else say(cli.said(key, **dict(document)))

    return show


@dataclass(frozen=True, slots=True)
class Offer:
    """A command: the act that it forwards to, as ``module:name``, and how its document is shown."""

    act: str
    show: Show
    about: tuple[click.Parameter, ...]
    more: tuple[click.Option, ...]
    reads: bool


class ActGroup(click.Group):
    """A group of which some commands are made of acts, when somebody asks for them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers: dict[str, Offer] = {}

    def offer(
        self,
        name: str,
        act: str,
        *about: click.Parameter,
        show: Show,
        more: tuple[click.Option, ...] = (),
        reads: bool = False,
    ) -> None:
        """The command ``name`` carries out ``act`` (``module:name``).

        Args:
            about: the parameters that tell what it is about, in the order of the act's.
            show: prints the document, or its words.
            more: what only a command takes, each by the name of the act's keyword.
            reads: changes nothing, so that announced maintenance does not stop it.
        """
        self.offers[name] = Offer(act, show, about, more, reads)

    def join(self, more: click.Group) -> None:
        """The commands of another room's group of the same name stand in this one as well."""
        self.commands.update(more.commands)
        if isinstance(more, ActGroup):
            self.offers.update(more.offers)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, by name."""
        return sorted({*super().list_commands(ctx), *self.offers})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; that of an act is made, and its module loaded, now."""
        if cmd_name in self.offers and cmd_name not in self.commands:
            self.add_command(command := _command(cmd_name, self.offers[cmd_name]))
            guard(command)
        return super().get_command(ctx, cmd_name)


def _command(name: str, offer: Offer) -> click.Command:
    module, _, attribute = offer.act.partition(":")
    act = Act(getattr(importlib.import_module(module), attribute))
    options = dict(_options(act.given)) if act.given else {}

    @click.pass_obj
    def run(cli: Cli, /, *, as_json: bool, **typed: Any) -> None:
        about = [typed.pop(str(argument.name)) for argument in offer.about]
        more = {str(option.name): typed.pop(str(option.name)) for option in offer.more}
        given = read_given(act.given, typed) if act.given else None
        actor = cli.actor if offer.reads else cli.writer
        document = act(cli.services, *about, given=given, actor=actor, lang=cli.lang, **more)
        offer.show(cli, document, as_json=as_json)

    command = with_json(click.Command(name, callback=run, help=act.words))
    command.params = [*reversed(command.params), *offer.about, *options.values(), *offer.more]
    return command


def _options(model: type[Given]) -> Iterator[tuple[str, click.Parameter]]:
    for name, field in model.model_fields.items():
        yield name, _parameter(name, field)


def _parameter(name: str, field: FieldInfo) -> click.Parameter:
    typed = next((hint for hint in field.metadata if isinstance(hint, Typed)), Typed())
    kind, is_many = _kind(field)
    if typed.may_be_blank:
        kind = str
    if typed.is_argument:
        return click.Argument(
            [name], metavar=typed.metavar, type=kind, nargs=-1 if is_many else 1,
            required=field.is_required(),
        )  # fmt: skip
    flag: dict[str, Any] = {"type": kind, "multiple": is_many}
    required = field.is_required() and typed.default is None
    if kind is bool:
        flag = {"is_flag": True}
    if not required:  # a default, even none, is taken by click for what was given
        default = None if is_many else field.default if typed.default is None else typed.default
        flag["default"] = str(default) if isinstance(default, enum.StrEnum) else default
    return click.Option(
        [typed.option or f"--{name.replace('_', '-')}", name],
        metavar=typed.metavar,
        required=required,
        help=field.description,
        **flag,
    )


def _kind(field: FieldInfo) -> tuple[Any, bool]:
    """What click reads a value as, and whether there may be many."""
    kind = field.annotation
    if NoneType in (choices := get_args(kind)):
        (kind,) = (choice for choice in choices if choice is not NoneType)
    origin, parts = get_origin(kind), get_args(kind)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return _single_kind(parts[0]), True
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return str, True
    if origin is Literal:
        return click.Choice(parts), False
    if kind is int and (bounds := _bounds(field)) != (None, None):
        return click.IntRange(*bounds), False
    return (WORDS if kind is str and field.is_required() else _single_kind(kind)), False


def _bounds(field: FieldInfo) -> tuple[int | None, int | None]:
    """The least and the most that a number may be."""
    kinds = ("ge", "le")
    found = {
        kind: getattr(each, kind)
        for each in field.metadata
        for kind in kinds
        if hasattr(each, kind)
    }
    return found.get("ge"), found.get("le")


def _single_kind(kind: Any) -> Any:
    if kind is dt.date:
        return DAY
    if kind is Path:
        return click.Path(path_type=Path)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return click.Choice([member.value for member in kind])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return str  # the model itself reads what is typed
    return kind


def read_given(model: type[_G], typed: Mapping[str, Any]) -> _G:
    """What was typed, without what was not, in the types of the model.

    Raises:
        CommandUsageError: something does not fit the model.
    """
    sent: dict[str, Any] = {}
    for name, value in typed.items():
        kind = get_origin(model.model_fields[name].annotation)
        if value is None or value == ():
            continue
        if isinstance(kind, type) and issubclass(kind, Mapping):
            pairs = (each.partition("=") for each in value)
            sent[name] = {key.strip(): words for key, _, words in pairs}
        else:
            sent[name] = value.date() if isinstance(value, dt.datetime) else value
    try:
        return model(**sent)
    except ValidationError as misfit:
        context = click.get_current_context()
        wrong = dict.fromkeys(_wrong(context, error) for error in misfit.errors())
        raise CommandUsageError(reason="; ".join(wrong)) from misfit


def _wrong(context: click.Context, error: ErrorDetails) -> str:
    """What does not fit in an option or argument, which is named as it is written."""
    field = str(error["loc"][0]) if error["loc"] else "?"
    parameters = {parameter.name: parameter for parameter in context.command.params}
    name = written_name(parameters[field], context) if field in parameters else field
    key = _TOO_MUCH.get(error["type"], "value-invalid")
    most = error.get("ctx", {}).get("max_length")
    return messages.text(f"usage.{key}", context.obj.lang, name=name, most=most)
