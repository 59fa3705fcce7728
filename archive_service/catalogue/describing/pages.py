"""Sửa dữ liệu mô tả: one form of every field of the circular, and the word on a changed mode."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, law
from archive_service.catalogue.describing.acts import (
    DescriptionRefusedError,
    decide_on_mode,
    describe_case_file,
)
from archive_service.catalogue.describing.description import (
    LONG,
    Described,
    description_of,
    most_said,
)
from archive_service.catalogue.describing.given import UndoIn
from archive_service.catalogue.describing.mode_changes import CatalogueReasonError, reason_of
from archive_service.catalogue.describing.undo import undo_description
from archive_service.catalogue.holdings.holds import holds_on
from archive_service.catalogue.holdings.term_fields import KIND_OF_FIELD
from archive_service.domain.intake.finding import Finding
from archive_service.errors import ArchiveError, InputError
from archive_service.finding_document import FindingDocument
from archive_service.law import FieldRule
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.fields import label_of, shown_day
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.numbers import number_in_form, number_or_none, numbers_in_form
from archive_service.web.stretches import is_offered
from archive_service.web.toasts import tell
from ingest.channels.values import MODE_MAT
from retention.terms.acts import explain_case_file


class NoDocumentChosenError(InputError):
    """The same field of several documents was to be described, and none is ticked."""


bp = Blueprint("describing", __name__, template_folder="templates")


@bp.get("/case-files/<code>/describe")
def show(code: str) -> Response:
    """The fields of the case file, or of the document that the address names."""
    return _page(code, request.args.get("document", 0, type=int))


@bp.post("/case-files/<code>/describe")
def save(code: str) -> Response:
    """Keep all of what was changed, or say what is wrong at its field.

    Who goes on to the next document is asked for the same field there, with the same reason.
    """
    form = request.form
    ordinal = number_in_form("document", empty=0)
    described = description_of(services(), code, actor=current_actor(), ordinal=ordinal)
    subject = described.subject(ordinal)
    given = {rule.name: _sent(rule.name) for rule in subject.rules if rule.name in form}
    try:
        done = describe_case_file(
            services(),
            code,
            {ordinal: given},
            reason=form.get("reason", ""),
            actor=current_actor(),
            edition=number_or_none("edition"),
        )
    except ArchiveError as refused:
        return _page(code, ordinal, refused)
    count = len(done.changes)
    tell(t("pages.describe.saved", count=count) if count else t("pages.describe.nothing"))
    back = url_for("case_files.show", code=code, document=ordinal or None)
    onward = _neighbour(described, ordinal, 1)
    if form.get("then") == "next" and onward is not None:
        reason, field = form.get("reason", ""), form.get("field", "")
        back = url_for(".show", code=code, document=onward, reason=reason, field=field)
    return make_response(redirect(back, code=303))


def _sent(name: str) -> str:
    """A value as the form sends it: several ticks are one text."""
    return ";".join(filter(None, request.form.getlist(name)))


def _neighbour(described: Described, ordinal: int, by: int) -> int | None:
    """The part after or before, where there is one; the case file itself stands first."""
    ordinals = [number for number, _ in described.names]
    at = ordinals.index(ordinal) + by
    return ordinals[at] if 0 <= at < len(ordinals) else None


@bp.post("/case-files/<code>/describe/undo")
def undo(code: str) -> Response:
    """Put back what the last edit changed; the trail says so, with who and when it had been."""
    form = request.form
    try:
        reason = t("pages.describe.undo_reason", by=form.get("by", ""), at=form.get("at", ""))
        given = UndoIn(reason=reason, edition=number_or_none("edition"))
        done = undo_description(services(), code, given, actor=current_actor())
    except ArchiveError as refused:
        return _page(code, 0, refused)
    tell(t("pages.describe.undone", count=len(done.changes)))
    return make_response(redirect(url_for("case_files.show", code=code), code=303))


@bp.get("/case-files/<code>/describe-documents")
def show_several(code: str) -> Response:
    """One field of several documents: chosen, with what stands in each of them."""
    return _several(code)


@bp.post("/case-files/<code>/describe-documents")
def save_several(code: str) -> Response:
    """The same value into the documents that are ticked: all of them or none."""
    form = request.form
    field, ticked = form.get("field", ""), numbers_in_form("document")
    if not ticked:
        return _several(code, NoDocumentChosenError())
    try:
        done = describe_case_file(
            services(),
            code,
            {ordinal: {field: _sent(field)} for ordinal in ticked},
            reason=form.get("reason", ""),
            actor=current_actor(),
            edition=number_or_none("edition"),
        )
    except ArchiveError as refused:
        return _several(code, refused)
    count = len(done.changes)
    tell(t("pages.describe.saved", count=count) if count else t("pages.describe.nothing"))
    return make_response(redirect(url_for(".show", code=code, document=ticked[0]), code=303))


def _several(code: str, refused: ArchiveError | None = None) -> Response:
    described = description_of(services(), code, actor=current_actor())
    documents = [subject for subject in described.subjects if subject.ordinal]
    rules = {rule.name: rule for document in documents for rule in document.rules}
    name = request.values.get("field", "")
    rule = rules.get(name) or next(iter(rules.values()), None)
    problem, status = refusal(refused)
    given = request.form if refused else {}
    wrong = refused.findings if isinstance(refused, DescriptionRefusedError) else []
    ticked = request.form.getlist("document", type=int) if refused else []
    of_field = [document for document in documents if rule and rule in document.rules]
    value = _sent(rule.name) if rule and given else ""
    shown = render_template(
        "describing/several.html",
        here_key="case-files",
        code=described.code,
        title=described.title,
        edition=described.edition,
        holds=holds_on(services(), code, actor=current_actor()),
        choices=[(field_rule.name, label_of(field_rule)) for field_rule in rules.values()],
        field=rule
        and _field(
            rule,
            value,
            {},
            described.choices.get((True, rule.name), []),
            most_said(subject.values.get(rule.name) for subject in of_field),
        ),
        rows=[
            {
                "ordinal": subject.ordinal,
                "title": subject.title,
                "stands": _stands(rule, subject.values.get(rule.name, "")) if rule else "",
                "ticked": subject.ordinal in ticked,
            }
            for subject in of_field
        ],
        problem=problem,
        wrong=[_finding_document(finding) for finding in wrong],
        reason=given.get("reason", ""),
        reason_error=_wrong_reason(given["reason"]) if "reason" in given else None,
    )
    return make_response(shown, status)


def _stands(rule: FieldRule, value: str) -> str:
    """A value as it is read: codes by their names, days as people write them."""
    if rule.type == "Date":
        return shown_day(value)
    if rule.code_list is None:
        return value
    known = law.code_list(rule.code_list)
    codes = (part.strip() for part in value.split(";"))
    return "; ".join(
        known.label(code, language()) if code in known.codes else code for code in codes
    )


@bp.post("/case-files/<code>/access-mode/<uuid:change_id>")
def decide(code: str, change_id: UUID) -> Response:
    """Confirm or refuse a change of the access mode."""
    confirm = request.form.get("answer") == "confirm"
    decide_on_mode(
        services(),
        change_id,
        confirm=confirm,
        reason=request.form.get("reason", ""),
        actor=current_actor(),
    )
    tell(t(f"pages.access_mode.{'confirmed' if confirm else 'refused'}"))
    from_list = request.form.get("back") == "approvals"
    back = url_for("approvals.show") if from_list else url_for("case_files.show", code=code)
    return make_response(redirect(back, code=303))


def _page(code: str, ordinal: int, refused: ArchiveError | None = None) -> Response:
    described = description_of(services(), code, actor=current_actor(), ordinal=ordinal)
    subject = described.subject(ordinal)
    problem, status = refusal(refused)
    errors: dict[str, Any] = {}
    elsewhere: list[dict[str, Any]] = []
    if isinstance(refused, DescriptionRefusedError):
        here = {
            name: finding
            for (number, name), finding in refused.by_field.items()
            if number == ordinal
        }
        errors = {name: _finding_document(finding) for name, finding in here.items()}
        elsewhere = [
            _finding_document(finding)
            for finding in refused.findings
            if finding not in here.values()
        ]
    given = request.form if refused else {}
    fields = [
        _field(
            rule,
            _sent(rule.name) if rule.name in given else subject.values.get(rule.name, ""),
            errors,
            described.choices.get((ordinal > 0, rule.name), []),
            described.known.get(rule.name, []),
        )
        for rule in subject.rules
    ]
    fields.sort(key=_shown_at)
    shown = render_template(
        "describing/describe.html",
        here_key="case-files",
        code=described.code,
        title=described.title,
        document=ordinal,
        document_id=subject.id if ordinal else None,
        why=explain_case_file(services(), code, actor=current_actor(), lang=language()).steps
        if described.term_differs and not ordinal
        else [],
        edition=described.edition,
        holds=holds_on(services(), code, actor=current_actor()),
        parts=_parts(described, ordinal),
        beside=ordinal or next((name for name, _ in described.names if name), 0),
        before=_part_address(described, ordinal, -1),
        after=_part_address(described, ordinal, 1),
        first=request.args.get("field", "") or (fields[0]["name"] if request.args else ""),
        last=described.last,
        several=len(described.names) > 2,
        required=[field for field in fields if _is_asked_first(field)],
        others=[field for field in fields if not _is_asked_first(field)],
        problem=problem,
        elsewhere=elsewhere,
        wrong=len(errors),
        reason=given.get("reason", request.args.get("reason", "")),
        reason_error=_wrong_reason(given["reason"]) if "reason" in given else None,
    )
    return make_response(shown, status)


def _is_asked_first(field: dict[str, Any]) -> bool:
    return bool(field["required"] or field["error"])


def _shown_at(field: dict[str, Any]) -> tuple[bool, bool]:
    """Its place on the page: in each group those of several lines stand first."""
    return not _is_asked_first(field), not field["long"]


def _wrong_reason(reason: str) -> dict[str, str] | None:
    """What is wrong with the reason: told with what is wrong with the values, not after it."""
    try:
        reason_of(reason)
    except CatalogueReasonError as wrong:
        return refusal(wrong)[0]
    return None


def _finding_document(found: Finding) -> dict[str, Any]:
    return FindingDocument.of(found, language()).model_dump()


def _parts(described: Described, chosen: int) -> list[dict[str, Any]]:
    """The case file and its documents to choose from, of many those around the chosen one."""
    at = next((number for number, (it, _) in enumerate(described.names) if it == chosen), 0)
    return [
        {
            "ordinal": ordinal,
            "text": f"{ordinal}. {title}" if ordinal else t("pages.describe.case_file"),
            "current": ordinal == chosen,
        }
        for number, (ordinal, title) in enumerate(described.names)
        if is_offered(number, at=at)
    ]


def _part_address(described: Described, ordinal: int, by: int) -> str:
    found = _neighbour(described, ordinal, by)
    return "" if found is None else url_for(".show", code=described.code, document=found)


def _field(
    rule: FieldRule,
    value: str,
    errors: dict[str, Any],
    choices: Sequence[str],
    known: Sequence[str] = (),
) -> dict[str, Any]:
    """How one field is asked for: as a choice, a line or several lines."""
    needed = rule.mandatory and not rule.fallback and rule.required_when is None
    return {
        "name": rule.name,
        "label": label_of(rule),
        "value": shown_day(value) if rule.type == "Date" else value,
        "options": _own_options(choices, value) if choices else _options(rule, value),
        "ticks": _ticks(rule, value),
        "long": (rule.length or 0) >= LONG,
        "length": rule.length,
        "numeric": rule.type == "Number",
        "day": rule.type == "Date",
        "required": needed,
        "help": _help(rule),
        "error": errors.get(rule.name),
        "suggests": _suggests(rule.name),
        "known": known,
    }


def _suggests(name: str) -> str:
    """Where names of a controlled list are asked for while one types, if the field has one."""
    kind = KIND_OF_FIELD.get(name)
    if kind is None or not access.may(current_actor(), "term:suggest"):
        return ""
    return url_for("terms.suggest", kind=kind.value, field=name)


def _own_options(choices: Sequence[str], value: str) -> list[tuple[str, str]]:
    """The list of a field of the agency's own; a value that left it stays till it is changed."""
    known = list(choices) if not value or value in choices else [*choices, value]
    return [("", t("pages.describe.choose")), *((choice, choice) for choice in known)]


def _ticks(rule: FieldRule, value: str) -> list[tuple[str, str, bool]]:
    """The code list where several codes may stand: each by its name, and whether it stands."""
    if rule.code_list is None or not rule.many:
        return []
    known = law.code_list(rule.code_list)
    stands = [part.strip() for part in value.split(";") if part.strip()]
    codes = [*stands, *(code for code in known.codes if code not in stands)]
    return [(code, known.label(code, language()), code in stands) for code in codes]


def _options(rule: FieldRule, value: str) -> list[tuple[str, str]]:
    """The code list where one code is chosen; a state secret's is not offered."""
    if rule.code_list is None or rule.many:
        return []
    known = law.code_list(rule.code_list)
    offered = [
        (code, known.label(code, language()))
        for code in known.codes
        if (rule.name, code) != ("mode", MODE_MAT)
    ]
    if value and value not in known.codes:
        offered.append((value, value))
    return [("", t("pages.describe.choose")), *offered]


def _help(rule: FieldRule) -> str:
    if rule.name == "mode":
        return t("pages.describe.mode_help")
    if rule.type == "Date":
        return t("pages.describe.date_help")
    return ""
