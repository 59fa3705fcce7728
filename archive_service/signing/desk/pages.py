"""Chờ ký số: papers that wait for a signature of this account, and those it asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.signing_request import SigningState
from archive_service.request import Body, current_actor, services, takes
from archive_service.signing.copies.page_parts import seals_shown
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.desk.documents import SigningRequestDocument
from archive_service.signing.desk.trial import sign_on_trial
from archive_service.storage.work_folder import work_place
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.people import people
from archive_service.web.refusals import file_in_form
from archive_service.web.toasts import tell

bp = Blueprint("signing", __name__, template_folder="templates", url_prefix="/signing")

_FACTS = (
    ("signer", "pages.signing.signer"),
    ("requested_by", "pages.signing.requested_by"),
    ("signed_by", "pages.signing.signed_by"),
)


@bp.get("")
def show() -> str:
    """What waits and what was asked for; one of them opened, the first where none is named."""
    actor = current_actor()
    found = desk_acts.list_requests(services(), actor=actor, lang=language())
    wanted = request.args.get("item", "")
    found.sort(key=lambda paper: _turn(paper, actor))
    chosen = next(
        (paper for paper in found if str(paper.id) == wanted), found[0] if found else None
    )
    return render_template(
        "signing/desk/signing.html",
        here_key="signing",
        papers=[
            paper.as_json() | {"current": paper is chosen, "href": url_for(".show", item=paper.id)}
            for paper in found
        ],
        item=_opened(chosen, actor) if chosen else None,
        may_ask=access.may(actor, "signing:request"),
        seals=seals_shown(),
    )


@bp.post("")
@takes(Body.PAPER, "signing:request")
def ask() -> Response:
    """Give a paper out to be signed."""
    file, form = file_in_form("file", t("pages.signing.file")), request.form
    with _saved(file) as path:
        asked = desk_acts.request_signature(
            services(),
            path,
            account=form.get("account", "").strip(),
            actor=current_actor(),
            name=file.filename or "",
            identifier=form.get("identifier", ""),
            with_seal=bool(form.get("with_seal")),
        )
    tell(t("pages.signing.asked", name=asked.name, signer=asked.signer))
    return _again(asked.id)


@bp.post("/<uuid:request_id>/return")
@takes(Body.PAPER, "signing:answer")
def bring_back(request_id: UUID) -> Response:
    """Judge the file that came back; the reasons of a refusal stand on the page."""
    with _saved(file_in_form("file", t("pages.signing.signed_file"))) as path:
        answer = desk_acts.take_return(
            services(), request_id, path, actor=current_actor(), lang=language()
        )
    outcome = "pages.signing.taken" if answer.accepted else "pages.signing.refused"
    tell(t(outcome, **answer.as_json()))
    return _again(request_id)


@bp.post("/<uuid:request_id>/seal")
def seal(request_id: UUID) -> Response:
    """Put the agency's seal on it."""
    answer = desk_acts.seal_request(services(), request_id, actor=current_actor(), lang=language())
    tell(t("pages.signing.taken", **answer.as_json()))
    return _again(request_id)


@bp.post("/<uuid:request_id>/trial")
def trial(request_id: UUID) -> Response:
    """Sign it with a toy key, in a home that the demo made."""
    answer = sign_on_trial(services(), request_id, actor=current_actor(), lang=language())
    tell(
        t("pages.signing.taken" if answer.accepted else "pages.signing.refused", **answer.as_json())
    )
    return _again(request_id)


@bp.post("/<uuid:request_id>/withdraw")
def withdraw(request_id: UUID) -> Response:
    """Whoever asked for it wants it no more."""
    withdrawn = desk_acts.withdraw(services(), request_id, actor=current_actor())
    tell(t("pages.signing.withdrawn", name=withdrawn.name))
    return _again(request_id)


@contextmanager
def _saved(file: FileStorage) -> Iterator[Path]:
    """What was sent, for as long as it is looked at."""
    with work_place(services().work_folder, "paper-") as folder:
        path = folder / "paper.pdf"
        file.save(path)
        yield path


def _again(request_id: object) -> Response:
    return make_response(redirect(url_for(".show", item=request_id), code=303))


def _turn(paper: SigningRequestDocument, actor: Actor) -> int:
    """What waits for this account first, then what it waits for, then what is over."""
    if paper.state is not SigningState.WAITING:
        return 2
    return 0 if paper.account == actor.account else 1


def _opened(paper: SigningRequestDocument, actor: Actor) -> dict[str, Any]:
    waits = paper.state is SigningState.WAITING
    who = people(paper, "requested_by", "signed_by")
    is_signed = paper.state is SigningState.SIGNED
    is_mine = paper.account == actor.account
    return paper.as_json() | {
        "facts": [(t(key), who[getattr(paper, name)]) for name, key in _FACTS],
        "download": url_for("api_signing_requests.paper", request_id=paper.id) if waits else "",
        "signed": url_for("api_signing_requests.signed", request_id=paper.id) if is_signed else "",
        "may_seal": waits and paper.with_seal and is_mine,
        "may_return": waits and not paper.with_seal,
        "may_try": waits and not paper.with_seal and is_mine and services().settings.is_demo,
        "may_withdraw": waits and paper.requested_by == actor.account,
    }
