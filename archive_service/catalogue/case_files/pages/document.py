"""Tất cả dữ liệu của tài liệu: description, files, acts on them, rights and use on one page."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, url_for

from archive_service import access
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.catalogue.case_files.pages.recordings import player_of, recording_words
from archive_service.catalogue.case_files.record_words import (
    event_words,
    field_rows,
    handling_rows,
    relation_words,
    right_rows,
    signature_words,
)
from archive_service.catalogue.holdings.shelf import basket_of
from archive_service.catalogue.recalls.documents import NamedDocument
from archive_service.catalogue.recalls.page_parts import recall_notes
from archive_service.messages import label
from archive_service.request import current_actor, services
from archive_service.web.language import language
from archive_service.web.layout import t

bp = Blueprint("document_page", __name__, template_folder="../templates")


@bp.get("/case-files/<code>/documents/<int:ordinal>")
def show(code: str, ordinal: int) -> str:
    """One document with all that is known of it, to read and to print."""
    actor, lang = current_actor(), language()
    record = document_record(services(), code, ordinal, actor=actor)
    with services().read_only() as session:
        basket = basket_of(session, actor=actor)
    return render_template(
        "case_files/document.html",
        here_key="case-files",
        document=record,
        recall_notes=recall_notes(record["recalls"], _as_told(record), _newer(record)),
        fields=field_rows(record, lang),
        rights=right_rows(record["rights"], lang),
        handling=handling_rows(record["handling"], lang),
        files=[_file(record, file) for file in record["files"]],
        events=[event_words(event, lang) for event in record["events"]],
        relations=[_relation(relation) for relation in record["relations"]],
        in_basket=UUID(record["id"]) in basket,
        may_describe=record["rights"]["may_describe"],
        may_compare=access.may(actor, "case-file:history")
        and any(file["signatures"] for file in record["files"]),
    )


def _as_told(facts: dict[str, Any]) -> dict[str, Any]:
    """The document with what it says itself of others, by their names."""
    rows = [
        relation | {"target": relation["name"]}
        for relation in facts["relations"]
        if relation["from_here"]
    ]
    return facts | {"relations": rows}


def _newer(facts: dict[str, Any]) -> dict[str, NamedDocument]:
    """By name the documents it speaks of that the account may know."""
    return {
        relation["name"]: NamedDocument(
            code=relation["code"],
            ordinal=relation["ordinal"],
            number="",
            title=relation["target"],
        )
        for relation in facts["relations"]
        if relation["from_here"] and relation["code"]
    }


def _file(facts: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
    """A file with its signatures in words, and the link to its bytes for who may read them."""
    signed = [signature_words(signature, language()) for signature in file["signatures"]]
    unread = file["words_unread"]
    role = t(f"labels.file-roles.{file['role']}")
    href = url_for("api_case_files.file", code=facts["code"], file_id=file["id"])
    return file | {
        "role": role,
        "href": href if facts["rights"]["may_open"] else "",
        "signed": signed,
        "words_unread": unread and label("words-unread", unread, language()),
        "player": player_of(file["media_type"], file["recording"]),
        "heard": recording_words(file["recording"]),
    }


def _relation(relation: dict[str, Any]) -> dict[str, str]:
    href = ""
    if relation["code"]:
        href = url_for(".show", code=relation["code"], ordinal=relation["ordinal"])
    return {
        "word": f"{relation_words(relation, language())}:",
        "target": relation["target"],
        "href": href,
    }
