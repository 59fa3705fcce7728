"""Documents of a case file as the list on its page has them, and what they come to."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any
from uuid import UUID

from flask import request, url_for

from archive_service.catalogue.case_files.case_documents import Line
from archive_service.catalogue.case_files.page_document import CasePage
from archive_service.catalogue.case_files.pages.data_terms import standing_words
from archive_service.catalogue.recalls.page_parts import replaced_words, standing_relations
from archive_service.domain.case_files.recall import REPLACED_BY
from archive_service.signing.pdf.report import row_holds
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.stretches import Stretch, stretch_of


def document_asked() -> str:
    """Which document the address names, by id or ordinal: that of a page, or of a refused form."""
    named: str = (request.view_args or {}).get("document", "")
    return request.args.get("document", named)


def documents_asked(code: str) -> Callable[[Sequence[Line]], list[UUID]]:
    """Tells of a whole list the ids of the documents that the request shows."""

    def asked(lines: Sequence[Line]) -> list[UUID]:
        stretch = stretch_asked(code, lines)
        return [line.id for place, line in enumerate(lines, start=1) if place in stretch]

    return asked


def stretch_asked(code: str, lines: Sequence[Line]) -> Stretch:
    """The stretch that the address names, else the one that holds the document it names."""
    wanted = document_asked()
    places = enumerate(lines, start=1)
    at = next((place for place, line in places if wanted in (str(line.id), str(line.ordinal))), 1)
    query = request.args.get("q") or None

    def address(start: int) -> str:
        given: dict[str, Any] = {"code": code, "q": query, "from": start}
        return url_for("case_files.show", **given)

    return stretch_of(len(lines), at, address)


def in_order(page: CasePage) -> list[dict[str, Any]]:
    """Documents shown, its own and those of other case files that belong to it, in their order."""
    shown = {str(identifier) for identifier in documents_asked(page.case["code"])(page.lines)}
    links = [link for link in page.case["links"] if link["id"] in shown]
    return sorted([*page.case["documents"], *links], key=lambda document: int(document["ordinal"]))


def _address(page: CasePage, document: dict[str, Any]) -> str:
    query = request.args.get("q") or None
    return url_for("case_files.show", code=page.case["code"], document=document["ordinal"], q=query)


def listed_documents(page: CasePage, chosen: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Each with the sheets it takes of those that count, its flags and its address."""
    before = accumulate((line.sheets for line in page.lines), initial=0)
    sheets = {line.ordinal: (line, end) for line, end in zip(page.lines, before, strict=False)}
    listed = []
    for entry in in_order(page):
        line, end = sheets[entry["ordinal"]]  # the sheets of this case file are numbered
        first, last = end + 1, end + line.sheets
        listed.append(
            {
                "ordinal": entry["ordinal"],
                "title": entry["title"],
                "number": "/".join(part for part in (entry["number"], entry["symbol"]) if part),
                "date": entry["date"],
                "pages": entry["pages"],
                "span": "" if last < first else f"{first}–{last}" if last > first else f"{first}",
                "href": _address(page, entry),
                "current": chosen is not None and entry["id"] == chosen["id"],
                "flags": _flags(page, entry),
                "home": entry.get("kept_in")
                or {"code": page.case["code"], "ordinal": entry["ordinal"]},
                "linked": "kept_in" in entry,
            }
        )
    return listed


def _flags(page: CasePage, document: dict[str, Any]) -> list[dict[str, str]]:
    flags = [
        {"tone": "warn", "text": t(f"pages.recalls.{relation}")}
        for relation in standing_relations(document)
        if relation != REPLACED_BY or not document["replaced_in"]
    ]
    if document["replaced_in"]:
        flags.append({"tone": "warn", "text": replaced_words(document)})
    if document["recalled_at"]:
        flags.append({"tone": "error", "text": t("pages.recalls.recalled")})
    elif document["quarantined"]:
        flags.append({"tone": "error", "text": t("pages.case_file.quarantined")})
    elif page.may["read"] and document["id"] not in page.openable:
        flags.append({"tone": "muted", "text": t("badges.access.conditional")})
    for way in ("moved_to", "moved_from"):
        if (move := document[way]) is not None:
            where = {"code": move["code"], "ordinal": move["ordinal"]}
            flags.append({"tone": "muted", "text": t(f"pages.arrange.{way}", **where)})
    if document["standing"] == "reference":
        words = standing_words(document, page.declared_standing)
        flags.append({"tone": "warn", "text": words})
    flags += _link_flags(document)
    if signed := document["signatures"]:
        sound = all(row_holds(signature) for signature in signed)
        key = "signed" if sound else "signature_doubtful"
        text = t(f"pages.case_file.{key}", count=len(signed))
        flags.append({"tone": "ok" if sound else "warn", "text": text})
    return flags


def _link_flags(document: dict[str, Any]) -> list[dict[str, str]]:
    """Where it lies, or belongs as well, and what stands against using it there."""
    flags = []
    if kept_in := document.get("kept_in"):
        text = t("pages.links.kept_in", **kept_in)
        flags.append({"tone": "muted", "text": text, "icon": "link-45deg"})
        stands_against = [fact for fact in ("held", "replaced") if document[fact]]
        flags += [{"tone": "warn", "text": t(f"pages.links.{link}")} for link in stands_against]
    return flags + [
        {
            "tone": "muted",
            "text": t("pages.links.also_in", **place),
            "icon": "link-45deg",
        }
        for place in document["also_in"]
    ]


def totals(page: CasePage) -> str:
    """Documents and pages that count, what was received, and how many rows count no more."""
    lang, case = language(), page.case
    counts = {
        "documents": number(case["document_count"], lang),
        "pages": number(case["page_count"], lang),
    }
    if page.size_bytes == 0:  # paper still to come, or files that the account is not told of
        text = t("pages.case_file.counts", **counts)
    else:
        text = t("pages.case_file.totals", **counts, size=size(page.size_bytes, lang))
    besides = [
        t(f"pages.case_file.besides_{why}", count=number(count, lang))
        for why, count in case["uncounted"].items()
        if count
    ]
    return (
        t("pages.case_file.besides", said=text.rstrip("."), besides=", ".join(besides))
        if besides
        else text
    )
