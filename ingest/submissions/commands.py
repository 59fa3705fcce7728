"""archive submit, archive submission: the door and the acceptance desk."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit, report
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, progress, say, table, with_json
from archive_service.cli.values import MisfitUsageError
from archive_service.errors import ArchiveError
from ingest.submissions.desk.commands import offer_desk
from ingest.submissions.drop_folder.commands import watch

if TYPE_CHECKING:
    from archive_service.domain.people.account import Actor
    from ingest.submissions.documents import SubmissionDocument

_Given = TypeVar("_Given")  # a path, or an identifier
STATES = (
    "draft", "received", "checking", "checked", "returned", "withdrawn", "accepted", "stored",
    "rejected", "quarantined",
)  # fmt: skip


@click.command()
@with_json
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--wait", is_flag=True, help="Wait for the checks; do them where no worker does.")
@click.option(
    "--template", type=click.Path(path_type=Path, dir_okay=False),
    help="Write an empty spreadsheet with all columns and code lists, and end.",
)  # fmt: skip
@click.option(
    "--supplement",
    "status",
    flag_value="SUPPLEMENT",
    help="Late documents: they are added to case files in custody.",
)
@click.option(
    "--replacement",
    "status",
    flag_value="REPLACEMENT",
    help="Corrections: documents take the place of those in custody that they name.",
)
@click.option("--bulk", is_flag=True, help="Each path is a delivery of many case files.")
@click.option("--code", default="", help="Case file to which documents of edXML packets belong.")
@click.pass_context
def submit(
    ctx: click.Context,
    paths: tuple[Path, ...],
    template: Path | None,
    status: str | None,
    code: str,
    *,
    bulk: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Submit folders or ZIP files: packages (SIP), edXML packets, or with a spreadsheet.

    With --bulk, or given a spreadsheet that lies beside folders, many case files are taken in
    piece by piece: a bad row is told and stops no other, and the same command goes on after a kill.

    A path that is refused does not stop the others: each is told, with --json under "refused", and
    the exit code is that of the first. With --wait exit 1 if a submission has a finding of
    severity error.
    """
    cli: Cli = ctx.find_root().obj
    if template is not None:
        _write_template(template)
        return
    if not paths:
        raise MisfitUsageError("paths-or-template")
    if bulk and status:
        raise MisfitUsageError("bulk-status")
    if bulk or any(_names_folders(path) for path in paths):
        _deliver(ctx, cli, paths, wait=wait, as_json=as_json)
        return
    ids, refused, exit_code = _receive(
        cli, paths, actor=cli.writer, status=status or "", case_code=code
    )
    if wait:
        _wait_for_checks(cli, ids)
    documents = _tell_all(cli, ids, refused, as_json=as_json)
    if exit_code is not None:
        ctx.exit(exit_code)
    unchecked = [row for row in documents if row.state in ("received", "checking")]
    if wait and (unchecked or any(row.worst == "error" for row in documents)):
        ctx.exit(Exit.PROBLEMS)


def _names_folders(path: Path) -> bool:
    """Whether it is a spreadsheet with folders beside it."""
    is_sheet = path.suffix.lower() == ".xlsx" and path.is_file()
    return is_sheet and any(each.is_dir() for each in path.absolute().parent.iterdir())


def _deliver(
    ctx: click.Context, cli: Cli, paths: tuple[Path, ...], *, wait: bool, as_json: bool
) -> None:
    """Take one delivery after another; exit 1 where something was refused or found wrong."""
    from ingest.deliveries import acts as deliveries_acts
    from ingest.deliveries import commands as deliveries_commands

    ids: list[UUID] = []
    for path in paths:
        with deliveries_commands.bar(cli) as progress:
            ids.append(
                deliveries_acts.deliver(
                    path, actor=cli.writer, services=cli.services, progress=progress
                )
            )
    wrong = wait and deliveries_commands.wait_for_checks(cli, ids)
    documents = [
        deliveries_acts.delivery_with_refusals(
            cli.services, delivery_id, actor=cli.actor, lang=cli.lang
        )
        for delivery_id in ids
    ]
    if as_json:
        emit({"deliveries": documents})
    else:
        for document in documents:
            deliveries_commands.say_document(cli, document)
    if wrong or any(document.refused for document in documents):
        ctx.exit(Exit.PROBLEMS)


