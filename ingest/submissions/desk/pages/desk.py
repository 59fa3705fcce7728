"""Bàn tiếp nhận: the queue, one submission beside its pages, and each finding in its place."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, clock, messages
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import OPEN, Submission, SubmissionState
from archive_service.keeping.malware.verdicts import is_infected
from archive_service.request import current_actor, services
from archive_service.web import display, lists
from archive_service.web.language import language
from archive_service.web.layout import t
from ingest.acceptance.acts import wants_reason
from ingest.answers.deadlines import answer_by
from ingest.checks.each.dates import OUT_OF_TIME
from ingest.receiving.page_parts.finding_links import lead_to_desk
from ingest.receiving.page_parts.sheets import FieldLine, Sheet, Sheets, fields_of
from ingest.receiving.page_parts.viewer import shown_document
from ingest.submissions.desk.acts import Held, held_by_others
from ingest.submissions.desk.pages.acts import changes_of, outcome_told
from ingest.submissions.desk.queue import GROUPS, Place, Queue, Waiting, open_queue
from ingest.submissions.judging import CHECK_NAMES
from ingest.submissions.page_queries import Sent, submission_sent
from ingest.transitions import TRANSITIONS

bp = Blueprint("desk", __name__, template_folder="../templates", url_prefix="/desk")

_PARTS = ("document", "case", "all", "checks", "changes")
_UNCHECKED = TRANSITIONS["check"].states


@bp.get("")
@bp.get("/<uuid:submission_id>")
def show(submission_id: UUID | None = None) -> Response:
    """One submission; the first of the queue where none is named."""
    actor = current_actor()
    access.require(actor, "submission:accept")
    text = lists.typed()
    with services().read_only() as session:
        queue = open_queue(session, actor=actor, text=text, at=submission_id)
    lists.or_nearly(text, queue.total)
    if submission_id is None:
        if not queue.shown:
            return _empty(text)
        submission_id = queue.shown[0].id
    detail = submission_sent(services(), submission_id, actor=actor, lang=language())
    if detail.row.state not in OPEN:
        return make_response(
            redirect(url_for("submissions.show", submission_id=submission_id), code=303)
        )
    if request.headers.get("HX-Request") and detail.row.state is SubmissionState.CHECKED:
        return Response(headers={"HX-Refresh": "true"})  # the checks are over: all of it is new
    return _page(detail, queue, text)


def _empty(text: str) -> Response:
    return make_response(
        render_template(
            "desk/desk.html",
            here_key="desk",
            submission=None,
            query=text,
            outcome=outcome_told(),
        )
    )


def _page(detail: Sent, queue: Queue, text: str) -> Response:
    row = detail.row
    sheets = Sheets(row, detail.findings, home=services().settings.home)
    sheet = _chosen(sheets)
    part = _part(sheet)
    at = _At(row.id, sheet.ordinal, text)
    lead_to_desk(sheets, row.id, text=text, beside=sheet.ordinal)
    fields, elsewhere = _data(part, sheet, sheets, detail)
    shown_ids = [waiting.id for waiting in queue.shown]
    held = held_by_others(services(), shown_ids, actor=current_actor())
    return make_response(
        render_template(
            "desk/desk.html",
            here_key="desk",
            arriving=not request.view_args,
            queue=_queue(queue, held),
            held=held.get(row.id),
            changes=changes_of(detail) if part == "changes" else None,
            query=text,
            outcome=outcome_told(),
            submission=dict(detail.document)
            | {
                "sent_by": detail.sent_by,
                "answer_by": answer_by(row.received_at),
                "late": _is_late(row.received_at),
                "checks": _checks(row.state),
            },
            leaves=_leaves(row, sheet),
            sorts=TRANSITIONS.is_open(row, "order-by-time")
            and any(found["code"] == OUT_OF_TIME for found in sheets.findings),
            shown=None
            if is_infected(row)  # it is being scanned again
            else shown_document(sheets, sheet.ordinal, request.args.get("pdf", 1, int), at.of),
            tabs=_tabs(part, sheet, sheets, at, follows=row.follows_id is not None),
            fields=fields,
            elsewhere=elsewhere,
            position=_position(queue.place, queue.total, text),
            reasons=_reasons(sheets),
            warned=[found for found in sheets.findings if found["severity"] == "warning"],
            wants_reason=wants_reason(found["code"] for found in sheets.findings),
        )
    )


def _leaves(row: Submission, sheet: Sheet) -> dict[str, Any] | None:
    """The document that is shown, where it may be left out of what is accepted."""
    declared = row.case_file()
    whole = declared.custody or len(declared.documents) == 1
    if not sheet.ordinal or whole or not TRANSITIONS.is_open(row, "leave-out"):
        return None
    return {"ordinal": sheet.ordinal, "title": sheet.title}


@dataclass(frozen=True, slots=True)
class _At:
    """Addresses of this submission's parts."""

    id: UUID
    ordinal: int  # of the document that is shown
    text: str  # the queue's filter

    def of(self, ordinal: int, pdf: int = 1) -> str:
        """A document, or one PDF of it."""
        return self._address(document=ordinal, pdf=pdf if pdf > 1 else None)

    def part(self, key: str) -> str:
        """Another part of the data, beside the same document."""
        return self._address(document=self.ordinal or None, part=None if key == _PARTS[0] else key)

    def _address(
        self, *, document: int | None, pdf: int | None = None, part: str | None = None
    ) -> str:
        return url_for(
            ".show",
            submission_id=self.id,
            document=document,
            pdf=pdf,
            part=part,
            q=self.text or None,
        )


