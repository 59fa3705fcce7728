"""Relevé: what proves one case file, as JSON and as a paper that the archive seals by itself."""

import io
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZIP_DEFLATED, ZipFile

from pydantic import BaseModel, Field

from archive_service import access, clock, messages
from archive_service.catalogue.case_files.page_document import CasePage, case_page
from archive_service.domain.keeping.audit_event import USES
from archive_service.domain.people.account import Actor
from archive_service.evidence import check_codes as codes
from archive_service.evidence.compared.events import prove_events
from archive_service.evidence.compared.misfit import holder_words, lost_words, misfit_words
from archive_service.evidence.outside.judging import judge_stamps
from archive_service.evidence.outside.stamping import iter_stamps
from archive_service.evidence.trail import events_of
from archive_service.forms import words
from archive_service.forms.signed_paper import Paper, PaperTable, issuer_of, print_paper, said
from archive_service.given import Given
from archive_service.services import Services
from archive_service.storage.durable import write_whole
from archive_service.storage.work_folder import work_place

_MOST_EVENTS = 10_000
_OF_EVENT = ("number", "at", "tag", "account", "who", "version", "ordinal")


class ReportWanted(Given):
    """Where a report is written."""

    to: Path = Field(description="Folder to write into; made if it is not there.")


class ReportDocument(BaseModel):
    """The two files; ``sha256`` is that of the JSON, which the paper names under its seal."""

    pdf: str
    json_path: str
    sha256: str
    sealed: bool


def write_evidence_report(
    services: Services, code: str, given: ReportWanted, *, actor: Actor
) -> ReportDocument:
    """Write what proves a case file (relevé): JSON, and a PDF/A that the archive seals.

    Receipt, versions with their digests, events and who did them, readings of restricted content
    for those who may read the whole trail, signatures' certificates, and how far each step proves.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError: not to be known, or its history not to be read.
    """
    access.require(actor, "case-file:history")
    evidence = evidence_of(services, code, actor=actor)
    made = json.dumps(evidence, ensure_ascii=False, indent=1).encode() + b"\n"
    digest, signer, at = sha256(made).hexdigest(), services.signer_at_hand(), clock.now()
    folder = given.to.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{evidence['code']}-evidence"
    paper, data = folder / f"{name}.pdf", folder / f"{name}.json"
    write_whole(data, made)
    issuer = issuer_of(services.settings.archive)
    rows = [
        (said("evidence.case-file"), f"{evidence['code']} - {evidence['title']}"),
        (said("evidence.agency"), evidence["agency"]),
        (said("evidence.receipt"), evidence["receipt"]["number"] if evidence["receipt"] else "-"),
        (said("evidence.package"), evidence["package"]),
        (said("evidence.result"), _result(evidence["proof"])),
    ]
    opening = said("evidence.opening", issuer=issuer.name)
    form = Paper(
        "evidence", "", issuer, [opening], rows=rows, tables=list(_tables(evidence)), sha256=digest
    )
    check = codes.check_code(uuid4().hex)
    print_paper(form, paper, signer=signer, at=at, press=codes.press_bearing(services, check))
    handed = {
        "kind": codes.EVIDENCE,
        "number": evidence["code"],
        "sha256": sha256(paper.read_bytes()).hexdigest(),
    }
    with services.writing() as session:
        codes.note_handed_out(session, check, handed, actor=actor, agency_id=actor.agency_id)
    return ReportDocument(
        pdf=str(paper), json_path=str(data), sha256=digest, sealed=signer is not None
    )


def packed_report(services: Services, code: str, *, actor: Actor) -> tuple[str, bytes]:
    """The same two files as one ZIP, and its name; raises the same."""
    packed = io.BytesIO()
    with work_place(services.work_folder, "evidence-") as place:
        made = write_evidence_report(services, code, ReportWanted(to=place), actor=actor)
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            for file in (made.pdf, made.json_path):
                archive.write(file, Path(file).name)
        return f"{Path(made.pdf).stem}.zip", packed.getvalue()


