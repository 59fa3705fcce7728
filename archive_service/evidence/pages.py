"""Kiểm tra: the audit trail, whether it is whole, and what each pass over the copies found."""

from collections.abc import Iterator
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    get_flashed_messages,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access, clock
from archive_service.domain.keeping.audit_event import TrailEvent
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.evidence.compared.misfit import holder_words, lost_words, misfit_words
from archive_service.evidence.given import EventsSought, LossKnown
from archive_service.evidence.outbox import answering
from archive_service.evidence.outside.trees import trees_told
from archive_service.evidence.outside.witnesses import witnesses_told
from archive_service.evidence.rollback import acknowledge_loss, configured_witnesses, shown_loss
from archive_service.evidence.trail import find_events, first_day, iter_events, last_passes
from archive_service.evidence.vouching import Step, prove_trail
from archive_service.forms.tables import Row
from archive_service.messages import label, labels
from archive_service.request import current_actor, services
from archive_service.text import fold
from archive_service.web import lists
from archive_service.web.display import moment, number, size
from archive_service.web.errors import shown as refusal
from archive_service.web.event_lines import event_text, who_did
from archive_service.web.language import language
from archive_service.web.layout import t

bp = Blueprint("audit", __name__, template_folder="templates")

_COLUMNS = ("number", "at", "event", "tag", "subject", "who", "address", "sealed")
_PASSES = 5
_VERDICT = "verdict"


@bp.get("/audit")
def show() -> Response:
    """The trail, newest first; or all that was asked for as a table to download."""
    return _page()


@bp.post("/audit/verify")
def verify() -> Response:
    """Walk the whole chain and every segment of every copy; the trail's page says what was seen."""
    access.require(current_actor(), "audit:read")
    archive = services()
    here, _ = answering(archive.database, archive.copies)
    found = prove_trail(archive, witnesses=configured_witnesses(archive), copies=here)
    verdict: Any = {
        "verdict": found.verdict,
        "outside": found.outside,
        "events": found.events,
        "segments": found.segments,
        "first_bad": misfit_words(found.first_bad or "", language()),
        "given_up": [lost_words(loss, language()) for loss in found.given_up],
        "at": clock.iso(clock.now()),
        "steps": [_step(step) for step in found.steps],
    }
    flash(verdict, _VERDICT)  # kept as JSON for the next page alone
    return make_response(redirect(url_for(".show"), code=303))


@bp.post("/audit/acknowledge")
def acknowledge() -> Response:
    """Say that one knows what was lost of a trail that was put back."""
    try:
        given = LossKnown(reason=request.form.get("reason", "")[:1000])
        acknowledge_loss(services(), given, actor=current_actor(), lang=language())
    except (InputError, NotAllowedError, ConflictError) as refused:
        return _page(refused)
    return make_response(redirect(url_for(".show"), code=303))


def _page(refused: ArchiveError | None = None) -> Response:
    problem, status = refusal(refused)
    actor = current_actor()
    given = lists.asked("-number", ("number",))
    kinds = kinds_of_events(language())
    sought = _sought(given.text, kinds)
    oldest_first = given.sort == "number"
    lost = shown_loss(services(), actor=actor)
    with services().read_only() as session:
        if given.export:
            every = iter_events(session, sought, actor=actor)
            headings = [t(f"columns.{name}") for name in _COLUMNS]
            return lists.as_table("nhat-ky", given.export, headings, _cells(every))
        events, total = find_events(
            session,
            sought,
            actor=actor,
            oldest_first=oldest_first,
            limit=lists.PAGE_ROWS,
            offset=given.offset,
        )
        may_see_passes = access.may(actor, "fixity:check")
        passes = last_passes(session, actor=actor, limit=_PASSES) if may_see_passes else []
    return make_response(
        render_template(
            "evidence/audit.html",
            here_key="audit",
            verified=next(iter(get_flashed_messages(category_filter=[_VERDICT])), None),
            lost=lost,
            witnesses=witnesses_told(services(), actor=actor),
            trees=trees_told(services()) if may_see_passes else None,
            may_acknowledge=access.may(actor, "audit:acknowledge"),
            problem=problem,
            fixity=_figures(passes[0]) if passes else None,
            passes=[entry | {"troubles": _troubles(entry)} for entry in passes],
            tools=lists.tools(given, _choices(sought, kinds)),
            events=[_line(event) for event in events],
            sort=given.sort,
            paging=lists.paging(given, len(events), total),
        ),
        status,
    )


def kinds_of_events(lang: str) -> list[tuple[str, str]]:
    """What events are about, each with its words, in the order of these."""
    kinds = {tag.partition(":")[0] for tag in labels("events", lang)}
    choices = [(kind, label("event-kinds", kind, lang)) for kind in kinds]
    return sorted(choices, key=lambda choice: fold(choice[1]))


def _sought(text: str, kinds: list[tuple[str, str]]) -> EventsSought:
    return EventsSought(
        text=text,
        kind=lists.choice("kind", [kind for kind, _ in kinds]),
        account=request.args.get("account", "").strip(),
        address=request.args.get("address", "").strip(),
        field=request.args.get("field", "").strip(),
        was=request.args.get("was", "").strip(),
        becomes=request.args.get("becomes", "").strip(),
        since=lists.day("since"),
        until=lists.day("until"),
    )


def _choices(sought: EventsSought, kinds: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "name": "kind",
            "label": t("columns.event"),
            "options": lists.options("pages.audit.any_kind", kinds),
            "value": sought.kind,
        },
        {"name": "account", "label": t("columns.who"), "value": sought.account},
        {"name": "address", "label": t("columns.address"), "value": sought.address},
        *(
            {"name": name, "label": t(f"pages.audit.{name}"), "value": getattr(sought, name)}
            for name in ("field", "was", "becomes")
        ),
        *lists.days(since=first_day(sought), until=sought.until),
    ]


def _step(step: Step) -> list[str | int]:
    stamps = step.not_counted and step.name == "stamped"
    key = "step_not_counted" if stamps else "step_not_proved"
    if step.proved:
        key = "step_proved" if step.is_outside else "step_agrees"
    by = ", ".join(holder_words(each, language()) for each in step.by)
    return [step.name, step.until or step.not_counted, by, key]


def _line(event: TrailEvent) -> dict[str, Any]:
    of_case = event.tag.partition(":")[0] in ("submission", "case-file", "version", "document")
    held = of_case and event.is_case_file
    return {
        "number": event.number,
        "at": event.at,
        "who": who_did(event),
        "address": event.address,
        "tag": event.tag,
        "text": event_text(event),
        "subject": event.subject,
        "href": url_for("case_files.show", code=event.subject) if held else "",
        "sealed": t("pages.audit.segment", number=event.segment) if event.segment else "",
    }


def _cells(events: Iterator[TrailEvent]) -> Iterator[Row]:
    for event in events:
        yield (
            event.number,
            event.at,
            event_text(event),
            event.tag,
            event.subject,
            event.account,
            event.address,
            event.segment,
        )


def _figures(newest: dict[str, Any]) -> list[tuple[str, str, str]]:
    lang = language()
    return [
        (number(newest["intact"], lang), "", t("pages.audit.intact")),
        (number(_troubles(newest), lang), "", t("pages.audit.troubles")),
        (size(newest["bytes"], lang), "", t("pages.audit.read")),
        (moment(newest["at"]), "", t("pages.audit.last_pass")),
    ]


def _troubles(reading: dict[str, Any]) -> int:
    return int(reading["damaged"]) + int(reading["missing"]) + int(reading["unexpected"])
