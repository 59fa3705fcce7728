"""What a reader is told of a document that was recalled, replaced or corrected."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from archive_service.catalogue.recalls.documents import NamedDocument
from archive_service.domain.case_files.recall import CORRECTED_BY, REPLACED_BY
from archive_service.web.display import day
from archive_service.web.layout import t

WARNING = (REPLACED_BY, CORRECTED_BY)


def standing_relations(document: dict[str, Any]) -> list[str]:
    """``replaced-by`` and ``corrected-by``, as far as they stand on the document."""
    found = [
        relation["relation"]
        for relation in document["relations"]
        if relation["relation"] in WARNING
    ]
    return list(dict.fromkeys(found))


def replaced_words(document: dict[str, Any]) -> str:
    """That another document stands in its place: which, and since which version."""
    newer, version = document["replaced_by"], document["replaced_in"]
    if newer is None:
        return t("pages.case_file.replaced_in", version=version)
    return t("pages.case_file.replaced_by", ordinal=newer["ordinal"], version=version)


def name_told(name: str, found: NamedDocument | None) -> str:
    """The newer document's name, and that it is not in custody where nobody here has it."""
    return name if found else t("pages.recalls.declared", name=name)


def told_by_name(name: str, found: NamedDocument | None) -> str:
    """Its number and title with its code beside, as far as the account may know them."""
    text = ", ".join(filter(None, (found.number, found.title))) if found else ""
    return t("pages.recalls.named", told=text, code=name) if text else name_told(name, found)


def place_of(found: NamedDocument | None) -> str:
    """Where the newer document is read; empty where the account may not know of it."""
    if not found or not found.code:
        return ""
    return url_for("case_files.show", code=found.code, document=found.ordinal)


def recall_notes(
    recalls: list[dict[str, Any]],
    document: dict[str, Any] | None,
    newer_ones: Mapping[str, NamedDocument],
) -> list[dict[str, str]]:
    """Notes above the open document: recalled, asked back, replaced or corrected by another."""
    if document is None:
        return []
    own = [recall for recall in recalls if recall["ordinal"] == document["ordinal"]]
    notes = []
    for entry in own:
        if entry["kind"] == "recall" and entry["state"] == "granted":
            text = t(
                "pages.recalls.note_recalled", day=day(entry["decided_at"]), reason=entry["reason"]
            )
            notes.append({"tone": "error", "text": text})
        elif entry["state"] == "asked":
            kind = t(f"labels.recall-kinds.{entry['kind']}")
            text = t("pages.recalls.note_asked", kind=kind, reason=entry["reason"])
            notes.append({"tone": "warning", "text": text})
    replaced = bool(document["replaced_in"])
    if replaced:
        newer = document["replaced_by"] or {}
        text = ". ".join(filter(None, (replaced_words(document), newer.get("title"))))
        notes.append({"tone": "warning", "text": text})
    for relation in document["relations"]:
        if relation["relation"] in WARNING and not (
            replaced and relation["relation"] == REPLACED_BY
        ):
            found = newer_ones.get(relation["target"])
            text = t(
                f"pages.recalls.note_{relation['relation']}",
                target=told_by_name(relation["target"], found),
            )
            notes.append({"tone": "warning", "text": text, "href": place_of(found)})
    return notes
