"""The page of one case file as its template takes it."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask import request, url_for
from markupsafe import Markup

from archive_service import law, messages
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.catalogue.case_files.page_document import CasePage
from archive_service.catalogue.case_files.pages.at_hand import case_at_hand
from archive_service.catalogue.case_files.pages.data_terms import (
    document_data,
    own_rows,
    series_link,
)
from archive_service.catalogue.case_files.pages.document_list import (
    stretch_asked,
    totals,
)
from archive_service.catalogue.case_files.pages.recordings import player_of, recording_words
from archive_service.catalogue.case_files.pages.shown import (
    file_address,
    seen_at,
)
from archive_service.catalogue.case_files.record_words import field_rows
from archive_service.catalogue.describing.documents import WaitingModeDocument
from archive_service.catalogue.holdings.uses import DocumentRecalledError
from archive_service.catalogue.recalls.page_parts import recall_notes
from archive_service.domain.case_files.document import PAPER
from archive_service.problem import problem_of
from archive_service.request import current_actor, services
from archive_service.web.display import day, moment, number, size
from archive_service.web.event_lines import event_line
from archive_service.web.fields import label_of, shown_value
from archive_service.web.language import language
from archive_service.web.layout import here, t
from archive_service.web.people import people
from archive_service.web.stretches import Stretch, stretch_of
from ingest.checks.each.terms import term_written, years_written
from retention.terms.documents import StepDocument
from retention.terms.explain import term_told
from search.snippet import marked_values

_WORKER = "worker"
_VERSIONS = "versions"  # of the address: the place from which versions are shown
_WITH_SHEET = ("picture", "media")


def page_context(page: CasePage, why: list[StepDocument]) -> dict[str, Any]:
    """Everything the template names in its first comment."""
    at_hand = case_at_hand(page)
    case, chosen = page.case, at_hand.chosen
    versions_shown = _versions_shown(page)
    return vars(at_hand) | {
        "trail": _trail(page),
        "stretch": stretch_asked(case["code"], page.lines),
        "malware": [
            t("pages.malware.document_found", **entry | {"at": moment(entry["at"])})
            for entry in page.malware
        ],
        "marked": [t("pages.page_one.marked", **entry) for entry in page.marked],
        "doubts": [_doubt(doubt) for doubt in page.doubts],
        "package_closed": _package_closed(page),
        "recall_notes": recall_notes(page.recalls, chosen, page.related),
        "undigitized": _is_undigitized(chosen),
        "files": _files(page, chosen),
        "document_data": _document_data(page, chosen) if chosen else [],
        "data": _data(page),
        "more_data": _more_data(page),
        "why": why,
        "copies": [copy | {"detail": _held(page, copy)} for copy in page.copies],
        "checking": page.is_checking,
        "versions": _versions(page, versions_shown),
        "versions_shown": versions_shown,
        "events": [event_line(event) for event in page.events],
        "sealed_at": page.sealed_at,
        "modes": [_mode_change(mode) for mode in page.modes],
        "moves": page.moves,
        "borrower": _borrower(page),
        "may": page.may,
        "described": page.described,
        "totals": totals(page),
    }


def _document_data(page: CasePage, chosen: dict[str, Any]) -> list[tuple[str, str | Markup]]:
    """With the sheet of a photograph or a recording; what was searched for is marked."""
    labels = page.own_labels["document"]
    of_case_file = page.case["access"]
    rows = document_data(chosen, labels, page.related, page.declared_standing, of_case_file)
    if chosen["kind"] in _WITH_SHEET and chosen["id"] in page.openable:
        home = chosen.get("kept_in") or {"code": page.case["code"], "ordinal": chosen["ordinal"]}
        record = document_record(services(), home["code"], home["ordinal"], actor=current_actor())
        values = {value for _, value in rows}
        rows += [row for row in field_rows(record, language()) if row[1] not in values]
    plain = [value for _, value in rows if not isinstance(value, Markup)]
    marked = iter(marked_values(plain, request.args.get("q", "")))
    return [(term, value if isinstance(value, Markup) else next(marked)) for term, value in rows]


def _doubt(doubt: dict[str, Any]) -> str:
    message = messages.finding(
        doubt["code"], language(), doubt["facts"] | {"place": doubt["place"]}
    )
    facts = {"ordinal": doubt["ordinal"], "place": doubt["place"], "message": message.message}
    return t("pages.page_one.doubt", **facts)


def _mode_change(change: WaitingModeDocument) -> dict[str, Any]:
    """A change of the access mode that waits, in words."""
    modes, lang = law.code_list("mode"), language()
    what = (
        t("pages.access_mode.of_document", ordinal=change.document)
        if change.document
        else t("pages.access_mode.of_case_file")
    )
    facts = {"was": modes.label(change.was, lang), "becomes": modes.label(change.becomes, lang)}
    who = people(change, "asked_by")[change.asked_by]
    asked = {"who": who, "at": moment(change.asked_at), "reason": change.reason}
    return {
        "id": change.id,
        "text": t("pages.access_mode.waits", what=what, **facts),
        "asked": t("pages.access_mode.asked", **asked),
    }


def _trail(page: CasePage) -> list[tuple[str, str]]:
    every = url_for("case_files.show_list")
    of_agency = url_for("case_files.show_list", agency=page.case["agency"])
    return [(t("places.case-files"), every), (page.agency_name, of_agency)]


def _is_undigitized(document: dict[str, Any] | None) -> bool:
    """Whether it is paper of which nothing is here but, at most, images of its pages."""
    if document is None or document["confidence_level"] not in PAPER or document["no_image"]:
        return False
    return all(file["page_image"] for file in document["files"])


def _files(page: CasePage, document: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Every file of the open document, where the account may read it."""
    if document is None or document["id"] not in page.openable:
        return []
    return [
        {
            "name": file["name"].rpartition("/")[2],
            "role": _role(file),
            "format": file["format_name"] or file["media_type"],
            "size_bytes": file["size_bytes"],
            "sha256": file["sha256"],
            "href": file_address(page, UUID(file["id"])),
            "seen_at": seen_at(page, document, file),
            "process": file["standing"] == "process",
            "player": player_of(file["media_type"], file["recording"]),
            "heard": recording_words(file["recording"]),
        }
        for file in document["files"]
    ]


