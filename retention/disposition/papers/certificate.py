"""Giấy chứng nhận hủy: what it says of each place, and whether the living system agrees."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import clock, messages
from archive_service.accounts.acts import display_names
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.removal import PlaceState, Removal
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.errors import BackendError, NotFoundError
from archive_service.forms.letter import Letter
from archive_service.forms.listed_form import LongList
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.storage.acts import ActDamagedError, read_act
from archive_service.storage.destroy.run import places_of_copy
from archive_service.text import nfc
from retention.destruction.acts import who_asks
from retention.disposition.papers.certificate_form import certificate_letter, certificate_lists
from retention.disposition.papers.kinds import CERTIFICATE, FORMS, newest_papers
from retention.disposition.papers.signatures import unsigned_papers

KIND = "destruction-certificate"
EXECUTING = "disposition:executing"  # the event of who set it going
FOUND_AGAIN = "found-again"
KEPT = ("stub", "trail", "file", "elsewhere")  # what stays of each: ``labels.removal-kept``
INCIDENT = "destroyed-found-again"  # a kind of incident; its subject is the number of the list
# What differs from one issue to the next though nothing became known: not what it says.
# What no certificate is made anew for: of its issue alone, or not told by older ones.
_OF_ISSUE = {"number", "replaces", "made_at", "papers", "proposed"}
_AT_ONCE = 500
_NAMED = 10  # case files that an incident names

Facts = dict[str, Any]


def certificate_told(
    session: Session,
    services: Services,
    row: Disposition,
    number: str,
    *,
    replaces: str,
    at: dt.datetime,
) -> Facts:
    """The certificate's data, from rows: each place of each case file with its proof.

    An item is open while its place is, or while its paper half is not told to be destroyed.
    """
    agency = session.get_one(Agency, row.agency_id)
    archive = services.settings.archive
    removals = _removals(session, row)
    gone = [disposition_item for disposition_item in row.items if disposition_item.id in removals]
    case_files = [_case_file(item, removals[item.id]) for item in gone]
    opened = sum(case_file["open"] for case_file in case_files) + sum(
        disposition_item.outcome is Outcome.DESTROY and disposition_item.state is ItemState.APPROVED
        for disposition_item in row.items
    )
    return {
        "kind": KIND,
        "number": number,
        "replaces": replaces,
        "made_at": clock.iso(at),
        "provisional": bool(opened),
        "open": opened,
        "archive": {"code": archive.code, "name": archive.name, "above": nfc(archive.superior)},
        "agency": {"code": agency.code, "name": agency.name},
        "disposition": _disposition(row),
        "council": _council(row),
        "proposed": _proposed(session, row),
        "approvals": _approvals(session, row),
        "papers": papers_told(session, row, but=CERTIFICATE),
        "unsigned": _unsigned(session, row),
        **_executed_unsigned(session, row),
        "case_files": case_files,
        **_never_in(session, removals.values()),
        "kept": list(KEPT),
        "left_out": [
            {"code": disposition_item.code, "refusal": disposition_item.refusal}
            for disposition_item in row.items
            if disposition_item.outcome is Outcome.DESTROY
            and disposition_item.state is ItemState.LEFT_OUT
        ],
    }


def says_of(facts: Mapping[str, Any]) -> str:
    """Digest of what a certificate says, without what is of its issue alone."""
    return digest_of({name: value for name, value in facts.items() if name not in _OF_ISSUE})


def digest_of(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the data, as JSON with sorted names and without blanks, in UTF-8."""
    plain = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


def certificate_form(
    services: Services, facts: Mapping[str, Any]
) -> tuple[Letter, Sequence[LongList], str]:
    """The paper, the list behind it, and the digest of the data that stands on it."""
    digest = digest_of(facts)
    letter = certificate_letter(facts, place=services.settings.archive.place, sha256=digest)
    return letter, certificate_lists(facts), digest


def papers_told(session: Session, row: Disposition, *, but: str = "") -> list[Facts]:
    """The newest paper of each form with the digest of its bytes, and of those with signatures."""
    newest = newest_papers(row)
    found = [newest[form] for form in FORMS if form in newest and form != but]
    signed = {
        request.subject_id: request
        for request in session.scalars(
            select(SigningRequest)
            .where(
                SigningRequest.subject_id.in_(
                    [str(disposition_paper.id) for disposition_paper in found]
                ),
                SigningRequest.state == SigningState.SIGNED,
            )
            .order_by(SigningRequest.closed_at)
        )
    }
    return [
        {
            "form": disposition_paper.form,
            "edition": disposition_paper.edition,
            "number": disposition_paper.number,
            "made_at": clock.iso(disposition_paper.made_at),
            "sha256": disposition_paper.sha256,
            "signed_sha256": signed[str(disposition_paper.id)].signed_sha256
            if str(disposition_paper.id) in signed
            else None,
        }
        for disposition_paper in found
    ]


