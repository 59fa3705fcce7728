"""The data of one document as term and value, its signatures among them."""

from typing import Any

from archive_service import law
from archive_service.web.display import day, moment
from archive_service.web.language import language
from archive_service.web.layout import t


def document_data(document: dict[str, Any]) -> list[tuple[str, str]]:
    """What is said of the document; empty values are left out by the template."""
    return [
        (t("pages.document.type"), _label("typeName", document["type"])),
        (t("pages.document.number"), "/".join(_said(document["number"], document["symbol"]))),
        (t("pages.document.date"), day(document["date"])),
        (t("pages.document.organ"), document["organ_name"] or ""),
        (t("pages.document.signer"), document["signer"] or ""),
        (t("fields.mode"), _label("mode", document["mode"])),
        (t("pages.case_file.confidence"), _label("confidenceLevel", document["confidence_level"])),
        (t("pages.document.standing"), _label("standing", document["standing"])),
        (t("pages.document.no_image"), _no_image(document["no_image"])),
        *[(t("pages.document.relation"), _relation(one)) for one in document["relations"]],
        *[(t("pages.document.signature"), _signature(one)) for one in document["signatures"]],
    ]


def _label(name: str, code: str | None) -> str:
    return law.code_list(name).label(code, language()) if code else ""


def _no_image(told: dict[str, str] | None) -> str:
    return t("pages.document.no_image_told", **told) if told else ""


def _relation(one: dict[str, str]) -> str:
    return f"{_label('relation', one['relation'])}: {one['target']}"


def _signature(one: dict[str, Any]) -> str:
    sound = t("pages.document.sound" if one.get("valid") else "pages.document.unsound")
    return ", ".join(_said(one.get("signer"), moment(one.get("signed_at")), sound))


def _said(*parts: str | None) -> list[str]:
    return [part for part in parts if part]
