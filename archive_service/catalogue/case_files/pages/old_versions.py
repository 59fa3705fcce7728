"""A former version of a case file, read as it was stored and marked as former."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for

from archive_service import law, messages
from archive_service.catalogue.case_files.old_versions import OldDocument, OldVersion, old_version
from archive_service.domain.case_files.document import Document
from archive_service.request import current_actor, services
from archive_service.web.display import day, moment
from archive_service.web.fields import label_of, shown_value
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.stretches import Stretch, stretch_of

bp = Blueprint("old_versions", __name__, template_folder="../templates")
_OF_RULE = "ruleCode"  # the term says it in words


@bp.get("/case-files/<code>/versions/<int:number>")
def show(code: str, number: int) -> str:
    """Documents and data as version ``number`` of the package has them."""
    wanted = request.args.get("document", type=int)

    def address(start: int) -> str:
        given: dict[str, Any] = {"code": code, "number": number, "from": start}
        return url_for(".show", **given)

    def stretch(ordinals: Sequence[int]) -> Stretch:
        at = next((at for at, ordinal in enumerate(ordinals, start=1) if ordinal == wanted), 1)
        return stretch_of(len(ordinals), at, address)

    def part(documents: Sequence[Document]) -> Sequence[Document]:
        shown = stretch([document.ordinal for document in documents])
        return documents[shown.first - 1 : shown.last]

    version = old_version(services(), code, number, actor=current_actor(), part=part)
    documents = version.documents
    chosen = next(
        (document for document in documents if document.ordinal == wanted),
        documents[0] if documents else None,
    )
    return render_template(
        "case_files/old_version.html",
        here_key="case-files",
        version=version,
        note=_note(version),
        documents=[_listed(version, document, chosen) for document in documents],
        stretch=stretch(version.ordinals),
        chosen=chosen,
        shown=_shown(version, chosen) if chosen else None,
        files=_files(version, chosen) if chosen else [],
        document_data=_data(chosen.kind, chosen.values, version.own["document"]) if chosen else [],
        data=_data("case-file", version.values, version.own["case-file"]),
        fonds=_fonds(version.fonds),
    )


def _note(version: OldVersion) -> str:
    key = "old" if version.is_old else "newest"
    facts = {"number": version.number, "newest": version.newest, "at": moment(version.built_at)}
    return t(f"pages.old_version.{key}", **facts)


def _address(version: OldVersion, document: OldDocument) -> str:
    return url_for(".show", code=version.code, number=version.number, document=document.ordinal)


def _listed(
    version: OldVersion, document: OldDocument, chosen: OldDocument | None
) -> dict[str, Any]:
    return {
        "ordinal": document.ordinal,
        "title": document.title or t("pages.old_version.closed_document"),
        "closed": not document.readable,
        "pages": document.values.get("numberOfPage", ""),
        "href": _address(version, document),
        "current": document is chosen,
    }


def _shown(version: OldVersion, document: OldDocument) -> dict[str, Any] | None:
    """What the viewer takes; nothing where there is no page, or it is closed to the account."""
    if not document.shown:
        return None
    sources = [
        url_for("api_case_files.file", code=version.code, file_id=file_id)
        for file_id in document.shown
    ]
    pages = int(document.values.get("numberOfPage") or 0) or len(sources)
    return {
        "title": f"{document.ordinal}. {document.title}",
        "kind": "pdf" if document.is_pdf else "images",
        "source": sources[0],
        "images": [] if document.is_pdf else sources,
        "page": 1,
        "pages": pages,
        "terms": [],
        "marks": [],
        "download": sources[0],
    }


def _files(version: OldVersion, document: OldDocument) -> list[dict[str, Any]]:
    return [
        {
            "name": file.name.rpartition("/")[2],
            "role": t(f"labels.file-roles.{file.role.value}"),
            "format": file.format_name or file.media_type,
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
            "href": url_for("api_case_files.file", code=version.code, file_id=file.id),
        }
        for file in document.files
    ]


def _data(kind: str, values: Mapping[str, str], own: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every field that has a value, in the circular's order, then those of the agency's own."""
    rules = {rule.name: rule for rule in law.fields(kind)}
    rows = [
        (label_of(rule), shown_value(rule, values[name]))
        for name, rule in rules.items()
        if values.get(name) and name != _OF_RULE
    ]
    return rows + [(label, values[name]) for name, label in own.items() if values.get(name)]


def _fonds(fonds: Mapping[str, str]) -> list[tuple[str, str]]:
    """The fonds as that version tells it."""
    lang = language()
    if not fonds:
        return []
    named = " – ".join(fonds[name] for name in ("code", "name") if name in fonds)
    state = messages.label("fonds-states", fonds["state"], lang) if "state" in fonds else ""
    facts = [
        ("fonds", named),
        ("state", state),
        ("period", fonds.get("period", "")),
        ("opened-on", day(fonds.get("opened_on"))),
        ("closed-on", day(fonds.get("closed_on"))),
        ("successor", fonds.get("successor_code", "")),
    ]
    return [(messages.label("fonds-facts", name, lang), value) for name, value in facts if value]