def _role(file: dict[str, Any]) -> str:
    """What the file is, whether a newer one stands for it, and what its pages turned out to be."""
    labels = [t(f"labels.file-roles.{file['role']}")]
    if file["copy_of"]:
        labels.append(t("pages.case_file.copy_of", sha256=file["copy_of"][:12]))
    if file["superseded_in"]:
        labels.append(t("pages.case_file.superseded", version=file["superseded_in"]))
    if file["twin"]:
        labels.append(t(f"labels.twin.{file['twin']}"))
    return ", ".join(labels)


def _newer_rule(rule: dict[str, Any] | None) -> list[tuple[str, str]]:
    """What the schedule in force says now, where the case file keeps an older term."""
    if rule is None:
        return []
    term = term_told(rule | {"permanent": rule["years"] is None}, language())
    return [(t("pages.case_file.newer_rule"), f"{rule['code']}: {term} ({rule['citation']})")]


def _data(page: CasePage) -> list[tuple[str, str]]:
    case, lang = page.case, language()
    term = case["retention"]
    return [
        (t("pages.case_file.agency"), f"{page.agency_name} ({case['agency']})"),
        (t("columns.fonds"), case["fonds"]),
        *series_link(page.series, case["fonds"], opens=page.may["fonds"]),
        (t("pages.case_file.period"), f"{day(case['start_date'])} – {day(case['end_date'])}"),
        *_terms(case),
        (t("pages.case_file.rule"), term["citation"] or term["rule"] or ""),
        *_newer_rule(page.newer_rule),
        (t("fields.mode"), law.code_list("mode").label(case["access"], lang)),
        (
            t("pages.case_file.amount"),
            t(
                "pages.case_file.counts",
                documents=number(case["document_count"], lang),
                pages=number(case["page_count"], lang),
            ),
        ),
        (t("pages.case_file.language"), _labels("language", case["language"])),
        (t("pages.case_file.creator"), case["creator"] or ""),
        (t("pages.case_file.keyword"), case["keyword"] or ""),
        (t("pages.paper.title"), _paper(case["paper"])),
        (t("pages.case_file.description"), case["description"] or ""),
        *own_rows(case["own_fields"], page.own_labels["case-file"]),
        (t("columns.receipt"), _receipt(page)),
        (t("labels.electronic-record"), _electronic_record(case)),
    ]


def _more_data(page: CasePage) -> list[tuple[str, str]]:
    """What stands in the package too, and is asked for less."""
    case, lang = page.case, language()
    level = case["confidence_level"]
    return [
        (
            t("pages.case_file.confidence"),
            law.code_list("confidenceLevel").label(level, lang) if level else "",
        ),
        (t("pages.case_file.paper"), case["paper_file_code"] or ""),
        (t("pages.case_file.dossier"), case["dossier_number"] or ""),
        *_procedure(case),
        (t("pages.case_file.inventory"), case["inventory_reference"] or ""),
        *_declared(case),
        (t("pages.case_file.uses"), _uses(page.uses)),
        (t("pages.case_file.archive_code"), case["arc_file_code"]),
        (t("pages.case_file.former_custody"), _former_custody(case)),
    ]


def _former_custody(case: dict[str, Any]) -> str:
    custody = case["former_custody"]
    return t("pages.case_file.taken_over", **custody) if custody else ""


def _terms(case: dict[str, Any]) -> list[tuple[str, str]]:
    """The term that holds; that which was declared beside it where it is another one."""
    held = case["retention"]
    declared = {"maintenance": case["maintenance"], "term": str(case["term"] or "")}
    if held["permanent"]:
        years, words = None, t("badges.permanent")
    elif not held["ends_on"]:
        years, words = 0, t("badges.waits")
    elif held["starts_on"]:
        ends_on = dt.date.fromisoformat(held["ends_on"])
        years = ends_on.year - dt.date.fromisoformat(held["starts_on"]).year + 1
        words = t("badges.term", years=years, ends_on=day(held["ends_on"]))
    else:
        years, words = 0, t("badges.ends", ends_on=day(held["ends_on"]))
    rows = [(t("columns.term"), words)]
    if term_written(declared).casefold() != years_written(years).casefold():
        rows.append((t("pages.case_file.declared_term"), term_written(declared)))
    return rows


