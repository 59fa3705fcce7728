"""The record of one document in words, the same for its page and its command."""

from collections.abc import Mapping
from typing import Any

from archive_service import access, law, messages
from archive_service.forms.field_words import day_words, label_of, value_words, word_of
from archive_service.signing.pdf.report import row_holds
from ingest.checks.each.signatures import signer_words, standing_words

# Not told among the fields: other parts of the record tell the same.
_ELSEWHERE = ("fileCode", "files", "sha256", "relatesTo", "relation", "mode")
Rows = list[tuple[str, str]]


def mode_words(own: str, of_case_file: str, lang: str) -> str:
    """The one chế độ sử dụng in force of a document, and from where where it is not its own."""
    mode = law.code_list("mode")
    holds = access.stricter_mode(own, of_case_file)
    if holds == own:
        return mode.label(holds, lang)
    return messages.text("pages.document_record.of_case_file", lang, mode=mode.label(holds, lang))


def field_rows(facts: Mapping[str, Any], lang: str) -> Rows:
    """Every field of the circular's table in its order, then those of the agency's own."""
    fields: Mapping[str, str] = facts["fields"]
    rows = [
        (label_of(rule, lang), value_words(rule, fields.get(rule.name, ""), lang))
        for rule in law.fields(facts["kind"])
        if rule.name not in _ELSEWHERE
    ]
    own: Mapping[str, str] = facts["own_labels"]
    return rows + [
        (label, day_words(fields[name])) for name, label in own.items() if name in fields
    ]


def right_rows(rights: Mapping[str, Any], lang: str) -> Rows:
    """Who may use it and how long it is kept; of modes that differ each says whose it is."""

    def said(key: str) -> str:
        return messages.text(key, lang)

    mode = law.code_list("mode")
    holds_now = rights["holds_now"]
    rows = [(said("pages.document_record.holds_now"), mode.label(holds_now, lang))]
    rows += [
        (said(f"pages.document_record.{key}"), mode.label(rights[name], lang))
        for key, name in (("mode", "mode"), ("case_mode", "case_file_mode"))
        if rights[name] != holds_now
    ]
    rows += [
        (
            said("pages.document_record.waiting"),
            f"{mode.label(entry['was'], lang)} → {mode.label(entry['becomes'], lang)}",
        )
        for entry in rights["waiting"]
    ]
    rows += [
        (
            said("pages.document_record.held"),
            hold["authority"] or messages.shown(hold["placed_at"], lang),
        )
        for hold in rights["holds"]
    ]
    if rights["quarantined"]:
        yes = said("pages.document_record.yes")
        rows.append((said("pages.document_record.quarantined"), yes))
    ends_on = messages.shown(rights["ends_on"] or "", lang)
    lasts = said("badges.permanent") if rights["permanent"] else ends_on
    return [
        *rows,
        (said("columns.term"), lasts),
        (said("pages.case_file.rule"), rights["rule"] or ""),
    ]


def handling_rows(facts: Mapping[str, Any], lang: str) -> Rows:
    """To whom it was sent, through which organs it went, and what was said of it on the way."""

    def said(key: str) -> str:
        return messages.text(f"pages.document_record.{key}", lang)

    def joined(record: Mapping[str, str], *names: str) -> str:
        return ", ".join(record[name] for name in names if record.get(name))

    rows = []
    if sender := facts.get("sender"):
        rows.append((said("sender"), joined(sender, "name", "code", "email")))
    rows += [
        (said("receiver"), joined(receiver, "name", "code", "email", "kind"))
        for receiver in facts.get("receivers", ())
    ]
    rows += [
        (said("station"), joined(station, "organ", "at")) for station in facts.get("stations", ())
    ]
    rows += [
        (said("opinion"), joined(opinion, "text", "department", "staff", "email", "mobile"))
        for opinion in facts.get("opinions", ())
    ]
    if errand := facts.get("errand"):
        rows.append((said("errand"), word_of("edxml-errands", errand, lang)))
    if steering := facts.get("steering"):
        rows.append((said("steering"), steering))
    rows += [(said(key), facts[key]) for key in ("content", "scope", "paper") if facts.get(key)]
    return rows + [(said("target"), target) for target in facts.get("targets", ())]


def event_words(event: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A PREMIS event in words; of a finding the check is named, its note says what was found."""
    outcome, check = event["outcome"], event["detail"].partition(": ")[0]
    return {
        **event,
        "detail": word_of("checks", check, lang, or_else=event["detail"]),
        "type": word_of("premis-events", event["type"], lang),
        "outcome": word_of("premis-outcomes", outcome, lang) if outcome else "",
    }


def relation_words(one: Mapping[str, Any], lang: str) -> str:
    """How this document stands to the other, whichever of the two said so."""
    relation = one["relation"]
    of_list = law.code_list("relation").label(relation, lang)
    word = word_of("relation-of-old", relation, lang, or_else=of_list)
    if one["from_here"]:
        return word
    other = messages.text("pages.document_record.the_other", lang, relation=word)
    return word_of("relation-back", relation, lang, or_else=other)


def signature_words(signature: Mapping[str, Any], lang: str) -> str:
    """By whom, when, and whether it holds; of the demo's authority, that it proves nothing."""
    key = "pages.document.sound" if row_holds(signature) else "pages.document.unsound"
    if "demo-authority" in signature.get("errors", ()):
        key = "badges.demo-signed"
    at = signature.get("signed_at")
    signer = signature.get("signer") and signer_words(signature, lang)
    parts = (signer, at and messages.shown(at, lang), messages.text(key, lang))
    return ", ".join(part for part in parts if part)


def compared_words(compared: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A signature of ``signatures_now`` in words: then, now, and what differs or proves it."""
    then, now, stamp = compared["then"], compared["now"], compared["stamp"] or {}
    facts = {
        "version": compared["version"],
        "root": then.get("root") or "",
        "signed_at": (now or then).get("signed_at") or "",
        "revoked_at": (now or {}).get("revoked_at") or "",
        "certificate_to": then.get("certificate_to") or "",
        "at": stamp.get("at", ""),
        "by": stamp.get("by", ""),
        "known_at": compared["known_at"] or "",
        "fresh_until": compared["fresh_until"] or "",
    }
    return {
        "file": compared["file"],
        "signer": signer_words(then, lang),
        "then": _standing(then, lang),
        "then_at": then.get("validated_at"),
        "now": _standing(now, lang) if now else None,
        "differs": bool(now) and "same" not in compared["notes"],
        "holds": row_holds(now or then),
        "notes": [
            messages.text(f"labels.signatures-now.{note}", lang, **facts)
            for note in compared["notes"]
        ],
    }


def _standing(row: Mapping[str, Any], lang: str) -> str:
    return " ".join(standing_words(row, lang)) or signature_words(row, lang)
