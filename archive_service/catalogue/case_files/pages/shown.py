"""What the viewer of a case file's page shows: a PDF, page images, or an access copy."""

from typing import Any
from uuid import UUID

from flask import request, url_for

from archive_service import access
from archive_service.catalogue.case_files.openable import Openable
from archive_service.catalogue.case_files.page_document import CasePage
from archive_service.catalogue.case_files.paged_pdf import is_paged
from archive_service.request import current_actor
from archive_service.web.layout import t
from search.snippet import terms_to_mark

_CLEAR = "clear"  # the look of scanned pages that is read best
_PAGE, _SHEET = "page", "sheet"  # a hit's page in a file of words is a part of it, no sheet


def shown_document(page: CasePage, document: dict[str, Any] | None) -> dict[str, Any] | None:
    """The viewer's document; nothing where it has no page or is not this account's to read."""
    opened = page.openable.get(document["id"]) if document else None
    if document is None or opened is None or opened.nothing:
        return None
    wanted = _file_asked(opened)
    shown = {
        "title": f"{document['ordinal']}. {document['title']}",
        "terms": terms_to_mark(request.args.get("q", "")),
        "marks": [],
        "reads": True,
    }
    if wanted or opened.copied:
        return shown | _copied(page, document, opened, wanted)
    if opened.sheets:
        shown |= {"other_look": _other_look(page, document)}
        if access.may(current_actor(), "batch:edit"):
            shown["copying"] = _words(page, document)
        if request.args.get("look") == _CLEAR:
            return shown | _cleared(page, document, opened)
    ids = [opened.pdf] if opened.pdf else list(opened.images)
    sources = [file_address(page, identifier) for identifier in ids]
    pages = document["pages"] or len(sources)
    source = sources[0]
    if opened.pdf and is_paged(pages):
        source = url_for("access_copies.paged", code=page.case["code"], file_id=opened.pdf)
    return shown | {
        "kind": "pdf" if opened.pdf else "images",
        "source": source,
        "images": [] if opened.pdf else sources,
        "page": min(_number_asked(_PAGE), max(pages, 1)),
        "pages": pages,
        "address": _PAGE,
        "to_hit": bool(request.args.get("q")) and _PAGE not in request.args,
        "words": _words(page, document) if opened.sheets else "",
        "download": _download(page, document, opened),
    }


def file_address(page: CasePage, file_id: UUID) -> str:
    """Where the bytes of a file are."""
    return url_for("api_case_files.file", code=page.case["code"], file_id=file_id)


def seen_at(page: CasePage, document: dict[str, Any], file: dict[str, Any]) -> str:
    """Where the viewer shows an access copy of this one file; empty where there is none."""
    opened = page.openable[document["id"]]
    if UUID(file["id"]) not in opened.others:
        return ""
    address: str = url_for(
        "case_files.show", code=page.case["code"], document=document["ordinal"], file=file["id"]
    )
    return address


def _words(page: CasePage, document: dict[str, Any]) -> str:
    """Where the words are that people put right."""
    code, document_id = page.case["code"], document["id"]
    return url_for("page_words.show", code=code, document_id=document_id)


def _other_look(page: CasePage, document: dict[str, Any]) -> dict[str, str]:
    """To the clear look, or back to the pages as they came; what was searched for stays marked."""
    is_clear = request.args.get("look") == _CLEAR
    href = url_for(
        "case_files.show",
        code=page.case["code"],
        document=document["ordinal"],
        look=None if is_clear else _CLEAR,
        q=request.args.get("q") or None,
        page=request.args.get(_PAGE),
    )
    return {"href": href, "text": t("pages.clear.as_it_came" if is_clear else "pages.clear.see")}


def _cleared(page: CasePage, document: dict[str, Any], opened: Openable) -> dict[str, Any]:
    """Pages made easy to read, drawn one by one as they are turned to."""
    at = {"code": page.case["code"], "document_id": document["id"]}
    pages = opened.sheets
    return {
        "kind": "images",
        "images": [url_for("clear_copies.page", number=n, **at) for n in range(1, pages + 1)],
        "page": min(_number_asked(_PAGE), pages),
        "pages": pages,
        "address": _PAGE,
        "words": url_for("clear_copies.words", **at),
        "is_costly": True,
        "note": t("pages.clear.shown"),
        "download": url_for("clear_copies.copy", **at),
    }


def _copied(
    page: CasePage, document: dict[str, Any], opened: Openable, wanted: UUID | None
) -> dict[str, Any]:
    """How many sheets it has, the viewer finds out."""
    named = next((file for file in document["files"] if file["id"] == str(wanted)), None)
    source = url_for(
        "access_copies.show", code=page.case["code"], document_id=document["id"], file=wanted
    )
    return {
        "kind": "pdf",
        "source": source,
        "images": [],
        "page": _number_asked(_SHEET),
        "pages": "…",
        "address": _SHEET,
        "to_hit": bool(request.args.get("q")) and _SHEET not in request.args,
        "note": t("pages.access_copy.shown_file", name=named["name"].rpartition("/")[2])
        if named
        else t("pages.access_copy.shown"),
        "download": file_address(page, wanted) if wanted else _download(page, document, opened),
    }


def _file_asked(opened: Openable) -> UUID | None:
    wanted = request.args.get("file", type=UUID)
    return wanted if wanted in opened.others else None


def _number_asked(name: str) -> int:
    return max(request.args.get(name, 1, type=int), 1)


def _download(page: CasePage, document: dict[str, Any], opened: Openable) -> str:
    """What was received as it is, where that is one file; else what is shown."""
    originals = [file for file in document["files"] if file["role"] == "original"]
    only = originals[0]["id"] if len(originals) == 1 else None
    shown = [*([opened.pdf] if opened.pdf else []), *opened.images, *opened.others]
    return file_address(page, UUID(only) if only else shown[0])
