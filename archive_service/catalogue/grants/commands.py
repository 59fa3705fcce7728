"""archive grant, archive group: what somebody may read without asking."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table

if TYPE_CHECKING:
    from archive_service.catalogue.grants.documents import (
        GrantDocument,
        GrantList,
        RemainingDocument,
    )
    from archive_service.catalogue.grants.group_documents import (
        GroupDocument,
        GroupList,
        MemberDocument,
    )

_ACTS = "archive_service.catalogue.grants.acts"
_HEADS = ("id", "account", "gives", "scope", "target", "level", "first_day", "last_day", "state")


@click.group(cls=ActGroup)
def grant() -> None:
    """What may be read without asking, or managed, for some days; a second person confirms it."""


def _listed(cli: Cli, found: "GrantList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(document.id),
            document.account,
            messages.label("grant-rights", document.gives.value, cli.lang),
            messages.label("grant-scopes", document.scope.value, cli.lang),
            document.target,
            messages.label("levels", document.level.value, cli.lang),
            document.first_day.isoformat(),
            document.last_day.isoformat(),
            messages.text(f"badges.delegation.{document.state.value}", cli.lang),
        )
        for document in found.grants
    )
    table([cli.said(f"grants.heads.{name}") for name in _HEADS], rows, whole=1)


def _show(cli: Cli, grant: "GrantDocument", *, as_json: bool) -> None:
    if as_json:
        emit(grant.as_json())
    else:
        facts = {"account": grant.account, "target": grant.target, "last_day": grant.last_day}
        say(cli.said(f"grants.{grant.state.value}", **facts))
        _remaining(cli, grant.remaining)


def _remaining(cli: Cli, rest: "list[RemainingDocument]") -> None:
    if rest:
        say(cli.said("grants.remaining", remaining=", ".join(remaining.name for remaining in rest)))


grant.offer("list", f"{_ACTS}:list_grants", show=_listed, reads=True)
grant.offer("give", f"{_ACTS}:give_grant", show=_show)
_ID = click.Argument(["grant_id"], metavar="ID", type=click.UUID)
grant.offer("end", f"{_ACTS}:end_grant", _ID, show=_show)


@click.group(cls=ActGroup)
def group() -> None:
    """Groups: the members of each read or manage one part of the holdings, up to one level."""


def _groups(cli: Cli, found: "GroupList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(document.id),
            document.name,
            messages.label("grant-rights", document.gives.value, cli.lang),
            messages.label("levels", document.level.value, cli.lang),
            document.target or document.fonds or document.agency,
            ", ".join(f"{member.account} ({member.id})" for member in document.members),
        )
        for document in found.groups
    )
    heads = ("id", "name", "gives", "level", "part", "members")
    table([cli.said(f"groups.heads.{name}") for name in heads], rows, whole=1)


def _group(cli: Cli, group: "GroupDocument", *, as_json: bool) -> None:
    if as_json:
        emit(group.as_json())
    else:
        say(cli.said("groups.made", name=group.name))
        click.echo(str(group.id))


def _member(cli: Cli, member: "MemberDocument", *, as_json: bool) -> None:
    if as_json:
        emit(member.as_json())
        return
    state = "ended" if member.ended_at else "waiting" if member.waits else "living"
    say(cli.said(f"groups.{state}", account=member.account))
    _remaining(cli, member.remaining)


_GROUPS = "archive_service.catalogue.grants.groups"
group.offer("list", f"{_GROUPS}:list_groups", show=_groups, reads=True)
group.offer("make", f"{_GROUPS}:make_group", show=_group)
_GROUP = click.Argument(["group_id"], metavar="ID", type=click.UUID)
group.offer("join", f"{_GROUPS}:join_group", _GROUP, show=_member)
_MEMBER = click.Argument(["member_id"], metavar="ID", type=click.UUID)
group.offer("leave", f"{_GROUPS}:leave_group", _MEMBER, show=_member)
