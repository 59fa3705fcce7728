"""Đề nghị sử dụng tài liệu: asked for where one is refused, decided, and read page by page."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, law
from archive_service.catalogue.holdings.purposes import purpose_label
from archive_service.catalogue.use_requests import deadlines, rules
from archive_service.catalogue.use_requests.acts import (
    answer_access_request,
    ask_about_access_request,
    grant_access_request,
    list_access_requests,
    make_access_request,
    place_of,
    refuse_access_request,
    revoke_access_request,
    withdraw_access_request,
)
from archive_service.catalogue.use_requests.api import picture_of, unkept
from archive_service.catalogue.use_requests.areas import RedactionAreaError, reasons
from archive_service.catalogue.use_requests.copying import fetch_copy
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.fees import fee_classes
from archive_service.catalogue.use_requests.given import AreaGiven, Grant, Redaction, Wish, Words
from archive_service.catalogue.use_requests.letter import answer_letter
from archive_service.catalogue.use_requests.news import PAGE
from archive_service.catalogue.use_requests.past_uses import list_past_uses
from archive_service.catalogue.use_requests.reading import reading_copy
from archive_service.catalogue.use_requests.redaction import (
    page_to_redact,
    redact_access_request,
    redacted_file,
    to_redact,
)
from archive_service.catalogue.use_requests.sealing import seal_access_request
from archive_service.domain.case_files.access_request import LONGEST_TERM, Wanted
from archive_service.errors import (
    ArchiveError,
    BackendError,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from archive_service.formats.picture import MEDIA_TYPE
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.errors import shown as refusal
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import here, t
from archive_service.web.numbers import NotWholeNumberError, number_in_form
from archive_service.web.refusals import FormFieldError, at_each, given_in_form
from archive_service.web.toasts import tell

bp = Blueprint("use_requests", __name__, template_folder="templates", url_prefix=PAGE)
_NOT_DONE = (InputError, NotAllowedError, ConflictError, BackendError)
# Error → the field of a new request that it concerns.
_FIELDS = {
    "case-file-not-found": "code",
    "document-unknown": "document",
    "not-whole-number": "document",
    "access-request-words": "purpose",
    "access-request-identity": "identity",
}
_SIDES = ("left", "top", "width", "height")


@bp.get("")
def show_list() -> Response:
    """One's own requests; whoever decides sees those of others too."""
    return _list()