def _receive(
    cli: Cli, paths: tuple[Path, ...], *, actor: "Actor", status: str, case_code: str
) -> tuple[list[UUID], list[dict[str, str]], Exit | None]:
    """Ids of what was received, and what was refused; a single path that is refused raises."""
    from ingest.submissions import acts as submissions_acts

    ids: list[UUID] = []

    def hand_in(path: Path) -> None:
        ids.extend(
            submissions_acts.submit(
                path, actor=actor, services=cli.services, record_status=status, code=case_code
            )
        )

    shown = progress(paths, cli.said("submission.submitting"), total=len(paths))
    refused, code = _each(cli, shown, hand_in, named="path", is_only=len(paths) == 1)
    return ids, refused, code


def _each(
    cli: Cli, given: Iterable[_Given], act: Callable[[_Given], None], *, named: str, is_only: bool
) -> tuple[list[dict[str, str]], Exit | None]:
    """Each by itself: what was refused, and the exit code of the first; one ``alone`` raises."""
    refused: list[dict[str, str]] = []
    code: Exit | None = None
    for item in given:
        try:
            act(item)
        except ArchiveError as refusal:
            if is_only:
                raise
            click.secho(f"{item}:", err=True, bold=True)
            first = report(refusal, lang=cli.lang, as_json=False)
            code = code or first
            text = messages.error(refusal.code, cli.lang, refusal.facts)
            words = {"code": refusal.code, "message": text.message, "remedy": text.remedy}
            refused.append({named: str(item)} | words)
    return refused, code


def _write_template(target: Path) -> None:
    from ingest.channels.spreadsheet_template import write_template

    write_template(target)
    say(f"{target}")


def _wait_for_checks(cli: Cli, ids: list[UUID]) -> None:
    """Take the checks ourselves; where a worker has one in hand, wait for it."""
    import time

    from archive_service.domain.intake.submission import CHECK_JOB
    from ingest.submissions import queries

    for submission_id in progress(ids, cli.said("submission.checking"), total=len(ids)):
        while queries.awaits_checks(cli.services, submission_id):
            if not cli.do_job(CHECK_JOB, submission_id):
                time.sleep(0.1)


@click.group(cls=ActGroup)
def submission() -> None:
    """The acceptance desk."""


submission.add_command(watch)


@submission.command("list")
@with_json
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def list_(cli: Cli, state: str | None, limit: int | None, *, as_json: bool) -> None:
    """List submissions, oldest first."""
    from ingest.submissions import queries

    documents = queries.list_submissions(
        cli.services, actor=cli.actor, state=state, limit=limit, lang=cli.lang
    )
    if as_json:
        emit({"submissions": documents})
    else:
        columns = ("id", "code", "state", "worst", "documents", "title")
        heads = cli.heads(*(f"submission.{column}" for column in columns))
        rows = ([_cell(row, column, cli.lang) for column in columns] for row in documents)
        table(heads, rows, whole=2)


@submission.command()
@with_json
@click.argument("submission_id", metavar="ID", type=click.UUID)
@pass_cli
def show(cli: Cli, submission_id: UUID, *, as_json: bool) -> None:
    """Show a submission with all its findings."""
    _tell(cli, submission_id, as_json=as_json)


@submission.command()
@click.option("--reason", default="", help="Why, where it brings back what was recalled.")
@with_json
@click.argument("given", metavar="ID...", type=click.UUID, nargs=-1, required=True)
@click.pass_context
def accept(ctx: click.Context, given: Sequence[UUID], reason: str, *, as_json: bool) -> None:
    """Accept checked submissions into custody; a second time changes nothing.

    Each of several is an act of its own: one that is refused does not stop the others. All are
    told, with --json under "submissions" and "refused", and the exit code is that of the first.
    """
    from ingest.submissions import acts as submissions_acts
    from ingest.submissions.given import Acceptance

    cli: Cli = ctx.find_root().obj
    ids, actor, wish = list(dict.fromkeys(given)), cli.writer, Acceptance(reason=reason)
    accepted: list[UUID] = []

    def take(submission_id: UUID) -> None:
        submissions_acts.accept(cli.services, submission_id, wish, actor=actor, lang=cli.lang)
        accepted.append(submission_id)

    refused, code = _each(cli, ids, take, named="id", is_only=len(given) == 1)
    if len(given) == 1:
        _tell(cli, ids[0], as_json=as_json)
    else:
        _tell_all(cli, accepted, refused, as_json=as_json)
    if code is not None:
        ctx.exit(code)