def _uses(counted: dict[str, int]) -> str:
    return ", ".join(
        t(f"pages.case_file.used_{name}", count=number(count, language()))
        for name, count in counted.items()
    )


def _declared(case: dict[str, Any]) -> list[tuple[str, str]]:
    """Fields of the circular that pages tell nowhere else, under its names."""
    values = {
        "numberOfPaper": case["paper"]["sheets_declared"],
        "format": case["format"],
        "inforSign": case["infor_sign"],
        "riskRecovery": int(case["reserve"]["required"]),
        "riskRecoveryStatus": case["reserve"]["status"],
    }
    return [
        (label_of(rule), shown_value(rule, str(values[rule.name])))
        for rule in law.fields("case-file")
        if values.get(rule.name) is not None
    ]


def _package_closed(page: CasePage) -> dict[str, Any] | None:
    """Why the package is not given out; without what was recalled it goes out for use."""
    closed = page.package_closed
    if closed is None:
        return None
    problem = problem_of(closed, lang=language(), web=True)
    return {"message": problem.message, "without": closed.code == DocumentRecalledError.code}


def _electronic_record(case: dict[str, Any]) -> str:
    """Since when, and by which act; nothing for one that has not that standing."""
    standing = case["electronic_record"]
    if standing is None:
        return ""
    act = messages.label("events", standing["act"], language())
    return t("pages.case_file.electronic_record", at=moment(standing["since"]), act=act)


def _procedure(case: dict[str, Any]) -> list[tuple[str, str]]:
    """What the procedure was, its result and its days."""
    return [
        (t("pages.case_file.procedure_code"), case["procedure_code"] or ""),
        (t("pages.case_file.dossier_result"), case["dossier_result"] or ""),
        *(
            (t(f"pages.case_file.dossier_{which}"), day(case[f"dossier_{which}_date"] or ""))
            for which in ("received", "due", "returned")
        ),
    ]


def _paper(paper: dict[str, Any]) -> str:
    """Its state, the sheets that were counted, and where they lie; nothing without paper."""
    if paper["state"] == "none":
        return ""
    parts = [t(f"labels.paper-states.{paper['state']}")]
    if paper["sheets"]:
        parts.append(t("pages.paper.sheets_of", sheets=number(paper["sheets"], language())))
    parts += [part["place"] for part in paper["parts"] if part["place"]]
    return ", ".join(parts)


def _borrower(page: CasePage) -> str:
    """Who has the paper and since when; "" while it is here, or for who may not know."""
    if page.case["paper"]["state"] != "lent" or not page.moves:
        return ""
    last = next(move for move in page.moves if move.kind == "lent")
    return t("pages.paper.now_with", whom=last.to, since=moment(last.at))


def _receipt(page: CasePage) -> str:
    """Its number; a link to the signed paper for those who may see the submission."""
    receipt = page.case["receipt"]
    if receipt is None or not page.may["receipt"]:
        return receipt["number"] if receipt else ""
    href = url_for("api_case_files.receipt", code=page.case["code"])
    return Markup('<a href="{}">{}</a>').format(href, receipt["number"])


def _labels(name: str, codes: str) -> str:
    """The labels of codes that a field joins by ``;``."""
    known = law.code_list(name)
    return ", ".join(known.label(code.strip(), language()) for code in codes.split(";") if code)


def _held(page: CasePage, copy: dict[str, Any]) -> str:
    versions = {one["number"]: one for one in page.case["package"]["versions"]}
    version = versions.get(copy["version"])
    if version is None:
        return ""
    return t(
        "pages.case_file.held_version",
        version=version["number"],
        files=number(version["files"], language()),
        size=size(version["size_bytes"], language()),
    )


def _versions_shown(page: CasePage) -> Stretch:
    """The stretch of its versions that the address names; the newest are the first."""

    def address(start: int) -> str:
        return here(**{_VERSIONS: start}) + "#versions"

    return stretch_of(len(page.case["package"]["versions"]), 1, address, name=_VERSIONS)


def _versions(page: CasePage, shown: Stretch) -> list[dict[str, Any]]:
    package = page.case["package"]
    newest_first = package["versions"][::-1]
    return [
        {
            "number": version["number"],
            "href": url_for("old_versions.show", code=page.case["code"], number=version["number"])
            if page.may["history"] and version["number"] <= package["version"]
            else "",
            "current": version["number"] == package["version"],
            "text": version["message"],
            "at": version["built_at"],
            "who": t("pages.case_file.system")
            if version["built_by"] == _WORKER
            else page.people.get(version["built_by"], version["built_by"]),
        }
        for version in newest_first[shown.first - 1 : shown.last]
    ]
