"""Giấy chứng nhận hủy: per case file every place it was, with proof or as an open item.

A form of our own; filled from the certificate's data, whose digest stands on it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph
from archive_service.forms.listed_form import LongList
from retention.disposition.papers.destruction_file import said, sealed_by

_STATES = ("gone", "nothing", "never", "stated", "open")
_ALWAYS = {"gone", "open"}  # have a column; another state has one where something is in it
_LONGEST = 12  # names of backup sets that a cell tells

Facts = Mapping[str, Any]


def certificate_letter(told: Facts, *, place: str, sha256: str) -> Letter:
    """The certificate's first pages; ``told`` is its document, ``sha256`` the digest of that."""
    on = words.day_in_words(clock.local(clock.parse_iso(told["made_at"])).date())
    listed = told["disposition"]
    paper = [case_file for case_file in told["case_files"] if case_file["paper"]]
    count = len(told["case_files"])
    opening = _words(
        "opening",
        archive=told["archive"]["name"],
        count=words.count(count),
        in_words=words.number_in_words(count),
        agency=told["agency"]["name"],
        decision=listed["decision_number"] or said("dots"),
        on=_decided_on(listed),
        list=listed["number"],
    )
    standing = _words("provisional" if told["provisional"] else "whole", open=told["open"])
    unsigned = {entry["form"]: entry["by"] for entry in told.get("unsigned", ())}
    half: list[Paragraph | LetterTable] = [Paragraph(_words("paper"), "heading"), _paper(paper)]
    parts: list[Paragraph | LetterTable] = [
        Paragraph(opening),
        Paragraph(standing, "heading"),
        *([Paragraph(_words("replaces", number=told["replaces"]))] if told["replaces"] else []),
        *_open_items(told),
        Paragraph(_words("who"), "heading"),
        _approvals(told),
        Paragraph(_words("places"), "heading"),
        _places(told["case_files"]),
        *(Paragraph(_never_in(copy)) for copy in told.get("never_in", ())),
        Paragraph(_words("papers"), "heading"),
        _papers(told["papers"], unsigned),
        *([Paragraph(_words("unsigned", count=words.count(len(unsigned))))] if unsigned else []),
        *_executed_unsigned(told),
        *(half if paper else []),
        *([Paragraph(_left(told["left_out"]))] if told["left_out"] else []),
        Paragraph(_words("kept"), "heading"),
        *(Paragraph(messages.label("removal-kept", kind, "vi")) for kind in told["kept"]),
        Paragraph(sha256, "digest", _words("digest")),
    ]
    return Letter(
        issuer=told["archive"]["name"],
        issuer_above=told["archive"]["above"],
        name=_words("name-provisional" if told["provisional"] else "name"),
        about=_words("about-provisional" if told["provisional"] else "about"),
        number=told["number"],
        place_and_date=f"{place}, {on}",
        parts=parts,
        closing=_words("closing"),
        recipients=[told["agency"]["name"], said("filed")],
        signers=[sealed_by(told["archive"]["name"])],
        box=0,
    )


def certificate_lists(told: Facts) -> list[LongList]:
    """Behind it: each place of each case file, and what was found when it was asked."""
    heads = [said(f"heads.{name}") for name in ("ordinal", "code", "place", "state", "proof")]
    rows = list(_rows(told["case_files"]))
    return [LongList(_words("list"), heads, (0.5, 2.1, 2.3, 1.1, 3.2), rows, (0,))]


def place_words(place: str, lang: str = "vi") -> str:
    """``copy:objects`` and the like in words; a place without words is its own name."""
    kind, _, name = place.partition(":")
    key = f"labels.removal-place.{kind}"
    return messages.text(key, lang, name=name) if messages.has(key, lang) else place