def _unsigned(session: Session, row: Disposition) -> list[Facts]:
    """Papers of the file that somebody has yet to sign: form, number, and by whom."""
    return [
        {
            "form": unsigned_paper.form,
            "number": unsigned_paper.number,
            "by": [who.name for who in unsigned_paper.lacks],
        }
        for unsigned_paper in unsigned_papers(session, [row]).get(row.id, [])
    ]


def _executed_unsigned(session: Session, row: Disposition) -> Facts:
    """What was not signed when it was carried out, and why it did not wait; else nothing."""
    query = select(AuditEvent.data).where(
        AuditEvent.tag == EXECUTING, AuditEvent.subject_id == str(row.id)
    )
    data = session.scalar(query.order_by(AuditEvent.number).limit(1)) or {}
    if not data.get("unsigned"):
        return {}
    return {"executed_unsigned": {name: data[name] for name in ("unsigned", "reason")}}


def compare(services: Services, content: Mapping[str, Any]) -> Facts:
    """Ask each place that the certificate names anew, and those that came since.

    ``{asked_at, found_again, open, case_files: [{code, places: [{place, said, now, count,
    trouble}]}]}``: ``now`` is ``gone``; ``never`` or ``nothing``: nothing was said to be there, and
    nothing is; ``stated``: a word that stands, since nobody is there to be asked;
    ``open``: it was said to be, or does not tell; or ``found-again``: something is there again.
    """
    asked = who_asks(services)
    case_files = []
    for case_file in content["case_files"]:
        answers = asked(UUID(case_file["removal"]))
        facts = {place["place"]: place["state"] for place in case_file["places"]}
        places = [_compared(place, facts.get(place), answer) for place, answer in answers.items()]
        case_files.append({"code": case_file["code"], "places": places})
    states = [place["now"] for case_file in case_files for place in case_file["places"]]
    return {
        "asked_at": clock.iso(clock.now()),
        "found_again": states.count(FOUND_AGAIN),
        "open": states.count(PlaceState.OPEN.value),
        "case_files": case_files,
    }


def ask_copies(services: Services, key: str, document: Mapping[str, Any]) -> list[Facts]:
    """Whether each copy keeps the certificate's act as the row tells it.

    ``[{copy, agrees, trouble}]``; ``agrees`` is ``None`` where a copy does not answer, or has not
    got the act yet.
    """
    found = []
    for copy in services.copies:
        agrees, trouble = None, ""
        try:
            agrees = read_act(copy, key).document.get("body") == document
        except ActDamagedError as damaged:
            agrees, trouble = False, damaged.code
        except (BackendError, NotFoundError) as away:
            trouble = away.code
        found.append({"copy": copy.name, "agrees": agrees, "trouble": trouble})
    return found


def note_comparison(
    services: Services, content: Mapping[str, Any], found: Mapping[str, Any]
) -> None:
    """An incident while something is found again; closed by a later look that finds nothing.

    One a list, however much is found: its facts name how many places, and the first case files.
    A look that a place did not answer closes nothing.
    """
    of_list = content["disposition"]
    places = [place for case_file in found["case_files"] for place in case_file["places"]]
    again = [
        case_file["code"]
        for case_file in found["case_files"]
        if any(place["now"] == FOUND_AGAIN for place in case_file["places"])
    ]
    if not again and any(place["trouble"] for place in places):
        return
    with services.writing() as session:
        if again:
            facts = {
                "disposition": of_list["id"],
                "count": found["found_again"],
                "codes": ", ".join(again[:_NAMED]),
            }
            severity = IncidentSeverity.ALARM
            open_incident(session, INCIDENT, of_list["number"], severity=severity, facts=facts)
        else:
            close_incident(session, INCIDENT, of_list["number"])


def _compared(place: str, text: str | None, answer: int | str) -> Facts:
    trouble = answer if isinstance(answer, str) else ""
    count = answer if isinstance(answer, int) else None
    if text == PlaceState.STATED.value and trouble:  # nobody is there to be asked: the word stands
        return {"place": place, "said": text, "now": text, "count": None, "trouble": ""}
    if text == PlaceState.OPEN.value or trouble:
        now = PlaceState.OPEN.value
    elif count:
        now = FOUND_AGAIN
    else:
        now = text or PlaceState.NEVER.value
    return {"place": place, "said": text, "now": now, "count": count, "trouble": trouble}