@submission.command()
@with_json
@click.argument("submission_id", metavar="ID", type=click.UUID)
@click.argument("document")
@click.option("--reason", required=True, help="Why: the sender and the archive see it.")
@click.option("--replaced-by", "replaced", default="", help="The newer document that replaces it.")
@click.option("--corrected-by", "corrected", default="", help="The paper that corrects it.")
@pass_cli
def recall(
    cli: Cli,
    submission_id: UUID,
    document: str,
    reason: str,
    replaced: str,
    corrected: str,
    *,
    as_json: bool,
) -> None:
    """Take one DOCUMENT (place, identifier, number and symbol) out of an undecided submission.

    Its bytes go, the data of the recall stay, and what is left is checked anew. One that is
    corrected stays, and says by what.
    """
    from archive_service.catalogue.recalls.acts import Wish
    from archive_service.domain.case_files.recall import RecallKind
    from ingest.edxml.open_recalls import ask_undecided

    if replaced and corrected:
        raise MisfitUsageError("one-successor")
    changed = RecallKind.CORRECTION if corrected else RecallKind.RECALL
    kind = RecallKind.REPLACEMENT if replaced else changed
    wish = Wish(kind=kind, reason=reason, successor=replaced or corrected, channel="command")
    ask_undecided(cli.services, submission_id, document, wish, actor=cli.writer)
    _tell(cli, submission_id, as_json=as_json)


def _cell(row: "SubmissionDocument", column: str, lang: str) -> object:
    """A state or a severity in words, anything else as it is."""
    group = {"state": "submission-states", "worst": "severities"}.get(column)
    value = getattr(row, column)
    return messages.label(group, value, lang) if group and value else value


def _tell(cli: Cli, submission_id: UUID, *, as_json: bool) -> None:
    from ingest.submissions import queries

    (document,) = queries.submissions(cli.services, [submission_id], actor=cli.actor, lang=cli.lang)
    _shown(cli, document, as_json=as_json)


def _tell_all(
    cli: Cli, ids: list[UUID], refused: list[dict[str, str]], *, as_json: bool
) -> "list[SubmissionDocument]":
    from ingest.submissions import queries

    documents = queries.submissions(cli.services, ids, actor=cli.actor, lang=cli.lang)
    if as_json:
        emit({"submissions": documents} | ({"refused": refused} if refused else {}))
    else:
        for document in documents:
            _show(cli, document)
    return documents


def _shown(cli: Cli, document: "SubmissionDocument", *, as_json: bool) -> None:
    emit(document) if as_json else _show(cli, document)


def _show(cli: Cli, document: "SubmissionDocument") -> None:
    from archive_service.web.display import place

    state = messages.label("submission-states", document.state, cli.lang)
    click.secho(f"{document.code or document.source}  {state}", bold=True)
    click.echo(f"  {document.title}")
    sizes = {"documents": document.documents, "size_bytes": document.size_bytes}
    click.echo(f"  {document.id}, {cli.said('submission.size', **sizes)}")
    colours = {"error": "red", "warning": "yellow", "info": "blue"}
    for finding in document.findings:
        severity = messages.label("severities", finding.severity, cli.lang)
        click.secho(f"  {severity:10}", nl=False, fg=colours[finding.severity])
        where = finding.place and f" [{place(finding.place, cli.lang)}]"
        click.echo(finding.message + where)
        if finding.remedy:
            click.echo(f"          → {finding.remedy}")
    if document.receipt:
        click.echo(f"  {cli.said('submission.receipt', number=document.receipt.number)}")
    for step in document.next:
        act = messages.text(f"labels.submission-act.{step.act}", cli.lang)
        role = messages.label("roles", step.role, cli.lang)
        needs = [messages.text(f"labels.submission-need.{need}", cli.lang) for need in step.needs]
        click.echo(f"  {cli.said('submission.next', act=act, role=role, needs=', '.join(needs))}")


_ID = click.Argument(["submission_id"], metavar="ID", type=click.UUID)
for _name, _act in (
    ("return", "give_back"),
    ("rescan", "rescan"),
    ("lift-mark", "lift"),
    ("recheck", "recheck"),
    ("withdraw", "withdraw"),
):
    submission.offer(_name, f"ingest.submissions.acts:{_act}", _ID, show=_shown)
offer_desk(submission, _ID)