def _part(sheet: Sheet) -> str:
    asked = request.args.get("part", "")
    if asked in _PARTS[1:]:
        return asked
    return _PARTS[0] if sheet.ordinal else "case"


def _chosen(sheets: Sheets) -> Sheet:
    """The document asked for; else the first with an error, with a warning, the first at all."""
    if not sheets.documents:
        return sheets.case_file
    asked = request.args.get("document", type=int)
    if asked is not None and 1 <= asked <= len(sheets.documents):
        return sheets[asked]
    for severity in ("error", "warning"):
        for sheet in sheets.documents:
            if any(found["severity"] == severity for found in sheet.findings):
                return sheet
    return sheets.documents[0]


def _data(
    part: str, sheet: Sheet, sheets: Sheets, detail: Sent
) -> tuple[list[FieldLine], list[dict[str, Any]]]:
    """The fields of the part that is shown, and the findings that stand in none of them."""
    if part == "changes":
        return [], []
    if part == "all":
        return [], sheets.findings
    if part == "checks":
        return _check_results(sheets, detail), []
    chosen = sheets.case_file if part == "case" else sheet
    return fields_of(chosen), [
        found for found in sheets.findings if found["ordinal"] != chosen.ordinal
    ]


def _check_results(sheets: Sheets, detail: Sent) -> list[FieldLine]:
    """Each check with what it found; nothing is said to be good before it was looked at."""
    checked = detail.row.state is SubmissionState.CHECKED
    names = list(dict.fromkeys([*CHECK_NAMES, *(finding["check"] for finding in sheets.findings)]))
    unsigned, rows = _unsigned(sheets, detail), []
    for name in names:
        found = [finding for finding in sheets.findings if finding["check"] == name]
        to_do = [finding for finding in found if finding["severity"] in ("error", "warning")]
        worst = next(
            (s for s in ("error", "warning") if any(f["severity"] == s for f in found)), ""
        )
        rows.append(
            FieldLine(
                label=messages.label("checks", name, language()),
                value=t("pages.desk.found", count=len(to_do))
                if to_do
                else unsigned.get(name, "")
                if checked
                else "…",
                tone={"error": "error", "warning": "warn"}.get(worst, ""),
                ok=t("pages.desk.passed") if checked and not to_do and name not in unsigned else "",
            )
        )
    return rows


def _unsigned(sheets: Sheets, detail: Sent) -> dict[str, str]:
    """Words for checks of signatures that found nothing because nothing is signed."""
    notes = {}
    if not any(file.signatures for file in detail.row.files):
        notes["signatures"] = t("pages.desk.no_signatures")
    if unsigned := sum(sheet.unsigned for sheet in sheets.documents):
        notes["both-signatures"] = t("pages.desk.unsigned", count=unsigned)
    return notes