def _removals(session: Session, row: Disposition) -> dict[UUID, Removal]:
    """By item; a fixed number of statements for each 500."""
    found: dict[UUID, Removal] = {}
    ids = [disposition_item.id for disposition_item in row.items]
    for at in range(0, len(ids), _AT_ONCE):
        query = select(Removal).where(Removal.ground_id.in_(ids[at : at + _AT_ONCE]))
        for removal in session.scalars(query.options(selectinload(Removal.places))):
            found[removal.ground_id] = removal
    return found


def _case_file(item: DispositionItem, removal: Removal) -> Facts:
    paper = None
    if item.paper:
        on = item.paper_destroyed_on
        paper = {
            "place": item.paper,
            "by": item.paper_destroyed_by,
            "on": on and on.isoformat(),
            "method": item.paper_method,
        }
    places = [
        {
            "place": place.place,
            "state": place.state.value,
            "proof": {name: value for name, value in place.proof.items() if _is_told(name)},
            "trouble": place.trouble,
            "until": place.until and clock.iso(place.until),
            "gone_at": place.gone_at and clock.iso(place.gone_at),
        }
        for place in sorted(removal.places, key=lambda place: place.place)
    ]
    is_open = [place for place in places if place["state"] == PlaceState.OPEN.value]
    return {
        "code": item.code,
        "title": item.title,
        "ocfl_id": removal.ocfl_id,
        "removal": str(removal.id),
        "versions": removal.versions,
        "files": removal.files,
        "size_bytes": removal.size_bytes,
        "inventory_sha256": removal.inventory_sha256,
        "claimed_at": clock.iso(removal.claimed_at),
        "done_at": removal.done_at and clock.iso(removal.done_at),
        "places": places,
        "paper": paper,
        "open": len(is_open) + int(paper is not None and paper["on"] is None),
    }


def _never_in(session: Session, removals: Iterable[Removal]) -> Facts:
    """Retired copies in which some never lay, as the gate knew when it claimed them.

    Nothing where there is none, so that what older certificates say is said again.
    """
    copies = select(EnrolledCopy.name, EnrolledCopy.retired_at).order_by(EnrolledCopy.name)
    words = []
    for name, retired_at in session.execute(copies):
        if retired_at is None:
            continue
        places = set(places_of_copy(name))
        count = sum(
            removal.claimed_at > retired_at
            and places.isdisjoint(place.place for place in removal.places)
            for removal in removals
        )
        if count:
            words.append({"copy": name, "retired_at": clock.iso(retired_at), "case_files": count})
    return {"never_in": words} if words else {}


def _is_told(name: str) -> bool:
    """Marks are for the gate alone, and names that begin so for the place itself."""
    return name != "marks" and not name.startswith("_")


def _disposition(row: Disposition) -> Facts:
    return {
        "id": str(row.id),
        "number": f"{row.number:02}/{row.year}",
        "reason": row.reason,
        "list_sha256": row.list_sha256,
        "decision_number": row.decision_number,
        **({"decision_on": row.decision_on.isoformat()} if row.decision_on else {}),
        "decided_at": row.decided_at and clock.iso(row.decided_at),
        "execute_by": row.execute_by and row.execute_by.isoformat(),
    }


def _council(row: Disposition) -> Facts:
    return {
        "number": row.council_number,
        "decided_on": row.council_on and row.council_on.isoformat(),
        "met_on": row.met_on and row.met_on.isoformat(),
        "minutes_sha256": sha256(row.minutes.encode()).hexdigest(),
        "members": [
            {
                "name": member.name,
                "position": member.position,
                "duty": member.duty.value,
                "agrees": member.agrees,
                "list_sha256": member.list_sha256,
            }
            for member in row.members
        ],
    }


def _proposed(session: Session, row: Disposition) -> Facts:
    by = row.proposed_by
    facts = {WORKER.account: messages.text("pages.case_file.system", "vi")}
    names = facts | display_names(session, [by])
    return {"by": by, "name": names.get(by, by), "at": clock.iso(row.proposed_at)}


def _approvals(session: Session, row: Disposition) -> list[Facts]:
    acts = (
        ("review", row.reviewed_by, row.reviewed_at),
        ("submit", row.submitted_by, row.submitted_at),
        ("approve", row.decided_by, row.decided_at),
        ("execute", row.executed_by, row.executing_at),
    )
    names = display_names(session, [by for _, by, _ in acts if by])
    return list(_told_acts(acts, names))


def _told_acts(
    acts: Sequence[tuple[str, str | None, dt.datetime | None]], names: Mapping[str, str]
) -> Iterator[Facts]:
    for act, by, at in acts:
        if by and at:
            yield {"act": act, "by": by, "name": names.get(by, by), "at": clock.iso(at)}
