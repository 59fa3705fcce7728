"""Tất cả dữ liệu của tài liệu: description, files, acts on them, rights and use on one page."""

from typing import Any

from flask import Blueprint, render_template, url_for

from archive_service import access, law
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.catalogue.case_files.pages.data_terms import verdict_words
from archive_service.catalogue.case_files.pages.recordings import player_of, recording_words
from archive_service.catalogue.recalls.pages.reader_notes import recall_notes
from archive_service.messages import label
from archive_service.request import current_actor, services
from archive_service.web.display import day, moment
from archive_service.web.fields import label_of, shown_day, shown_value
from archive_service.web.language import language
from archive_service.web.layout import known, t

bp = Blueprint("document_page", __name__, template_folder="../templates")

_UNSAID = ("fileCode", "files", "sha256", "relatesTo", "relation")


@bp.get("/case-files/<code>/documents/<int:ordinal>")
def show(code: str, ordinal: int) -> str:
    """One document with all that is known of it, to read and to print."""
    actor = current_actor()
    told = document_record(services(), code, ordinal, actor=actor)
    return render_template(
        "case_files/document.html",
        here_key="case-files",
        document=told,
        recall_notes=recall_notes(told["recalls"], _as_told(told), _newer(told)),
        fields=_fields(told),
        rights=_rights(told),
        files=[_file(told, one) for one in told["files"]],
        events=[_event(one) for one in told["events"]],
        relations=[_relation(one) for one in told["relations"]],
        may_describe=access.may(actor, "case-file:describe"),
    )


def _as_told(told: dict[str, Any]) -> dict[str, Any]:
    """The document with what it says itself of others, by their names."""
    said = [one | {"target": one["name"]} for one in told["relations"] if one["from_here"]]
    return told | {"relations": said}


def _newer(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By name the documents it speaks of that the account may know."""
    return {
        one["name"]: {
            "code": one["code"],
            "ordinal": one["ordinal"],
            "number": "",
            "title": one["target"],
        }
        for one in told["relations"]
        if one["from_here"] and one["code"]
    }


def _fields(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Every field of the circular's table that has a value, in its order."""
    return [
        (label_of(rule), shown_value(rule, told["fields"].get(rule.name, "")))
        for rule in law.fields(told["kind"])
        if rule.name not in _UNSAID
    ] + [
        (label, shown_day(told["fields"][name]))
        for name, label in told["own_labels"].items()
        if name in told["fields"]
    ]


def _rights(told: dict[str, Any]) -> list[tuple[str, str]]:
    rights, lang = told["rights"], language()
    mode = law.code_list("mode")
    lasts = t("badges.permanent") if rights["permanent"] else day(rights["ends_on"])
    return [
        (t("pages.document_record.mode"), mode.label(rights["mode"], lang)),
        (t("pages.document_record.case_mode"), mode.label(rights["case_file_mode"], lang)),
        (t("pages.document_record.holds_now"), mode.label(rights["holds_now"], lang)),
        *[
            (
                t("pages.document_record.waiting"),
                f"{mode.label(one['was'], lang)} → {mode.label(one['becomes'], lang)}",
            )
            for one in rights["waiting"]
        ],
        *[
            (t("pages.document_record.held"), one["authority"] or day(one["placed_at"]))
            for one in rights["holds"]
        ],
        (
            t("pages.document_record.quarantined"),
            t("pages.document_record.yes") if rights["quarantined"] else "",
        ),
        (t("columns.term"), lasts),
        (t("pages.case_file.rule"), rights["rule"] or ""),
    ]


def _file(told: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """A file with the link to its bytes and its signatures in words."""
    signed = [
        ", ".join(
            part
            for part in (
                signature.get("signer") or "",
                moment(signature.get("signed_at")),
                verdict_words(signature),
            )
            if part
        )
        for signature in one["signatures"]
    ]
    unread = one["words_unread"]
    role = t(f"labels.file-roles.{one['role']}")
    href = url_for("api_case_files.file", code=told["code"], file_id=one["id"])
    return one | {
        "role": role,
        "href": href,
        "signed": signed,
        "words_unread": unread and label("words-unread", unread, language()),
        "player": player_of(one["media_type"], one["recording"]),
        "heard": recording_words(one["recording"]),
    }


def _event(one: dict[str, Any]) -> dict[str, Any]:
    """A PREMIS event in words; of a finding the check is named, its note says what was found."""
    outcome, check = one["outcome"], one["detail"].partition(": ")[0]
    is_check = known(f"labels.checks.{check}")
    return one | {
        "detail": t(f"labels.checks.{check}") if is_check else one["detail"],
        "type": _word("premis-events", one["type"]),
        "outcome": _word("premis-outcomes", outcome) if outcome else "",
    }


def _word(group: str, value: str) -> str:
    key = f"labels.{group}.{value}"
    return t(key) if known(key) else value


def _relation(one: dict[str, Any]) -> dict[str, str]:
    """How this document stands to the other, whichever of the two said so."""
    back = f"labels.relation-back.{one['relation']}"
    newer = f"labels.relation-of-old.{one['relation']}"
    word = (
        t(newer) if known(newer) else law.code_list("relation").label(one["relation"], language())
    )
    if not one["from_here"]:
        word = t(back) if known(back) else t("pages.document_record.the_other", relation=word)
    href = ""
    if one["code"]:
        href = url_for(".show", code=one["code"], ordinal=one["ordinal"])
    return {"word": f"{word}:", "target": one["target"], "href": href}
