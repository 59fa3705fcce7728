"""Hồ sơ hủy: the papers of a list, its certificate compared, the paper half, the opinion."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.utils import secure_filename

from archive_service import access, clock
from archive_service.domain.account import Actor
from archive_service.domain.disposition import DispositionKind
from archive_service.forms.destruction_certificate import place_words, proof_words
from archive_service.request import current_actor, services
from archive_service.storage.work_folder import work_place
from archive_service.web.files import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from archive_service.workflow import (
    disposition,
    disposition_council,
    disposition_execution,
    disposition_reading,
)
from retention.council import Opinion
from retention.disposition_list import get_disposition

bp = Blueprint("disposition_papers", __name__, url_prefix="/dispositions")


def file_panel(told: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """What the page of a list shows of its file, and which acts on it this account may do."""
    row_id = UUID(told["id"])
    papers = disposition_reading.papers_of(services(), row_id, actor=actor)
    asks = bool(papers) and access.may(actor, "disposition:ask-signature")
    signers = []
    if asks:
        with services().read_only() as session:
            row = get_disposition(session, row_id, actor=actor)
            signers = disposition_reading.signers_of(session, row)
    waits = [
        one
        for one in told["items"]
        if one["paper"]
        and one["outcome"] == "destroy"
        and one["state"] in ("claimed", "done")
        and not one["paper_destroyed_on"]
    ]
    executes = access.may(actor, "disposition:execute")
    return {
        "papers": papers,
        "signers": signers,
        "may_make": executes and bool(papers),
        "certified": any(one["form"] == "certificate" and not one["due"] for one in papers),
        "may_note_paper": executes and told["state"] == "executing" and bool(waits),
        "halves": waits,
        "may_note_opinion": told["state"] == "reviewed"
        and access.may(actor, "disposition:council"),
    }


@bp.get("/new")
def new() -> str:
    """The form of a list that a person proposes; codes may come with the address."""
    access.require(current_actor(), "disposition:propose")
    return render_template(
        "pages/disposition_new.html",
        here_key="dispositions",
        codes="\n".join(request.args.getlist("code")),
        kinds=[(one.value, t(f"labels.disposition-kind.{one.value}")) for one in DispositionKind],
        refused=[],
    )


@bp.post("")
def propose() -> Response:
    """Make the list; where nothing may stand on it, the form says why of each."""
    form = request.form
    codes = form.get("codes", "").replace(",", " ").split()
    told = disposition.propose(
        services(),
        codes,
        kind=DispositionKind(form.get("kind", "destroy")),
        reason=form.get("reason", ""),
        actor=current_actor(),
        lang=language(),
    )
    if told["id"] is not None:
        tell(t("pages.disposition_papers.proposed", number=told["number"]))
        where = url_for("dispositions.show", disposition_id=told["id"])
        return make_response(redirect(where, code=303))
    kinds = [(one.value, t(f"labels.disposition-kind.{one.value}")) for one in DispositionKind]
    page = render_template(
        "pages/disposition_new.html",
        here_key="dispositions",
        codes=form.get("codes", ""),
        kinds=kinds,
        refused=told["items"],
    )
    return make_response(page, 422)


@bp.post("/<uuid:disposition_id>/papers")
def make(disposition_id: UUID) -> Response:
    """Make what is due and lacking, a certificate too."""
    made = disposition_reading.make(services(), disposition_id, actor=current_actor())
    return _back(disposition_id, "made" if made else "nothing-made")


@bp.get("/<uuid:disposition_id>/papers/<form>.<any(pdf, docx, xlsx):suffix>")
def paper(disposition_id: UUID, form: str, suffix: str) -> Response:
    """The newest paper of a form with its signatures; the list as DOCX and XLSX too."""
    actor = current_actor()
    if suffix == "pdf":
        name, data = disposition_reading.read_paper(services(), disposition_id, form, actor=actor)
    else:
        name, data = disposition_reading.write_form(
            services(), disposition_id, form, suffix, actor=actor
        )
    shown = suffix == "pdf"
    return file_answer(data, name, disposition_reading.MEDIA_TYPES[suffix], shown=shown)


@bp.post("/<uuid:disposition_id>/papers/<form>/signature")
def ask_signature(disposition_id: UUID, form: str) -> Response:
    """Give the paper out to the account that was chosen; a clerk puts the agency's seal."""
    account, _, seal = request.form.get("signer", "").partition("|")
    disposition_reading.ask_signature(
        services(),
        disposition_id,
        form,
        account=account,
        with_seal=bool(seal),
        actor=current_actor(),
    )
    return _back(disposition_id, "asked")


