"""Answers of a draft's page: whole, or the parts that take the place of those on it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from archive_service.errors import ArchiveError
from archive_service.problem import HttpRefusedError, problem_of
from archive_service.request import current_actor, services
from archive_service.web.language import language
from ingest.drafts import acts
from ingest.drafts.pages.draft import DraftView


def draft_page(draft_id: UUID, refused: Sequence[ArchiveError]) -> Response:
    """The whole page, with what was refused."""
    selected = request.args.get("document", "")
    pdf = request.args.get("pdf", 1, type=int)
    view = _view(draft_id, int(selected) if selected.isdecimal() else None, pdf)
    problems = [problem_of(archive_error, lang=language(), web=True) for archive_error in refused]
    page = render_template(
        "drafts/draft.html",
        here_key="my-case-files",
        draft=view,
        problems=problems,
        upload_href=url_for("api_uploads.begin"),
        take_href=url_for("drafts.take", draft_id=draft_id),
        limits=services().settings.limits,
    )
    return make_response(page, problems[0].status if problems else 200)


def draft_parts(
    draft_id: UUID,
    field: tuple[int, str] | None = None,
    told: str = "",
    filled: Sequence[tuple[int, str]] = (),
    under: int | None = None,
    undo: dict[str, Any] | None = None,
) -> str:
    """The parts of the page as they are now; ``under`` is the document just made an annex.

    Args:
        undo: the way back from what was done, as ``toast`` of the templates takes it.
    """
    view = _view(draft_id, _selected())
    settled = request.method == "GET" and not (view.reading or view.checking)
    return render_template(
        "drafts/_draft_parts.html",
        draft=view,
        judged=view.fields if settled else [],
        field=view.field(*field) if field else None,
        filled=[entry for entry in view.fields if (entry["row"], entry["name"]) in filled],
        told=told,
        undo=view.undo(under) if under is not None else undo,
    )


def refused_parts(
    draft_id: UUID, error: ArchiveError, field: tuple[int, str] | None = None
) -> Response:
    """The page's parts as they are, and what was refused, at its field where it has one."""
    problem = problem_of(error, lang=language(), web=True)
    if not request.headers.get("HX-Request"):
        return draft_page(draft_id, [error])
    view = _view(draft_id, _selected())
    shown = view.field(*field) if field else None
    page = render_template(
        "drafts/_draft_parts.html", draft=view, field=shown, told="", problem=problem
    )
    return make_response(page, problem.status)


def changed_parts(draft_id: UUID, text: str, *, under: int | None = None) -> Response:
    """What an act changed: the parts of the page, or the way to it for who has no scripts."""
    if request.headers.get("HX-Request"):
        return make_response(draft_parts(draft_id, told=text, under=under))
    return to_page(draft_id)


def to_page(draft_id: UUID) -> Response:
    """The way to the whole page."""
    return make_response(redirect(url_for("drafts.show", draft_id=draft_id), code=303))


def _view(draft_id: UUID, selected: int | None, pdf: int = 1) -> DraftView:
    return DraftView(acts.show(services(), draft_id, actor=current_actor()), selected, pdf)


def words_of(error: ArchiveError) -> dict[str, str]:
    """A refusal for the page's script."""
    problem = problem_of(error, lang=language(), web=True)
    return {"code": problem.code, "message": problem.message, "remedy": problem.remedy or ""}


def _selected() -> int | None:
    """The document that the page has open, as its requests say."""
    selected = request.values.get("selected", "")
    return int(selected) if selected.isdecimal() else None


def asked_row() -> int:
    """Of the document that a request names."""
    return asked_number("row")


def asked_number(name: str) -> int:
    """A whole number that the form gives; all else is no request of a page."""
    number_typed = request.form.get(name, "")
    if not number_typed.isdecimal() or len(number_typed) > 9:
        raise HttpRefusedError(400)
    return int(number_typed)
