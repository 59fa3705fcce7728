"""Hồ sơ hủy: the papers of a list, its certificate compared, the paper half, the opinion."""

from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.utils import secure_filename

from archive_service import clock
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.work_folder import work_place
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import day_or_none
from archive_service.web.toasts import tell
from retention.disposition import execution
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import Opinion
from retention.disposition.decision import number
from retention.disposition.given import DecisionNumber
from retention.disposition.pages import new_list
from retention.disposition.pages.disposition import list_page, told_on_page
from retention.disposition.papers import reading as papers_reading
from retention.disposition.papers.certificate_form import place_words, proof_words
from retention.disposition.papers.given import SignatureIn

bp = Blueprint(
    "disposition_papers", __name__, template_folder="templates", url_prefix="/dispositions"
)


@bp.get("/new")
def new() -> Response:
    """The form of a list that a person proposes; case files may come with the address."""
    return new_list.asked_page()


@bp.post("")
@takes(Body.LIST, "disposition:propose")
def propose() -> Response:
    """Make the list, or nothing where a case file may not stand on it: its row says why."""
    return new_list.propose()


@bp.post("/<uuid:disposition_id>/papers")
@told_on_page
def make(disposition_id: UUID) -> Response:
    """Make what is due and lacking, a certificate too."""
    made = papers_reading.make(services(), disposition_id, actor=current_actor())
    return _back(disposition_id, "made" if made else "nothing-made")


@bp.get("/<uuid:disposition_id>/papers/<form>.<any(pdf, docx, xlsx):suffix>")
def paper(disposition_id: UUID, form: str, suffix: str) -> Response:
    """The newest paper of a form with its signatures; the list as DOCX and XLSX too."""
    actor = current_actor()
    if suffix == "pdf":
        name, data = papers_reading.read_paper(services(), disposition_id, form, actor=actor)
    else:
        name, data = papers_reading.write_form(
            services(), disposition_id, form, suffix, actor=actor
        )
    shown = suffix == "pdf"
    return file_answer(data, name, papers_reading.MEDIA_TYPES[suffix], shown=shown)


@bp.post("/<uuid:disposition_id>/papers/<form>/signature")
def ask_signature(disposition_id: UUID, form: str) -> Response:
    """Give the paper out to the account that was chosen; a clerk puts the agency's seal."""
    account, _, seal = request.form.get("signer", "").partition("|")
    given = SignatureIn(account=account, with_seal=bool(seal))
    try:
        papers_reading.ask_signature(services(), disposition_id, form, given, actor=current_actor())
    except (ConflictError, InputError, NotAllowedError) as refused:
        return list_page(disposition_id, refused)
    return _back(disposition_id, "asked")


@bp.post("/<uuid:disposition_id>/paper-halves")
@told_on_page
def note_paper_half(disposition_id: UUID) -> Response:
    """Who destroyed the paper half of a case file, when and how."""
    form = request.form
    execution.note_paper(
        services(),
        disposition_id,
        form.get("code", ""),
        by=form.get("by", ""),
        on=day_or_none("on") or clock.today(),
        method=form.get("method", ""),
        actor=current_actor(),
    )
    return _back(disposition_id, "paper-noted")


@bp.post("/<uuid:disposition_id>/decision/number")
@told_on_page
def note_number(disposition_id: UUID) -> Response:
    """Number and day of the decision's paper, where it was made without."""
    form = request.form
    number.note_number(
        services(),
        disposition_id,
        DecisionNumber(
            number=form.get("paper_number", ""), on=day_or_none("paper_on") or clock.today()
        ),
        actor=current_actor(),
    )
    return _back(disposition_id, "numbered")


@bp.post("/<uuid:disposition_id>/opinion")
@told_on_page
@takes(Body.PAPER, "disposition:council")
def note_opinion(disposition_id: UUID) -> Response:
    """What the archive above says, with a scan of its paper; or that it is awaited."""
    form, scan = request.form, request.files.get("opinion_scan")
    given = None
    if form.get("agrees") in ("yes", "no"):
        given = Opinion(
            form.get("opinion_by", ""),
            form.get("opinion_number", ""),
            day_or_none("opinion_on") or clock.today(),
            form["agrees"] == "yes",
            form.get("opinion_text", ""),
        )
    with work_place(services().work_folder, "opinion-") as place:
        kept: Path | None = None
        if scan is not None and scan.filename:
            kept = place / (secure_filename(scan.filename) or "opinion.pdf")
            scan.save(kept)
        council_acts.note_opinion(
            services(), disposition_id, given, scan=kept, actor=current_actor()
        )
    return _back(disposition_id, "opinion")


@bp.get("/<uuid:disposition_id>/certificate")
def certificate(disposition_id: UUID) -> str:
    """The certificate as it was issued: each place of each case file."""
    actor = current_actor()
    certificate = papers_reading.certificate_of(services(), disposition_id, actor=actor)
    return _certificate_page(disposition_id, certificate)


@bp.post("/<uuid:disposition_id>/certificate")
def compare(disposition_id: UUID) -> str:
    """The same with what each place says now."""
    actor = current_actor()
    comparison = papers_reading.compare_anew(services(), disposition_id, actor=actor)
    return _certificate_page(disposition_id, comparison)


def _certificate_page(disposition_id: UUID, facts: dict[str, Any]) -> str:
    found = facts.get("comparison")
    now = {
        (case_file["code"], place["place"]): place
        for case_file in (found["case_files"] if found else ())
        for place in case_file["places"]
    }
    return render_template(
        "papers/destruction_certificate.html",
        here_key="dispositions",
        disposition_id=disposition_id,
        told=facts["certificate"],
        paper=facts["paper"],
        sha256=facts["certificate_sha256"],
        comparison=found,
        case_files=[_rows(case_file, now) for case_file in facts["certificate"]["case_files"]],
    )


def _rows(case_file: dict[str, Any], now: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """A case file with its places in words; places that came since the certificate as well."""
    lang = language()
    facts = {place["place"]: place for place in case_file["places"]}
    asked = [place for code, place in now if code == case_file["code"]]
    rows = []
    for name in dict.fromkeys([*facts, *asked]):
        answer = now.get((case_file["code"], name))
        rows.append(
            {
                "name": place_words(name, lang),
                "said": facts[name]["state"] if name in facts else None,
                "proof": proof_words(facts[name], lang) if name in facts else "",
                "now": _now(facts.get(name), answer) if answer else None,
                "count": answer["count"] if answer else None,
            }
        )
    return {**case_file, "rows": rows}


def _now(facts: dict[str, Any] | None, answer: dict[str, Any]) -> str:
    """Of a place where nothing of it ever was, ``never`` rather than ``gone``."""
    was_there = facts is not None and facts["state"] != "never"
    return "never" if answer["now"] == "gone" and not was_there else str(answer["now"])


def _back(disposition_id: UUID, done: str) -> Response:
    tell(t(f"pages.disposition_papers.done.{done}"))
    where = url_for("dispositions.show", disposition_id=disposition_id)
    return make_response(redirect(where, code=303))
