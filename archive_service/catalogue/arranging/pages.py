"""Sắp xếp tài liệu: documents of a case file moved, reordered, taken back."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging import split_undo
from archive_service.catalogue.arranging.documents import MoveDone
from archive_service.catalogue.arranging.given import MoveGiven, OrderIn, SplitIn, UndoIn
from archive_service.catalogue.arranging.split_undo import split_from
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.holds import holds_on
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.people.account import Actor
from archive_service.finding_document import FindingDocument
from archive_service.request import current_actor, services
from archive_service.services import Services
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell

_SPLITTING = {"documents": "columns.documents"}
bp = Blueprint("arranging", __name__, template_folder="templates")


@bp.get("/case-files/<code>/arrange")
def show(code: str) -> str:
    """Its documents with their places."""
    actor = current_actor()
    access.require(actor, "case-file:describe")
    case = arrange_page(services(), code, actor=actor)
    return render_template(
        "arranging/arrange.html",
        here_key="case-files",
        case=case,
        documents=case.documents,
        split_from=case.split_from,
        holds=holds_on(services(), code, actor=actor),
    )


@bp.post("/case-files/<code>/arrange")
def act(code: str) -> Response:
    """Move those that are chosen, or put all in the order of the numbers typed."""
    form, actor = request.form, current_actor()
    access.require(actor, "case-file:describe")
    if form.get("act") in ("move", "split"):
        chosen = [int(value) for value in form.getlist("chosen") if value.isdecimal()]
        target = form.get("target", "").strip()
        done: MoveDone
        findings: list[FindingDocument] = []
        if form["act"] == "split":
            part = given_in_form(SplitIn, labels=_SPLITTING, documents=chosen, code=target)
            split = arranging_acts.split(services(), code, part, actor=actor, lang=language())
            done, findings = split, split.findings
        else:
            given = given_in_form(MoveGiven, documents=chosen, to=target)
            done = arranging_acts.move(services(), code, given, actor=actor)
        tell(t("pages.arrange.moved", count=len(done.moved), target=done.target))
        for found in findings:
            there = url_for("describing.show", code=done.target)
            tell(f"{found.message} {found.remedy}", there, t("pages.describe.open"))
    else:
        order = given_in_form(OrderIn, order=_order(code))
        arranging_acts.reorder(services(), code, order, actor=actor)
        tell(t("pages.arrange.ordered"))
    return make_response(redirect(url_for("case_files.show", code=code), code=303))


@bp.post("/case-files/<code>/undo-split")
def undo_split(code: str) -> Response:
    """Take all documents of a split back."""
    given = given_in_form(UndoIn, "undo_")
    done = split_undo.undo_split(services(), code, given, actor=current_actor())
    tell(t("pages.arrange.split_undone", count=len(done.moved), target=done.target))
    return make_response(redirect(url_for("case_files.show", code=done.target), code=303))


@bp.post("/case-files/<code>/documents/<int:ordinal>/undo-move")
def undo(code: str, ordinal: int) -> Response:
    """Take a moved document back."""
    place = arranging_acts.undo(
        services(), code, ordinal, given_in_form(UndoIn), actor=current_actor()
    )
    tell(t("pages.arrange.undone"))
    back = url_for("case_files.show", code=place.code, document=place.ordinal)
    return make_response(redirect(back, code=303))


@dataclass(frozen=True, slots=True)
class Arranged:
    """A document of the case file, or one of another that is linked into it."""

    ordinal: int
    title: str
    number: str  # with its symbol
    date: str | None  # ISO
    pages: int
    replaced_in: int | None  # the version since which another stands in its place
    moved_to: dict[str, Any] | None  # {code, ordinal, …} where it is now
    moved_from: dict[str, Any] | None
    kept_in: dict[str, Any] | None = None  # {code, ordinal} where a linked one lies

    @classmethod
    def of(cls, row: Document) -> "Arranged":
        """One of its own."""
        return cls(row.ordinal, **_shown(row))

    @classmethod
    def of_link(cls, link: DocumentLink, row: Document, source: CaseFile) -> "Arranged":
        """One that ``source`` keeps."""
        return cls(
            link.ordinal, **_shown(row), kept_in={"code": source.code, "ordinal": row.ordinal}
        )


@dataclass(frozen=True, slots=True)
class ArrangePage:
    """All documents of a case file in their order; only what the page shows of them is read."""

    code: str
    title: str
    split_from: str  # code of the case file that it was split from and may go back to; or ""
    documents: list[Arranged]


def arrange_page(services: Services, code: str, *, actor: Actor) -> ArrangePage:
    """The page's facts.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    with services.read_only() as session:
        row = holdings_rows.get_case_file_listed(session, code, actor=actor)
        linked = [
            Arranged.of_link(link, link.document, link.source)
            for link in row.standing_links
            if link.document and link.source
        ]
        documents = [*map(Arranged.of, row.documents), *linked]
        documents.sort(key=lambda document: document.ordinal)
        return ArrangePage(row.code, row.title, split_from(row), documents)


def _order(code: str) -> list[int]:
    """Ordinals by the place that was typed for each; who shares a place keeps its own order."""
    places = {}
    for document in arrange_page(services(), code, actor=current_actor()).documents:
        typed = request.form.get(f"place-{document.ordinal}", "")
        places[document.ordinal] = int(typed) if typed.isdecimal() else document.ordinal
    return sorted(places, key=lambda ordinal: (places[ordinal], ordinal))


def _shown(row: Document) -> dict[str, Any]:
    return {
        "title": row.subject,
        "number": "/".join(filter(None, (row.code_number, row.code_notation))),
        "date": row.issued_date,
        "pages": row.number_of_page,
        "replaced_in": row.replaced_in,
        "moved_to": row.moved_to,
        "moved_from": row.moved_from,
    }
