"""The page of one case file as its template takes it."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from markupsafe import Markup

from archive_service import law, messages
from archive_service.schemas.case_page import CasePage, Openable
from archive_service.web.display import day, moment, number, size
from archive_service.web.document_data import document_data
from archive_service.web.language import language
from archive_service.web.layout import t
from search.query import EmptyQueryError, parse_query

# The word of a tag's subject → the symbol of parts/timeline.html.
_KINDS = {
    "submission:accepted": "accepted",
    "submission:returned": "returned",
    "submission:stored": "receipt",
    "case-file:digitized": "digitized",
    "case-file:indexed": "indexed",
    "case-file:verified": "fixity",
    "case-file:described": "edited",
    "document:read": "read",
}
_PROOFS = {"submission:accepted", "submission:stored", "case-file:stored"}
_WORKER = "worker"
_ACCESS = {"01": "public", "02": "conditional"}


def page_context(page: CasePage, why: list[dict[str, str]]) -> dict[str, Any]:
    """Everything the template names in its first comment."""
    case = page.case
    chosen = _chosen(case["documents"])
    return {
        "case": case | {"access": access_word(case["access"])},
        "trail": _trail(page),
        "documents": _documents(page, chosen),
        "shown": _shown(page, chosen),
        "malware": [
            t("pages.malware.document_found", **one | {"at": moment(one["at"])})
            for one in page.malware
        ],
        "marked": [t("pages.page_one.marked", **one) for one in page.marked],
        "doubts": [_doubt(one) for one in page.doubts],
        "closed": _is_closed(page, chosen),
        "files": _files(page, chosen),
        "document_data": document_data(chosen) if chosen else [],
        "data": _data(page),
        "why": why,
        "copies": [copy | {"detail": _held(page, copy)} for copy in page.copies],
        "checking": page.is_checking,
        "versions": _versions(page),
        "events": [event_line(event) for event in page.events],
        "sealed_at": page.sealed_at,
        "moves": page.moves,
        "borrower": _borrower(page),
        "may": page.may,
        "totals": _totals(case),
    }


def _doubt(one: dict[str, Any]) -> str:
    said = messages.finding(one["code"], language(), one["facts"] | {"place": one["place"]})
    told = {"ordinal": one["ordinal"], "place": one["place"], "message": said.message}
    return t("pages.page_one.doubt", **told)


def event_line(event: dict[str, Any]) -> dict[str, Any]:
    """One event of the trail as a line of a timeline."""
    tag = event["tag"]
    return {
        "at": event["at"],
        "kind": _KINDS.get(tag, tag.partition(":")[0]),
        "text": event_text(event),
        "who": who_did(event),
        "ok": tag in _PROOFS,
        "error": tag == "submission:rejected",
    }


def event_text(event: dict[str, Any]) -> str:
    """What happened, in words; a tag without words is its own."""
    key = f"labels.events.{event['tag']}"
    said = t(key)
    if said == key:
        return str(event["tag"])
    if event["version"]:
        return t("pages.audit.of_version", text=said, version=event["version"])
    if event["ordinal"]:
        return t("pages.audit.of_document", text=said, ordinal=event["ordinal"])
    return said


def who_did(event: dict[str, Any]) -> str:
    """The name of whoever did it; our own workers are the system."""
    return t("pages.case_file.system") if event["account"] == _WORKER else str(event["who"])


def access_word(mode: str) -> str:
    """The word of a chế độ sử dụng that the badges know."""
    return _ACCESS.get(mode, "closed")


def _chosen(documents: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The document that the address names by id or ordinal, else the first."""
    wanted = request.args.get("document", "")
    named = (one for one in documents if wanted in (one["id"], str(one["ordinal"])))
    return next(named, documents[0] if documents else None)


def _address(page: CasePage, document: dict[str, Any]) -> str:
    query = request.args.get("q") or None
    return url_for("case_files.show", code=page.case["code"], document=document["ordinal"], q=query)


def _trail(page: CasePage) -> list[tuple[str, str]]:
    every = url_for("case_files.show_list")
    of_agency = url_for("case_files.show_list", agency=page.case["agency"])
    return [(t("places.case-files"), every), (page.agency_name, of_agency)]


def _documents(page: CasePage, chosen: dict[str, Any] | None) -> list[dict[str, Any]]:
    first, told = 1, []
    for one in page.case["documents"]:
        last = first + one["pages"] - 1
        told.append(
            {
                "ordinal": one["ordinal"],
                "title": one["title"],
                "number": "/".join(part for part in (one["number"], one["symbol"]) if part),
                "date": one["date"],
                "pages": one["pages"],
                "span": ""
                if one["pages"] < 1
                else f"{first}–{last}"
                if last > first
                else f"{first}",
                "href": _address(page, one),
                "current": chosen is not None and one["id"] == chosen["id"],
                "flags": _flags(page, one),
            }
        )
        first = max(last + 1, first)
    return told


def _flags(page: CasePage, document: dict[str, Any]) -> list[dict[str, str]]:
    flags = []
    if document["quarantined"]:
        flags.append({"tone": "error", "text": t("pages.case_file.quarantined")})
    elif page.may["read"] and document["id"] not in page.openable:
        flags.append({"tone": "muted", "text": t("badges.access.conditional")})
    if signed := document["signatures"]:
        sound = all(one.get("valid", one.get("intact", False)) for one in signed)
        key = "signed" if sound else "signature_doubtful"
        text = t(f"pages.case_file.{key}", count=len(signed))
        flags.append({"tone": "ok" if sound else "warn", "text": text})
    return flags


def _is_closed(page: CasePage, document: dict[str, Any] | None) -> bool:
    return document is not None and document["id"] not in page.openable