def _tabs(
    part: str, sheet: Sheet, sheets: Sheets, at: _At, *, follows: bool
) -> list[dict[str, Any]]:
    tabs = [
        ("case", t("pages.desk.tab_case"), sheets.case_file.findings),
        ("all", t("pages.desk.tab_all"), []),  # their count stands in the list
        ("checks", t("pages.desk.tab_checks"), []),
    ]
    if follows:
        tabs.append(("changes", t("pages.desk.tab_changes"), []))
    if sheet.ordinal:
        words = t("pages.desk.tab_document", ordinal=sheet.ordinal)
        tabs.insert(0, (_PARTS[0], words, sheet.findings))
    return [
        {"text": words, "href": at.part(key), "current": key == part} | _worst(findings)
        for key, words, findings in tabs
    ]


def _worst(findings: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many of the worst severity there are: the row of tabs has no room for more."""
    counts = Counter(found["severity"] for found in findings)
    errors = counts["error"]
    return {"errors": errors, "warnings": 0 if errors else counts["warning"]}


def _queue(queue: Queue, held: Mapping[UUID, Held]) -> dict[str, Any]:
    free = [waiting for waiting in queue.shown if waiting.id not in held]
    return {
        "warned": [str(waiting.id) for waiting in free if waiting.group == "warnings"],
        "clean": [
            {"id": str(waiting.id), "code": waiting.code}
            for waiting in free
            if waiting.group == "clean"
        ],
        "total": queue.total,
        "shown": len(queue.shown),
        "groups": [
            {
                "key": group,
                "count": queue.counts.get(group, 0),
                "items": [
                    _item(waiting, held.get(waiting.id))
                    for waiting in queue.shown
                    if waiting.group == group
                ],
            }
            for group in GROUPS
        ],
    }


def _item(waiting: Waiting, held: Held | None) -> dict[str, Any]:
    waits = clock.today() - clock.local(waiting.received_at).date()
    return {
        "id": str(waiting.id),
        "code": waiting.code,
        "title": waiting.title,
        "agency": waiting.agency,
        "days": waits.days,
        "late": _is_late(waiting.received_at),
        "errors": waiting.errors,
        "warnings": waiting.warnings,
        "checks": _checks(waiting.state),
        "held_by": held.name if held else "",
    }


def _is_late(received_at: dt.datetime) -> bool:
    """Whether the last day for the archive's answer is over."""
    return clock.today() > answer_by(received_at)


def _position(place: Place, total: int, text: str) -> dict[str, Any]:
    before, after = place.before, place.after
    return {
        "at": place.at,
        "total": total,
        "previous": before and url_for(".show", submission_id=before, q=text or None),
        "next": after and url_for(".show", submission_id=after, q=text or None),
    }


def _reasons(sheets: Sheets) -> str:
    """Errors first, then warnings: what is wrong, where, and what to do."""
    lines: list[str] = []
    for severity in ("error", "warning"):
        for found in (finding for finding in sheets.findings if finding["severity"] == severity):
            where = _where(sheets, found)
            place = f" ({where})" if where else ""
            lines.append(f"{len(lines) + 1}. {found['message']}{place} {found['remedy']}")
    return "\n".join(lines)


def _where(sheets: Sheets, found: Mapping[str, Any]) -> str:
    """The place in words; a document by its number in the list, and by its row where it has one."""
    place = display.place(found["place"], language())
    if not found["ordinal"]:
        return place
    sheet = sheets[found["ordinal"]]
    document = t("pages.desk.tab_document", ordinal=sheet.ordinal)
    if place.startswith(document):
        return place
    row = row_place(sheet.kind, sheet.row)
    if sheet.row == sheet.ordinal and place.startswith(row):
        return document + place.removeprefix(row)
    return f"{document}: {place}"


def _checks(state: SubmissionState) -> dict[str, int] | None:
    """Progress while the checks are still to come; they are done in one go."""
    return {"done": 0, "total": len(CHECK_NAMES)} if state in _UNCHECKED else None
