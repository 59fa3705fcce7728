"""archive access-request: what somebody asks to read, and who decides on it."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.use_requests.documents import (
        AccessRequestDocument,
        AccessRequestList,
    )

_HEADS = (
    *(
        "id",
        "code",
        "document",
        "wants",
        "person",
        "purpose",
        "state",
        "scan",
        "question",
        "answer",
    ),
    *("due_on", "decided_by", "until"),
)
_USE = ("on", "document", "role", "purpose")


@click.group(cls=ActGroup)
def access_request() -> None:
    """Requests to read what is open on conditions."""


def _show(cli: Cli, request: "AccessRequestDocument", *, as_json: bool) -> None:
    if as_json:
        emit(request.as_json())
        return
    state = messages.text(f"badges.access-request.{request.state}", cli.lang)
    say(
        cli.said("access-request.stands", code=request.code, document=request.document, state=state)
    )
    click.echo(str(request.id))


def _all(cli: Cli, found: "AccessRequestList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(request.id),
            request.code,
            str(request.document or ""),
            messages.text(f"pages.use_requests.wants_{request.wants}", cli.lang),
            request.person,
            request.purpose,
            messages.text(f"badges.access-request.{request.state}", cli.lang),
            messages.text(f"badges.scan-wait.{request.scan}", cli.lang) if request.scan else "",
            request.question,
            request.answer,
            told(request.due_on),
            request.decided_by,
            told(request.until),
        )
        for request in found.requests
    )
    table([cli.said(f"access-request.heads.{name}") for name in _HEADS], rows, whole=1)


_ACTS = "archive_service.catalogue.use_requests.acts"
_SEAL = "archive_service.catalogue.use_requests.sealing:seal_access_request"
_REDACT = "archive_service.catalogue.use_requests.redaction:redact_access_request"
_ID = click.Argument(["request_id"], metavar="ID", type=click.UUID)
_PDF = click.Path(path_type=Path, dir_okay=False)
_THIS = click.argument("request_id", metavar="ID", type=click.UUID)
_TO = click.option("--to", "target", type=_PDF, required=True, help="The PDF to write.")


@access_request.command()
@with_json
@_THIS
@_TO
@pass_cli
def letter(cli: Cli, request_id: UUID, target: Path, *, as_json: bool) -> None:
    """Write the answer to a request as a paper that the archive seals (PDF/A)."""
    from archive_service.catalogue.use_requests.letter import answer_letter

    _, made = answer_letter(cli.services, request_id, actor=cli.writer)
    _write(cli, made, target, as_json=as_json)


@access_request.command()
@with_json
@_THIS
@_TO
@pass_cli
def copy(cli: Cli, request_id: UUID, target: Path, *, as_json: bool) -> None:
    """Write the copy that was granted to oneself, or to whom one asked for at the counter."""
    from archive_service.catalogue.use_requests.copying import fetch_copy

    _, made = fetch_copy(cli.services, request_id, actor=cli.writer)
    _write(cli, made, target, as_json=as_json)


@access_request.command()
@with_json
@_THIS
@click.option("--limit", type=click.IntRange(min=1), default=50, help="At most so many.")
@pass_cli
def uses(cli: Cli, request_id: UUID, limit: int, *, as_json: bool) -> None:
    """Tell when, for what and in which role the records were used, as a request was granted."""
    from archive_service.catalogue.holdings.purposes import purpose_label
    from archive_service.catalogue.use_requests.past_uses import list_past_uses

    found = list_past_uses(cli.services, request_id, actor=cli.writer, limit=limit)
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            told(use.on),
            str(use.document),
            messages.text(f"labels.roles.{use.role}", cli.lang),
            purpose_label(use.purpose, cli.lang),
        )
        for use in found.uses
    )
    table([cli.said(f"access-request.use.{name}") for name in _USE], rows)


def _write(cli: Cli, made: bytes, target: Path, *, as_json: bool) -> None:
    target.write_bytes(made)
    if as_json:
        emit({"path": str(target), "sha256": hashlib.sha256(made).hexdigest()})
    else:
        say(cli.said("access-request.written", target=target))


access_request.offer("list", f"{_ACTS}:list_access_requests", show=_all, reads=True)
access_request.offer("make", f"{_ACTS}:make_access_request", show=_show)
access_request.offer("grant", f"{_ACTS}:grant_access_request", _ID, show=_show)
access_request.offer("refuse", f"{_ACTS}:refuse_access_request", _ID, show=_show)
access_request.offer("revoke", f"{_ACTS}:revoke_access_request", _ID, show=_show)
access_request.offer("redact", _REDACT, _ID, show=_show)
access_request.offer("seal", _SEAL, _ID, show=_show)
access_request.offer("ask", f"{_ACTS}:ask_about_access_request", _ID, show=_show)
access_request.offer("answer", f"{_ACTS}:answer_access_request", _ID, show=_show)
access_request.offer("withdraw", f"{_ACTS}:withdraw_access_request", _ID, show=_show)
