"""Systems that handed something in are told of it at an address of theirs: signed, and again."""

import datetime as dt
import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import UUID

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.intake.callback import Callback
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import InputError
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import VERSION, Services
from archive_service.signing.http_message import signed_headers
from ingest.callbacks.documents import CallbackDocument
from ingest.callbacks.given import CallbackIn

SEND_JOB = "send-callbacks"
CALLBACK_SILENT = "callback-silent"
_AT_ONCE = 100
_FIRST_PAUSE = dt.timedelta(seconds=30)
_LONGEST_PAUSE = dt.timedelta(hours=6)
_ALARM_AFTER = 6  # tries

_JSON = "application/json"


class CallbackAddressError(InputError):
    """Not an https address of a host that the administrator has named."""


def ask(
    services: Services, submission_id: UUID, given: CallbackIn, *, actor: Actor
) -> CallbackDocument:
    """Be told of each change of state: a signed POST (RFC 9421) with SUBMISSION, tried again.

    Asking again takes the place of what was asked.

    Raises:
        SubmissionUnknownError: absent, or not this account's to know.
        ActNotAllowedError: the account hands nothing in.
        CallbackAddressError: an address that is not called.
    """
    access.require(actor, "submission:create")
    url = given.url
    require_callable(url, services)
    with services.writing() as session:
        row = _handed_in(session, submission_id, actor)
        wanted = session.get(Callback, row.id)
        if wanted is None:
            wanted = Callback(submission_id=row.id, told_state="", attempts=0, trouble="")
            session.add(wanted)
        wanted.url, wanted.account = url, actor.account
        wanted.asked_at = wanted.next_at = clock.now()
        record_event(
            session,
            "submission:callback-asked",
            of=row,
            actor=actor,
            data={"host": urlsplit(url).hostname or ""},
        )
        session.flush()
        document = CallbackDocument.of(wanted)
        services.jobs.add(session, SEND_JOB)
    return document


def _handed_in(session: Session, submission_id: UUID, actor: Actor) -> Submission:
    """Whoever hands in may have the answer sent, with the right to hand in alone."""
    row = session.scalar(
        select(Submission).where(
            Submission.id == submission_id,
            access.visible(actor, "submission:create", Submission.agency_id),
        )
    )
    if row is None:
        raise holdings_rows.SubmissionUnknownError(id=submission_id)
    return row


def find(services: Services, submission_id: UUID, *, actor: Actor) -> CallbackDocument | None:
    """What was asked for a submission and how far it is told; ``None`` if nothing was asked."""
    with services.read_only() as session:
        row = holdings_rows.get_submission(session, submission_id, actor=actor)
        found = session.get(Callback, row.id)
        return CallbackDocument.of(found) if found else None


def require_callable(url: str, services: Services) -> None:
    """Only hosts of ``callbacks.hosts``: an address of a sender's choice reaches no other server.

    ``host:port`` names one port; http is taken for this machine's own address alone.
    """
    known = services.settings.callbacks.hosts
    refused = CallbackAddressError(url=url[:200], hosts=", ".join(known) or "–")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refused from None
    plain = parts.scheme == "http" and host in ("127.0.0.1", "::1", "localhost")
    named = host in known or f"{host}:{port}" in known
    is_bare = not parts.username and not parts.password and not parts.fragment
    if len(url) > 500 or not is_bare or not named or not (parts.scheme == "https" or plain):
        raise refused


def send(lease: Lease, services: Services) -> None:
    """Tell each address whose submission is in a state that it was not told of.

    Told after the other side answered 2xx; killed in between, the same state is told again under
    the same ``Idempotency-Key``.
    """
    for submission_id in _due(services):
        services.jobs.heartbeat(lease)
        _send_one(services, submission_id)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _due(services: Services) -> list[UUID]:
    with services.read_only() as session:
        query = (
            select(Callback.submission_id)
            .join(Submission, Submission.id == Callback.submission_id)
            .where(_is_untold(), Callback.next_at <= clock.now())
            .order_by(Callback.next_at)
            .limit(_AT_ONCE)
        )
        return list(session.scalars(query))


def _is_untold() -> Any:

    return cast(Submission.state, String) != Callback.told_state


def _send_one(services: Services, submission_id: UUID) -> None:
    with services.read_only() as session:
        wanted = session.get_one(Callback, submission_id)
        row = session.get_one(
            Submission, submission_id, options=(selectinload(Submission.findings),)
        )
        url, state = wanted.url, row.state.value
        document = _callback_facts(row)
    body = json.dumps(
        {"event": f"submission:{state}", "at": clock.iso(clock.now()), "submission": document},
        ensure_ascii=False,
    ).encode()
    trouble = _post(services, url, body, key=f"{submission_id}:{state}")
    with services.writing() as session:
        _note(session, submission_id, state, trouble)


def _callback_facts(row: Submission) -> dict[str, Any]:
    """What a sender acts on; all else can be asked for under the id."""
    return {
        "id": str(row.id),
        "code": row.code,
        "state": row.state.value,
        "package_id": row.package_id or None,
        "decided_at": row.decided_at and clock.iso(row.decided_at),
        "decision_reason": row.decision_reason,
        "findings": [_finding(finding) for finding in row.findings],
    }


def _finding(row: FindingRow) -> dict[str, str]:
    message = messages.finding(row.code, "vi", row.facts | {"place": row.place})
    return {
        "check": row.check,
        "code": row.code,
        "severity": row.severity.value,
        "place": row.place,
        "message": message.message,
        "remedy": message.remedy,
    }


def _post(services: Services, url: str, body: bytes, *, key: str) -> str:
    """What went wrong; empty where the other side took it."""
    headers = signed_headers(
        "POST", url, body, signer=services.signer(), at=clock.now(), media_type=_JSON
    )
    headers |= {"Idempotency-Key": key, "User-Agent": f"archive-service/{VERSION}"}
    request = Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - checked when asked
    try:
        with build_opener(_NoRedirect).open(
            request, timeout=services.settings.callbacks.timeout_s
        ) as answer:
            return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"
    except HTTPError as refused:
        return f"HTTP {refused.code}"
    except (OSError, HTTPException) as silent:
        return type(silent).__name__


class _NoRedirect(HTTPRedirectHandler):
    """Another address than the one that was asked for is not called."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: the answer 3xx is a refusal."""


def _note(session: Session, submission_id: UUID, state: str, trouble: str) -> None:
    row = session.get_one(Callback, submission_id, with_for_update=True)
    host = urlsplit(row.url).hostname or ""
    now = clock.now()
    row.trouble = trouble[:200]
    if not trouble:
        row.told_state, row.told_at, row.attempts, row.next_at = state, now, 0, now
        close_incident(session, CALLBACK_SILENT, host, actor=WORKER)
        return
    row.attempts += 1
    row.next_at = now + min(_FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), _LONGEST_PAUSE)
    if row.attempts >= _ALARM_AFTER:
        warning = IncidentSeverity.WARNING
        facts = {"host": host, "trouble": trouble}
        open_incident(session, CALLBACK_SILENT, host, severity=warning, facts=facts)