def evidence_of(services: Services, code: str, *, actor: Actor) -> dict[str, Any]:
    """What the report tells, as far as the account may know it."""
    page = case_page(services, code, actor=actor, part=lambda lines: [line.id for line in lines])
    case = page.case
    with services.read_only() as session:
        found = events_of(session, UUID(case["id"]), actor=actor, limit=_MOST_EVENTS)
        stamps = judge_stamps(services, list(iter_stamps(session)))
    events = [{name: getattr(event, name) for name in _OF_EVENT} for event in reversed(found)]
    return {
        "code": case["code"],
        "title": case["title"],
        "agency": f"{page.agency_name} ({case['agency']})",
        "made_at": clock.iso(clock.now()),
        "package": case["package"]["ocfl_id"],
        "receipt": case["receipt"],
        "accepted": {"by": case["accepted_by"], "at": case["accepted_at"]},
        "versions": case["package"]["versions"],
        "events": [event for event in events if event["tag"] != USES["read"]],
        "readings": [event for event in events if event["tag"] == USES["read"]]
        if access.may(actor, "audit:read")
        else None,
        "left_off": len(found) == _MOST_EVENTS,
        "signatures": list(_signatures(page)),
        "stamps": [
            {
                "until": stamp.stamp.checkpoint.size,
                "at": stamp.at and clock.iso(stamp.at),
                "by": stamp.by,
                "fault": stamp.fault,
                "outside": stamp.is_outside,
                "proves_until": stamp.until and clock.iso(stamp.until),
            }
            for stamp in stamps
        ],
        "proof": prove_events(
            services, [event["number"] for event in events], stamps=stamps
        ).as_document(),
    }


def _result(proof: dict[str, Any]) -> str:
    names = ", ".join(lost_words(loss, "vi") for loss in proof["given_up"])
    first = misfit_words(proof["first_bad"] or "", "vi")
    return said(f"evidence.{proof['verdict']}", outside=proof["outside"], names=names, first=first)


def _signatures(page: CasePage) -> Iterator[dict[str, Any]]:
    names = ("file", "within", "signer", "outcome", "signed_at", "certificate_to", "timestamped")
    for document in page.case["documents"]:
        for signature in document["signatures"]:
            yield {"document": document["ordinal"]} | {name: signature.get(name) for name in names}


def _signed_file(signature: dict[str, Any]) -> str:
    return ": ".join(filter(None, (signature["file"], signature["within"])))


def _tables(facts: dict[str, Any]) -> Iterator[PaperTable]:
    versions = [
        [
            str(version["number"]),
            _moment(version["built_at"]),
            _halved(version["inventory_sha256"] or "-"),
        ]
        for version in facts["versions"]
    ]
    yield _table("versions", ("version", "at", "sha256"), versions, (0.5, 1.0, 2.5))
    for name in ("events", "readings"):
        lines = [
            [_moment(entry["at"]), messages.label("events", entry["tag"]), entry["who"]]
            for entry in facts[name] or []
        ]
        if lines:
            yield _table(name, ("at", "what", "who"), lines, (1.0, 2.0, 1.2))
    signed = [
        [_signed_file(signature), signature["signer"] or "-", _moment(signature["certificate_to"])]
        for signature in facts["signatures"]
    ]
    if signed:
        yield _table("signatures", ("file", "signer", "until"), signed, (1.4, 1.4, 1.0))
    steps = [
        [
            messages.label("evidence-steps", step["step"]),
            words.count(step["until"]) if step["until"] else "-",
            ", ".join(holder_words(by, "vi") for by in step["by"]) or "-",
        ]
        for step in facts["proof"]["steps"]
    ]
    yield _table("steps", ("step", "event", "by"), steps, (1.4, 0.8, 1.8))


def _table(
    name: str, heads: tuple[str, ...], rows: list[list[str]], widths: tuple[float, ...]
) -> PaperTable:
    cells = [said(f"evidence.{head}") for head in heads]
    return PaperTable(cells, rows, widths, caption=said(f"evidence.{name}"))


def _halved(digest: str) -> str:
    """A digest in two parts, so that it does not run over the edge of its column."""
    half = len(digest) // 2
    return f"{digest[:half]} {digest[half:]}".strip()


def _moment(at: str | None) -> str:
    return words.moment(clock.parse_iso(at)) if at else "-"
