"""The record code: well-formed, of an agency we serve, in its file plan, and free.

And the place in an old inventory, where one is given.
"""

from collections.abc import Iterator, Mapping

from archive_service import clock
from archive_service.domain.agencies.file_plan import FilePlanState
from archive_service.domain.agencies.record_code import (
    MalformedInventoryReferenceError,
    MalformedRecordCodeError,
    RecordCode,
    parse_inventory_reference,
    parse_record_code,
)
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from ingest.checks.each.fields import capacity
from ingest.checks.port import CheckContext
from ingest.register.agencies import KnownAgency, read_code, schemes_in
from ingest.register.register import LATER


def check(context: CheckContext) -> Iterator[Finding]:
    """What is wrong with the code; nothing where it is missing, which the fields report."""
    yield from _old_reference(context)
    text = context.declared.fields.get("fileCode", "")
    if not text:
        return
    place = row_place("case-file", context.declared.row, "fileCode")
    known = context.register.agencies
    code = read_code(text, known)
    if code is None:
        yield _malformed(text, known, place)
        return
    for name, severity, facts in _seen(context, code):
        yield Finding("codes", name, severity, place, {"code": code.text} | facts)
    if (later := context.register.later_open) is not None:
        yield Finding("codes", LATER, Severity.WARNING, place, {"code": code.text, **later})


def _malformed(text: str, known: Mapping[str, KnownAgency], place: str) -> Finding:
    """What is wrong with it; where a fonds declares a scheme, that it follows none of them."""
    try:
        parse_record_code(text, known)
    except MalformedRecordCodeError as wrong:
        if schemes := schemes_in(known):
            words = "; ".join(f"{scheme.fonds}: {scheme.shown}" for scheme in schemes)
            facts: dict[str, object] = {"text": text[:200], "schemes": words}
            return Finding("codes", "code-of-no-scheme", Severity.ERROR, place, facts)
        told_of = {name: str(value) for name, value in wrong.facts.items()}
        return Finding("codes", wrong.code, Severity.ERROR, place, told_of)
    raise AssertionError(text)


def _old_reference(context: CheckContext) -> Iterator[Finding]:
    text = context.declared.fields.get("inventoryReference", "")
    if not text:
        return
    try:
        parse_inventory_reference(text)
    except MalformedInventoryReferenceError as wrong:
        place = row_place("case-file", context.declared.row, "inventoryReference")
        yield Finding("codes", wrong.code, Severity.WARNING, place, {"text": text[:200]})


def _seen(
    context: CheckContext, code: RecordCode
) -> Iterator[tuple[str, Severity, dict[str, object]]]:
    register = context.register
    for name, part, wrong in (
        ("number", code.number, "code-number-too-long"),
        ("symbol", code.symbol or "", "code-symbol-too-long"),
    ):
        most = capacity("case-file", name)
        if most is not None and len(part) > most:
            facts: dict[str, object] = {"part": part, "length": len(part), "limit": most}
            yield wrong, Severity.ERROR, facts
    agency = register.agencies.get(code.agency)
    if agency is None:
        yield "agency-unknown", Severity.ERROR, {"agency": code.agency}
    elif not agency.served:
        yield "agency-not-served", Severity.ERROR, {"agency": code.agency}
    elif register.addition is None and not (context.historical or code.fonds):  # its maker's plan
        yield from _planned(context, code)
    if agency is not None and not code.fonds and not agency.is_borne_in(code.year):
        facts = {"agency": code.agency, "year": code.year, "period": _period(agency)}
        yield "identifier-out-of-period", Severity.WARNING, facts
    if code.year > clock.today().year:
        yield "code-year-in-future", Severity.ERROR, {"year": code.year}
    if register.addition is not None:  # what it is added to, another check looks at
        return
    if register.held_code:
        yield "code-taken", Severity.ERROR, {}
    if register.open_code:
        yield "code-in-open-submission", Severity.ERROR, {**register.open_code}
    elif register.open_code is not None:
        yield "code-in-foreign-submission", Severity.ERROR, {}


def _period(agency: KnownAgency) -> str:
    return " – ".join(
        "…" if day is None else f"{day:%d/%m/%Y}" for day in (agency.valid_from, agency.valid_to)
    )


def _planned(
    context: CheckContext, code: RecordCode
) -> Iterator[tuple[str, Severity, dict[str, object]]]:
    plan = context.register.plan
    facts: dict[str, object] = {"year": code.year, "notation": code.notation}
    if plan is None:
        yield "no-file-plan", Severity.WARNING, facts
        return
    if plan.state is not FilePlanState.APPROVED:
        yield "file-plan-not-approved", Severity.WARNING, facts
    if code.notation not in plan.notations:
        approved = plan.state is FilePlanState.APPROVED
        yield "not-in-file-plan", Severity.ERROR if approved else Severity.WARNING, facts