def proof_words(place: Facts, lang: str = "vi") -> str:
    """What was there, what is left, and when it was asked; of an open one, what keeps it open."""
    if place["state"] == "open":
        why = why_words(place["trouble"] or "open", place["until"], lang)
        do = remedy_words(place["trouble"] or "open", lang)
        return _in(lang, "proof.open", why=why, do=do)
    proof = place["proof"]
    asked = _moment(place["gone_at"])
    if place["state"] == "stated":
        return statement_words(proof["statement"], lang)
    if place["state"] in ("never", "nothing"):
        return _in(lang, f"proof.{'again' if proof.get('again') else place['state']}", at=asked)
    text = _in(lang, "proof.gone", found=proof.get("found", 0), left=proof.get("left", 0), at=asked)
    if first := proof.get("found_first"):
        text += " " + _in(lang, "proof.first", found=first)
    if marked := proof.get("marked_at"):
        text += " " + _in(lang, "proof.marked", day=_day(marked))
    if sets := proof.get("sets"):
        named = ", ".join(sets[:_LONGEST]) + (" …" if len(sets) > _LONGEST else "")
        text += " " + _in(lang, "proof.sets", sets=named)
    return text


def statement_words(told: Facts, lang: str = "vi") -> str:
    """What was stated of a medium, and by whom; that it is a statement and no reading."""
    return _in(
        lang,
        f"proof.stated-{told['fate']}",
        on=_plain_day(told["on"]),
        by=told["by"],
        how=told["how"],
        minutes=told["minutes"],
        name=told["told_by_name"],
        at=_moment(told["told_at"]),
    )


def trouble_words(code: str, lang: str = "vi") -> str:
    """Why a place is open: an error's code in words; of one without words, where more is told."""
    for group in ("removal-trouble", "backend-detail"):
        if messages.has(f"labels.{group}.{code}", lang):
            return messages.label(group, code, lang)
    return messages.label("backend-detail", "unexpected-error", lang)


def remedy_words(code: str, lang: str = "vi") -> str:
    """What a person does about an open place; the same for all that only have to answer again."""
    known = messages.has(f"labels.removal-remedy.{code}", lang)
    return messages.label("removal-remedy", code if known else "away", lang)


def why_words(code: str, until: str | None, lang: str = "vi") -> str:
    """Why a place is open; of a lock that nobody may pass with the day it ends."""
    why = trouble_words(code, lang)
    return _in(lang, "proof.until", why=why, day=_day(until)) if until else why


