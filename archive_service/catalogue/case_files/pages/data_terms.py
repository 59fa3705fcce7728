"""The data of one document as term and value, its signatures among them."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from markupsafe import Markup

from archive_service import law
from archive_service.catalogue.case_files.record_words import mode_words, signature_words
from archive_service.catalogue.recalls.documents import NamedDocument
from archive_service.catalogue.recalls.page_parts import place_of, told_by_name
from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.case_files.recall import REPLACED_BY
from archive_service.web.display import day
from archive_service.web.fields import shown_day
from archive_service.web.language import language
from archive_service.web.layout import t


def document_data(
    document: dict[str, Any],
    own: dict[str, str],
    related: Mapping[str, NamedDocument],
    declared: Mapping[str, str],
    of_case_file: str,
) -> list[tuple[str, str | Markup]]:
    """What is said of the document; empty values are left out by the template.

    Args:
        document: DOCUMENT of the contract.
        own: labels of the agency's own fields.
        related: by name, what is known of the documents that it stands to.
        declared: by id, the standing that a sender declared of what is for reference.
        of_case_file: its access mode, which holds where the document's own shows more.
    """
    return [
        (t("pages.document.type"), _label("typeName", document["type"])),
        (t("pages.document.original_type"), document["type_original"] or ""),
        (
            t("pages.document.number"),
            "/".join(_lines_given(document["number"], document["symbol"])),
        ),
        (t("pages.document.date"), day(document["date"])),
        (t("pages.document.organ"), document["organ_name"] or ""),
        (t("pages.document.signer"), document["signer"] or ""),
        (t("fields.mode"), mode_words(document["mode"], of_case_file, language())),
        (t("pages.case_file.confidence"), _label("confidenceLevel", document["confidence_level"])),
        (t("pages.document.standing"), standing_words(document, declared)),
        (t("pages.document.no_image"), _no_image(document["no_image"])),
        *[(t("pages.document.relation"), sentence) for sentence in _relations(document, related)],
        *[
            (t("pages.document.signature"), signature_words(signature, language()))
            for signature in document["signatures"]
        ],
        *own_rows(document["own_fields"], own),
    ]


def own_rows(values: dict[str, str], labels: dict[str, str]) -> list[tuple[str, str]]:
    """Fields of the agency's own that have a value; ``labels`` by the names with their mark."""
    named = ((label, values.get(name.removeprefix(OWN), "")) for name, label in labels.items())
    return [(label, shown_day(value)) for label, value in named if value]


def series_link(
    series: dict[str, str] | None, fonds: str, *, opens: bool
) -> list[tuple[str, str | Markup]]:
    """The series of a case file, as a link for those whom its page opens for."""
    if series is None:
        return []
    words = f"{series['code']} · {series['title']}"
    if not opens:
        return [(t("pages.series.one"), words)]
    href = url_for("series.show", fonds=fonds, code=series["code"])
    return [(t("pages.series.one"), Markup('<a href="{}">{}</a>').format(href, words))]


def standing_words(document: dict[str, Any], declared: Mapping[str, str]) -> str:
    """What it is worth; of what acceptance made of it, also why and what its sender declared."""
    if (declared_as := declared.get(document["id"])) is None:
        return _label("standing", document["standing"])
    return t("pages.document.for_reference", declared=_label("standing", declared_as))


def _label(name: str, code: str | None) -> str:
    return law.code_list(name).label(code, language()) if code else ""


def _no_image(facts: dict[str, str] | None) -> str:
    return t("pages.document.no_image_told", **facts) if facts else ""


def _relations(
    document: dict[str, Any], related: Mapping[str, NamedDocument]
) -> list[str | Markup]:
    """How it stands to others; the one that took its place is named by its place here."""
    newer = document["replaced_by"]
    relations: list[str | Markup] = []
    if newer:
        facts = {"ordinal": newer["ordinal"], "title": newer["title"]}
        relations.append(t("pages.document.replaced_by", **facts))
    return relations + [
        _relation(
            _label("relation", relation["relation"]),
            relation["target"],
            related.get(relation["target"]),
        )
        for relation in document["relations"]
        if not (newer and relation["relation"] == REPLACED_BY)
    ]


def _relation(kind: str, target: str, found: NamedDocument | None) -> str | Markup:
    """The other document by number and title, as a link where the account may know it."""
    place = place_of(found)
    if not place:
        return f"{kind}: {target}"
    words = Markup('{}: <a href="{}">{}</a>')
    return words.format(kind, place, told_by_name(target, found))


def _lines_given(*parts: str | None) -> list[str]:
    return [part for part in parts if part]
