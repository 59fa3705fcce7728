"""archive access-request: what somebody asks to read, and who decides on it."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told

if TYPE_CHECKING:
    from archive_service.catalogue.use_requests.documents import (
        AccessRequestDocument,
        AccessRequestList,
    )

_HEADS = (
    *("id", "code", "document", "person", "purpose", "state", "scan", "question", "answer"),
    *("due_on", "decided_by", "until"),
)


@click.group(cls=ActGroup)
def access_request() -> None:
    """Requests to read what is open on conditions."""


def _one(cli: Cli, one: "AccessRequestDocument", *, as_json: bool) -> None:
    if as_json:
        emit(one.as_json())
        return
    state = messages.text(f"badges.access-request.{one.state}", cli.lang)
    say(cli.said("access-request.stands", code=one.code, document=one.document, state=state))
    click.echo(str(one.id))


def _all(cli: Cli, found: "AccessRequestList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(one.id),
            one.code,
            str(one.document),
            one.person,
            one.purpose,
            messages.text(f"badges.access-request.{one.state}", cli.lang),
            messages.text(f"badges.scan-wait.{one.scan}", cli.lang) if one.scan else "",
            one.question,
            one.answer,
            told(one.due_on),
            one.decided_by,
            told(one.until),
        )
        for one in found.requests
    )
    table([cli.said(f"access-request.heads.{name}") for name in _HEADS], rows, whole=1)


_ACTS = "archive_service.catalogue.use_requests.acts"
_REDACT = "archive_service.catalogue.use_requests.redaction:redact_access_request"
_ID = click.Argument(["request_id"], metavar="ID", type=click.UUID)
access_request.offer("list", f"{_ACTS}:list_access_requests", show=_all)
access_request.offer("make", f"{_ACTS}:make_access_request", show=_one)
access_request.offer("grant", f"{_ACTS}:grant_access_request", _ID, show=_one)
access_request.offer("refuse", f"{_ACTS}:refuse_access_request", _ID, show=_one)
access_request.offer("revoke", f"{_ACTS}:revoke_access_request", _ID, show=_one)
access_request.offer("redact", _REDACT, _ID, show=_one)
access_request.offer("ask", f"{_ACTS}:ask_about_access_request", _ID, show=_one)
access_request.offer("answer", f"{_ACTS}:answer_access_request", _ID, show=_one)
access_request.offer("withdraw", f"{_ACTS}:withdraw_access_request", _ID, show=_one)