@bp.post("/<uuid:disposition_id>/paper-halves")
def note_paper_half(disposition_id: UUID) -> Response:
    """Who destroyed the paper half of a case file, when and how."""
    form = request.form
    disposition_execution.note_paper(
        services(),
        disposition_id,
        form.get("code", ""),
        by=form.get("by", ""),
        on=_day("on") or clock.today(),
        method=form.get("method", ""),
        actor=current_actor(),
    )
    return _back(disposition_id, "paper-noted")


@bp.post("/<uuid:disposition_id>/opinion")
def note_opinion(disposition_id: UUID) -> Response:
    """What the archive above says, with a scan of its paper; or that it is awaited."""
    form, scan = request.form, request.files.get("opinion_scan")
    given = None
    if form.get("agrees") in ("yes", "no"):
        given = Opinion(
            form.get("opinion_by", ""),
            form.get("opinion_number", ""),
            _day("opinion_on") or clock.today(),
            form["agrees"] == "yes",
            form.get("opinion_text", ""),
        )
    with work_place(services().work_folder, "opinion-") as place:
        kept: Path | None = None
        if scan is not None and scan.filename:
            kept = place / (secure_filename(scan.filename) or "opinion.pdf")
            scan.save(kept)
        disposition_council.note_opinion(
            services(), disposition_id, given, scan=kept, actor=current_actor()
        )
    return _back(disposition_id, "opinion")


@bp.get("/<uuid:disposition_id>/certificate")
def certificate(disposition_id: UUID) -> str:
    """The certificate as it was issued: each place of each case file."""
    actor = current_actor()
    told = disposition_reading.certificate_of(services(), disposition_id, actor=actor)
    return _certificate_page(disposition_id, told)


@bp.post("/<uuid:disposition_id>/certificate")
def compare(disposition_id: UUID) -> str:
    """The same with what each place says now."""
    actor = current_actor()
    told = disposition_reading.compared_certificate(services(), disposition_id, actor=actor)
    return _certificate_page(disposition_id, told)


def _certificate_page(disposition_id: UUID, told: dict[str, Any]) -> str:
    found = told.get("comparison")
    now = {
        (one["code"], place["place"]): place
        for one in (found["case_files"] if found else ())
        for place in one["places"]
    }
    return render_template(
        "pages/destruction_certificate.html",
        here_key="dispositions",
        disposition_id=disposition_id,
        told=told["certificate"],
        paper=told["paper"],
        sha256=told["certificate_sha256"],
        comparison=found,
        case_files=[_rows(one, now) for one in told["certificate"]["case_files"]],
    )


def _rows(one: dict[str, Any], now: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """A case file with its places in words; places that came since the certificate as well."""
    lang = language()
    said = {place["place"]: place for place in one["places"]}
    asked = [place for code, place in now if code == one["code"]]
    rows = []
    for name in dict.fromkeys([*said, *asked]):
        answer = now.get((one["code"], name))
        rows.append(
            {
                "name": place_words(name, lang),
                "said": said[name]["state"] if name in said else None,
                "proof": proof_words(said[name], lang) if name in said else "",
                "now": _now(said.get(name), answer) if answer else None,
                "count": answer["count"] if answer else None,
            }
        )
    return {**one, "rows": rows}


def _now(said: dict[str, Any] | None, answer: dict[str, Any]) -> str:
    """Of a place where nothing of it ever was, ``never`` rather than ``gone``."""
    was_there = said is not None and said["state"] != "never"
    return "never" if answer["now"] == "gone" and not was_there else str(answer["now"])


def _back(disposition_id: UUID, done: str) -> Response:
    tell(t(f"pages.disposition_papers.done.{done}"))
    where = url_for("dispositions.show", disposition_id=disposition_id)
    return make_response(redirect(where, code=303))


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None