def _open_items(told: Facts) -> list[Paragraph | LetterTable]:
    """Each kind of open item once: how many case files, why, what to do and until when."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for case_file in told["case_files"]:
        for place in case_file["places"]:
            if place["state"] == "open":
                why = place["trouble"] or "open"
                counts[place_words(place["place"]), why, place["until"] or ""] += 1
        if case_file["paper"] and not case_file["paper"]["on"]:
            counts[place_words("paper"), "paper-open", ""] += 1
    if not counts:
        return []
    last = told["disposition"]["execute_by"]
    by = _plain_day(last) if last else said("dots")
    rows = [
        [
            place,
            words.count(count),
            why_words(why, until),
            remedy_words(why),
            _moment(until) if until else by,
        ]
        for (place, why, until), count in sorted(counts.items())
    ]
    heads = [_words(f"heads.{name}") for name in ("item", "count", "why", "do", "until")]
    table = LetterTable(heads, (1.6, 0.6, 1.8, 2.2, 1), rows, (1,))
    return [Paragraph(_words("open-items"), "heading"), table]


def _rows(case_files: Sequence[Facts]) -> Iterator[Sequence[str]]:
    for number, case_file in enumerate(case_files, 1):
        for at, place in enumerate(case_file["places"]):
            yield (
                str(number) if at == 0 else "",
                case_file["code"] if at == 0 else "",
                place_words(place["place"]),
                _state(place["state"]),
                proof_words(place),
            )


def _approvals(told: Facts) -> LetterTable:
    acts = [{"act": "propose"} | told["proposed"]] if told.get("proposed") else []
    acts += told["approvals"]
    rows = [
        [
            messages.text(f"labels.disposition-act.{act['act']}", "vi"),
            act["name"] or act["by"],
            _moment(act["at"]),
        ]
        for act in acts
    ]
    if heard := _heard(told["council"]):
        at = next((at for at, act in enumerate(acts) if act["act"] == "submit"), len(rows))
        rows.insert(at, heard)
    return LetterTable(
        [_words(f"heads.{name}") for name in ("act", "by", "at")], (2, 2.4, 1.8), rows
    )


def _heard(council: Facts) -> list[str]:
    """The day on which the council met, and how it voted; nothing where none met."""
    if not council.get("met_on"):
        return []
    members = council["members"]
    agreed = sum(member["agrees"] is True for member in members)
    voted = _words("voted", members=words.count(len(members)), agreed=words.count(agreed))
    council_words = messages.text("labels.disposition-act.council", "vi")
    return [council_words, voted, _plain_day(council["met_on"])]


def _places(case_files: Sequence[Facts]) -> LetterTable:
    counts: dict[str, Counter[str]] = {}
    for case_file in case_files:
        for place in case_file["places"]:
            counts.setdefault(place["place"], Counter())[place["state"]] += 1
    there = {state for found in counts.values() for state in found} | _ALWAYS
    states = [state for state in _STATES if state in there]
    rows = [
        [place_words(place), *(words.count(found[state]) for state in states)]
        for place, found in sorted(counts.items())
    ]
    heads = [said("heads.place"), *(_state(state) for state in states)]
    widths = (3.4, *(1.2 for _ in states))
    return LetterTable(heads, widths, rows, tuple(range(1, len(states) + 1)))


def _never_in(copy: Facts) -> str:
    return _words(
        "never-in",
        name=copy["copy"],
        on=_day(copy["retired_at"]),
        count=words.count(copy["case_files"]),
    )


def _executed_unsigned(told: Facts) -> Iterator[Paragraph]:
    """That it did not wait for signatures, and the reason that the settings gave."""
    if found := told.get("executed_unsigned"):
        papers = ", ".join(_paper_name(form, ()) for form in found["unsigned"])
        yield Paragraph(_words("executed-unsigned", papers=papers, reason=found["reason"]))


def _papers(papers: Sequence[Facts], unsigned: Mapping[str, Sequence[str]]) -> LetterTable:
    rows = [
        [
            _paper_name(paper["form"], unsigned.get(paper["form"], ())),
            paper["number"] or "–",
            _in_lines(paper["signed_sha256"] or paper["sha256"] or ""),
        ]
        for paper in papers
    ]
    heads = [said(f"heads.{name}") for name in ("paper-form", "number", "sha256")]
    return LetterTable(heads, (2.4, 1.3, 2.5), rows)


def _paper_name(form: str, unsigned: Sequence[str]) -> str:
    name = messages.text(f"labels.disposition-form.{form}", "vi")
    if not unsigned:
        return name
    by = ", ".join(one or said("agency-head") for one in unsigned)
    return f"{name}\n{_words('not-signed', by=by)}"


def _paper(paper: Sequence[Facts]) -> LetterTable:
    rows = [
        [
            entry["code"],
            entry["paper"]["place"],
            " – ".join(
                (entry["paper"]["by"], _plain_day(entry["paper"]["on"]), entry["paper"]["method"])
            )
            if entry["paper"]["on"]
            else _state("open"),
        ]
        for entry in paper
    ]
    heads = [said("heads.code"), said("heads.paper"), said("heads.paper-gone")]
    return LetterTable(heads, (1.8, 2, 2.6), rows)


def _left(left: Sequence[Facts]) -> str:
    return _words("left", codes=", ".join(entry["code"] for entry in left))


def _in_lines(sha256: str) -> str:
    return "\n".join(sha256[at : at + 22] for at in range(0, len(sha256), 22))


def _state(state: str) -> str:
    return messages.text(f"labels.removal-state.{state}", "vi")


def _decided_on(listed: Facts) -> str:
    """The day of the decision's paper where it was told, else that of the decision here."""
    on = listed.get("decision_on")
    return _plain_day(on) if on else _day(listed["decided_at"])


def _day(moment: str | None) -> str:
    return words.day(clock.local(clock.parse_iso(moment)).date()) if moment else said("dots")


def _plain_day(day: str) -> str:
    return "/".join(reversed(day.split("-")))


def _moment(moment: str | None) -> str:
    return words.moment(clock.parse_iso(moment)) if moment else said("dots")


def _words(key: str, **facts: object) -> str:
    return _in("vi", key, **facts)


def _in(lang: str, key: str, **facts: object) -> str:
    return messages.text(f"forms.destruction.certificate.{key}", lang, **facts)
