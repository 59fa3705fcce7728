"""archive retention schedule: schedules of the archive's own, below the terms that they set."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json
from retention.schedules.what_if.commands import simulate

if TYPE_CHECKING:
    from retention.schedules.documents import (
        RuleOut,
        ScheduleComparedDocument,
        ScheduleDocument,
        ScheduleWithRulesDocument,
    )

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=ActGroup)
def schedule() -> None:
    """Schedules of the archive's own (bảng thời hạn): load, compare, adopt."""


@schedule.command()
@with_json
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--code", default="", help="Code of the schedule; of a table.")
@click.option("--title", default="", help="Its title; of a table.")
@click.option("--instrument", default="", help="The instrument that it follows; of a table.")
@click.option("--article", default="", help="The article or annex; of a table.")
@click.option("--valid-from", default="", help="First day in force; of a table.")
@click.option("--valid-to", default="", help="Last day in force; of a table.")
@click.option("--check", "only_check", is_flag=True, help="Tell the faults, keep nothing.")
@pass_cli
@click.pass_context
def load(
    ctx: click.Context, cli: Cli, /, path: Path, *, only_check: bool, as_json: bool, **head: str
) -> None:
    """Load a TOML, XLSX or CSV as a draft; every fault is told with its line.

    Exit 1 if --check finds a fault.
    """
    from retention.schedules import acts as schedules_acts

    if only_check:
        told_faults = schedules_acts.check_file(
            cli.services, path, head, actor=cli.actor, lang=cli.lang
        )
        if as_json:
            emit(told_faults)
        else:
            for fault in told_faults["faults"]:
                click.echo(fault["text"])
        if told_faults["faults"]:
            ctx.exit(Exit.PROBLEMS)
        if not as_json:
            say(cli.said("schedule.sound", count=told_faults["rules"]))
        return
    document = schedules_acts.load(cli.services, path, head, actor=cli.writer, lang=cli.lang)
    if as_json:
        emit(document)
    else:
        count = len(document["document"]["rules"])
        names = {name: document[name] for name in ("id", "code", "edition")}
        say(cli.said("schedule.loaded", count=count, **names))


def _listed(cli: Cli, found: "list[ScheduleDocument]", *, as_json: bool) -> None:
    if as_json:
        emit({"schedules": found})
        return
    names = ("id", "code", "edition", "state", "from", "count")
    rows = (
        (
            listed.id or listed.code,  # by which show and compare know it
            listed.code,
            listed.edition,
            _state(cli, listed.state),
            told(listed.valid_from),
            listed.count,
        )
        for listed in found
    )
    table(cli.heads(*(f"schedule.{name}" for name in names)), rows, whole=1)


def _shown(cli: Cli, document: "ScheduleWithRulesDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    for rule in document.rules:
        click.echo(cli.said("schedule.line", **dict(rule), term=_term(cli, rule)))


def _show_compare(cli: Cli, document: "ScheduleComparedDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    for key, rules in (("added", document.added), ("removed", document.removed)):
        for rule in rules:
            click.echo(cli.said(f"schedule.{key}", code=rule.code, title=rule.title))
    for changed in document.changed:
        was, now = _term(cli, changed.before), _term(cli, changed.after)
        click.echo(cli.said("schedule.changed", code=changed.code, before=was, after=now))
    say(cli.said("schedule.same", count=document.same))


@schedule.command()
@with_json
@click.argument("schedule_id", metavar="ID", type=click.UUID)
@click.option("--reason", default="", help="The paper that it rests on.")
@click.option("--otp", help="Code of the second factor.")
@pass_cli
def adopt(cli: Cli, schedule_id: UUID, reason: str, otp: str | None, *, as_json: bool) -> None:
    """Adopt a draft that another person loaded."""
    _decide(cli, schedule_id, adopt=True, reason=reason, otp=otp, as_json=as_json)


@schedule.command()
@with_json
@click.argument("schedule_id", metavar="ID", type=click.UUID)
@click.option("--reason", default="", help="Why it is not adopted.")
@pass_cli
def drop(cli: Cli, schedule_id: UUID, reason: str, *, as_json: bool) -> None:
    """Throw a draft away."""
    _decide(cli, schedule_id, adopt=False, reason=reason, as_json=as_json)


@schedule.command()
@with_json
@click.argument("schedule_id", metavar="ID", type=click.UUID)
@click.option("--to", "target", type=click.Path(path_type=Path), help="Write the PDF/A there.")
@click.option("--ask", is_flag=True, help="Give it out to be signed by who adopted.")
@pass_cli
def paper(cli: Cli, schedule_id: UUID, target: Path | None, *, ask: bool, as_json: bool) -> None:
    """The decision that adopts a schedule, and what became of its signature."""
    from retention.schedules import papers as schedules_papers

    if ask:
        schedules_papers.ask_for_signature(cli.services, schedule_id, actor=cli.writer)
    if target is not None:
        _, data = schedules_papers.read_paper(cli.services, schedule_id, actor=cli.actor)
        target.write_bytes(data)
    shown = schedules_papers.paper_of(cli.services, schedule_id, actor=cli.actor, lang=cli.lang)
    signature = shown.signature if shown else None
    if as_json:
        emit({"id": str(schedule_id), "signature": signature})
    else:
        state = signature.state if signature else "unsigned"
        say(cli.said(f"schedule.paper-{state}", signer=signature and signature.signer))


def _decide(
    cli: Cli, schedule_id: UUID, *, adopt: bool, reason: str, as_json: bool, otp: str | None = None
) -> None:
    from retention.schedules import acts as schedules_acts

    document = schedules_acts.decide(
        cli.services, schedule_id, adopt=adopt, reason=reason, otp=otp, actor=cli.writer
    )
    if as_json:
        emit(document)
    else:
        names = {name: document[name] for name in ("code", "edition")}
        say(cli.said("schedule.decided", state=_state(cli, document["state"]), **names))


def _state(cli: Cli, state: str) -> str:
    return messages.text(f"labels.schedule-state.{state}", cli.lang)


def _term(cli: Cli, rule: "RuleOut") -> str:
    from retention.terms.explain import term_told

    return term_told(dict(rule), cli.lang)


retention = click.Group("retention", commands=[schedule, simulate])


_ACTS = "retention.schedules.acts"
_NAME = click.Argument(["name"], metavar="ID|CODE")
schedule.offer("list", f"{_ACTS}:list_all", show=_listed, reads=True)
schedule.offer("show", f"{_ACTS}:show", _NAME, show=_shown, reads=True)
schedule.offer(
    "compare",
    f"{_ACTS}:compare",
    click.Argument(["before"]),
    click.Argument(["after"]),
    show=_show_compare,
    reads=True,
)
