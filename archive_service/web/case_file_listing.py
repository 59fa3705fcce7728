"""Documents of a case file as the list on its page has them, and what they come to."""

from typing import Any

from flask import request, url_for

from archive_service.domain.recall import REPLACED_BY
from archive_service.schemas.case_documents import left_out
from archive_service.schemas.case_page import CasePage
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.recall_notes import replaced_words, standing_relations


def in_order(page: CasePage) -> list[dict[str, Any]]:
    """Its documents and those of other case files that belong to it, in their order."""
    return sorted(
        [*page.case["documents"], *page.case["links"]], key=lambda one: int(one["ordinal"])
    )


def _address(page: CasePage, document: dict[str, Any]) -> str:
    query = request.args.get("q") or None
    return url_for("case_files.show", code=page.case["code"], document=document["ordinal"], q=query)


def listed_documents(page: CasePage, chosen: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Each with the sheets it takes of those that count, its flags and its address."""
    first, told = 1, []
    for one in in_order(page):
        linked = "kept_in" in one
        pages = 0 if left_out(one) else one["pages"]  # the sheets of this case file are numbered
        last = first + pages - 1
        told.append(
            {
                "ordinal": one["ordinal"],
                "title": one["title"],
                "number": "/".join(part for part in (one["number"], one["symbol"]) if part),
                "date": one["date"],
                "pages": one["pages"],
                "span": "" if pages < 1 else f"{first}–{last}" if last > first else f"{first}",
                "href": _address(page, one),
                "current": chosen is not None and one["id"] == chosen["id"],
                "flags": _flags(page, one),
                "home": one.get("kept_in")
                or {"code": page.case["code"], "ordinal": one["ordinal"]},
                "linked": linked,
            }
        )
        first = max(last + 1, first)
    return told


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
    flags += _link_flags(document)
    if signed := document["signatures"]:
        sound = all(one.get("trusted", one.get("valid", False)) for one in signed)
        key = "signed" if sound else "signature_doubtful"
        text = t(f"pages.case_file.{key}", count=len(signed))
        flags.append({"tone": "ok" if sound else "warn", "text": text})
    return flags


def _link_flags(document: dict[str, Any]) -> list[dict[str, str]]:
    """Where it lies, or belongs as well, and what stands against using it there."""
    flags = []
    if kept_in := document.get("kept_in"):
        said = t("pages.links.kept_in", **kept_in)
        flags.append({"tone": "muted", "text": said, "icon": "link-45deg"})
        stands_against = [fact for fact in ("held", "replaced") if document[fact]]
        flags += [{"tone": "warn", "text": t(f"pages.links.{one}")} for one in stands_against]
    return flags + [
        {
            "tone": "muted",
            "text": t("pages.links.also_in", **place),
            "icon": "link-45deg",
        }
        for place in document["also_in"]
    ]


def totals(case: dict[str, Any]) -> str:
    """Documents and pages that count, what was received, and how many rows count no more."""
    lang = language()
    counts = {
        "documents": number(case["document_count"], lang),
        "pages": number(case["page_count"], lang),
    }
    received = sum(
        file["size_bytes"] for document in case["documents"] for file in document["files"]
    )
    if received == 0:  # paper still to come, or files that the account is not told of
        said = t("pages.case_file.counts", **counts)
    else:
        said = t("pages.case_file.totals", **counts, size=size(received, lang))
    besides = [
        t(f"pages.case_file.besides_{why}", count=number(count, lang))
        for why, count in case["uncounted"].items()
        if count
    ]
    return (
        t("pages.case_file.besides", said=said.rstrip("."), besides=", ".join(besides))
        if besides
        else said
    )