def _list(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    problem, status = refusal(refused)
    shown = render_template(
        "use_requests/list.html",
        here_key="use-requests",
        rows=list_access_requests(services(), actor=actor).requests,
        decides=access.may(actor, rules.DECIDE),
        seals=access.may(actor, rules.SEAL),
        problem=problem,
        most=LONGEST_TERM.days,
        copy_days=services().settings.use.copy_days,
        days=deadlines.working_days(),
        fees={fee_class.code: fee_class for fee_class in fee_classes().values()},
        lang=language(),
    )
    return make_response(shown, status)


@bp.get("/new")
def show_form() -> Response:
    """The form, for the document where one was refused."""
    return _form()


def _form(*refused: ArchiveError) -> Response:
    actor = current_actor()
    access.require(actor, rules.MAKE)
    problems = at_each(refused, _FIELDS)
    given, lang = request.values, language()
    code, document = given.get("code", ""), given.get("document", "")
    if found := _by_id(document):  # as a hit names it
        code, ordinal = place_of(services(), found, actor=actor)
        document = str(ordinal)
    shown = render_template(
        "use_requests/new.html",
        here_key="use-requests",
        code=code,
        document=document,
        given=given,
        problem=problems.problem,
        faults=problems.faults,
        days=deadlines.working_days(),
        wants=[(wish, t(f"pages.use_requests.wants_{wish}")) for wish in Wanted],
        kinds=[(one, law.code_list("purpose").label(one, lang)) for one in ("01", "02", "03")],
        fees=[
            (fee_class.code, f"{fee_class.label(lang)} ({t('labels.use-fees.' + fee_class.part)})")
            for fee_class in reversed(fee_classes().values())
        ],
    )
    return make_response(shown, problems.status)


@bp.post("")
def make() -> Response:
    """Ask to read this document."""
    if unfilled := list(_unfilled()):
        return _form(*unfilled)
    try:
        wish = given_in_form(Wish, labels="pages.use_requests", document=number_in_form("document"))
        made = make_access_request(services(), wish, actor=current_actor())
    except (*_NOT_DONE, NotFoundError) as refused:
        return _form(refused)
    words = "pages.use_requests." + ("made" if made.due_on else "made_to_scan")
    tell(t(words, due_on=made.due_on))
    return _to_list()


def _unfilled() -> Iterator[ArchiveError]:
    """Every field that has to be filled in and is not, so that all are told at once."""
    for at in ("code", "purpose"):
        if not request.form.get(at, "").strip():
            yield FormFieldError(field=t(f"pages.use_requests.{at}"), at=at)
    try:
        number_in_form("document")
    except NotWholeNumberError as wrong:
        yield wrong


def _by_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@bp.post("/<uuid:request_id>/grant")
def grant(request_id: UUID) -> Response:
    """Let it be read."""
    return _decided(
        lambda: grant_access_request(services(), request_id, _grant(), actor=current_actor())
    )


def _grant() -> Grant:
    form = request.form
    return Grant(
        days=number_in_form("days", empty=LONGEST_TERM.days),
        pages=form.get("pages", ""),
        reason=form.get("reason", ""),
        copy_too=form.get("copy") == "plain",
        authenticated=form.get("copy") == "authenticated",
    )


@bp.post("/<uuid:request_id>/refuse")
def refuse(request_id: UUID) -> Response:
    """Refuse it with the reason."""
    return _decided(
        lambda: refuse_access_request(services(), request_id, _words(), actor=current_actor())
    )


@bp.post("/<uuid:request_id>/revoke")
def revoke(request_id: UUID) -> Response:
    """End early what was granted."""
    return _decided(
        lambda: revoke_access_request(services(), request_id, _words(), actor=current_actor())
    )


@bp.post("/<uuid:request_id>/seal")
def seal(request_id: UUID) -> Response:
    """Seal the copy that was granted."""
    return _decided(lambda: seal_access_request(services(), request_id, actor=current_actor()))


@bp.post("/<uuid:request_id>/ask")
def ask(request_id: UUID) -> Response:
    """Ask back."""
    return _decided(
        lambda: ask_about_access_request(services(), request_id, _words(), actor=current_actor())
    )


@bp.post("/<uuid:request_id>/answer")
def answer(request_id: UUID) -> Response:
    """Answer what was asked back."""
    return _decided(
        lambda: answer_access_request(services(), request_id, _words(), actor=current_actor())
    )


@bp.post("/<uuid:request_id>/withdraw")
def withdraw(request_id: UUID) -> Response:
    """Take one's own request back."""
    return _decided(lambda: withdraw_access_request(services(), request_id, actor=current_actor()))


@bp.get("/<uuid:request_id>/read")
def read(request_id: UUID) -> str:
    """The reading copy: its pages one below the other, and no file."""
    row, numbers = reading_copy(services(), request_id, actor=current_actor())
    why = [reasons()[code] for code in dict.fromkeys(area.reason for area in row.areas)]
    return render_template(
        "use_requests/read.html",
        here_key="use-requests",
        request_id=request_id,
        numbers=numbers,
        why=[(reason.label(language()), reason.basis) for reason in why],
    )


@bp.get("/<uuid:request_id>/pages/<int:number>")
def picture(request_id: UUID, number: int) -> Response:
    """One page, with archive and reader at its foot."""
    return picture_of(request_id, number)


@bp.get("/<uuid:request_id>/uses")
def uses(request_id: UUID) -> Response:
    """When, for what and in which role the records were used, the newest first."""
    given, lang = lists.asked(), language()
    limit, offset = (None, 0) if given.export else (lists.PAGE_ROWS, given.offset)
    found = list_past_uses(
        services(), request_id, actor=current_actor(), limit=limit, offset=offset
    )
    heads = [t(f"pages.use_requests.use.{name}") for name in ("on", "document", "role", "purpose")]
    rows = [
        (use.on, use.document, t(f"labels.roles.{use.role}"), purpose_label(use.purpose, lang))
        for use in found.uses
    ]
    if given.export:
        return lists.as_table("luot-su-dung", given.export, heads, rows)
    shown = render_template(
        "use_requests/uses.html",
        here_key="use-requests",
        found=found,
        heads=heads,
        rows=rows,
        exports=[(here(export=form, cursor=None), form.upper()) for form in ("xlsx", "csv")],
        paging=lists.paging(given, len(rows), found.total),
    )
    return make_response(shown)


@bp.get("/<uuid:request_id>/copy.pdf")
def copy(request_id: UUID) -> Response:
    """The copy, authenticated or not, while it may be fetched."""
    name, made = fetch_copy(services(), request_id, actor=current_actor())
    return file_answer(made, name)


@bp.get("/<uuid:request_id>/letter.pdf")
def letter(request_id: UUID) -> Response:
    """The answer as a paper."""
    name, made = answer_letter(services(), request_id, actor=current_actor())
    return file_answer(made, name)


@bp.get("/<uuid:request_id>/redact")
def show_redaction(request_id: UUID) -> Response:
    """The pages as they are, and the areas that are blackened for the one who asked."""
    return _redaction(request_id)


@bp.get("/<uuid:request_id>/redact/pages/<int:number>")
def whole_page(request_id: UUID, number: int) -> Response:
    """One page as it is, for whoever decides."""
    return unkept(page_to_redact(services(), request_id, number, actor=current_actor()), MEDIA_TYPE)


@bp.get("/<uuid:request_id>/redacted.pdf")
def redacted(request_id: UUID) -> Response:
    """The PDF of the pages as the one who asked sees them, for whoever decides."""
    name, made = redacted_file(services(), request_id, actor=current_actor())
    return file_answer(made, name, shown=True)


@bp.post("/<uuid:request_id>/redact")
def redact(request_id: UUID) -> Response:
    """Keep the areas as they stand on the page, and no other."""
    try:
        access_request = redact_access_request(
            services(), request_id, _areas(), actor=current_actor()
        )
    except _NOT_DONE as refused:
        return _redaction(request_id, refused)
    tell(t("pages.use_requests.redacted", count=len(access_request.areas)))
    shown = request.form.get("shown", 1, type=int)
    back = url_for(".show_redaction", request_id=request_id, page=shown)
    return make_response(redirect(back, code=303))


def _redaction(request_id: UUID, refused: ArchiveError | None = None) -> Response:
    problem, status = refusal(refused)
    found = to_redact(services(), request_id, actor=current_actor())
    page = request.values.get("shown", 0, type=int) or request.values.get("page", 1, type=int)
    shown = render_template(
        "use_requests/redact.html",
        here_key="use-requests",
        row=found.request,
        pages=found.pages,
        page=min(max(page, 1), found.pages),
        rows=_typed() if refused else [_percent(dict(area)) for area in found.request.areas],
        reasons=[
            (reason.code, reason.label(language()), reason.basis) for reason in reasons().values()
        ],
        problem=problem,
    )
    return make_response(shown, status)


def _percent(area: dict[str, Any]) -> dict[str, Any]:
    return area | {side: round(area[side] * 100, 4) for side in _SIDES}


def _typed() -> list[dict[str, str]]:
    """The rows of the form that name a page."""
    names = ("page", *_SIDES, "reason")
    rows = zip(*(request.form.getlist(f"area-{name}") for name in names), strict=False)
    return [dict(zip(names, row, strict=True)) for row in rows if row[0].strip()]


def _areas() -> Redaction:
    try:
        areas = [
            AreaGiven(
                page=int(row["page"]),
                reason=row["reason"],
                **{side: float(row[side].replace(",", ".")) / 100 for side in _SIDES},
            )
            for row in _typed()
        ]
        return Redaction(areas=areas)
    except ValueError:
        raise RedactionAreaError(page=request.form.get("shown", "")) from None


def _words() -> Words:
    return given_in_form(Words)


def _decided(act: Callable[[], AccessRequestDocument]) -> Response:
    try:
        access_request = act()
    except _NOT_DONE as refused:
        return _list(refused)
    state = t(f"badges.access-request.{access_request.state}")
    tell(
        t(
            "pages.use_requests.stands",
            code=access_request.code,
            document=access_request.document,
            state=state,
        )
    )
    return _to_list()


def _to_list() -> Response:
    return make_response(redirect(url_for(".show_list"), code=303))
