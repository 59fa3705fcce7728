"""Thu hồi, thay thế, đính chính: asked for on the page of a case file, decided in the list."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import func, select

from archive_service import access
from archive_service.catalogue.recalls.acts import Wish, ask, confirm_recall, refuse_recall
from archive_service.catalogue.recalls.document_successors import documents_bearing
from archive_service.catalogue.recalls.documents import NamedDocument, RecallDocument
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.catalogue.recalls.listing import matching_recalls
from archive_service.catalogue.recalls.offered_documents import offered
from archive_service.catalogue.recalls.page_parts import name_told, place_of
from archive_service.domain.case_files.recall import (
    Recall,
    RecallKind,
    RecallSuccessorError,
    RecallWordsError,
)
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import moment
from archive_service.web.layout import t
from archive_service.web.refusals import RefusedForm, at_fields, given_in_form, shown_again
from archive_service.web.toasts import tell
from ingest.edxml.open_recalls import ask_undecided
from search.acts import notes_of

bp = Blueprint("recalls", __name__, template_folder="templates")

_FIELDS = {
    "recall-successor": "successor",
    "recall-words:reason": "reason",
    "recall-words:successor": "successor",
}
_STATES = ("asked", "granted", "refused")
_COLUMNS = ("columns.case_file", "columns.document", *(f"pages.recalls.{name}" for name in (
    "kind", "newer", "state", "reason", "asked", "decided",
)))  # fmt: skip


@bp.get("/recalls")
def show_list() -> Response:
    """What was asked, the newest first; or all of it as a table to download."""
    actor = current_actor()
    access.require(actor, "recall:list")
    given = lists.asked()
    state = lists.choice("state", _STATES)
    query = matching_recalls(actor=actor, state=state, code=given.text)
    ordered = query.order_by(Recall.asked_at.desc(), Recall.id.desc())
    with services().read_only() as session:
        if given.export:
            found = [RecallDocument.of(row) for row in session.scalars(ordered)]
            headings = [t(key) for key in _COLUMNS]
            return lists.as_table("thu-hoi", given.export, headings, _cells(found))
        part = session.scalars(ordered.limit(lists.PAGE_ROWS).offset(given.offset))
        found = [RecallDocument.of(row) for row in part]
        newer = documents_bearing(session, {recall.successor for recall in found}, actor=actor)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    choice = {
        "name": "state",
        "label": t("columns.state"),
        "options": lists.options(
            "pages.recalls.any_state", [(one, t(f"labels.recall-states.{one}")) for one in _STATES]
        ),
        "value": state,
    }
    return make_response(
        render_template(
            "recalls/recalls.html",
            here_key="recalls",
            tools=lists.tools(given, [choice]),
            total=total,
            recalls=[dict(recall) | _newer(recall.successor, newer) for recall in found],
            paging=lists.paging(given, len(found), total),
            may_decide=access.may(actor, "recall:decide"),
        )
    )


@bp.get("/case-files/<code>/documents/<int:ordinal>/successors")
def successors(code: str, ordinal: int) -> str:
    """To choose from for what is typed as the newer one: those that the account may find."""
    text = request.args.get("successor", "")
    found, told = offered(services(), code, ordinal, text, actor=current_actor())
    notes = list(notes_of(told, t))
    return render_template(
        "recalls/_successors.html", found=found, notes=notes, typed=bool(text.strip())
    )


@bp.post("/case-files/<code>/documents/<document>/recall")
def create(code: str, document: str) -> Response:
    """Ask this document back, or say what replaces or corrects it."""
    try:
        recall = ask(services(), code, document, _wish(), actor=current_actor())
    except (RecallSuccessorError, RecallWordsError) as refused:
        given = RefusedForm("recall-dialog", request.form, at_fields(refused, _FIELDS))
        return shown_again("case_files.show", given, code=code)
    tell(t(f"pages.recalls.done_{recall.state}", ordinal=recall.ordinal, code=code))
    return _to(url_for("case_files.show", code=code, document=recall.ordinal))


@bp.post("/submissions/<uuid:submission_id>/recall")
def create_undecided(submission_id: UUID) -> Response:
    """Take a document out of what nobody decided on, or say what replaces or corrects it."""
    document, actor = request.form.get("document", ""), current_actor()
    access.require(actor, "recall:ask")
    recall = ask_undecided(services(), submission_id, document, _wish(), actor=actor)
    tell(t(f"pages.open_recalls.done_{recall.kind}", target=recall.target))
    return _to(url_for("submissions.show", submission_id=submission_id))


@bp.post("/recalls/<uuid:recall_id>/confirm")
def confirm(recall_id: UUID) -> Response:
    """Confirm what was asked, and do it."""
    return _decided(recall_id, confirm_recall)


@bp.post("/recalls/<uuid:recall_id>/refuse")
def refuse(recall_id: UUID) -> Response:
    """Refuse what was asked."""
    return _decided(recall_id, refuse_recall)


def _wish() -> Wish:
    form = request.form
    wanted = form.get("kind", "")
    kind = RecallKind(wanted) if wanted in {*RecallKind} else RecallKind.RECALL
    return Wish(
        kind=kind,
        reason=form.get("reason", ""),
        successor=form.get("chosen") or form.get("successor", ""),
        declared="declared" in form,
    )


def _newer(successor: str, newer: Mapping[str, NamedDocument]) -> dict[str, str]:
    """The newer document as the list tells it: its name, its title, and where it is read."""
    found = newer.get(successor)
    return {
        "newer": name_told(successor, found) if successor else "",
        "newer_title": found.title if found else "",
        "newer_place": place_of(found),
    }


def _decided(recall_id: UUID, decide: Callable[..., RecallDocument]) -> Response:
    recall = decide(services(), recall_id, given_in_form(DecisionIn), actor=current_actor())
    tell(t(f"pages.recalls.done_{recall.state}", ordinal=recall.ordinal, code=recall.code))
    return _to(url_for("recalls.show_list"))


def _to(address: str) -> Response:
    return make_response(redirect(address, code=303))


def _cells(found: Iterable[RecallDocument]) -> Iterator[Row]:
    for recall in found:
        yield (
            recall.code,
            recall.target,
            t(f"labels.recall-kinds.{recall.kind}"),
            recall.successor,
            t(f"labels.recall-states.{recall.state}"),
            recall.reason,
            moment(recall.asked_at),
            moment(recall.decided_at),
        )