def _shown(page: CasePage, document: dict[str, Any] | None) -> dict[str, Any] | None:
    """The viewer's document; nothing where it has no page or is not this account's to read."""
    opened = page.openable.get(document["id"]) if document else None
    if document is None or opened is None or opened.nothing:
        return None
    ids = [opened.pdf] if opened.pdf else list(opened.images)
    sources = [_file(page, one) for one in ids]
    pages = document["pages"] or len(sources)
    wanted = request.args.get("page", 1, type=int)
    return {
        "title": f"{document['ordinal']}. {document['title']}",
        "kind": "pdf" if opened.pdf else "images",
        "source": sources[0],
        "images": [] if opened.pdf else sources,
        "page": min(max(wanted, 1), max(pages, 1)),
        "pages": pages,
        "words": _words(),
        "marks": [],
        "download": _download(page, document, opened),
    }


def _file(page: CasePage, file_id: UUID) -> str:
    return url_for("api_case_files.file", code=page.case["code"], file_id=file_id)


def _files(page: CasePage, document: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Every file of the open document, where the account may read it."""
    if document is None or document["id"] not in page.openable:
        return []
    return [
        {
            "name": one["name"].rpartition("/")[2],
            "role": _role(one),
            "format": one["format_name"] or one["media_type"],
            "size_bytes": one["size_bytes"],
            "sha256": one["sha256"],
            "href": _file(page, UUID(one["id"])),
        }
        for one in document["files"]
    ]


def _role(file: dict[str, Any]) -> str:
    """What the file is, whether a newer one stands for it, and what its pages turned out to be."""
    said = [t(f"labels.file-roles.{file['role']}")]
    if file["copy_of"]:
        said.append(t("pages.case_file.copy_of", sha256=file["copy_of"][:12]))
    if file["superseded_in"]:
        said.append(t("pages.case_file.superseded", version=file["superseded_in"]))
    if file["twin"]:
        said.append(t(f"labels.twin.{file['twin']}"))
    return ", ".join(said)


def _download(page: CasePage, document: dict[str, Any], opened: Openable) -> str:
    """What was received as it is, where that is one file; else what is shown."""
    originals = [one for one in document["files"] if one["role"] == "original"]
    only = originals[0]["id"] if len(originals) == 1 else None
    shown = opened.pdf or next(iter(opened.images))
    return _file(page, UUID(only) if only else shown)


def _words() -> list[str]:
    """The words that the reader searched for, each to be marked by itself."""
    try:
        terms = parse_query(request.args.get("q", "")).terms
    except EmptyQueryError:
        return []
    return list(dict.fromkeys(word for term in terms for word in term.exact))


def _data(page: CasePage) -> list[tuple[str, str]]:
    case, lang = page.case, language()
    term = case["retention"]
    lasts = (
        t("badges.permanent")
        if term["permanent"]
        else t("badges.ends", ends_on=day(term["ends_on"]))
    )
    level = case["confidence_level"]
    return [
        (t("pages.case_file.agency"), f"{page.agency_name} ({case['agency']})"),
        (t("columns.fonds"), case["fonds"]),
        (t("pages.case_file.period"), f"{day(case['start_date'])} – {day(case['end_date'])}"),
        (t("columns.term"), lasts),
        (t("pages.case_file.rule"), term["citation"] or term["rule"] or ""),
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
        (
            t("pages.case_file.confidence"),
            law.code_list("confidenceLevel").label(level, lang) if level else "",
        ),
        (t("pages.case_file.paper"), case["paper_file_code"] or ""),
        (t("pages.paper.title"), _paper(case["paper"])),
        (t("pages.case_file.dossier"), case["dossier_number"] or ""),
        (t("pages.case_file.inventory"), case["inventory_reference"] or ""),
        (t("pages.case_file.description"), case["description"] or ""),
        (t("pages.case_file.archive_code"), case["arc_file_code"]),
        (t("columns.receipt"), _receipt(page)),
    ]


def _paper(paper: dict[str, Any]) -> str:
    """Its state, the sheets that were counted, and where they lie; nothing without paper."""
    if paper["state"] == "none":
        return ""
    told = [t(f"labels.paper-states.{paper['state']}")]
    if paper["sheets"]:
        told.append(t("pages.paper.sheets_of", sheets=number(paper["sheets"], language())))
    told += [part["place"] for part in paper["parts"] if part["place"]]
    return ", ".join(told)


def _borrower(page: CasePage) -> str:
    """Who has the paper and since when; "" while it is here, or for who may not know."""
    if page.case["paper"]["state"] != "lent" or not page.moves:
        return ""
    last = next(one for one in page.moves if one["kind"] == "lent")
    return t("pages.paper.now_with", whom=last["to"], since=moment(last["at"]))


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


def _versions(page: CasePage) -> list[dict[str, Any]]:
    package = page.case["package"]
    return [
        {
            "number": one["number"],
            "current": one["number"] == package["version"],
            "text": one["message"],
            "at": one["built_at"],
            "who": t("pages.case_file.system")
            if one["built_by"] == _WORKER
            else page.people.get(one["built_by"], one["built_by"]),
        }
        for one in reversed(package["versions"])
    ]


def _totals(case: dict[str, Any]) -> str:
    lang = language()
    counts = {
        "documents": number(case["document_count"], lang),
        "pages": number(case["page_count"], lang),
    }
    received = sum(
        file["size_bytes"] for document in case["documents"] for file in document["files"]
    )
    if received == 0:  # paper still to come, or files that the account is not told of
        return t("pages.case_file.counts", **counts)
    return t("pages.case_file.totals", **counts, size=size(received, lang))
