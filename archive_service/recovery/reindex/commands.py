"""archive index: the search index shown, compared with the holdings, and written again."""

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, with_json


@click.group()
def index() -> None:
    """The search index: it can be made anew at any time from what is stored."""


@index.command()
@with_json
@pass_cli
def status(cli: Cli, /, *, as_json: bool) -> None:
    """Engine, entries, and how many case files are not indexed yet and since when.

    Searches of the last 30 days that found nothing, found otherwise or took long are counted;
    their words are kept nowhere.

    Exit 1 where some are not, or where the index began anew or is of an earlier form.
    """
    from archive_service.recovery.reindex.acts import index_status

    document = index_status(cli.services, actor=cli.actor)
    if as_json:
        emit(document.as_json())
    else:
        facts = document.as_json()
        click.echo(cli.said("index.status", **facts))
        if document.behind:
            click.echo(cli.said("index.behind", **facts | {"waiting_s": document.waiting_s or 0}))
        if not document.known:
            click.echo(cli.said("index.unknown"))
        if document.outdated:
            click.echo(cli.said("index.outdated"))
        if document.beside is not None:
            click.echo(cli.said("index.beside", **facts))
        click.echo(cli.said("index.searches", **document.searches.as_json()))
    if document.behind or document.outdated or not document.known:
        click.get_current_context().exit(Exit.PROBLEMS)


@index.command()
@with_json
@click.option("--deep", is_flag=True, help="Read the copies, and compare every word.")
@click.option("--repair", is_flag=True, help="Queue what is wrong, take out what is held no more.")
@pass_cli
def verify(cli: Cli, /, *, deep: bool, repair: bool, as_json: bool) -> None:
    """Compare the index with the holdings. Exit 1 if something is wrong; 6 if it is damaged.

    --json has faults [{code, id, fault}]: missing, behind, differs, stray, unread.
    """
    from archive_service.recovery.reindex.acts import verify_index

    document = verify_index(cli.services, actor=cli.actor, deep=deep, repair=repair)
    if as_json:
        emit(document.as_json())
    else:
        for fault in document.faults:
            click.echo(f"{fault.code or fault.id}  {cli.said(f'index.faults.{fault.fault}')}")
        facts = document.as_json() | {"faults": len(document.faults)}
        click.echo(cli.said("index.verified", **facts))
        if repair:
            click.echo(cli.said("index.repaired", **facts))
    if document.faults:
        click.get_current_context().exit(Exit.PROBLEMS)


@index.command()
@with_json
@click.option("--resume", is_flag=True, help="Go on where a rebuild was broken off.")
@pass_cli
def rebuild(cli: Cli, /, *, resume: bool, as_json: bool) -> None:
    """Fill a new index beside the one in use; searches go on and miss nothing meanwhile.

    It takes the place of the old one when it is full; archive index status tells how far it is.
    A damaged index begins anew. Exit 1 if some case files are left to the workers.
    """
    from archive_service.recovery.reindex.acts import rebuild_index

    document = rebuild_index(cli.services, actor=cli.actor, resume=resume, progress=say)
    if as_json:
        emit(document.as_json())
    else:
        click.echo(cli.said("index.rebuilt", **document.as_json()))
    if document.left:
        click.get_current_context().exit(Exit.PROBLEMS)
